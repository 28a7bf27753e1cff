"""Make the tables of accounts, rate limits and ticket creations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from alembic.operations import Operations

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade(op: Operations) -> None:
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    moment = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
    op.create_table(
        "zendesk_accounts",
        sa.Column("id", big, nullable=False),
        sa.Column("tenant_id", sa.String(255), nullable=False),
        sa.Column("subdomain", sa.String(63), nullable=False),
        sa.Column("base_url", sa.String(255), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_zendesk_accounts"),
        sa.UniqueConstraint("tenant_id", "subdomain", name="uq_zendesk_accounts_tenant_id_subdomain"),
    )
    op.create_table(
        "zendesk_pace",
        sa.Column("pace_key", sa.Text(), nullable=False),
        sa.Column("call_limit", big, nullable=True),
        sa.Column("remaining", big, nullable=True),
        sa.Column("resets_at", sa.Double(), nullable=True),
        sa.Column("window_seconds", sa.Double(), nullable=True),
        sa.Column("closed_until", sa.Double(), nullable=True),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("pace_key", name="pk_zendesk_pace"),
    )
    op.create_table(
        "zendesk_ticket_creations",
        sa.Column("id", big, nullable=False),
        sa.Column("tenant_id", sa.String(255), nullable=False),
        sa.Column("account_id", big, nullable=False),
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("client_key", sa.String(255), nullable=True),
        sa.Column("zendesk_key", sa.String(255), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("ticket_id", big, nullable=True),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_zendesk_ticket_creations"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["zendesk_accounts.id"], name="fk_zendesk_ticket_creations_account_id_zendesk_accounts"
        ),
        sa.UniqueConstraint(
            "account_id", "user_id", "client_key", name="uq_zendesk_ticket_creations_account_id_user_id_client_key"
        ),
        sa.UniqueConstraint("account_id", "zendesk_key", name="uq_zendesk_ticket_creations_account_id_zendesk_key"),
        sa.CheckConstraint(
            "state IN ('pending', 'done', 'failed', 'unknown')", name="ck_zendesk_ticket_creations_state"
        ),
        sa.CheckConstraint(
            "state <> 'done' OR ticket_id IS NOT NULL", name="ck_zendesk_ticket_creations_done_has_ticket"
        ),
    )


def downgrade(op: Operations) -> None:
    # Also the way back to the beginning for a database that has lost a table.
    for table in ("zendesk_ticket_creations", "zendesk_pace", "zendesk_accounts"):
        op.execute(f"DROP TABLE IF EXISTS {table}")
