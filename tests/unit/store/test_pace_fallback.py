"""Calls go on while the shared budgets are away, and the log tells the change once."""

from __future__ import annotations

import logging
import sys

import pytest

from atom_zendesk_plugin.client.pacing import MemoryPace
from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.pace import PaceStore, Taken
from atom_zendesk_plugin.store.database import open_database
from atom_zendesk_plugin.store.failures import DatabaseUnavailable
from atom_zendesk_plugin.store.pace import SqlPace
from atom_zendesk_plugin.store.pace_fallback import ASK_AGAIN, PaceWithFallback

NOW = 1_767_600_000.0


class Unsteady(MemoryPace):
    """A shared store that can be switched off."""

    away = False
    asked = 0

    def _reach(self) -> None:
        self.asked += 1
        if self.away:
            raise DatabaseUnavailable

    def take(self, key: str, *, floor: float, now: float, patience: float = 0.0) -> Taken:
        self._reach()
        return super().take(key, floor=floor, now=now, patience=patience)

    def give_back(self, key: str, *, now: float) -> None:
        self._reach()
        super().give_back(key, now=now)

    def learn(self, key: str, *, limit: int, remaining: int, resets_in: float, now: float) -> None:
        self._reach()
        super().learn(key, limit=limit, remaining=remaining, resets_in=resets_in, now=now)

    def close_until(self, key: str, *, until: float, now: float) -> None:
        self._reach()
        super().close_until(key, until=until, now=now)


@pytest.fixture
def shared() -> Unsteady:
    return Unsteady()


@pytest.fixture
def pace(shared: Unsteady) -> PaceWithFallback:
    return PaceWithFallback(shared, own=MemoryPace())


def taken(pace: PaceStore, *, now: float = NOW) -> int:
    had = 0
    while had < 100 and pace.take("k", floor=0.0, now=now).ok:
        had += 1
    return had


def test_the_shared_count_is_used_when_it_is_there(pace: PaceWithFallback) -> None:
    pace.learn("k", limit=10, remaining=4, resets_in=30, now=NOW)
    assert taken(pace) == 4
    assert not pace.away


def test_alone_it_knows_what_was_learnt_before(pace: PaceWithFallback, shared: Unsteady) -> None:
    pace.learn("k", limit=10, remaining=4, resets_in=30, now=NOW)
    pace.close_until("closed", until=NOW + 5, now=NOW)
    shared.away = True
    assert taken(pace) == 4
    assert pace.away
    assert not pace.take("closed", floor=0.0, now=NOW).ok


def test_alone_it_learns_and_gives_back(pace: PaceWithFallback, shared: Unsteady) -> None:
    shared.away = True
    pace.learn("k", limit=10, remaining=2, resets_in=30, now=NOW)
    assert taken(pace) == 2
    pace.give_back("k", now=NOW)
    assert taken(pace) == 1


def test_it_goes_back_to_the_shared_count(pace: PaceWithFallback, shared: Unsteady) -> None:
    shared.away = True
    pace.take("k", floor=0.0, now=NOW)
    shared.away = False
    later = NOW + ASK_AGAIN
    pace.learn("k", limit=10, remaining=3, resets_in=30, now=later)
    assert taken(pace, now=later) == 3
    assert not pace.away


def test_a_store_that_was_away_is_not_asked_at_every_call(pace: PaceWithFallback, shared: Unsteady) -> None:
    shared.away = True
    for second in range(int(ASK_AGAIN)):
        pace.take("k", floor=0.0, now=NOW + second)
        pace.learn("k", limit=10, remaining=3, resets_in=30, now=NOW + second)
    assert shared.asked == 1
    pace.take("k", floor=0.0, now=NOW + ASK_AGAIN)
    assert shared.asked == 2


def test_threads_do_not_wait_with_the_one_that_asks_again(pace: PaceWithFallback, shared: Unsteady) -> None:
    shared.away = True
    pace.take("k", floor=0.0, now=NOW)
    asked_meanwhile = list[int]()

    def reach() -> None:
        Unsteady._reach(shared)
        asked_meanwhile.append(shared.asked)
        pace.take("k", floor=0.0, now=NOW + ASK_AGAIN)  # another thread, while this one waits for an answer
        asked_meanwhile.append(shared.asked)

    shared.away, shared._reach = False, reach  # type: ignore[method-assign]
    pace.take("k", floor=0.0, now=NOW + ASK_AGAIN)
    assert asked_meanwhile == [2, 2]


def test_alone_it_knows_its_own_calls_from_those_of_others(pace: PaceWithFallback, shared: Unsteady) -> None:
    for had in range(1, 6):
        assert pace.take("k", floor=0.0, now=NOW).ok
        pace.learn("k", limit=10, remaining=10 - had, resets_in=30, now=NOW)
    shared.away = True
    assert taken(pace) == 5
    assert taken(pace, now=NOW + 31) == 10


def test_a_second_shared_store_is_told_only_while_it_counts() -> None:
    shared, next_one = Unsteady(), Unsteady()
    pace = PaceWithFallback(shared, own=next_one, own_follows=False)
    pace.learn("k", limit=10, remaining=4, resets_in=30, now=NOW)
    assert taken(pace) == 4
    assert next_one.asked == 0
    shared.away = True
    pace.learn("k", limit=10, remaining=3, resets_in=30, now=NOW)
    assert taken(pace) == 3
    assert next_one.asked == 5


def test_a_dead_database_never_stops_a_call() -> None:
    database = open_database("postgresql://nobody@127.0.0.1:1/none", clock=ManualClock())
    pace = PaceWithFallback(SqlPace(database), own=MemoryPace())
    pace.learn("k", limit=10, remaining=3, resets_in=30, now=NOW)
    pace.close_until("k2", until=NOW + 5, now=NOW)
    pace.give_back("k", now=NOW)
    assert taken(pace) == 4
    assert not pace.take("k2", floor=0.0, now=NOW).ok


def test_the_log_says_it_once_when_it_breaks_and_once_when_it_is_back(
    pace: PaceWithFallback, shared: Unsteady, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "loguru", raising=False)  # then the log goes to the standard library
    caplog.set_level(logging.INFO)
    shared.away = True
    for tries in range(3):
        pace.take("k", floor=0.0, now=NOW + tries * ASK_AGAIN)
    shared.away = False
    for tries in range(3, 6):
        pace.take("k", floor=0.0, now=NOW + tries * ASK_AGAIN)
    assert [record.getMessage().split()[0] for record in caplog.records] == [
        "zendesk.pace.alone",
        "zendesk.pace.shared",
    ]
