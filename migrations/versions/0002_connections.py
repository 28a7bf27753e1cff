"""Keep people's connections: grants, sign-ins, accounts entered here; with row-level security and stamped updates.

On SQLite the table of accounts is made anew, so that the id of a removed account is never given again: what was meant for the one must
not reach the other. PostgreSQL's sequences never go back.

The role ``zendesk_app`` belongs to the whole PostgreSQL cluster. It is made here when the user may make it, and a downgrade leaves it:
other databases may use it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

if TYPE_CHECKING:
    from alembic.operations import Operations
    from sqlalchemy.sql.schema import SchemaItem

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
WORDS = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

STAMPED = ("zendesk_accounts", "zendesk_ticket_creations", "zendesk_grants")
TABLES = ("zendesk_accounts", "zendesk_pace", "zendesk_ticket_creations", "zendesk_grants", "zendesk_oauth_states")
COUNTED = ("zendesk_accounts", "zendesk_ticket_creations", "zendesk_grants")

ACCOUNT_CHECKS = {
    "ck_zendesk_accounts_client_kind": "client_kind IN ('public', 'confidential')",
    "ck_zendesk_accounts_service_kind": "service_kind IN ('none', 'client_credentials')",
}

# An empty setting is what a transaction leaves behind: as null it equals nothing.
TENANT = "tenant_id = nullif(current_setting('zendesk.tenant', true), '')"
USER = "user_id = nullif(current_setting('zendesk.user', true), '')"
STATE = "state_hash = nullif(current_setting('zendesk.state', true), '')"
OPERATOR = "current_setting('zendesk.operator', true) = 'on' AND current_user <> 'zendesk_app'"
OWN_ROWS = {
    "zendesk_accounts": TENANT,
    "zendesk_ticket_creations": f"{TENANT} AND {USER}",
    "zendesk_grants": f"{TENANT} AND {USER}",
    "zendesk_oauth_states": f"({TENANT} AND {USER}) OR {STATE}",
}

ROLE = """
DO $$
BEGIN
    BEGIN
        CREATE ROLE zendesk_app NOLOGIN NOSUPERUSER NOBYPASSRLS;
    EXCEPTION WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN
        NULL; -- it is there, is being made for another database of this cluster, or a DBA has to make it
    END;
    BEGIN
        IF current_setting('server_version_num')::integer >= 160000 THEN
            EXECUTE 'GRANT zendesk_app TO ' || quote_ident(current_user) || ' WITH INHERIT FALSE, SET TRUE';
        ELSE
            EXECUTE 'GRANT zendesk_app TO ' || quote_ident(current_user);
        END IF;
    EXCEPTION WHEN undefined_object OR insufficient_privilege OR unique_violation OR internal_error THEN
        NULL; -- no such role, not ours to give, or given in this moment; FORCE binds us without it
    END;
END $$
"""
SCHEMA = """
DO $$
BEGIN
    EXECUTE '{verb} USAGE ON SCHEMA ' || quote_ident(current_schema()) || ' {to} zendesk_app';
EXCEPTION WHEN undefined_object OR insufficient_privilege THEN
    NULL; -- no such role, or a schema of somebody else, which has to be open to everybody anyway
