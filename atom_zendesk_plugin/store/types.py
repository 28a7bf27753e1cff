"""The column types: moments are aware and in UTC, ids are 64 bits wide, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, String
from sqlalchemy.types import TypeDecorator, TypeEngine

# Zendesk's ids are 64-bit. SQLite's INTEGER is as wide, and is the only type whose primary key counts up by itself.
BIG_ID = BigInteger().with_variant(Integer(), "sqlite")

_WIDTH = len("2026-01-05T09:00:00.000000Z")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, read back in UTC; a naive value is refused with ``ValueError`` before it is written.

    SQLite has no such type: it keeps text of one fixed width, so that comparing text compares moments.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(_WIDTH))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | str | None:
        if value is None:
            return None
        if value.tzinfo is None or value.utcoffset() is None:
            raise ValueError("a moment without a time zone cannot be stored: give an aware datetime")
        moment = value.astimezone(UTC)
        if dialect.name != "sqlite":
            return moment
        return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"

    def process_result_value(self, value: datetime | str | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.astimezone(UTC)
