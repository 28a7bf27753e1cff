"""One budget for six processes and a foreign app, on every store, against a simulator over HTTP in simulated time.

The hour of it is run by ``script/campaign``; here are the first minutes, in which the foreign app becomes known.
"""

from __future__ import annotations

import pytest

from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.store import migrate
from atom_zendesk_plugin.store.database import open_database
from benchmarks.budget_worker import EXPORT, HURRY
from benchmarks.budgets import hurry, share, varying
from tests.databases import NewDatabase

MINUTES = 6

pytestmark = pytest.mark.slow


def migrated(url: str) -> str:
    database = open_database(url, clock=ManualClock())
    migrate.upgrade(database.engine)
    database.close()
    return url


@pytest.fixture(params=["sqlite", "postgresql", "redis"])
def store(request: pytest.FixtureRequest) -> str:
    if request.param == "redis":
        url: str = request.getfixturevalue("new_redis")
        return url
    new: NewDatabase = request.getfixturevalue("new_sqlite" if request.param == "sqlite" else "new_postgres")
    return migrated(new())


def test_nobody_is_refused_because_of_us_and_people_do_not_wait(store: str) -> None:
    outcome = share(store, minutes=MINUTES, seed=2)
    assert outcome.refused == 0
    assert outcome.self_made <= 2  # refusals of the foreign app: it is not known from the beginning
    assert outcome.used >= 0.8  # what is left to it beyond its calls at first; 0.95 and more of an hour
    assert outcome.exports >= 30
    assert len(outcome.person_waits) >= 50
    assert outcome.person_p95 < 0.25
    assert outcome.calls > 300


def test_a_foreign_app_without_habits_costs_few_refusals(new_redis: str) -> None:
    outcome = share(new_redis, minutes=MINUTES, seed=2, demand=varying)
    assert outcome.refused <= 3  # who could know what it will do; how often that happens is counted over many hours elsewhere
    assert outcome.person_p95 < 0.25


def test_four_waiting_processes_keep_their_deadline_and_say_what_they_waited_for(store: str) -> None:
    told = hurry(store)
    assert sum(len(worker["calls"]) for worker in told) == 20  # all of this minute's, and of the next one's
    assert {status for worker in told for _, status in worker["calls"]} == {200}
    for worker in told:
        assert worker["took"] <= HURRY + 1
        assert worker["endpoint"] == EXPORT
        assert worker["took"] + worker["retry_after"] > HURRY