END $$
"""


def upgrade(op: Operations) -> None:
    if op.get_context().dialect.name == "sqlite":
        checks = [sa.CheckConstraint(check, name=name) for name, check in ACCOUNT_CHECKS.items()]
        _remake_accounts(op, *_account_columns(), *checks, sqlite_autoincrement=True)
    else:
        _extend_accounts(op)
    _make_grants(op)
    _make_states(op)
    if op.get_context().dialect.name == "sqlite":
        _stamp_on_sqlite(op)
    else:
        _stamp_on_postgresql(op)
        _guard(op)


def downgrade(op: Operations) -> None:
    op.execute("DROP TABLE IF EXISTS zendesk_oauth_states")
    op.execute("DROP TABLE IF EXISTS zendesk_grants")
    for table in filter(lambda table: _is_there(op, table), ("zendesk_accounts", "zendesk_ticket_creations")):
        if op.get_context().dialect.name == "sqlite":
            op.execute(f"DROP TRIGGER {table}_touch")
        else:
            _unguard(op, table)
    if op.get_context().dialect.name == "postgresql":
        op.execute(_if_there("REVOKE ALL ON zendesk_pace FROM zendesk_app"))
        op.execute(SCHEMA.format(verb="REVOKE", to="FROM"))
        op.execute("DROP FUNCTION IF EXISTS zendesk_touch()")
    if not _is_there(op, "zendesk_accounts"):
        return
    if op.get_context().dialect.name == "sqlite":
        _remake_accounts(op)
        return
    for column in _account_columns():
        op.drop_column("zendesk_accounts", column.name)  # its constraint goes with it


def _account_columns() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("client_id", sa.Text(), nullable=True),
        sa.Column("client_kind", sa.String(16), nullable=True),
        sa.Column("client_secret", sa.Text(), nullable=True),
        sa.Column("service_kind", sa.String(32), nullable=False, server_default=sa.text("'none'")),
        sa.Column("service_used_at", MOMENT, nullable=True),
        sa.Column("is_default", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("stored", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("key_id", sa.String(32), nullable=True),
        sa.Column("generation", BIG, nullable=False, server_default=sa.text("0")),
    )


def _extend_accounts(op: Operations) -> None:
    for column in _account_columns():
        op.add_column("zendesk_accounts", column)
    for name, check in ACCOUNT_CHECKS.items():
        op.create_check_constraint(name, "zendesk_accounts", check)


def _remake_accounts(op: Operations, *more: SchemaItem, sqlite_autoincrement: bool = False) -> None:
    """Make SQLite's table anew, with its rows and those columns of before that every version has."""
    kept = "id, tenant_id, subdomain, base_url, created_at, updated_at"
    # Other tables refer to this one: their rows are looked at when the transaction ends, and then their accounts are there again. That
    # counts only for rows put into a table of the final name, so the new one is not renamed.
    op.execute("PRAGMA defer_foreign_keys = ON")
    op.execute(f"CREATE TABLE zendesk_accounts_before AS SELECT {kept} FROM zendesk_accounts")  # noqa: S608
    op.execute("DROP TABLE zendesk_accounts")
    op.create_table(
        "zendesk_accounts",
        sa.Column("id", BIG, nullable=False),
        sa.Column("tenant_id", sa.String(255), nullable=False),
        sa.Column("subdomain", sa.String(63), nullable=False),
        sa.Column("base_url", sa.String(255), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_zendesk_accounts"),
        sa.UniqueConstraint("tenant_id", "subdomain", name="uq_zendesk_accounts_tenant_id_subdomain"),
        *more,
        sqlite_autoincrement=sqlite_autoincrement,
    )
    op.execute(f"INSERT INTO zendesk_accounts ({kept}) SELECT {kept} FROM zendesk_accounts_before")  # noqa: S608
    op.execute("DROP TABLE zendesk_accounts_before")


def _make_grants(op: Operations) -> None:
    op.create_table(
        "zendesk_grants",
        sa.Column("id", BIG, nullable=False),
        sa.Column("tenant_id", sa.String(255), nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("zendesk_user_id", BIG, nullable=False),
        sa.Column("zendesk_role", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("scopes", WORDS, nullable=False),
        sa.Column("asked_scopes", WORDS, nullable=False),
        sa.Column("access_token", sa.Text(), nullable=False),
        sa.Column("refresh_token", sa.Text(), nullable=True),
        sa.Column("access_expires_at", MOMENT, nullable=True),
        sa.Column("refresh_expires_at", MOMENT, nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("email_index", sa.String(43), nullable=True),
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("generation", BIG, nullable=False),
        sa.Column("renewal_holder", sa.Text(), nullable=True),
        sa.Column("renewal_began_at", MOMENT, nullable=True),
        sa.Column("renewal_until", MOMENT, nullable=True),
        sa.Column("renew_from", MOMENT, nullable=True),
        sa.Column("told_at", MOMENT, nullable=True),
        sa.Column("connected_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_zendesk_grants"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["zendesk_accounts.id"], name="fk_zendesk_grants_account_id_zendesk_accounts", ondelete="CASCADE"
        ),
        # In this order it also finds all of one user's: list_grants.
        sa.UniqueConstraint("tenant_id", "user_id", "account_id", name="uq_zendesk_grants_tenant_id_user_id_account_id"),
        sa.CheckConstraint("state IN ('connected', 'needs_reconnect')", name="ck_zendesk_grants_state"),
        sqlite_autoincrement=True,
    )
    # find_user_grants_by_email; remove_account by its first two columns
    op.create_index(
        "ix_zendesk_grants_tenant_id_account_id_email_index", "zendesk_grants", ["tenant_id", "account_id", "email_index"]
    )
    # count_by_key, and reseal, which looks for what other keys sealed
    op.create_index("ix_zendesk_grants_key_id", "zendesk_grants", ["key_id"])


def _make_states(op: Operations) -> None:
    op.create_table(
        "zendesk_oauth_states",
        sa.Column("state_hash", sa.String(64), nullable=False),
        sa.Column("tenant_id", sa.String(255), nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("browser_hash", sa.String(64), nullable=False),
        sa.Column("code_verifier", sa.Text(), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("scopes", WORDS, nullable=False),
        sa.Column("via", sa.String(16), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("state_hash", name="pk_zendesk_oauth_states"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["zendesk_accounts.id"], name="fk_zendesk_oauth_states_account_id_zendesk_accounts", ondelete="CASCADE"
        ),
        sa.CheckConstraint("via IN ('cookie', 'bearer', 'internal')", name="ck_zendesk_oauth_states_via"),
    )
    # issue, which forgets a user's old ones, and erase_grant
    op.create_index(
        "ix_zendesk_oauth_states_tenant_id_user_id_created_at", "zendesk_oauth_states", ["tenant_id", "user_id", "created_at"]
    )
    # purge
    op.create_index("ix_zendesk_oauth_states_expires_at", "zendesk_oauth_states", ["expires_at"])


def _stamp_on_sqlite(op: Operations) -> None:
    for table in STAMPED:
        stamp = f"UPDATE {table} SET updated_at = strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000Z' WHERE id = NEW.id"  # noqa: S608
        op.execute(
            f"CREATE TRIGGER {table}_touch AFTER UPDATE ON {table} WHEN NEW.updated_at IS OLD.updated_at BEGIN {stamp}; END"
        )


def _stamp_on_postgresql(op: Operations) -> None:
    op.execute(
        "CREATE FUNCTION zendesk_touch() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n"
        "    IF NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at THEN NEW.updated_at = clock_timestamp(); END IF;\n"
        "    RETURN NEW;\nEND $$"
    )
    for table in STAMPED:
        op.execute(
            f"CREATE TRIGGER {table}_touch BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION zendesk_touch()"
        )


def _guard(op: Operations) -> None:
    for table, own in OWN_ROWS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own_rows ON {table} USING ({own}) WITH CHECK ({own})")
        op.execute(f"CREATE POLICY operator ON {table} USING ({OPERATOR}) WITH CHECK ({OPERATOR})")
    op.execute(ROLE)
    op.execute(SCHEMA.format(verb="GRANT", to="TO"))
    for table in TABLES:
        op.execute(_granted(f"SELECT, INSERT, UPDATE, DELETE ON {table}"))
    for table in COUNTED:
        op.execute(_granted(f"USAGE, SELECT ON SEQUENCE {table}_id_seq"))


def _unguard(op: Operations, table: str) -> None:
    op.execute(f"DROP POLICY operator ON {table}")
    op.execute(f"DROP POLICY own_rows ON {table}")
    op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    op.execute(f"DROP TRIGGER {table}_touch ON {table}")
    op.execute(_if_there(f"REVOKE ALL ON SEQUENCE {table}_id_seq FROM zendesk_app"))
    op.execute(_if_there(f"REVOKE ALL ON {table} FROM zendesk_app"))


def _is_there(op: Operations, table: str) -> bool:
    """Tell whether the table is there; a database that has lost one can still be taken back and made again."""
    return op.get_context().as_sql or sa.inspect(op.get_bind()).has_table(table)


def _granted(what: str) -> str:
    return _if_there(f"GRANT {what} TO zendesk_app")


def _if_there(statement: str) -> str:
    """Return the statement for a cluster that may not have the role, and a database that may have lost the table."""
    return f"DO $$ BEGIN {statement}; EXCEPTION WHEN undefined_object OR undefined_table THEN NULL; END $$"
