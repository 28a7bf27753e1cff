"""Connections and accounts as answers show them; no token or secret has a field here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from atom_zendesk_plugin.accounts.model import AccountStatus, Connection, Disconnected, Notice, Started


class ConnectedUser(msgspec.Struct, kw_only=True, frozen=True):
    """Who the connection belongs to in Zendesk."""

    id: int | None
    name: str
    email: str
    role: str | None


class FeatureOffItem(msgspec.Struct, kw_only=True, frozen=True):
    """What does not work for want of a scope."""

    feature: str
    scope: str


class NoticeItem(msgspec.Struct, kw_only=True, frozen=True):
    """What to do about credentials, and by which day."""

    level: str
    text: str
    day: str | None


class ConnectionItem(msgspec.Struct, kw_only=True, frozen=True):
    """Your connection to one account.

    ``state`` is connected, expired (the next call renews it), needs_reconnect (only you can) or not_connected. ``authenticated``: calls
    work. ``message`` says how it stands and what to do; ``why_not`` what keeps anybody from connecting to the account now, null when
    nothing does.
    """

    authenticated: bool
    user: ConnectedUser | None
    tokens_exist: bool
    token_expired: bool
    state: str
    message: str
    reason: str | None
    scopes: list[str]
    missing_scopes: list[str]
    features_off: list[FeatureOffItem]
    account: str
    account_url: str
    connected_at: datetime | None
    expires_at: datetime | None
    refresh_expires_at: datetime | None
    notices: list[NoticeItem]
    why_not: str | None


class AuthStatusData(ConnectionItem, kw_only=True, frozen=True):
    """Your connection to the account that was asked for; ``accounts`` has one row for each account of your tenant."""

    accounts: list[ConnectionItem]


class StartData(msgspec.Struct, kw_only=True, frozen=True):
    """Send the browser to ``auth_url`` before ``expires_at``."""

    auth_url: str
    account: str
    expires_at: datetime


class DisconnectedData(msgspec.Struct, kw_only=True, frozen=True):
    """``revoked``: Zendesk confirmed that the token is dead."""

    account: str
    revoked: bool


class AccountItem(msgspec.Struct, kw_only=True, frozen=True):
    """A Zendesk account of the tenant; ``stored``: it can be changed and removed here, otherwise it comes from the settings."""

    account: str
    account_url: str
    is_default: bool
    stored: bool
    client_id: str | None
    can_connect: bool
    why_not: str | None
    service: str
    notices: list[NoticeItem]


class AccountsData(msgspec.Struct, kw_only=True, frozen=True):
    accounts: list[AccountItem]


class AccountData(msgspec.Struct, kw_only=True, frozen=True):
    account: AccountItem


class AccountRemoved(msgspec.Struct, kw_only=True, frozen=True):
    """``connections`` is how many people were connected to it; their tokens live on at Zendesk until they end."""

    account: str
    connections: int


def connection_item(connection: Connection, *, now: datetime) -> ConnectionItem:
    return ConnectionItem(**_fields(connection, now))  # type: ignore[arg-type]  # by name, as listed


def auth_status(connection: Connection, every: Iterable[Connection], *, now: datetime) -> AuthStatusData:
    rows = [connection_item(row, now=now) for row in every]
    return AuthStatusData(**_fields(connection, now), accounts=rows)  # type: ignore[arg-type]  # by name, as listed


def start_data(started: Started) -> StartData:
    return StartData(auth_url=started.url, account=started.account, expires_at=started.expires_at)


def disconnected_data(gone: Disconnected) -> DisconnectedData:
    return DisconnectedData(account=gone.account, revoked=gone.revoked)


def account_item(account: AccountStatus) -> AccountItem:
    return AccountItem(
        account=account.account,
        account_url=account.account_url,
        is_default=account.is_default,
        stored=account.stored,
        client_id=account.client_id,
        can_connect=account.can_connect,
        why_not=account.why_not,
        service=account.service,
        notices=_notices(account.notices),
    )


def _fields(connection: Connection, now: datetime) -> dict[str, object]:
    ends = connection.access_expires_at
    return {
        "authenticated": connection.works,
        "user": _user(connection),
        "tokens_exist": connection.exists,
        "token_expired": connection.state == "expired" or (ends is not None and ends <= now),
        "state": connection.state,
        "message": connection.message,
        "reason": connection.reason,
        "scopes": list(connection.scopes),
        "missing_scopes": list(connection.missing_scopes),
        "features_off": [FeatureOffItem(feature=off.feature, scope=off.scope) for off in connection.features_off],
        "account": connection.account,
        "account_url": connection.account_url,
        "connected_at": connection.connected_at,
        "expires_at": ends,
        "refresh_expires_at": connection.refresh_expires_at,
        "notices": _notices(connection.notices),
        "why_not": connection.why_not,
    }


def _user(connection: Connection) -> ConnectedUser | None:
    if not connection.exists:
        return None
    return ConnectedUser(
        id=connection.zendesk_user_id,
        name=connection.name or "",
        email=connection.email or "",
        role=connection.role,
    )


def _notices(notices: Iterable[Notice]) -> list[NoticeItem]:
    return [NoticeItem(level=notice.level, text=notice.text, day=notice.day) for notice in notices]
