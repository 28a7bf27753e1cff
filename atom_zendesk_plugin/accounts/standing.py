"""How a connection stands, in words: made from the stored grant alone, without asking Zendesk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from atom_zendesk_plugin.accounts.model import Connection, ConnectionState, Notice
from atom_zendesk_plugin.accounts.scopes import features_off, missing_scopes
from atom_zendesk_plugin.store.grants import GrantProfile, GrantState

REASONS: Final = {
    "refused": "Zendesk no longer accepts the connection: it was ended there, or its time is over. Connect again.",
    "lost": "Zendesk's answer to a renewal was lost, and with it the connection. Connect again; nothing else was lost.",
    "revoked": "The connection was ended at Zendesk. Connect again.",
    "expired": "The connection has ended and cannot be renewed. Connect again.",
    "client_replaced": "An administrator replaced the OAuth client of this account. Connect again.",
    "scope_refused": "Zendesk no longer allows what the connection was granted. Connect again.",
    "sealed": "The stored connection cannot be opened with the keys there are. Connect again, or let an operator restore the key.",
    "away_too_long": "You were away longer than Zendesk keeps a connection. Connect again.",
}
ELSE: Final = "The connection has ended. Connect again."
SOON: Final = timedelta(days=7)


def unconnected(account: str, account_url: str) -> Connection:
    """Return how it stands for somebody who never connected, or has disconnected."""
    return Connection(
        account=account, account_url=account_url, state="not_connected", message="You are not connected to this account."
    )


def sealed(row: GrantState, *, account: str, account_url: str) -> Connection:
    """Return how a grant stands that cannot be opened."""
    return Connection(
        account=account, account_url=account_url, state="needs_reconnect", message=REASONS["sealed"], reason="sealed",
        zendesk_user_id=row.zendesk_user_id, role=row.zendesk_role, scopes=row.scopes, connected_at=row.connected_at,
    )  # fmt: skip


def standing(row: GrantProfile, *, account: str, account_url: str, now: datetime) -> Connection:
    """Return how a stored grant stands at a moment."""
    state = _state(row, now)
    missing = missing_scopes(row.asked_scopes, row.scopes)
    return Connection(
        account=account,
        account_url=account_url,
        state=state,
        message=_message(row, state, missing=bool(missing)),
        reason=row.reason if state == "needs_reconnect" else None,
        zendesk_user_id=row.zendesk_user_id,
        name=row.name,
        email=row.email,
        role=row.zendesk_role,
        scopes=row.scopes,
        missing_scopes=missing,
        features_off=features_off(row.scopes),
        connected_at=row.connected_at,
        access_expires_at=row.access_expires_at,
        refresh_expires_at=row.refresh_expires_at,
        notices=tuple(_notices(row, state, now)),
    )


def _state(row: GrantState, now: datetime) -> ConnectionState:
    if row.state == "needs_reconnect":
        return "needs_reconnect"
    ends, renewable = row.access_expires_at, row.refresh_expires_at
    if ends is None or ends > now:
        return "connected"
    lasts = row.renewable and (renewable is None or renewable > now)
    return "expired" if lasts else "needs_reconnect"


def _message(row: GrantState, state: ConnectionState, *, missing: bool) -> str:
    if state == "needs_reconnect":
        return REASONS.get(row.reason or "expired", ELSE)
    if missing:
        return "You are connected, but Zendesk granted less than was asked for, so some things do not work."
    return "You are connected." if state == "connected" else "You are connected; the next call renews the token."


def _notices(row: GrantState, state: ConnectionState, now: datetime) -> Iterator[Notice]:
    if state == "needs_reconnect":
        return
    ends, renewable = row.access_expires_at, row.refresh_expires_at
    if ends is None:
        yield Notice(
            level="warning", day="2027-04-01",
            text="This connection is from before tokens expired. Zendesk ends such tokens by 2027-04-01: connect again before that day.",
        )  # fmt: skip
    last = renewable if row.renewable else ends
    if last is not None and last - now < SOON and (renewable is not None or not row.renewable):
        yield Notice(
            level="warning", day=last.date().isoformat(),
            text="The connection ends unless it is used before this day.",
        )  # fmt: skip
