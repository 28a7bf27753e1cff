"""Keep the log of what was changed at Zendesk, with row-level security: a user sees their own entries, the tenant's unit all of them.

Nobody but an operator changes an entry that has ended, or deletes one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

if TYPE_CHECKING:
    from alembic.operations import Operations

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
WORDS = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

# An empty setting is what a transaction leaves behind: as null it equals nothing.
TENANT = "tenant_id = nullif(current_setting('zendesk.tenant', true), '')"
USER = "nullif(current_setting('zendesk.user', true), '')"
OPERATOR = "current_setting('zendesk.operator', true) = 'on' AND current_user <> 'zendesk_app'"
OWN_ROWS = f"{TENANT} AND ({USER} IS NULL OR user_id = {USER})"


def upgrade(op: Operations) -> None:
    op.create_table(
        "zendesk_writes",
        sa.Column("id", BIG, nullable=False),
        sa.Column("tenant_id", sa.String(255), nullable=False),
        sa.Column("account", sa.String(255), nullable=False),
        sa.Column("user_id", sa.String(255), nullable=True),
        sa.Column("via", sa.String(16), nullable=False),
        sa.Column("method", sa.String(8), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=True),
        sa.Column("fields", WORDS, nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=True),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("status", BIG, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("duration_seconds", sa.Double(), nullable=True),
        sa.Column("attempts", BIG, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_zendesk_writes"),
        sa.CheckConstraint("via IN ('cookie', 'bearer', 'internal')", name="ck_zendesk_writes_via"),
        sa.CheckConstraint(
            "outcome IN ('sent', 'done', 'refused', 'unknown', 'not_sent')", name="ck_zendesk_writes_outcome"
        ),
        sqlite_autoincrement=True,
    )
    # list_entries
    op.create_index("ix_zendesk_writes_tenant_id_began_at_id", "zendesk_writes", ["tenant_id", "began_at", "id"])
    # purge
    op.create_index("ix_zendesk_writes_began_at", "zendesk_writes", ["began_at"])
    if op.get_context().dialect.name == "postgresql":
        _guard(op)


def downgrade(op: Operations) -> None:
    op.execute("DROP TABLE IF EXISTS zendesk_writes")


def _guard(op: Operations) -> None:
    op.execute("ALTER TABLE zendesk_writes ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE zendesk_writes FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_rows ON zendesk_writes FOR SELECT USING ({OWN_ROWS})")
    op.execute(f"CREATE POLICY own_begun ON zendesk_writes FOR INSERT WITH CHECK ({OWN_ROWS} AND outcome = 'sent')")
    op.execute(
        f"CREATE POLICY own_ended ON zendesk_writes FOR UPDATE USING ({OWN_ROWS} AND outcome = 'sent') WITH CHECK ({OWN_ROWS})"
    )
    op.execute(f"CREATE POLICY operator ON zendesk_writes USING ({OPERATOR}) WITH CHECK ({OPERATOR})")
    op.execute(_granted("SELECT, INSERT, UPDATE ON zendesk_writes"))
    op.execute(_granted("USAGE, SELECT ON SEQUENCE zendesk_writes_id_seq"))


def _granted(what: str) -> str:
    """Return the grant for a cluster that may not have the role."""
    return f"DO $$ BEGIN GRANT {what} TO zendesk_app; EXCEPTION WHEN undefined_object THEN NULL; END $$"
