"""The tables as they are now. Migrations carry their own copy of this; a test finds every difference on both databases.

Extend by changing a model and writing the migration that leads there, with its row-level security on PostgreSQL. Secrets and personal data
are kept sealed only (see ``keyring``), all of one row under the key that its ``key_id`` names. No bodies live here.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, column_property, mapped_column
from sqlalchemy.types import Boolean, Double

from atom_zendesk_plugin.store.base import Base
from atom_zendesk_plugin.store.types import BIG_ID, UtcDateTime

_WORDS = JSON().with_variant(JSONB(), "postgresql")

# The id of a removed row is not given to another one: who still holds it finds nothing.
_NEVER_AGAIN = {"sqlite_autoincrement": True}


class Account(Base):
    """A Zendesk account that a tenant uses.

    ``stored`` tells one that a person entered here from one of the settings. ``generation`` counts its versions.
    """

    __tablename__ = "zendesk_accounts"
    __table_args__ = (
        UniqueConstraint("tenant_id", "subdomain"),
        CheckConstraint("client_kind IN ('public', 'confidential')", name="client_kind"),
        CheckConstraint("service_kind IN ('none', 'client_credentials')", name="service_kind"),
        _NEVER_AGAIN,
    )

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(255))
    subdomain: Mapped[str] = mapped_column(String(63))
    base_url: Mapped[str] = mapped_column(String(255))
    client_id: Mapped[str | None] = mapped_column(Text)
    client_kind: Mapped[str | None] = mapped_column(String(16))
    client_secret: Mapped[str | None] = mapped_column(Text)
    service_kind: Mapped[str] = mapped_column(String(32), server_default=text("'none'"))
    service_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_default: Mapped[bool] = mapped_column(Boolean, server_default=false())
    stored: Mapped[bool] = mapped_column(Boolean, server_default=false())
    key_id: Mapped[str | None] = mapped_column(String(32))
    generation: Mapped[int] = mapped_column(BIG_ID, server_default=text("0"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Grant(Base):
    """A person's own connection to an account: the tokens, whose they are, and who is renewing them.

    ``generation`` counts the pairs of tokens: whoever replaces a pair names the one that was seen. No process renews before ``renew_from``.
    """

    __tablename__ = "zendesk_grants"
    __table_args__ = (
        UniqueConstraint("tenant_id", "user_id", "account_id"),
        CheckConstraint("state IN ('connected', 'needs_reconnect')", name="state"),
        Index(None, "tenant_id", "account_id", "email_index"),
        Index(None, "key_id"),
        _NEVER_AGAIN,
    )

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(255))
    account_id: Mapped[int] = mapped_column(BIG_ID, ForeignKey("zendesk_accounts.id", ondelete="CASCADE"))
    user_id: Mapped[str] = mapped_column(String(255))
    client_id: Mapped[str] = mapped_column(Text)
    zendesk_user_id: Mapped[int] = mapped_column(BIG_ID)
    zendesk_role: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(Text)
    scopes: Mapped[list[str]] = mapped_column(_WORDS)
    asked_scopes: Mapped[list[str]] = mapped_column(_WORDS)
    access_token: Mapped[str] = mapped_column(Text)
    refresh_token: Mapped[str | None] = mapped_column(Text)
    access_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refresh_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    name: Mapped[str | None] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    email_index: Mapped[str | None] = mapped_column(String(43))
    key_id: Mapped[str] = mapped_column(String(32))
    generation: Mapped[int] = mapped_column(BIG_ID)
    renewal_holder: Mapped[str | None] = mapped_column(Text)
    renewal_began_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    renewal_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    renew_from: Mapped[datetime | None] = mapped_column(UtcDateTime)
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    connected_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    subdomain: Mapped[str] = column_property(
        select(Account.subdomain).where(Account.id == account_id).correlate_except(Account).scalar_subquery()
    )


class OAuthState(Base):
    """A sign-in that was begun. Of the state and of the browser's secret only the SHA-256 is kept."""

    __tablename__ = "zendesk_oauth_states"
    __table_args__ = (
        CheckConstraint("via IN ('cookie', 'bearer', 'internal')", name="via"),
        Index(None, "tenant_id", "user_id", "created_at"),
        Index(None, "expires_at"),
    )

    state_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(255))
    account_id: Mapped[int] = mapped_column(BIG_ID, ForeignKey("zendesk_accounts.id", ondelete="CASCADE"))
    user_id: Mapped[str] = mapped_column(String(255))
    browser_hash: Mapped[str] = mapped_column(String(64))
    code_verifier: Mapped[str] = mapped_column(Text)
    redirect_uri: Mapped[str] = mapped_column(Text)
    scopes: Mapped[list[str]] = mapped_column(_WORDS)
    via: Mapped[str] = mapped_column(String(16))
    client_id: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Pace(Base):
    """What is left of one rate limit. Moments are seconds since the epoch, as the callers' clocks give them.

    ``call_limit`` and ``remaining`` are null until a limit has been learnt. ``window`` is the longest time to a reset that an answer told.
    The counts are those of ``budget.Budget``. It belongs to an account, not to a person, and every process counts in it for everybody: it
    stays outside row-level security.
    """

    __tablename__ = "zendesk_pace"

    pace_key: Mapped[str] = mapped_column(Text, primary_key=True)
    call_limit: Mapped[int | None] = mapped_column(BIG_ID)
    remaining: Mapped[int | None] = mapped_column(BIG_ID)
    resets_at: Mapped[float | None] = mapped_column(Double)
    window: Mapped[float | None] = mapped_column("window_seconds", Double)
    closed_until: Mapped[float | None] = mapped_column(Double)
    own_calls: Mapped[int] = mapped_column(BIG_ID, server_default=text("0"))
    late_calls: Mapped[int] = mapped_column(BIG_ID, server_default=text("0"))
    foreign_seen: Mapped[int] = mapped_column(BIG_ID, server_default=text("0"))
    foreign_expected: Mapped[float] = mapped_column(Double, server_default=text("0"))
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


