"""Lists from memory: how long, whose, when they are asked for again, and that a write of ours is never followed by what was before it."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest

from atom_zendesk_plugin import errors
from atom_zendesk_plugin.client.account import Account
from atom_zendesk_plugin.client.api import ZendeskClient, assemble_client
from atom_zendesk_plugin.client.credentials import AccessToken
from atom_zendesk_plugin.client.remembered import FAMILIES, Memory
from atom_zendesk_plugin.client.transport import Method, Transport
from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.config import load_settings
from tests.unit.client.wire import Answer, Sent, Wire, rig

FIELDS = "/api/v2/ticket_fields"


@dataclass
class Shelf:
    """A server of one list per token and host, in pages of ``size``, with an ETag per page unless ``tagged`` is off."""

    rows: list[dict[str, Any]] = field(default_factory=lambda: [{"id": 1, "title": "Region"}])
    size: int = 100
    tagged: bool = True

    def __call__(self, sent: Sent) -> Answer:
        if sent.method != "GET":
            return Answer(200, {"ticket_field": {"id": 1}, "group": {"id": 1}})
        start = int(sent.params.get("page[after]", 0))
        page = self.rows[start : start + self.size]
        more = start + self.size < len(self.rows)
        body = {
            "ticket_fields": page, "meta": {"has_more": more, "after_cursor": str(start + self.size) if more else None},
        }  # fmt: skip
        etag = f'W/"{hash(str(body))}"'
        if not self.tagged:
            return Answer(200, body)
        if sent.headers.get("If-None-Match") == etag:
            return Answer(304, None, {"etag": etag})
        return Answer(200, body, {"etag": etag})


def statuses(there: Any) -> list[str]:
    return [sent.headers.get("If-None-Match", "whole")[:2] for sent in there.wire.sent]


def test_within_its_lifetime_a_list_is_the_same_objects_without_a_call() -> None:
    there = rig(handler=Shelf())
    first = there.client.ticket_fields.all()
    there.clock.advance(299)
    assert there.client.ticket_fields.all() is first
    assert [row.title for row in first] == ["Region"]
    assert len(there.wire.sent) == 1


def test_after_its_lifetime_an_unchanged_list_costs_no_body_and_stays_the_same_objects() -> None:
    there = rig(handler=Shelf())
    first = there.client.ticket_fields.all()
    there.clock.advance(300)
    again = there.client.ticket_fields.all()
    assert again[0] is first[0]
    assert statuses(there) == ["wh", "W/"]
    there.clock.advance(299)
    assert there.client.ticket_fields.all() is again
    assert len(there.wire.sent) == 2


def test_a_change_at_zendesk_shows_after_the_lifetime_and_at_once_when_asked_freshly() -> None:
    shelf = Shelf()
    there = rig(handler=shelf)
    there.client.ticket_fields.all()
    shelf.rows = [{"id": 1, "title": "Area"}]
    assert there.client.ticket_fields.all()[0].title == "Region"
    assert there.client.ticket_fields.all(fresh=True)[0].title == "Area"
    shelf.rows = [{"id": 1, "title": "Place"}]
    there.clock.advance(301)
    assert there.client.ticket_fields.all()[0].title == "Place"


def test_without_an_etag_the_list_is_read_again() -> None:
    there = rig(handler=Shelf(tagged=False))
    for _ in range(3):
        there.client.ticket_fields.all()
        there.clock.advance(301)
    assert statuses(there) == ["wh"] * 3


def test_only_the_page_that_changed_is_sent_again() -> None:
    shelf = Shelf([{"id": number, "title": f"F{number}"} for number in range(250)])
    there = rig(handler=shelf)
    first = there.client.ticket_fields.all()
    assert [row.id for row in first] == list(range(250))
    shelf.rows[150] = {"id": 150, "title": "New"}
    there.clock.advance(301)
    second = there.client.ticket_fields.all()
    assert [new is old for new, old in zip(second, first, strict=True)] == [n < 100 or n >= 200 for n in range(250)]
    assert second[150].title == "New"
    shelf.rows = shelf.rows[:120]
    there.clock.advance(301)
    assert [row.id for row in there.client.ticket_fields.all()] == list(range(120))


def test_a_list_that_goes_round_in_circles_raises_and_keeps_nothing() -> None:
    body = {"ticket_fields": [{"id": 1}], "meta": {"has_more": True, "after_cursor": "x"}}
    there = rig(Answer(200, body))
    with pytest.raises(errors.PaginationLoop):
        there.client.ticket_fields.all()
    assert there.client.known(there.client.ticket_fields) is None


def test_304_is_no_answer_to_a_call_that_did_not_ask_for_it() -> None:
    there = rig(Answer(304))
    with pytest.raises(errors.ZendeskUnexpected):
        there.client.request("GET", FIELDS)


def test_a_hundred_threads_that_ask_at_once_make_one_call() -> None:
    gate = threading.Barrier(100)
    there = rig(handler=Shelf())

    def ask(_: int) -> int:
        gate.wait(timeout=30)
        return id(there.client.ticket_fields.all())

    with ThreadPoolExecutor(100) as pool:
        assert len(set(pool.map(ask, range(100)))) == 1
    assert len(there.wire.sent) == 1


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "path",
    [
        "/ticket_fields", "/ticket_fields/5", "/ticket_fields.json", "/ticket_fields/5/options/7", "/ticket_forms/reorder",
        "/custom_status/default", "/groups/5", "/slas/policies/5", "/business_hours/schedules/5/holidays", "/dynamic_content/items/5",
        "/account/settings", "/Ticket%5Ffields/5",
    ],
)  # fmt: skip
def test_a_write_to_the_families_is_followed_by_a_new_reading(method: Method, path: str) -> None:
    shelf = Shelf()
    there = rig(handler=shelf)
    there.client.ticket_fields.all()
    there.client.request(method, f"/api/v2{path}", json={})
    shelf.rows = [{"id": 1, "title": "After"}]
    assert there.client.ticket_fields.all()[0].title == "After"
    assert statuses(there)[-1] == "wh"


@pytest.mark.parametrize("path", ["/tickets", "/users/5", "/organizations", "/group_memberships", "/ticket_fields_x"])
def test_other_writes_leave_the_lists_alone(path: str) -> None:
    there = rig(handler=Shelf())
    first = there.client.ticket_fields.all()
    there.client.request("POST", f"/api/v2{path}", json={})
    assert there.client.ticket_fields.all() is first


def test_a_write_whose_answer_is_lost_counts_as_made() -> None:
    shelf = Shelf()
    there = rig(handler=lambda sent: shelf(sent) if sent.method == "GET" else Answer(500))
    there.client.ticket_fields.all()
    with pytest.raises(errors.OutcomeUnknown):
        there.client.ticket_fields.update(1, {"title": "After"})
    assert there.client.known(there.client.ticket_fields) is None


def test_what_was_being_read_while_a_write_was_made_is_not_kept() -> None:
    """The reading thread is held at the server until the write is over: what it brings is from before."""
    shelf, arrived, go_on = Shelf(), threading.Event(), threading.Event()

    def slow(sent: Sent) -> Answer:
        answer = shelf(sent)
        if sent.method == "GET" and not arrived.is_set():
            arrived.set()
            assert go_on.wait(30)
        return answer

    there = rig(handler=slow)
    with ThreadPoolExecutor(2) as pool:
        early = pool.submit(there.client.ticket_fields.all)
        assert arrived.wait(30)
        there.client.ticket_fields.update(1, {"title": "After"})
        shelf.rows = [{"id": 1, "title": "After"}]
        late = pool.submit(there.client.ticket_fields.all)
        assert late.result(30)[0].title == "After"
        go_on.set()
        assert early.result(30)[0].title == "Region"
    assert there.client.ticket_fields.all()[0].title == "After"


def test_a_reading_that_a_write_outdated_leaves_nothing_behind() -> None:
    there = rig(handler=Shelf())
    shelf = there.wire.handler

    def write_meanwhile(sent: Sent) -> Answer | Exception:
        if sent.method == "GET":
            there.client.groups.create({"name": "New"})
        return shelf(sent)

    there.wire.handler = write_meanwhile
    assert len(there.client.ticket_fields.all()) == 1
    assert there.client.known(there.client.ticket_fields) is None


class TellingClock(ManualClock):
    """Says when a watched thread reads it: waiting for somebody else's reading begins with a look at the clock."""

    def __init__(self) -> None:
        super().__init__()
        self.watched: set[int] = set()
        self.all_wait = threading.Barrier(3)

    def monotonic(self) -> float:
        if threading.get_ident() in self.watched:
            self.watched.discard(threading.get_ident())
            self.all_wait.wait(30)
        return super().monotonic()


