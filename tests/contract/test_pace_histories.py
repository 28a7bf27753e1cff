"""The rule of budgets is the same wherever it is kept: random histories, told to every store, get equal answers from all of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from uuid import uuid4

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
