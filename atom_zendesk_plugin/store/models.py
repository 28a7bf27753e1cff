"""The tables as they are now. Migrations carry their own copy of this; a test finds every difference on both databases.

Extend by changing a model and writing the migration that leads there. No secrets and no bodies live here.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Double

from atom_zendesk_plugin.store.base import Base
from atom_zendesk_plugin.store.types import BIG_ID, UtcDateTime


class Account(Base):
    """A Zendesk account that a tenant uses."""

    __tablename__ = "zendesk_accounts"
    __table_args__ = (UniqueConstraint("tenant_id", "subdomain"),)

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(255))
    subdomain: Mapped[str] = mapped_column(String(63))
    base_url: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Pace(Base):
    """What is left of one rate limit. Moments are seconds since the epoch, as the callers' clocks give them.

    ``call_limit``, ``remaining``, ``resets_at`` and ``window`` are null together, until a limit has been learnt. ``window`` is the
    longest time to a reset that an answer told.
    """

    __tablename__ = "zendesk_pace"

    pace_key: Mapped[str] = mapped_column(Text, primary_key=True)
    call_limit: Mapped[int | None] = mapped_column(BIG_ID)
    remaining: Mapped[int | None] = mapped_column(BIG_ID)
    resets_at: Mapped[float | None] = mapped_column(Double)
    window: Mapped[float | None] = mapped_column("window_seconds", Double)
    closed_until: Mapped[float | None] = mapped_column(Double)
    updated_at: Mapped[float] = mapped_column(Double)


class TicketCreation(Base):
    """One wish to create a ticket, written down before Zendesk is asked, so that a repeat uses the same key.

    ``client_key`` is what our caller named the wish, ``zendesk_key`` the idempotency key sent to Zendesk. Both databases let any
    number of rows without a ``client_key`` stand beside each other.
    """

    __tablename__ = "zendesk_ticket_creations"
    __table_args__ = (
        UniqueConstraint("account_id", "user_id", "client_key"),
        UniqueConstraint("account_id", "zendesk_key"),
        CheckConstraint("state IN ('pending', 'done', 'failed', 'unknown')", name="state"),
        CheckConstraint("state <> 'done' OR ticket_id IS NOT NULL", name="done_has_ticket"),
    )

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(255))
    account_id: Mapped[int] = mapped_column(BIG_ID, ForeignKey("zendesk_accounts.id"))
    user_id: Mapped[str] = mapped_column(String(255))
    client_key: Mapped[str | None] = mapped_column(String(255))
    zendesk_key: Mapped[str] = mapped_column(String(255))
    fingerprint: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    ticket_id: Mapped[int | None] = mapped_column(BIG_ID)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