def test_those_who_waited_for_a_reading_that_a_write_outdated_share_a_new_one() -> None:
    shelf, arrived, go_on, clock = Shelf(), threading.Event(), threading.Event(), TellingClock()

    def slow(sent: Sent) -> Answer:
        answer = shelf(sent)
        if sent.method == "GET" and not arrived.is_set():
            arrived.set()
            assert go_on.wait(30)
        return answer

    there = rig(handler=slow, clock=clock)
    view = there.client.within(seconds=20)

    def wait_for_it() -> str | None:
        clock.watched.add(threading.get_ident())
        return view.ticket_fields.all()[0].title

    with ThreadPoolExecutor(3) as pool:
        pool.submit(there.client.ticket_fields.all)
        assert arrived.wait(30)
        waiters = [pool.submit(wait_for_it) for _ in range(2)]
        clock.all_wait.wait(30)
        there.client.ticket_fields.update(1, {"title": "After"})
        shelf.rows = [{"id": 1, "title": "After"}]
        go_on.set()
        assert [waiter.result(30) for waiter in waiters] == ["After", "After"]
    assert [sent.method for sent in there.wire.sent] == ["GET", "PUT", "GET"]


@pytest.mark.parametrize("status", [403, 404])
def test_a_refusal_is_remembered_and_raised_anew(status: int) -> None:
    there = rig(Answer(status, {"error": "Forbidden"}))
    caught = []
    for _ in range(3):
        with pytest.raises((errors.ZendeskForbidden, errors.ZendeskNotFound)) as told:
            there.client.ticket_forms.all()
        caught.append(told.value)
    assert len(there.wire.sent) == 1
    assert len({id(error) for error in caught}) == 3
    assert {(error.status, error.zendesk_code, error.request_id, error.endpoint) for error in caught} == {
        (status, "Forbidden", "req-1", "/api/v2/ticket_forms")
    }
    there.clock.advance(301)
    with pytest.raises(errors.ZendeskCallFailed):
        there.client.ticket_forms.all()
    assert len(there.wire.sent) == 2


