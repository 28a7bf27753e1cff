"""For whom a transaction works: a person's unit sees the rows of its tenancy, an operator's sees all. The types tell them apart.

Repositories take the unit and add its tenant and user to every statement. On PostgreSQL row-level security says the same once more: the
transaction carries the tenancy in its settings and gives up its rights for those of ``zendesk_app``, when the connection can.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

ROLE = "zendesk_app"

# One statement, and each setting in it every time: a pooled connection may come with what somebody else has set for its session.
_BIND = text(
    "SELECT set_config('zendesk.tenant', :tenant, true), set_config('zendesk.user', :user, true), "
    "set_config('zendesk.state', :state, true), set_config('zendesk.operator', :operator, true), set_config('role', :role, true)"
)


@dataclass(frozen=True, slots=True)
class Tenancy:
    """Whose rows: a tenant's, those of one user in it, or the one sign-in whose state's hash is known. Empty text is ``ValueError``."""

    tenant_id: str | None
    user_id: str | None = None
    state_hash: str | None = None

    def __post_init__(self) -> None:
        if "" in (self.tenant_id, self.user_id, self.state_hash):
            raise ValueError("a tenancy is never empty text: it would be everybody's")
        if self.tenant_id is None and (self.user_id is not None or self.state_hash is None):
            raise ValueError("a tenancy names a tenant, or only the hash of a state")

    @classmethod
    def of_state(cls, state_hash: str) -> Tenancy:
        """Return the tenancy of somebody who brings a state, before the row tells who that is."""
        return cls(None, None, state_hash)

    @property
    def tenant(self) -> str:
        """The tenant; ``LookupError`` when this tenancy has none."""
        if self.tenant_id is None:
            raise LookupError("this needs a unit of work of a tenant")
        return self.tenant_id

    @property
    def user(self) -> str:
        """The user; ``LookupError`` when this tenancy has none."""
        if self.user_id is None:
            raise LookupError("this needs a unit of work of one user")
        return self.user_id


@dataclass(frozen=True, slots=True)
class Unit:
    """One transaction for one tenancy. ``role`` is what it works as on PostgreSQL; ``none`` is the connection's own user."""

    session: Session
    tenancy: Tenancy
    role: str = "none"


@dataclass(frozen=True, slots=True)
class OperatorUnit:
    """One transaction across tenants and users: key rotation, counts, purging. Never for what a person asks for."""

    session: Session


def bind(unit: Unit) -> None:
    """Tell PostgreSQL for whom the transaction works; SQLite has nothing of the kind."""
    told = unit.tenancy
    _set(unit.session, told.tenant_id, told.user_id, told.state_hash, operator=False, role=unit.role)


def bind_operator(unit: OperatorUnit) -> None:
    """Tell PostgreSQL that the transaction is an operator's."""
    _set(unit.session, None, None, None, operator=True, role="none")


@contextmanager
def as_operator(unit: Unit) -> Iterator[OperatorUnit]:
    """Let a part of a unit see what its user must not: what a tenant's administrator ends for everybody. Say why where it is used."""
    operator = OperatorUnit(unit.session)
    bind_operator(operator)
    yield operator  # after a failure nothing is bound again: the whole transaction is rolled back
    bind(unit)


def _set(session: Session, tenant: str | None, user: str | None, state: str | None, *, operator: bool, role: str) -> None:
    if session.get_bind().dialect.name != "postgresql":
        return
    values = {"tenant": tenant or "", "user": user or "", "state": state or "", "operator": "on" if operator else "", "role": role}
    session.execute(_BIND, values)
