"""The write log's table: entries begun and ended one by one, read a page at a time, and forgotten when they are old.

A unit of one user sees that user's entries, a unit of the tenant alone all of the tenant's. Functions never commit.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, cast

from sqlalchemy import ColumnElement, and_, delete, exc, or_, select, update

from atom_zendesk_plugin.errors import Code, InvalidInput, ZendeskPluginError
from atom_zendesk_plugin.store.models import WriteEntry
from atom_zendesk_plugin.store.statements import affected
from atom_zendesk_plugin.store.tenancy import OperatorUnit, Unit
from atom_zendesk_plugin.write_log import Write, WriteEnd, WriteOutcome

Via = Literal["cookie", "bearer", "internal"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST = 255


class WriteUnrecorded(ZendeskPluginError):
    """The log of writes could not be written: look whether the table zendesk_writes is as `atom-zendesk db upgrade` makes it."""

    code = Code.CONFIG_ERROR


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One write and how it ended; see ``WriteEnd``. ``user_id`` is None for what the plugin did by itself. Moments are aware, in UTC."""

    id: int
    account: str
    user_id: str | None
    via: Via
    method: str
    endpoint: str
    record_id: str | None
    fields: tuple[str, ...]
    key_hash: str | None
    began_at: datetime
    outcome: WriteOutcome
    status: int | None
    error: str | None
    request_id: str | None
    duration: float | None
    attempts: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries to list; None is any. ``endpoint`` is the beginning of one, ``since`` the earliest moment."""

    account: str | None = None
    user_id: str | None = None
    endpoint: str | None = None
    outcome: WriteOutcome | None = None
    since: datetime | None = None


def begin(unit: Unit, write: Write, *, account: str, via: Via) -> int:
    """Write an entry down as ``sent``, for the unit's user (None: for the plugin itself), and return its number."""
    entry = WriteEntry(
        tenant_id=unit.tenancy.tenant,
        account=account[:_LONGEST],
        user_id=unit.tenancy.user_id,
        via=via,
        method=write.method,
        endpoint=write.endpoint,
        record_id=write.record_id,
        fields=list(write.fields),
        key_hash=write.key_hash,
        began_at=write.began_at,
        outcome="sent",
    )
    with _written():
        unit.session.add(entry)
        unit.session.flush()
    return entry.id


def end(unit: Unit, number: int, ended: WriteEnd) -> None:
    """Complete an entry, once. ``LookupError`` when this user has none under that number that waits for its end."""
    values: dict[str, object] = {
        "outcome": ended.outcome, "status": ended.status, "error": ended.error, "request_id": ended.request_id,
        "duration": ended.duration, "attempts": ended.attempts,
    }  # fmt: skip
    if ended.record_id is not None:
        values["record_id"] = ended.record_id
    waiting = and_(_visible(unit), WriteEntry.id == number, WriteEntry.outcome == "sent")
    with _written():
        found = affected(unit.session, update(WriteEntry).where(waiting).values(values))
    if not found:
        raise LookupError("no write waits for its end under this number")


def list_entries(unit: Unit, wanted: Wanted, *, limit: int, cursor: str | None = None) -> tuple[list[Entry], str | None]:
    """Return up to ``limit`` entries, the latest first, and where to go on (None: that was all). Raises InvalidInput for a bad cursor."""
    conditions = [_visible(unit)]
    if wanted.account is not None:
        conditions.append(WriteEntry.account == wanted.account)
    if wanted.user_id is not None:
        conditions.append(WriteEntry.user_id == wanted.user_id)
    if wanted.endpoint is not None:
        conditions.append(WriteEntry.endpoint.startswith(wanted.endpoint, autoescape=True))
    if wanted.outcome is not None:
        conditions.append(WriteEntry.outcome == wanted.outcome)
    if wanted.since is not None:
        conditions.append(WriteEntry.began_at >= wanted.since)
    if cursor is not None:
        at, number = _place(cursor)
        conditions.append(or_(WriteEntry.began_at < at, and_(WriteEntry.began_at == at, WriteEntry.id < number)))
    order = (WriteEntry.began_at.desc(), WriteEntry.id.desc())
    found = unit.session.scalars(select(WriteEntry).where(*conditions).order_by(*order).limit(limit + 1)).all()
    entries = [_entry(row) for row in found[:limit]]
    return entries, _cursor(entries[-1]) if len(found) > limit else None


def purge(operator: OperatorUnit, *, before: datetime, most: int) -> int:
    """Delete up to ``most`` of the entries begun before that moment, the oldest first; return how many those were."""
    old = select(WriteEntry.id).where(WriteEntry.began_at < before).order_by(WriteEntry.began_at).limit(most)
    return affected(operator.session, delete(WriteEntry).where(WriteEntry.id.in_(old)))


@contextmanager
def _written() -> Iterator[None]:
    """Raise WriteUnrecorded for what the table does not take; a database that is away is told by the unit of work."""
    try:
        yield
    except (exc.ProgrammingError, exc.IntegrityError, exc.DataError) as error:
        raise WriteUnrecorded from error


def _visible(unit: Unit) -> ColumnElement[bool]:
    """Say what row-level security says on PostgreSQL."""
    ours = WriteEntry.tenant_id == unit.tenancy.tenant
    return ours if unit.tenancy.user_id is None else and_(ours, WriteEntry.user_id == unit.tenancy.user_id)


def _cursor(entry: Entry) -> str:
    return f"{(entry.began_at - _EPOCH) // timedelta(microseconds=1)}-{entry.id}"


def _place(cursor: str) -> tuple[datetime, int]:
    at, _, number = cursor.partition("-")
    if all(part.isascii() and part.isdecimal() and len(part) < 19 for part in (at, number)):
        try:
            return _EPOCH + timedelta(microseconds=int(at)), int(number)
        except OverflowError:
            pass
    raise InvalidInput("cursor is not one of this list: send the one of the answer before, as it was.", field="cursor")


def _entry(row: WriteEntry) -> Entry:
    return Entry(
        id=row.id,
        account=row.account,
        user_id=row.user_id,
        via=cast(Via, row.via),  # the table's check constraints have the same words
        method=row.method,
        endpoint=row.endpoint,
        record_id=row.record_id,
        fields=tuple(row.fields),
        key_hash=row.key_hash,
        began_at=row.began_at,
        outcome=cast(WriteOutcome, row.outcome),
        status=row.status,
        error=row.error,
        request_id=row.request_id,
        duration=row.duration,
        attempts=row.attempts,
    )
