"""An hour of exports beside another app that nobody tells us about: its calls are left to it, and all the others are used.

What another app will do can't be known: a rule that learns it may be wrong in its first minutes, and with an app that changes its habits
now and then. So hours with many seeds are looked at, and what is asserted is how often.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from atom_zendesk_plugin.client.pacing import MemoryPace, Pacer
from atom_zendesk_plugin.clock import ManualClock
from tests.unit.client.wire import reply

EXPORT = "/api/v2/incremental/tickets/cursor.json"
HOURS, MINUTES, LIMIT = 20, 60, 10
Demand = Callable[[random.Random], int]


@dataclass
class Hour:
    """The service, our exports and the other app, whose calls come at random moments of each minute."""

    demand: Demand
    seed: int
    made: Counter[int] = field(default_factory=Counter)
    asked: Counter[int] = field(default_factory=Counter)
    counted: Counter[int] = field(default_factory=Counter)
    refused: Counter[int] = field(default_factory=Counter)
    theirs_refused: Counter[int] = field(default_factory=Counter)

    def run(self) -> Hour:
        clock, rng = ManualClock(), random.Random(self.seed)
        begin = clock.now().timestamp()
        clock.advance(rng.uniform(0, 60))
        pacer = Pacer(MemoryPace(), account="a", clock=clock, reserve=0.0)
        theirs = sorted(
            minute * 60 + rng.uniform(0, 60) for minute in range(MINUTES + 1) for _ in range(self.demand(rng))
        )
        while (now := clock.now().timestamp() - begin) < MINUTES * 60:
            pacer.acquire("GET", EXPORT, lane="background", deadline=None)
            now = clock.now().timestamp() - begin
            while theirs and theirs[0] <= now:
                self._their_call(int(theirs.pop(0) // 60))
            self._our_call(pacer, now)
        return self

    def _their_call(self, minute: int) -> None:
        self.asked[minute] += 1
        self.theirs_refused[minute] += self.counted[minute] >= LIMIT
        self.counted[minute] += self.counted[minute] < LIMIT

    def _our_call(self, pacer: Pacer, now: float) -> None:
        minute, resets = int(now // 60), 60 - int(now % 60)
        ok = self.counted[minute] < LIMIT
        self.counted[minute] += ok
        self.made[minute] += ok
        self.refused[minute] += not ok
        told = f"total={LIMIT}; remaining={LIMIT - self.counted[minute]}; resets={resets}"
        headers = {"zendesk-ratelimit-incremental-exports-cursor": told}
        answer = reply(200 if ok else 429, headers=headers, endpoint=EXPORT)
        pacer.learn(answer, retry_after=None if ok else float(resets))

    def used(self) -> float:
        left = {minute: LIMIT - self.asked[minute] for minute in range(1, MINUTES)}
        return sum(min(self.made[minute], free) for minute, free in left.items()) / sum(left.values())

    def self_made(self, since: int = 0) -> int:
        """Count the refusals, of either, in minutes in which we asked for more than the other app left."""
        return sum(
            self.refused[minute] + self.theirs_refused[minute]
            for minute in range(since, MINUTES)
            if self.made[minute] + self.refused[minute] > LIMIT - self.asked[minute]
        )


def hours(demand: Demand) -> list[Hour]:
    return [Hour(demand, seed).run() for seed in range(HOURS)]


def test_nobody_else_is_there() -> None:
    for hour in hours(lambda _: 0):
        assert hour.used() == 1.0
        assert hour.self_made() == 0


def test_an_app_of_steady_habits_is_never_refused_once_it_is_known() -> None:
    lived = hours(lambda _: 3)
    assert min(hour.used() for hour in lived) >= 0.95
    assert sum(hour.self_made(since=5) for hour in lived) == 0
    assert sum(hour.refused.total() for hour in lived) <= HOURS / 4  # in the first minutes, when it is not known yet


def test_an_app_that_comes_and_goes_is_refused_rarely() -> None:
    lived = hours(lambda rng: rng.randint(1, 4))
    assert sum(hour.self_made() for hour in lived) / sum(hour.asked.total() for hour in lived) < 0.02
    assert sum(hour.refused.total() for hour in lived) / HOURS < 1
    assert min(hour.used() for hour in lived) >= 0.7


@pytest.mark.parametrize("seed", range(3))
def test_an_app_that_left_is_forgotten(seed: int) -> None:
    hour = Hour(lambda _: 0, seed)
    left = iter(range(MINUTES + 1))
    hour.demand = lambda _: 3 if next(left) < 5 else 0
    hour.run()
    assert [hour.made[minute] for minute in (10, 59)] == [7, 9]