def test_an_outage_is_not_remembered() -> None:
    there = rig(Answer(500), Answer(200, {"ticket_fields": [{"id": 1}]}), max_attempts=1)
    with pytest.raises(errors.ZendeskUnavailable):
        there.client.ticket_fields.all()
    assert len(there.client.ticket_fields.all()) == 1


def test_waiting_for_somebody_elses_reading_ends_with_the_deadline() -> None:
    arrived, go_on = threading.Event(), threading.Event()

    def slow(sent: Sent) -> Answer:
        arrived.set()
        assert go_on.wait(30)
        return Shelf()(sent)

    there = rig(handler=slow)
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(there.client.ticket_fields.all)
        assert arrived.wait(30)
        with pytest.raises(errors.DeadlineExceeded):
            there.client.within(seconds=0).ticket_fields.all()
        go_on.set()
        assert len(reading.result(30)) == 1


def test_a_lifetime_of_nothing_asks_each_time_but_saves_the_body() -> None:
    there = rig(handler=Shelf(), list_ttl=0)
    assert there.client.ticket_fields.all()[0] is there.client.ticket_fields.all()[0]
    assert statuses(there) == ["wh", "W/"]


def clients(memory: Memory, clock: ManualClock, *hosts: str) -> tuple[Wire, dict[str, ZendeskClient]]:
    """Return a client per host and token, all with one memory; each server's list names host and token."""

    def answer(sent: Sent) -> Answer:
        if sent.method != "GET":
            return Answer(200, {"group": {"id": 1}})
        host, token = sent.url.split("/")[2], sent.headers["Authorization"]
        return Answer(200, {"ticket_fields": [{"id": 1, "title": f"{host} {token}"}]})

    wire = Wire(answer)
    settings = load_settings({}, {})
    made = {}
    for host in hosts:
        transport = Transport(
            Account(key=f"t/{host}", base_url=f"https://{host}.zendesk.com"), clock=clock, adapter=wire
        )
        for token in ("admin", "agent"):
            made[f"{host}.zendesk.com Bearer {token}"] = assemble_client(
                AccessToken(token), transport, settings=settings, clock=clock, rng=random.Random(1), memory=memory
            )
    return wire, made


