"""Rate-limit budgets in the database, shared by every process: one row per account and bucket, held while the rule changes it.

SQLite has one writer at a time; on PostgreSQL the row's lock keeps everybody else away from this bucket, and from no other.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Delete, Row, and_, delete, or_, select, update

from atom_zendesk_plugin import budget
from atom_zendesk_plugin.budget import Budget
from atom_zendesk_plugin.pace import Taken
from atom_zendesk_plugin.store.database import Database
from atom_zendesk_plugin.store.models import Pace
from atom_zendesk_plugin.store.statements import insert_into, table_of

FORGET_AFTER = 3600.0  # seconds without a word; there are buckets for single tickets, and they would pile up
FORGET_EVERY = 500  # answers between two looks for such rows


class SqlPace:
    """A ``PaceStore`` (see ``atom_zendesk_plugin.pace``) on a ``Database``; raises ``DatabaseUnavailable`` when that is away."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._answers = itertools.count(1)

    def take(self, key: str, *, floor: float, now: float, patience: float = 0.0) -> Taken:
        with self._database.connection() as connection:
            after, wait = budget.take(_held(connection, key, now), floor=floor, patience=patience, now=now)
            if after is None:
                return Taken(ok=False, wait=wait)
            _keep(connection, key, after, now)
            return Taken(ok=True)

    def give_back(self, key: str, *, now: float) -> None:
        with self._database.connection() as connection:
            row = _locked(connection, key)
            if row is not None:
                _keep(connection, key, budget.give_back(_budget(row), now=now), now)

    def learn(self, key: str, *, limit: int, remaining: int, resets_in: float, now: float) -> None:
        if limit < 1:
            return  # no service has such a limit; believing it would close the bucket for good
        self._change(
            key,
            lambda held: budget.learn(held, limit=limit, remaining=remaining, resets_in=resets_in, now=now),
            now=now,
        )
        if next(self._answers) % FORGET_EVERY == 0:
            # A transaction of its own: holding a row meanwhile could end in a deadlock.
            with self._database.connection() as connection:
                connection.execute(_forget(now))

    def close_until(self, key: str, *, until: float, now: float) -> None:
        self._change(key, lambda held: budget.close_until(held, until=until), now=now)

    def _change(self, key: str, change: Callable[[Budget], Budget], *, now: float) -> None:
        with self._database.connection() as connection:
            _keep(connection, key, change(_held(connection, key, now)), now)


def _held(connection: Connection, key: str, now: float) -> Budget:
    """Return the bucket's budget, whose row is ours until the transaction ends; it is made when there is none."""
    row = _locked(connection, key)
    if row is None:
        insert = insert_into(Pace, on=connection).values(pace_key=key, updated_at=now)
        connection.execute(insert.on_conflict_do_nothing(index_elements=["pace_key"]))
        row = _locked(connection, key)
    return Budget() if row is None else _budget(row)


def _locked(connection: Connection, key: str) -> Row[Any] | None:
    return connection.execute(select(table_of(Pace)).where(Pace.pace_key == key).with_for_update()).one_or_none()


def _budget(row: Row[Any]) -> Budget:
    return Budget(
        limit=row.call_limit or 0,
        remaining=row.remaining or 0,
        resets_at=row.resets_at or 0.0,
        window=max(row.window_seconds or 0.0, budget.WINDOW),
        closed_until=row.closed_until or 0.0,
        own=row.own_calls,
        late=row.late_calls,
        seen=row.foreign_seen,
        expected=row.foreign_expected,
    )


def _keep(connection: Connection, key: str, changed: Budget, now: float) -> None:
    values = {
        "call_limit": changed.limit or None,
        "remaining": changed.remaining if changed.limit else None,
        "resets_at": changed.resets_at or None,
        "window_seconds": changed.window,
        "closed_until": changed.closed_until or None,
        "own_calls": changed.own,
        "late_calls": changed.late,
        "foreign_seen": changed.seen,
        "foreign_expected": changed.expected,
        "updated_at": now,
    }
    connection.execute(update(table_of(Pace)).where(Pace.pace_key == key).values(values))


def _forget(now: float) -> Delete:
    long_ago = now - FORGET_AFTER
    over = and_(
        or_(Pace.resets_at.is_(None), Pace.resets_at < long_ago),
        or_(Pace.closed_until.is_(None), Pace.closed_until < long_ago),
    )
    return delete(table_of(Pace)).where(Pace.updated_at < long_ago, over)
