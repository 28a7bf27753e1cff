"""Count in each bucket our own calls and those of others, so that the last ones are left to whoever is about to use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from alembic.operations import Operations

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

COUNTS = ("own_calls", "late_calls", "foreign_seen")
COLUMNS = (*COUNTS, "foreign_expected")


def upgrade(op: Operations) -> None:
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    for name in COUNTS:
        op.add_column("zendesk_pace", sa.Column(name, big, nullable=False, server_default=sa.text("0")))
    op.add_column(
        "zendesk_pace", sa.Column("foreign_expected", sa.Double(), nullable=False, server_default=sa.text("0"))
    )


def downgrade(op: Operations) -> None:
    if not op.get_context().as_sql and not sa.inspect(op.get_bind()).has_table("zendesk_pace"):
        return  # a database that has lost a table can still be taken back and made again
    # A budget without its limit would be a row of the new version only.
    op.execute("DELETE FROM zendesk_pace WHERE call_limit IS NULL AND closed_until IS NULL")
    for name in COLUMNS:
        op.drop_column("zendesk_pace", name)