class WriteEntry(Base):
    """A call that could change something at Zendesk: whose, what it named, how it ended. Written before it is sent.

    The account is its short name: an entry outlives the account. ``user_id`` is null for what the plugin does by itself, ``via`` says
    how the user came. Names of fields are kept, never values; of an idempotency key its SHA-256.
    """

    __tablename__ = "zendesk_writes"
    __table_args__ = (
        CheckConstraint("via IN ('cookie', 'bearer', 'internal')", name="via"),
        CheckConstraint("outcome IN ('sent', 'done', 'refused', 'unknown', 'not_sent')", name="outcome"),
        Index(None, "tenant_id", "began_at", "id"),
        Index(None, "began_at"),
        _NEVER_AGAIN,
    )

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(255))
    account: Mapped[str] = mapped_column(String(255))
    user_id: Mapped[str | None] = mapped_column(String(255))
    via: Mapped[str] = mapped_column(String(16))
    method: Mapped[str] = mapped_column(String(8))
    endpoint: Mapped[str] = mapped_column(Text)
    record_id: Mapped[str | None] = mapped_column(Text)
    fields: Mapped[list[str]] = mapped_column(_WORDS)
    key_hash: Mapped[str | None] = mapped_column(String(64))
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(String(16))
    status: Mapped[int | None] = mapped_column(BIG_ID)
    error: Mapped[str | None] = mapped_column(Text)
    request_id: Mapped[str | None] = mapped_column(Text)
    duration: Mapped[float | None] = mapped_column("duration_seconds", Double)
    attempts: Mapped[int | None] = mapped_column(BIG_ID)


class BulkRun(Base):
    """A bulk run of one person. ``lease_holder`` moves it on until ``lease_until``; ``data_key`` is what its items are sealed with.

    The id is made up by who begins it. ``changes`` and ``data_key`` are sealed, the one under the other, that one under ``key_id``.
    """

    __tablename__ = "zendesk_bulk_runs"
    __table_args__ = (
        CheckConstraint(
            "state IN ('loading', 'running', 'paused', 'cancelling', 'cancelled', 'done')", name="state"
        ),
        Index(None, "tenant_id", "user_id", "account_id", "created_at"),
        Index(None, "key_id"),
    )

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True, autoincrement=False)
    tenant_id: Mapped[str] = mapped_column(String(255))
    account_id: Mapped[int] = mapped_column(BIG_ID, ForeignKey("zendesk_accounts.id", ondelete="CASCADE"))
    user_id: Mapped[str] = mapped_column(String(255))
    kind: Mapped[str] = mapped_column(String(16))
    verb: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(Text)
    own: Mapped[bool] = mapped_column(Boolean)
    total: Mapped[int] = mapped_column(BIG_ID)
    done: Mapped[int] = mapped_column(BIG_ID)
    failed: Mapped[int] = mapped_column(BIG_ID)
    unknown: Mapped[int] = mapped_column(BIG_ID)
    cancelled: Mapped[int] = mapped_column(BIG_ID)
    chunks: Mapped[int] = mapped_column(BIG_ID)
    changes: Mapped[str] = mapped_column(Text)
    data_key: Mapped[str] = mapped_column(Text)
    key_id: Mapped[str] = mapped_column(String(32))
    generation: Mapped[int] = mapped_column(BIG_ID)
    lease_holder: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class BulkChunk(Base):
    """Up to a hundred items of a run that go out in one job: written down as ``sending`` before the call is made."""

    __tablename__ = "zendesk_bulk_chunks"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'sending', 'sent', 'settled')", name="state"),
        Index(None, "run_id", "state", "number"),
    )

    run_id: Mapped[int] = mapped_column(BIG_ID, ForeignKey("zendesk_bulk_runs.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(255))
    account_id: Mapped[int] = mapped_column(BIG_ID)
    user_id: Mapped[str] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(String(16))
    job_id: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class BulkItem(Base):
    """One item of a run and its result. ``payload`` (what is sent for it) is sealed, and gone once there is a result.

    ``external_index`` finds an import's external id again without telling it. ``upstream`` is Zendesk's own text, sealed.
    """

    __tablename__ = "zendesk_bulk_items"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'done', 'failed', 'unknown', 'cancelled')", name="state"),
        Index(None, "run_id", "chunk"),
        Index(None, "tenant_id", "account_id", "external_index"),
    )

    run_id: Mapped[int] = mapped_column(BIG_ID, ForeignKey("zendesk_bulk_runs.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(255))
    account_id: Mapped[int] = mapped_column(BIG_ID)
    user_id: Mapped[str] = mapped_column(String(255))
    chunk: Mapped[int | None] = mapped_column(BIG_ID)
    state: Mapped[str] = mapped_column(String(16))
    tries: Mapped[int] = mapped_column(BIG_ID)
    target_id: Mapped[int | None] = mapped_column(BIG_ID)
    record_id: Mapped[int | None] = mapped_column(BIG_ID)
    code: Mapped[str | None] = mapped_column(String(64))
    zendesk_code: Mapped[str | None] = mapped_column(String(80))
    upstream: Mapped[str | None] = mapped_column(Text)
    payload: Mapped[str | None] = mapped_column(Text)
    external_index: Mapped[str | None] = mapped_column(String(43))
