"""Budgets are learnt from answers and spent together, people before background work, one account apart from the other."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from atom_zendesk_plugin.client.buckets import first_id, template
from atom_zendesk_plugin.client.observe import Lane
from atom_zendesk_plugin.client.pacing import MemoryPace, Pacer
from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.errors import DeadlineExceeded
from tests.unit.client.wire import reply

TICKETS = "/api/v2/tickets"
EXPORT = "/api/v2/incremental/tickets/cursor.json"


def account_headers(limit: int, remaining: int, reset: int = 30) -> dict[str, str]:
    return {"ratelimit-limit": str(limit), "ratelimit-remaining": str(remaining), "ratelimit-reset": str(reset)}


def bucket_headers(name: str, total: int, remaining: int, resets: int = 30) -> dict[str, str]:
    return {f"zendesk-ratelimit-{name}": f"total={total}; remaining={remaining}; resets={resets}"}


class Desk:
    """A pacer with its clock, and how many calls get through at once."""

    def __init__(self, *, reserve: float = 0.0, account: str = "default/acme", store: MemoryPace | None = None) -> None:
        self.clock = ManualClock()
        self.store = store or MemoryPace()
        self.pacer = Pacer(self.store, account=account, clock=self.clock, reserve=reserve)

    def through(self, path: str = TICKETS, *, method: str = "GET", lane: Lane = "foreground", most: int = 1000) -> int:
        for had in range(most):
            try:
                self.pacer.acquire(method, path, lane=lane, deadline=self.clock.monotonic())
            except DeadlineExceeded:
                return had
        return most


def test_nothing_is_held_back_before_anything_is_known() -> None:
    assert Desk().through() == 1000


def test_the_reserve_is_left_to_others_and_background_leaves_more() -> None:
    desk = Desk(reserve=0.1)
    desk.pacer.learn(reply(headers=account_headers(100, 100)))
    assert desk.through(lane="background") == 50
    assert desk.through(lane="foreground") == 40
    assert desk.through(lane="background") == 0


@pytest.mark.parametrize("percent", [29, 57, 58])
def test_a_share_that_floats_write_a_little_short_is_still_kept_whole(percent: int) -> None:
    desk = Desk(reserve=percent / 100)
    desk.pacer.learn(reply(headers=account_headers(100, 100)))
    assert desk.through() == 100 - percent


def test_the_largest_reserve_still_lets_background_work_move() -> None:
    desk = Desk(reserve=0.9)
    desk.pacer.learn(reply(headers=account_headers(700, 700)))
    assert desk.through(lane="background") == 35


def test_exports_use_their_bucket_to_the_reserve_in_any_lane() -> None:
    for lane in ("foreground", "background"):
        desk = Desk(reserve=0.1)
        headers = bucket_headers("incremental-exports-cursor", 10, 10, 60) | account_headers(400, 400, 60)
        desk.pacer.learn(reply(headers=headers, endpoint=EXPORT))
        had = 0
        while desk.clock.monotonic() < 59.5:
            had += desk.through(EXPORT, lane=lane)
            desk.clock.advance(0.5)
        assert had == 9


def test_only_background_work_spreads_its_exports_over_the_window() -> None:
    desk = Desk()
    desk.pacer.learn(reply(headers=bucket_headers("incremental-exports-cursor", 10, 10, 60), endpoint=EXPORT))
    assert desk.through(EXPORT, lane="background") == 2
    assert desk.through(EXPORT, lane="foreground") == 8


def test_the_background_share_is_kept_in_every_bucket_of_its_own() -> None:
    desk = Desk(reserve=0.1)
    headers = account_headers(700, 700) | bucket_headers("search-index", 100, 100)
    desk.pacer.learn(reply(headers=headers, endpoint="/api/v2/search"))
    assert desk.through("/api/v2/search", lane="background") == 50
    assert desk.through(TICKETS, lane="background") == 300
    assert desk.through("/api/v2/search", lane="foreground") == 40
    assert desk.through(TICKETS, lane="foreground") == 240


def test_a_refused_call_is_not_counted_where_it_was_refused() -> None:
    desk = Desk()
    desk.pacer.learn(reply(headers=bucket_headers("search-index", 10, 10, 60), endpoint="/api/v2/search"))
    assert desk.through("/api/v2/search", most=10) == 10  # others had one of them: the tenth is refused
    headers = bucket_headers("search-index", 10, 0, 60)
    desk.pacer.learn(reply(429, headers=headers, endpoint="/api/v2/search"), retry_after=60.0)
    desk.clock.advance(60)
    assert desk.through("/api/v2/search") == 8  # one more than the one they were seen to make


def test_a_full_bucket_holds_back_its_own_endpoint_only() -> None:
    desk = Desk()
    desk.pacer.learn(reply(headers=bucket_headers("search-index", 100, 0), endpoint="/api/v2/search"))
    assert desk.through("/api/v2/search.json") == 0
    assert desk.through(TICKETS) == 1000


def test_an_unknown_bucket_is_learnt_with_the_endpoint_it_came_from() -> None:
    desk = Desk()
    desk.pacer.learn(reply(headers=bucket_headers("macros-index", 5, 3), endpoint="/api/v2/macros/17/apply.json"))
    assert desk.pacer.buckets("GET", "/api/v2/macros/99/apply") == ("account", "macros-index")
    assert desk.through("/api/v2/macros/99/apply") == 3
    assert desk.through("/api/v2/macros/99") == 1000


def test_a_busy_ticket_does_not_hold_up_another() -> None:
    desk = Desk()
    headers = bucket_headers("per-ticket-updates", 30, 0, 600)
    desk.pacer.learn(reply(headers=headers, endpoint="/api/v2/tickets/1", method="PUT"))
    assert desk.through("/api/v2/tickets/1", method="PUT") == 0
    assert desk.through("/api/v2/tickets/2", method="PUT", most=40) == 40


def test_limits_counted_per_user_keep_two_users_apart() -> None:
    store = MemoryPace()
    clock = ManualClock()
    ann, bob = (Pacer(store, account="a", clock=clock, reserve=0, actor=name) for name in ("ann", "bob"))
    ann.learn(reply(headers=bucket_headers("per-ticket-updates", 30, 0), endpoint="/api/v2/tickets/1", method="PUT"))
    bob.acquire("PUT", "/api/v2/tickets/1", lane="foreground", deadline=0)
    with pytest.raises(DeadlineExceeded):
        ann.acquire("PUT", "/api/v2/tickets/1", lane="foreground", deadline=0)


def test_two_accounts_never_delay_each_other() -> None:
    store = MemoryPace()
    acme, other = Desk(account="default/acme", store=store), Desk(account="default/other", store=store)
    acme.pacer.learn(reply(429, headers=account_headers(10, 0)), retry_after=600.0)
    assert acme.through() == 0
    assert other.through() == 1000


def test_the_prediction_follows_the_header_within_one() -> None:
    desk = Desk()
    for remaining in range(399, 379, -1):
        desk.pacer.acquire("GET", TICKETS, lane="foreground", deadline=None)
        desk.pacer.learn(reply(headers=account_headers(400, remaining)))
    assert abs(desk.through() - 380) <= 1


def test_a_call_that_never_left_costs_nothing() -> None:
    desk = Desk()
    desk.pacer.learn(reply(headers=account_headers(10, 5)))
    for _ in range(20):
        desk.pacer.give_back(desk.pacer.acquire("GET", TICKETS, lane="foreground", deadline=0))
    assert desk.through() == 5


def test_a_refused_bucket_gives_back_what_the_others_gave() -> None:
    desk = Desk()
    headers = account_headers(100, 50) | bucket_headers("tickets-index", 100, 0)
    desk.pacer.learn(reply(headers=headers))
    assert desk.through(TICKETS) == 0
    assert desk.through("/api/v2/users/me") == 50


def test_the_wait_is_slept_out_by_the_clock_and_told() -> None:
    desk = Desk()
    desk.pacer.learn(reply(headers=account_headers(10, 0, reset=20)))
    told: list[float] = []
    desk.pacer.acquire("GET", TICKETS, lane="foreground", deadline=None, waiting=told.append)
    assert told == [20.0]
    assert desk.clock.monotonic() == 20.0


def test_a_wait_beyond_the_deadline_raises_at_once_and_says_how_long() -> None:
    desk = Desk()
    desk.pacer.learn(reply(headers=account_headers(10, 0, reset=20)))
    with pytest.raises(DeadlineExceeded) as caught:
        desk.pacer.acquire("GET", TICKETS, lane="foreground", deadline=19.0)
    assert caught.value.retry_after == 20.0
    assert caught.value.endpoint == TICKETS
    assert desk.clock.monotonic() == 0.0


class TestWhatA429Closes:
    def test_the_bucket_that_reports_itself_empty(self) -> None:
        desk = Desk()
        headers = account_headers(700, 300) | bucket_headers("search-index", 100, 0)
        desk.pacer.learn(reply(429, headers=headers, endpoint="/api/v2/search"), retry_after=45.0)
        assert desk.through(TICKETS, most=5) == 5
        desk.clock.advance(44.9)
        assert desk.through("/api/v2/search") == 0
        desk.clock.advance(0.2)
        assert desk.through("/api/v2/search", most=5) == 5

    def test_the_endpoints_bucket_when_the_account_has_room(self) -> None:
        desk = Desk()  # recorded: an export refused with 684 of 700 left
        path = "/api/v2/incremental/users.json"
        desk.pacer.learn(reply(429, headers=account_headers(700, 684, 10), endpoint=path), retry_after=10.0)
        assert desk.through(path) == 0
        assert desk.through("/api/v2/incremental/organizations") == 0  # they share a bucket
        assert desk.through(TICKETS, most=5) == 5

    def test_the_endpoint_itself_when_no_bucket_is_known(self) -> None:
        desk = Desk()
        headers = account_headers(700, 684)
        desk.pacer.learn(reply(429, headers=headers, endpoint="/api/v2/macros/5/apply"), retry_after=10.0)
        assert desk.through("/api/v2/macros/6/apply") == 0
        assert desk.through("/api/v2/macros/6", most=5) == 5

    def test_the_account_when_the_answer_says_nothing(self) -> None:
        desk = Desk()
        desk.pacer.learn(reply(429, endpoint="/api/v2/macros"), retry_after=10.0)
        assert desk.through(TICKETS) == 0

    def test_only_the_one_user_that_was_updated_too_often(self) -> None:
        desk = Desk()
        headers = account_headers(700, 668)
        desk.pacer.learn(reply(429, headers=headers, endpoint="/api/v2/users/7.json", method="PUT"), retry_after=23.0)
        assert desk.through("/api/v2/users/7", method="PUT") == 0
        assert desk.through("/api/v2/users/8", method="PUT", most=5) == 5


def test_fifty_threads_get_exactly_what_there_is() -> None:
    desk = Desk(reserve=0.1)
    desk.pacer.learn(reply(headers=account_headers(200, 200)))
    start = threading.Barrier(50)

    def worker(_: int) -> int:
        start.wait()
        return desk.through(most=10)

    with ThreadPoolExecutor(50) as pool:
        assert sum(pool.map(worker, range(50))) == 180


def test_memory_forgets_buckets_of_single_tickets() -> None:
    desk = Desk()
    for number in range(5000):
        headers = bucket_headers("per-ticket-updates", 30, 29, 60)
        desk.pacer.learn(reply(headers=headers, endpoint=f"/api/v2/tickets/{number}", method="PUT"))
        desk.clock.advance(1)
    assert len(desk.store._budgets) <= 4096


@pytest.mark.parametrize(
    ("method", "path", "names"),
    [
        ("PUT", "/api/v2/tickets/7/side_conversations/01GC0D7XAMPZE0000000000000", ("side-conversations",)),
        ("POST", "/api/v2/tickets/7/side_conversations.json", ("side-conversations",)),
        ("DELETE", "/api/v2/tickets/destroy_many.json", ("tickets-delete",)),
        ("DELETE", "/api/v2/deleted_users/9", ("deleted-users-destroy",)),
        ("GET", "/api/v2/incremental/users/sample", ("incremental-sample",)),
        ("GET", "/api/v2/views/count_many", ("views-count-many",)),
        ("POST", "/api/v2/views/preview/count.json", ("views-preview",)),
    ],
)
def test_limits_known_by_name_before_the_first_answer(method: str, path: str, names: tuple[str, ...]) -> None:
    assert Desk().pacer.buckets(method, path) == ("account", *names)


def test_only_the_pages_that_told_of_a_limit_are_held_up_by_it() -> None:
    desk = Desk()
    headers = bucket_headers("incremental-sample", 10, 0, 1200)
    desk.pacer.learn(reply(headers=headers, endpoint="/api/v2/incremental/users/sample"))
    assert desk.through("/api/v2/incremental/organizations/sample") == 0
    assert desk.through("/api/v2/incremental/users", most=20) == 20


def test_a_limit_of_one_call_a_second_holds_nobody_up() -> None:
    desk = Desk()
    headers = bucket_headers("create-update-user-account", 1, 0, 1)
    desk.pacer.learn(reply(headers=headers, endpoint="/api/v2/users/7", method="PUT"))
    assert desk.through("/api/v2/users/8", method="PUT", most=5) == 5


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("get", "/api/v2/tickets.json", "GET /tickets"),
        ("PUT", "/api/v2/tickets/35436.json", "PUT /tickets/{id}"),
        ("GET", "/api/v2/job_statuses/V3-0123456789abcdef0123456789abcdef", "GET /job_statuses/{id}"),
        ("GET", "/api/v2/webhooks/01GC0D7XAMPZE0000000000000", "GET /webhooks/{id}"),
        ("GET", "/api/v2/users/me", "GET /users/me"),
        ("POST", "/oauth/tokens", "POST /oauth/tokens"),
    ],
)
def test_templates_of_paths(method: str, path: str, expected: str) -> None:
    assert template(method, path) == expected


def test_the_object_a_path_is_about() -> None:
    assert first_id("/api/v2/tickets/17/comments/3.json") == "17"
    assert first_id("/api/v2/users/create_or_update") is None
