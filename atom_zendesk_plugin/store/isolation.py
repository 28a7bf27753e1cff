"""Whether row-level security binds this connection on PostgreSQL, and the role that makes sure of it.

Superusers and roles with BYPASSRLS see every row whatever a policy says, so each unit of work takes the role ``zendesk_app``, which is
neither. A connection that cannot take it is bound all the same, by FORCE, unless it is one of those two.
"""

from __future__ import annotations

from sqlalchemy import Connection, text
from sqlalchemy.exc import DataError, ProgrammingError

from atom_zendesk_plugin.store.tenancy import ROLE

OWN = "none"
"""PostgreSQL's word for the connection's own user, as a role to take."""

GUARDED = (
    "zendesk_accounts", "zendesk_ticket_creations", "zendesk_grants", "zendesk_oauth_states", "zendesk_writes", "zendesk_bulk_runs",
    "zendesk_bulk_chunks", "zendesk_bulk_items",
)  # fmt: skip
"""The tables under row-level security."""

_MAY_BYPASS = text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
_UNGUARDED = text(
    "SELECT count(*) FROM unnest(CAST(:tables AS text[])) AS name JOIN pg_class ON pg_class.oid = to_regclass(name) "
    "WHERE NOT (relrowsecurity AND relforcerowsecurity)"
)


def find_role(connection: Connection) -> str:
    """Return ``zendesk_app`` when this connection can take that role and work with it, else ``none``. Leaves nothing behind."""
    try:
        with connection.begin() as transaction:
            connection.execute(text("SELECT set_config('role', :role, true)"), {"role": ROLE})
            for table in GUARDED:
                connection.execute(text(f"SELECT 1 FROM {table} LIMIT 0"))  # noqa: S608  # our own names
            transaction.rollback()
    except (DataError, ProgrammingError):  # there is no such role; it may not be taken; it has no rights here
        return OWN
    return ROLE


def find_gap(connection: Connection, *, role: str) -> str | None:
    """Return why one person's rows could be read by another's transaction, with the cure; None when they cannot."""
    if connection.execute(_UNGUARDED, {"tables": list(GUARDED)}).scalar_one():
        return "Row-level security is switched off for a table of the Zendesk integration: switch it on and force it again."
    if role == OWN and connection.execute(_MAY_BYPASS).scalar_one():
        return (
            "The database user is a superuser or has BYPASSRLS, so row-level security does not separate people: connect as an ordinary "
            f"role, or run `GRANT {ROLE} TO` that user and `atom-zendesk db upgrade`."
        )
    return None