def test_a_hundred_threads_on_two_accounts_never_see_each_others_lists() -> None:
    clock = ManualClock()
    wire, made = clients(Memory(clock=clock), clock, "acme", "globex")
    names = [*made] * 25
    gate = threading.Barrier(len(names))

    def ask(name: str) -> list[str | None]:
        gate.wait(timeout=30)
        return [made[name].ticket_fields.all()[0].title for _ in range(20)]

    with ThreadPoolExecutor(len(names)) as pool:
        for name, seen in zip(names, pool.map(ask, names), strict=True):
            assert set(seen) == {name}
    assert len(wire.sent) == 4


def test_a_write_counts_for_everybody_on_its_account_and_nobody_elsewhere() -> None:
    clock = ManualClock()
    _, made = clients(Memory(clock=clock), clock, "acme", "globex")
    for client in made.values():
        client.ticket_fields.all()
    made["acme.zendesk.com Bearer admin"].groups.create({"name": "New"})
    known = {name for name, client in made.items() if client.known(client.ticket_fields) is not None}
    assert known == {"globex.zendesk.com Bearer admin", "globex.zendesk.com Bearer agent"}


def test_memory_is_bounded_in_bytes_and_in_lists() -> None:
    clock = ManualClock()
    wide = {"ticket_fields": [{"id": 1, "title": "x" * 1000}]}
    wire = Wire(lambda _: Answer(200, wide))
    transport = Transport(Account(key="t/acme", base_url="https://acme.zendesk.com"), clock=clock, adapter=wire)

    def people(memory: Memory) -> list[ZendeskClient]:
        return [
            assemble_client(
                AccessToken(f"token{number}"), transport, settings=load_settings({}, {}), clock=clock, rng=random.Random(1),
                memory=memory,
            )
            for number in range(10)
        ]  # fmt: skip

    def kept(memory: Memory) -> list[bool]:
        everybody = people(memory)
        for person in everybody:
            assert len(person.ticket_fields.all()) == 1
        return [person.known(person.ticket_fields) is not None for person in everybody]

    assert kept(Memory(clock=clock, most_bytes=3500)) == [False] * 7 + [True] * 3
    assert kept(Memory(clock=clock, most_lists=4)) == [False] * 6 + [True] * 4
    assert kept(Memory(clock=clock, most_bytes=500)) == [False] * 10
    assert kept(Memory(clock=clock)) == [True] * 10


def test_each_remembered_family_is_one_whose_writes_are_seen() -> None:
    there = rig(Answer(200, {}))
    names = ("ticket_fields", "user_fields", "organization_fields", "ticket_forms", "custom_statuses", "groups", "brands",
             "sla_policies", "group_sla_policies", "schedules", "locales", "custom_roles")  # fmt: skip
    paths = [getattr(there.client, name).whole.path for name in names]
    assert {path.removeprefix("/api/v2/").partition("/")[0] for path in paths} <= FAMILIES
