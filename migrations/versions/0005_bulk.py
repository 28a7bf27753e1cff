"""Keep bulk runs: the run with its lease and its key, its chunks, and each item's sealed payload and result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from alembic.operations import Operations

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")

TABLES = ("zendesk_bulk_runs", "zendesk_bulk_chunks", "zendesk_bulk_items")
OWN = (
    "tenant_id = nullif(current_setting('zendesk.tenant', true), '') AND user_id = nullif(current_setting('zendesk.user', true), '')"
)
OPERATOR = "current_setting('zendesk.operator', true) = 'on' AND current_user <> 'zendesk_app'"


def upgrade(op: Operations) -> None:
    _make_runs(op)
    _make_chunks(op)
    _make_items(op)
    if op.get_context().dialect.name == "sqlite":
        stamp = "UPDATE zendesk_bulk_runs SET updated_at = strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000Z' WHERE id = NEW.id"
        op.execute(
            "CREATE TRIGGER zendesk_bulk_runs_touch AFTER UPDATE ON zendesk_bulk_runs "
            f"WHEN NEW.updated_at IS OLD.updated_at BEGIN {stamp}; END"
        )
        return
    op.execute(
        "CREATE TRIGGER zendesk_bulk_runs_touch BEFORE UPDATE ON zendesk_bulk_runs FOR EACH ROW EXECUTE FUNCTION zendesk_touch()"
    )
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own_rows ON {table} USING ({OWN}) WITH CHECK ({OWN})")
        op.execute(f"CREATE POLICY operator ON {table} USING ({OPERATOR}) WITH CHECK ({OPERATOR})")
        op.execute(
            f"DO $$ BEGIN GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO zendesk_app; "
            "EXCEPTION WHEN undefined_object THEN NULL; END $$"
        )


def downgrade(op: Operations) -> None:
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE IF EXISTS {table}")


def _make_runs(op: Operations) -> None:
    op.create_table(
        "zendesk_bulk_runs",
        sa.Column("id", BIG, nullable=False, autoincrement=False),
        sa.Column("tenant_id", sa.String(255), nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("verb", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("own", sa.Boolean(), nullable=False),
        *(sa.Column(name, BIG, nullable=False) for name in ("total", "done", "failed", "unknown", "cancelled", "chunks")),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("data_key", sa.Text(), nullable=False),
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("generation", BIG, nullable=False),
        sa.Column("lease_holder", sa.String(64), nullable=True),
        sa.Column("lease_until", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_zendesk_bulk_runs"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["zendesk_accounts.id"], name="fk_zendesk_bulk_runs_account_id_zendesk_accounts", ondelete="CASCADE"
        ),
        sa.CheckConstraint(
            "state IN ('loading', 'running', 'paused', 'cancelling', 'cancelled', 'done')", name="ck_zendesk_bulk_runs_state"
        ),
    )
    # list_runs, and purge, which forgets a user's old ones
    op.create_index(
        "ix_zendesk_bulk_runs_tenant_id_user_id_account_id_created_at", "zendesk_bulk_runs",
        ["tenant_id", "user_id", "account_id", "created_at"],
    )  # fmt: skip
    # reseal, which looks for what other keys sealed
    op.create_index("ix_zendesk_bulk_runs_key_id", "zendesk_bulk_runs", ["key_id"])


def _make_chunks(op: Operations) -> None:
    op.create_table(
        "zendesk_bulk_chunks",
        sa.Column("run_id", BIG, nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("tenant_id", sa.String(255), nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=True),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("run_id", "number", name="pk_zendesk_bulk_chunks"),
        sa.ForeignKeyConstraint(
            ["run_id"], ["zendesk_bulk_runs.id"], name="fk_zendesk_bulk_chunks_run_id_zendesk_bulk_runs", ondelete="CASCADE"
        ),
        sa.CheckConstraint("state IN ('waiting', 'sending', 'sent', 'settled')", name="ck_zendesk_bulk_chunks_state"),
    )
    # chunks_in: the next one to send, and those in flight
    op.create_index("ix_zendesk_bulk_chunks_run_id_state_number", "zendesk_bulk_chunks", ["run_id", "state", "number"])


def _make_items(op: Operations) -> None:
    op.create_table(
        "zendesk_bulk_items",
        sa.Column("run_id", BIG, nullable=False),
        sa.Column("position", BIG, nullable=False),
        sa.Column("tenant_id", sa.String(255), nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("chunk", BIG, nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("tries", BIG, nullable=False),
        sa.Column("target_id", BIG, nullable=True),
        sa.Column("record_id", BIG, nullable=True),
        sa.Column("code", sa.String(64), nullable=True),
        sa.Column("zendesk_code", sa.String(80), nullable=True),
        sa.Column("upstream", sa.Text(), nullable=True),
        sa.Column("payload", sa.Text(), nullable=True),
        sa.Column("external_index", sa.String(43), nullable=True),
        sa.PrimaryKeyConstraint("run_id", "position", name="pk_zendesk_bulk_items"),
        sa.ForeignKeyConstraint(
            ["run_id"], ["zendesk_bulk_runs.id"], name="fk_zendesk_bulk_items_run_id_zendesk_bulk_runs", ondelete="CASCADE"
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'done', 'failed', 'unknown', 'cancelled')", name="ck_zendesk_bulk_items_state"
        ),
    )
    # items_of, and pooled, whose chunk is null
    op.create_index("ix_zendesk_bulk_items_run_id_chunk", "zendesk_bulk_items", ["run_id", "chunk"])
    # imported
    op.create_index(
        "ix_zendesk_bulk_items_tenant_id_account_id_external_index", "zendesk_bulk_items",
        ["tenant_id", "account_id", "external_index"],
    )  # fmt: skip
