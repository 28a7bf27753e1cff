"""Rate-limit budgets in the database, shared by every process: one row per account and bucket, one atomic statement per change.

What is one window: limits reset at moments that answers tell in whole seconds, and late by their own journey. An answer whose reset
lies more than half a window behind the stored one speaks of a later window and replaces the count; any other belongs to the
stored window, where the smaller count and the earlier reset win.
"""

from __future__ import annotations

import itertools
from typing import Any

from sqlalchemy import ColumnElement, Connection, Delete, Row, Update, and_, case, delete, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from atom_zendesk_plugin.pace import Taken
from atom_zendesk_plugin.store.database import Database
from atom_zendesk_plugin.store.models import Pace
from atom_zendesk_plugin.store.statements import Insert, insert_into, table_of

WINDOW = 60.0  # Zendesk counts per minute; answers of a bucket with a longer window say so
FORGET_AFTER = 3600.0  # seconds without a word; there are buckets for single tickets, and they would pile up
FORGET_EVERY = 500  # answers between two looks for such rows
_ROUNDING = 1e-9  # 0.29 * 100 is a little less than 29


class SqlPace:
    """A ``PaceStore`` (see ``atom_zendesk_plugin.pace``) on a ``Database``; raises ``DatabaseUnavailable`` when that is away.

    ``floor`` times the limit is kept in whole calls, rounded down: a floor below 1 never closes a small bucket for good.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._answers = itertools.count(1)

    def take(self, key: str, *, floor: float, now: float) -> Taken:
        with self._database.connection() as connection:
            if connection.execute(_take(key, floor=floor, now=now)).rowcount:
                return Taken(ok=True)
            row = connection.execute(select(table_of(Pace)).where(Pace.pace_key == key)).one_or_none()
        if row is None:
            return Taken(ok=True)  # nobody has learnt of this bucket
        return Taken(ok=False, wait=_wait(row, floor=floor, now=now))

    def give_back(self, key: str, *, now: float) -> None:
        in_window = and_(Pace.pace_key == key, Pace.resets_at > now, Pace.remaining < Pace.call_limit)
        with self._database.connection() as connection:
            connection.execute(
                update(table_of(Pace)).where(in_window).values(remaining=Pace.remaining + 1, updated_at=now)
            )

    def learn(self, key: str, *, limit: int, remaining: int, resets_in: float, now: float) -> None:
        if limit < 1:
            return  # no service has such a limit; believing it would close the bucket for good
        left, ends_in = min(max(remaining, 0), limit), max(resets_in, 0.0)
        with self._database.connection() as connection:
            connection.execute(_learn(connection, key, limit=limit, remaining=left, resets_in=ends_in, now=now))
        if next(self._answers) % FORGET_EVERY == 0:
            with (
                self._database.connection() as connection
            ):  # of its own: holding a row meanwhile could end in a deadlock
                connection.execute(_forget(now))

    def close_until(self, key: str, *, until: float, now: float) -> None:
        with self._database.connection() as connection:
            insert = insert_into(Pace, on=connection).values(pace_key=key, closed_until=until, updated_at=now)
            told = insert.excluded
            connection.execute(
                insert.on_conflict_do_update(
                    index_elements=["pace_key"],
                    set_={"closed_until": told.closed_until, "updated_at": told.updated_at},
                    where=or_(Pace.closed_until.is_(None), Pace.closed_until < told.closed_until),
                )
            )


def _take(key: str, *, floor: float, now: float) -> Update:
    over = Pace.resets_at <= now
    left = case((over, Pace.call_limit), else_=Pace.remaining)
    is_open = or_(Pace.closed_until.is_(None), Pace.closed_until <= now)
    enough = or_(Pace.call_limit.is_(None), left > floor * Pace.call_limit + _ROUNDING)
    # Nobody has told yet when a window ends that begins here: assume its full length, an answer corrects it.
    ends = case((over, now + _length()), else_=Pace.resets_at)
    return (
        update(table_of(Pace))
        .where(Pace.pace_key == key, is_open, enough)
        .values(remaining=left - 1, resets_at=ends, updated_at=now)
    )


def _learn(on: Connection, key: str, *, limit: int, remaining: int, resets_in: float, now: float) -> Insert:
    insert = insert_into(Pace, on=on).values(
        pace_key=key,
        call_limit=limit,
        remaining=remaining,
        resets_at=now + resets_in,
        window_seconds=resets_in,
        updated_at=now,
    )
    told = insert.excluded
    same_window = and_(Pace.resets_at > now, told.resets_at <= Pace.resets_at + _length() / 2)
    return insert.on_conflict_do_update(
        index_elements=["pace_key"],
        set_={
            "call_limit": told.call_limit,
            "remaining": _smaller(same_window, Pace.remaining, told.remaining),
            "resets_at": _smaller(same_window, Pace.resets_at, told.resets_at),
            "window_seconds": case((Pace.window > told.window_seconds, Pace.window), else_=told.window_seconds),
            "updated_at": told.updated_at,
        },
    )


def _forget(now: float) -> Delete:
    long_ago = now - FORGET_AFTER
    over = and_(
        or_(Pace.resets_at.is_(None), Pace.resets_at < long_ago),
        or_(Pace.closed_until.is_(None), Pace.closed_until < long_ago),
    )
    return delete(table_of(Pace)).where(Pace.updated_at < long_ago, over)


def _wait(row: Row[Any], *, floor: float, now: float) -> float:
    """Tell when the bucket opens: 0 when another process has opened it since the refusal."""
    opens = [now]
    if row.closed_until is not None:
        opens.append(row.closed_until)
    if row.call_limit is not None:
        over = row.resets_at <= now
        if (row.call_limit if over else row.remaining) <= floor * row.call_limit + _ROUNDING:
            opens.append(now + WINDOW if over else row.resets_at)
    return float(max(opens) - now)


def _length() -> ColumnElement[float]:
    return case((Pace.window > WINDOW, Pace.window), else_=WINDOW)


def _smaller(
    same_window: ColumnElement[bool], stored: InstrumentedAttribute[Any], told: ColumnElement[Any]
) -> ColumnElement[Any]:
    return case((and_(same_window, stored < told), stored), else_=told)
