"""The rule of budgets is the same wherever it is kept: random histories, told to every store, get equal answers from all of them."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from atom_zendesk_plugin.client.pacing import MemoryPace
from atom_zendesk_plugin.pace import PaceStore, Taken
from atom_zendesk_plugin.store.database import Database
from atom_zendesk_plugin.store.pace import SqlPace
from atom_zendesk_plugin.store.pace_redis import RedisPace

NOW = 1_767_600_000.0

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("take"), st.sampled_from([0.0, 0.1, 0.29, 0.5])),
        st.tuples(st.just("take patiently"), st.sampled_from([0.0, 0.1, 0.5])),
        st.tuples(st.just("learn"), st.integers(0, 12)),
        st.tuples(st.just("others"), st.integers(1, 5)),
        st.tuples(st.just("change the limit"), st.sampled_from([10, 12, 700])),
        st.tuples(st.just("give_back"), st.just(0)),
        st.tuples(st.just("close"), st.integers(0, 20)),
        st.tuples(st.just("move"), st.floats(0.01, 70, allow_nan=False)),
    ),
    max_size=40,
)


@dataclass
class Story:
    """One history on one store; every store is told the same. ``used`` is what the service has counted in its minute."""

    pace: PaceStore
    key: str
    now: float = NOW
    limit: int = 12
    used: int = 0

    def step(self, verb: str, value: float) -> Taken | None:
        match verb:
            case "take" | "take patiently":
                patience = 0.9 if verb == "take patiently" else 0.0
                answer = self.pace.take(self.key, floor=value, now=self.now, patience=patience)
                if answer.ok:
                    self.used += 1
                    self._answered(max(0, self.limit - self.used))
                return answer
            case "learn":
                self._answered(min(int(value), self.limit))
            case "others":
                self.used += int(value)
            case "change the limit":
                self.limit = int(value)
            case "give_back":
                self.pace.give_back(self.key, now=self.now)
            case "close":
                self.pace.close_until(self.key, until=self.now + value, now=self.now)
            case "next":  # to the end of the minute, or a moment before or after it
                self.step(
                    "move", max(0.0, 60 - self.now % 60 + random.Random(self.now).choice([-2.6, -1.5, -0.4, 0.0, 0.7]))
                )
            case "move":
                self.used = self.used if int(self.now // 60) == int((self.now + value) // 60) else 0
                self.now += value
        return None

    def _answered(self, remaining: int) -> None:
        resets_in = math.ceil(60 - self.now % 60)
        self.pace.learn(self.key, limit=self.limit, remaining=remaining, resets_in=resets_in, now=self.now)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_every_store_answers_any_history_alike(
    sqlite_database: Database, postgres_database: Database, redis_url: str, steps: list[tuple[str, float]]
) -> None:
    key, client = str(uuid4()), Redis.from_url(redis_url)
    stores = (MemoryPace(), SqlPace(sqlite_database), SqlPace(postgres_database), RedisPace(client))
    stories = [Story(store, key) for store in stores]
    for verb, value in steps:
        answers = [story.step(verb, value) for story in stories]
        assert answers == [answers[0]] * 4, verb
    client.close()


WEIGHTS = {
    "drain": 6,
    "take patiently": 6,
    "take": 4,
    "move": 6,
    "next": 6,
    "others": 5,
    "learn": 1,
    "change the limit": 1,
    "give_back": 1,
    "close": 1,
}


def told(rng: random.Random) -> tuple[str, float]:
    """Return one thing that happens in an account's life, mostly calls until the bucket is shut and the minutes between."""
    verb = rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    values = {
        "move": rng.choice([rng.uniform(0.01, 5), rng.uniform(5, 70)]), "next": 0.0, "others": rng.randint(1, 5),
        "learn": rng.randint(0, 12),        "change the limit": rng.choice([10, 12, 40]), "close": rng.randint(1, 20), "give_back": 0.0,
    }  # fmt: skip
    return verb, values.get(verb, rng.choice([0.0, 0.1, 0.29, 0.5]))


@pytest.mark.parametrize("seed", range(4))
def test_long_lives_are_alike_too(
    sqlite_database: Database, postgres_database: Database, redis_url: str, seed: int
) -> None:
    rng, key, client = random.Random(seed), str(uuid4()), Redis.from_url(redis_url)
    stores = (MemoryPace(), SqlPace(sqlite_database), SqlPace(postgres_database), RedisPace(client))
    stories = [Story(store, key) for store in stores]
    for _ in range(250):
        verb, value = told(rng)
        for repeated in range(15):
            answers = [story.step("take" if verb == "drain" else verb, value) for story in stories]
            assert answers == [answers[0]] * 4, (verb, repeated)
            if verb != "drain" or not (answers[0] and answers[0].ok):
                break
    client.close()
