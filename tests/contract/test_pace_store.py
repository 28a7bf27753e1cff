"""What every ``PaceStore`` does, whatever it keeps its numbers in: one class of tests, run on each of them."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import select

from atom_zendesk_plugin.client.pacing import MemoryPace
from atom_zendesk_plugin.pace import PaceStore
from atom_zendesk_plugin.store.database import Database
from atom_zendesk_plugin.store.models import Pace
from atom_zendesk_plugin.store.pace import FORGET_AFTER, FORGET_EVERY, SqlPace
from atom_zendesk_plugin.store.pace_redis import RedisPace

KEY = "default/acme tickets-index"
NOW = 1_767_600_000.0


def taken(pace: PaceStore, *, floor: float = 0.0, now: float = NOW, key: str = KEY, most: int = 1000) -> int:
    """Take until the bucket closes, and tell how many were had."""
    had = 0
    while had < most and pace.take(key, floor=floor, now=now).ok:
        had += 1
    return had


def with_others(pace: PaceStore, calls: int, *, now: float, own: int = 1) -> None:
    """Make calls of our own in a new minute of ten, the last answered after others have made some."""
    for had in range(1, own + 1):
        assert pace.take(KEY, floor=0.0, now=now).ok
        pace.learn(KEY, limit=10, remaining=10 - had - (calls if had == own else 0), resets_in=60, now=now)


def hammer(url: str) -> list[int]:
    """Let four processes in two lanes take from the bucket at once until it is closed, and tell how many each had."""
    root = Path(__file__).parents[2]
    command = [sys.executable, str(Path(__file__).with_name("hammer_pace.py")), url, KEY]
    workers = [
        subprocess.Popen(
            [*command, floor, str(NOW)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root,
            env={"PYTHONPATH": str(root), "PATH": ""},
        )
        for floor in ("0.1", "0.5", "0.1", "0.5")
    ]  # fmt: skip
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    return [int(worker.communicate(timeout=60)[0]) for worker in workers]


class PaceStoreContract:
    """Subclasses give a ``pace`` that knows nothing yet."""

    def test_an_unknown_bucket_is_open(self, pace: PaceStore) -> None:
        assert taken(pace, floor=0.9, most=50) == 50

    def test_what_was_learnt_is_handed_out_once(self, pace: PaceStore) -> None:
        pace.learn(KEY, limit=100, remaining=7, resets_in=30, now=NOW)
        assert taken(pace) == 7
        refused = pace.take(KEY, floor=0.0, now=NOW + 10)
        assert not refused.ok
        assert refused.wait == pytest.approx(20)

    def test_the_floor_is_left_for_others(self, pace: PaceStore) -> None:
        pace.learn(KEY, limit=100, remaining=100, resets_in=30, now=NOW)
        assert taken(pace, floor=0.5) == 50
        assert taken(pace, floor=0.1) == 40
        assert taken(pace, floor=0.0) == 10

    def test_a_new_window_opens_the_bucket_again(self, pace: PaceStore) -> None:
        pace.learn(KEY, limit=10, remaining=0, resets_in=30, now=NOW)
        assert taken(pace, now=NOW + 29.9) == 0
        assert taken(pace, now=NOW + 30) == 10

    def test_a_new_window_is_handed_out_once_too(self, pace: PaceStore) -> None:
        pace.learn(KEY, limit=10, remaining=0, resets_in=30, now=NOW)
        assert taken(pace, now=NOW + 31) == 10
        assert taken(pace, now=NOW + 40) == 0

    def test_within_a_window_the_smaller_count_wins(self, pace: PaceStore) -> None:
        pace.learn(KEY, limit=100, remaining=3, resets_in=30, now=NOW)
        pace.learn(KEY, limit=100, remaining=8, resets_in=29, now=NOW + 1)
        assert taken(pace, now=NOW + 1) == 3

    def test_an_answer_that_came_late_does_not_raise_the_count(self, pace: PaceStore) -> None:
        pace.learn(KEY, limit=100, remaining=3, resets_in=20, now=NOW + 10)
        pace.learn(KEY, limit=100, remaining=90, resets_in=30, now=NOW + 11)  # eleven seconds on its way
        assert taken(pace, now=NOW + 11) == 3

    def test_a_late_answer_does_not_lengthen_the_window(self, pace: PaceStore) -> None:
        pace.learn(KEY, limit=100, remaining=0, resets_in=20, now=NOW)
        pace.learn(KEY, limit=100, remaining=0, resets_in=20, now=NOW + 1.5)
        assert taken(pace, now=NOW + 20) == 100

    def test_after_the_window_the_new_count_is_believed(self, pace: PaceStore) -> None:
        pace.learn(KEY, limit=100, remaining=0, resets_in=30, now=NOW)
        pace.learn(KEY, limit=100, remaining=42, resets_in=60, now=NOW + 31)
        assert taken(pace, now=NOW + 31) == 42

    def test_own_calls_count_before_their_answers_come(self, pace: PaceStore) -> None:
        pace.learn(KEY, limit=100, remaining=20, resets_in=30, now=NOW)
        assert taken(pace, most=15) == 15
        pace.learn(KEY, limit=100, remaining=19, resets_in=30, now=NOW)
        assert taken(pace) == 5

    def test_a_changed_limit_is_believed(self, pace: PaceStore) -> None:
        pace.learn(KEY, limit=10, remaining=10, resets_in=30, now=NOW)
        pace.learn(KEY, limit=700, remaining=700, resets_in=60, now=NOW + 31)
        assert taken(pace, floor=0.1, now=NOW + 31) == 630

    def test_what_is_given_back_can_be_taken_again(self, pace: PaceStore) -> None:
        pace.learn(KEY, limit=10, remaining=2, resets_in=30, now=NOW)
        assert taken(pace) == 2
        pace.give_back(KEY, now=NOW)
        assert taken(pace) == 1

    def test_giving_back_never_makes_more_than_the_limit(self, pace: PaceStore) -> None:
        pace.learn(KEY, limit=3, remaining=3, resets_in=30, now=NOW)
        pace.give_back(KEY, now=NOW)
        assert taken(pace) == 3

    def test_giving_back_to_an_unknown_bucket_is_nothing(self, pace: PaceStore) -> None:
        pace.give_back(KEY, now=NOW)
        assert pace.take(KEY, floor=0.0, now=NOW).ok

    def test_a_closed_bucket_lets_nobody_through(self, pace: PaceStore) -> None:
        pace.learn(KEY, limit=100, remaining=100, resets_in=10, now=NOW)
        pace.close_until(KEY, until=NOW + 45, now=NOW)
        refused = pace.take(KEY, floor=0.0, now=NOW + 15)
        assert not refused.ok
        assert refused.wait == pytest.approx(30)
        assert taken(pace, now=NOW + 44.9) == 0
        assert pace.take(KEY, floor=0.0, now=NOW + 45).ok

    def test_an_unknown_bucket_can_be_closed(self, pace: PaceStore) -> None:
        pace.close_until(KEY, until=NOW + 5, now=NOW)
        assert not pace.take(KEY, floor=0.0, now=NOW).ok
        assert pace.take(KEY, floor=0.0, now=NOW + 5).ok

    def test_a_closed_bucket_stays_closed_for_the_longer_of_two_waits(self, pace: PaceStore) -> None:
        pace.close_until(KEY, until=NOW + 60, now=NOW)
        pace.close_until(KEY, until=NOW + 5, now=NOW)
        assert not pace.take(KEY, floor=0.0, now=NOW + 6).ok

    def test_an_answer_does_not_open_a_closed_bucket(self, pace: PaceStore) -> None:
        pace.close_until(KEY, until=NOW + 30, now=NOW)
        pace.learn(KEY, limit=100, remaining=99, resets_in=60, now=NOW)
        assert not pace.take(KEY, floor=0.0, now=NOW + 1).ok
        assert pace.take(KEY, floor=0.0, now=NOW + 30).ok

    def test_two_keys_never_touch_each_other(self, pace: PaceStore) -> None:
        pace.learn(KEY, limit=5, remaining=5, resets_in=30, now=NOW)
        pace.learn("default/other tickets-index", limit=5, remaining=5, resets_in=30, now=NOW)
        pace.close_until("default/closed tickets-index", until=NOW + 30, now=NOW)
        assert taken(pace) == 5
        assert taken(pace, key="default/other tickets-index") == 5

    def test_a_refusal_always_says_to_wait_a_while(self, pace: PaceStore) -> None:
        pace.learn(KEY, limit=5, remaining=0, resets_in=0.5, now=NOW)
        assert pace.take(KEY, floor=0.0, now=NOW + 0.49).wait > 0

    def test_a_bucket_that_nobody_else_uses_is_used_to_the_end_in_every_window(self, pace: PaceStore) -> None:
        for minute in range(3):
            now = NOW + 60 * minute
            for had in range(1, 11):
                assert pace.take(KEY, floor=0.0, now=now + had).ok
                pace.learn(KEY, limit=10, remaining=10 - had, resets_in=60 - had, now=now + had)

    def test_calls_of_ours_before_anything_is_known_are_not_taken_for_those_of_others(self, pace: PaceStore) -> None:
        for _ in range(4):
            assert pace.take(KEY, floor=0.0, now=NOW).ok
        for remaining in (9, 8, 7, 6):
            pace.learn(KEY, limit=10, remaining=remaining, resets_in=30, now=NOW)
        assert taken(pace) == 6
        assert taken(pace, now=NOW + 31) == 10

    def test_what_others_used_is_left_to_them_in_the_next_window(self, pace: PaceStore) -> None:
        with_others(pace, 3, now=NOW)
        assert taken(pace, now=NOW + 60) == 10 - 4  # one more than they were seen to make
        with_others(pace, 3, now=NOW + 120, own=2)
        assert taken(pace, now=NOW + 121) == 10 - 2 - 4

    def test_what_others_have_used_already_is_not_held_back_again(self, pace: PaceStore) -> None:
        with_others(pace, 3, now=NOW)
        with_others(pace, 2, now=NOW + 60)
        assert taken(pace, now=NOW + 61) == 10 - 1 - 2 - 2

    def test_who_made_more_calls_than_expected_is_expected_to_make_one_more(self, pace: PaceStore) -> None:
        with_others(pace, 3, now=NOW)
        assert taken(pace, now=NOW) == 10 - 1 - 3 - 1

    def test_others_who_stay_away_are_forgotten(self, pace: PaceStore) -> None:
        with_others(pace, 3, now=NOW)
        had = []
        for minute in range(1, 110):
            had.append(taken(pace, now=NOW + 60 * minute))
            pace.learn(KEY, limit=10, remaining=10 - had[-1], resets_in=60, now=NOW + 60 * minute)
        assert had == sorted(had)
        assert (had[0], had[10], had[30], had[-1]) == (6, 7, 8, 10)

    def test_never_more_than_half_is_held_back(self, pace: PaceStore) -> None:
        with_others(pace, 9, now=NOW)
        assert taken(pace, now=NOW + 60) == 5
        assert taken(pace, floor=0.0, now=NOW + 120) == 5
        assert taken(pace, floor=0.5, now=NOW + 180) == 3

    def test_calls_under_way_at_the_end_of_a_window_are_not_taken_for_those_of_others(self, pace: PaceStore) -> None:
        pace.learn(KEY, limit=10, remaining=10, resets_in=60, now=NOW)
        for _ in range(3):
            assert pace.take(KEY, floor=0.0, now=NOW + 59).ok
        for remaining in (9, 8, 7):  # the service has begun its next minute
            pace.learn(KEY, limit=10, remaining=remaining, resets_in=60, now=NOW + 59.9)
        assert taken(pace, now=NOW + 60) == 7
        assert taken(pace, now=NOW + 121) == 10

    def test_a_late_answer_of_the_last_window_says_nothing_of_others(self, pace: PaceStore) -> None:
        pace.learn(KEY, limit=10, remaining=2, resets_in=30, now=NOW)
        assert pace.take(KEY, floor=0.0, now=NOW + 31).ok
        pace.learn(KEY, limit=10, remaining=1, resets_in=2, now=NOW + 31)
        assert taken(pace, now=NOW + 33) == 10
        assert taken(pace, now=NOW + 94) == 10

    def test_a_clock_that_is_set_back_does_not_shut_the_bucket_until_it_is_there_again(self, pace: PaceStore) -> None:
        pace.learn(KEY, limit=10, remaining=0, resets_in=60, now=NOW + 3600)
        assert taken(pace, now=NOW) == 10

    def test_two_clocks_a_little_apart_share_one_window(self, pace: PaceStore) -> None:
        pace.learn(KEY, limit=10, remaining=4, resets_in=60, now=NOW + 5)
        assert taken(pace, now=NOW) == 4

    def test_patience_spreads_calls_over_the_window_and_uses_them_all(self, pace: PaceStore) -> None:
        pace.learn(KEY, limit=10, remaining=10, resets_in=60, now=NOW)
        moments, now = list[float](), NOW
        while now < NOW + 60:
            answer = pace.take(KEY, floor=0.0, now=now, patience=0.9)
            if answer.ok:
                moments.append(now - NOW)
            now += answer.wait
        assert moments == pytest.approx([0.0, 0.0, *(60 * step / 9 for step in range(1, 9))], abs=0.001)

    def test_threads_share_exactly_what_there_is(self, pace: PaceStore) -> None:
        pace.learn(KEY, limit=200, remaining=200, resets_in=30, now=NOW)
        start = threading.Barrier(8)

        def worker(number: int) -> int:
            start.wait()
            return taken(pace, floor=0.5 if number % 2 else 0.1)

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(worker, range(8))) == 180


class SqlPaceContract(PaceStoreContract):
    """What is asked of a store in a database beyond that."""

    def test_it_survives_the_process(self, opened: Database) -> None:
        SqlPace(opened).learn(KEY, limit=100, remaining=4, resets_in=30, now=NOW)
        assert taken(SqlPace(opened)) == 4

    def test_four_processes_in_two_lanes_take_exactly_what_there_is(self, opened: Database) -> None:
        SqlPace(opened).learn(KEY, limit=430, remaining=430, resets_in=30, now=NOW)
        assert sum(hammer(opened.engine.url.render_as_string(hide_password=False))) == 387
        assert taken(SqlPace(opened), floor=0.1) == 0
        assert taken(SqlPace(opened)) == 43

    def test_an_answer_from_a_later_window_replaces_the_count(self, pace: PaceStore) -> None:
        pace.learn(KEY, limit=100, remaining=0, resets_in=1, now=NOW)
        pace.learn(KEY, limit=100, remaining=99, resets_in=60, now=NOW + 0.5)  # the service's clock is ahead of ours
        assert taken(pace, now=NOW + 0.5) == 99

    def test_a_stale_answer_closes_a_new_window_for_a_moment_only(self, pace: PaceStore) -> None:
        pace.learn(KEY, limit=100, remaining=0, resets_in=30, now=NOW)
        assert pace.take(KEY, floor=0.0, now=NOW + 31).ok  # a window of unknown length begins
        pace.learn(KEY, limit=100, remaining=1, resets_in=2, now=NOW + 31)  # written before the reset
        assert taken(pace, now=NOW + 31) == 1
        assert taken(pace, now=NOW + 33) == 100

    def test_a_limit_of_one_call_is_never_closed_for_good(self, pace: PaceStore) -> None:
        pace.learn(KEY, limit=1, remaining=1, resets_in=30, now=NOW)
        assert taken(pace, floor=0.5) == 1

    @pytest.mark.parametrize("percent", [0, 1, 7, 14, 28, 29, 55, 57, 58, 90, 99])
    def test_the_floor_is_exact_for_every_share(self, pace: PaceStore, percent: int) -> None:
        """Some of these times 100 are a little less in binary, some a little more."""
        pace.learn(KEY, limit=100, remaining=100, resets_in=30, now=NOW)
        assert taken(pace, floor=percent / 100) == 100 - percent

    def test_a_longer_window_is_remembered(self, pace: PaceStore) -> None:
        pace.learn(KEY, limit=30, remaining=0, resets_in=600, now=NOW)
        assert taken(pace, now=NOW + 601) == 30
        assert taken(pace, now=NOW + 601 + 599) == 0
        assert taken(pace, now=NOW + 601 + 600) == 30

    def test_buckets_of_long_ago_are_forgotten(self, opened: Database) -> None:
        pace = SqlPace(opened)
        pace.learn("old", limit=5, remaining=0, resets_in=30, now=NOW)
        pace.close_until("closed", until=NOW + 2 * FORGET_AFTER, now=NOW)
        for number in range(FORGET_EVERY):
            pace.learn(f"new{number % 3}", limit=5, remaining=0, resets_in=30, now=NOW + 30 + FORGET_AFTER + 1)
        with opened.operator_unit() as operator:
            assert set(operator.session.scalars(select(Pace.pace_key))) == {"closed", "new0", "new1", "new2"}

    @pytest.mark.parametrize("limit", [0, -5])
    def test_a_senseless_limit_is_not_believed(self, pace: PaceStore, limit: int) -> None:
        pace.learn(KEY, limit=limit, remaining=0, resets_in=30, now=NOW)
        assert pace.take(KEY, floor=0.0, now=NOW).ok

    def test_senseless_counts_are_brought_into_range(self, pace: PaceStore) -> None:
        pace.learn(KEY, limit=10, remaining=99, resets_in=30, now=NOW)
        assert taken(pace) == 10
        pace.learn(KEY, limit=10, remaining=-3, resets_in=-7, now=NOW + 31)
        assert taken(pace, now=NOW + 31) == 10  # its window is over already


class TestMemoryPace(PaceStoreContract):
    @pytest.fixture
    def pace(self) -> PaceStore:
        return MemoryPace()


class TestSqlPaceOnSqlite(SqlPaceContract):
    @pytest.fixture
    def opened(self, sqlite_database: Database) -> Database:
        return sqlite_database

    @pytest.fixture
    def pace(self, opened: Database) -> PaceStore:
        return SqlPace(opened)


class TestSqlPaceOnPostgresql(SqlPaceContract):
    @pytest.fixture
    def opened(self, postgres_database: Database) -> Database:
        return postgres_database

    @pytest.fixture
    def pace(self, opened: Database) -> PaceStore:
        return SqlPace(opened)


class TestRedisPace(PaceStoreContract):
    @pytest.fixture(params=[False, True], ids=["bytes", "text"])
    def client(self, request: pytest.FixtureRequest, redis_url: str) -> Iterator[Redis]:
        client = Redis.from_url(redis_url, decode_responses=request.param)
        client.flushdb()
        yield client
        client.close()

    @pytest.fixture
    def pace(self, client: Redis) -> PaceStore:
        return RedisPace(client)

    def test_buckets_go_by_themselves_an_hour_after_their_window(self, pace: PaceStore, client: Redis) -> None:
        pace.learn(KEY, limit=5, remaining=0, resets_in=30, now=NOW)
        pace.close_until("closed", until=NOW + 7200, now=NOW)
        pace.take("unknown", floor=0.0, now=NOW)
        left = {str(key): client.ttl(f"zendesk:pace:{key}") for key in (KEY, "closed", "unknown")}
        assert left == {
            KEY: pytest.approx(3630, abs=5),
            "closed": pytest.approx(10800, abs=5),
            "unknown": pytest.approx(3660, abs=5),
        }
        assert client.dbsize() == 3

    def test_the_script_survives_a_server_that_has_forgotten_it(self, pace: PaceStore, client: Redis) -> None:
        pace.learn(KEY, limit=5, remaining=2, resets_in=30, now=NOW)
        client.script_flush()
        assert taken(pace) == 2

    def test_four_processes_take_exactly_what_there_is(self, pace: PaceStore, redis_url: str) -> None:
        pace.learn(KEY, limit=430, remaining=430, resets_in=30, now=NOW)
        assert sum(hammer(redis_url)) == 387
        assert taken(pace) == 43
