"""Who is connected, for an operator: ids and how each connection stands, no names, no addresses, no tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from atom_zendesk_plugin.accounts.facts import AccountFacts
from atom_zendesk_plugin.accounts.ledger import Units
from atom_zendesk_plugin.store import grants

if TYPE_CHECKING:
    from atom_zendesk_plugin.keyring import KeyRing


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectedPerson:
    """One stored connection. ``user_id`` is ATOM's; moments are aware, in UTC, None as in the stored grant."""

    account: str
    user_id: str
    zendesk_user_id: int
    role: str
    state: str
    reason: str | None
    scopes: tuple[str, ...]
    connected_at: datetime
    access_expires_at: datetime | None
    refresh_expires_at: datetime | None


def list_people(
    units: Units, accounts: Sequence[AccountFacts], *, tenant_id: str, email: str | None, keys: KeyRing
) -> list[ConnectedPerson]:
    """Return the connections to these accounts of a tenant; ``email`` keeps those whose Zendesk user has that address."""
    names = {account.id: account.name for account in accounts if account.id is not None}
    with units.operator_unit() as operator:
        found = [
            row
            for account_id in names
            for row in (
                grants.list_people(operator, tenant_id=tenant_id, account_id=account_id)
                if email is None
                else grants.find_user_grants_by_email(
                    operator, tenant_id=tenant_id, account_id=account_id, email=email, keys=keys
                )
            )
        ]
    return [_person(row, names[row.account_id]) for row in found]


def _person(row: grants.GrantState, account: str) -> ConnectedPerson:
    return ConnectedPerson(
        account=account, user_id=row.user_id, zendesk_user_id=row.zendesk_user_id, role=row.zendesk_role, state=row.state,
        reason=row.reason, scopes=row.scopes, connected_at=row.connected_at, access_expires_at=row.access_expires_at,
        refresh_expires_at=row.refresh_expires_at,
    )  # fmt: skip
