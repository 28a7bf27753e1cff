"""The step that counts foreign calls: budgets of before go on without them, and go back without rows that only the new version has."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.store import migrate
from atom_zendesk_plugin.store.database import adopt_engine
from atom_zendesk_plugin.store.engines import make_engine
from atom_zendesk_plugin.store.pace import SqlPace
from tests.databases import NewDatabase

NOW = 1_767_600_000.0
KEPT = "pace_key, call_limit, remaining, resets_at, window_seconds, closed_until"


@pytest.fixture
def engine(new_database: NewDatabase) -> Iterator[Engine]:
    made = make_engine(new_database())
    yield made
    made.dispose()


def rows(engine: Engine) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(f"SELECT {KEPT} FROM zendesk_pace ORDER BY pace_key"))]


def test_budgets_of_before_go_on_and_come_back(engine: Engine) -> None:
    migrate.upgrade(engine)
    migrate.downgrade(engine, "0003")
    before = [("a|account", 700, 3, NOW + 30, 41.0, None), ("a|closed", None, None, None, None, NOW + 30)]
    with engine.begin() as connection:
        for row in before:
            connection.execute(
                text(f"INSERT INTO zendesk_pace ({KEPT}, updated_at) VALUES (:a, :b, :c, :d, :e, :f, 1)"),
                dict(zip("abcdef", row, strict=True)),
            )
    migrate.upgrade(engine)
    assert rows(engine) == before
    pace = SqlPace(adopt_engine(engine, clock=ManualClock()))
    assert [pace.take("a|account", floor=0.0, now=NOW).ok for _ in range(4)] == [True, True, True, False]
    assert not pace.take("a|closed", floor=0.0, now=NOW).ok
    assert pace.take("a|unknown", floor=0.0, now=NOW).ok
    migrate.downgrade(engine, "0003")
    assert [row[0] for row in rows(engine)] == ["a|account", "a|closed"]
    assert rows(engine)[0] == ("a|account", 700, 0, NOW + 30, 60.0, None)
