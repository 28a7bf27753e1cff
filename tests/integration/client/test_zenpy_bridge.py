"""Zenpy through the client, over HTTP, against the local Zendesk: the ordinary program, faults, and two accounts at once."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from atom_zendesk_plugin import errors
from atom_zendesk_plugin.client.api import ZendeskClient, build_client
from atom_zendesk_plugin.clock import ManualClock, OffsetClock
from atom_zendesk_plugin.config import load_settings
from atom_zendesk_plugin.simulator import Simulator
from atom_zendesk_plugin.simulator.faults import FaultKind, FaultRule
from atom_zendesk_plugin.simulator.server import serve

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

pytest.importorskip("zenpy", reason="zenpy is needed: install the extra [test]")
from zenpy.lib import api as zenpy_api
from zenpy.lib.api_objects import Comment, Ticket, User
from zenpy.lib.exception import APIException, RecordNotFoundException

from tests.integration.test_zenpy_on_simulator import (
    test_it_creates_many_and_waits_for_the_job,
    test_it_creates_updates_comments_and_deletes,
    test_it_gets_one_ticket_with_its_people,
    test_it_iterates_over_all_tickets_in_both_styles,
    test_it_lists_the_furniture,
    test_it_searches,
    test_it_works_with_users_and_organizations,
)

# Collected here with this module's fixtures: the same program, unchanged, through the bridge.
ORDINARY_PROGRAM = (
    test_it_iterates_over_all_tickets_in_both_styles,
    test_it_gets_one_ticket_with_its_people,
    test_it_creates_updates_comments_and_deletes,
    test_it_searches,
    test_it_creates_many_and_waits_for_the_job,
    test_it_works_with_users_and_organizations,
    test_it_lists_the_furniture,
)


@dataclass
class Place:
    """A local Zendesk on a port, what it heard, and clients whose waiting passes on a clock of their own."""

    simulator: Simulator
    base_url: str = ""
    clock: ManualClock = field(default_factory=ManualClock)
    heard: list[tuple[str, str, str | None]] = field(default_factory=list)
    clients: list[ZendeskClient] = field(default_factory=list)

    def client(self, *, kind: str = "access_token", **settings: object) -> ZendeskClient:
        known = self.simulator.credentials
        told = {"ZENDESK_BASE_URL": self.base_url}
        if kind == "access_token":
            told["ZENDESK_ACCESS_TOKEN"] = known.access_token
        else:
            told |= {"ZENDESK_CLIENT_ID": known.oauth.client_id, "ZENDESK_CLIENT_SECRET": known.oauth.client_secret}
        told |= {f"ZENDESK_{name.upper()}": str(value) for name, value in settings.items()}
        client = build_client(
            load_settings(told, {}), account_key=self.base_url, clock=self.clock, rng=random.Random(1)
        )
        self.clients.append(client)
        return client

    def listen(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        heard = (environ["REQUEST_METHOD"], environ["PATH_INFO"], environ.get("HTTP_AUTHORIZATION"))
        self.heard.append(heard)
        return self.simulator.wsgi_app(environ, start_response)

    def asked(self, method: str) -> list[str]:
        return [path for made, path, _ in self.heard if made == method]


@contextmanager
def place(**arguments: Any) -> Iterator[Place]:
    there = Place(Simulator(clock=OffsetClock(), **arguments))
    with serve(there.listen) as running:
        there.base_url = running.base_url
        yield there
        for client in there.clients:
            client.close()


@pytest.fixture(autouse=True)
def nobody_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    def sleep(seconds: float) -> None:
        raise AssertionError(f"Zenpy slept {seconds} s: the client does the waiting")

    monkeypatch.setattr(zenpy_api, "sleep", sleep)


@pytest.fixture
def there() -> Iterator[Place]:
    with place(tickets=350) as found:
        yield found


@pytest.fixture
def simulator(there: Place) -> Simulator:
    return there.simulator


@pytest.fixture
def client(there: Place) -> Any:
    return there.client().zenpy(cache=False)


def spoil(there: Place, kind: FaultKind, **more: Any) -> None:
    there.simulator.faults.add(FaultRule(kind=kind, **more))


def changeable(there: Place) -> list[int]:
    return [ticket.id for ticket in there.simulator.desk.listed_tickets() if ticket.status != "closed"]


@pytest.mark.parametrize("kind", [kind for kind in FaultKind if kind is not FaultKind.ROWS])
def test_a_list_is_read_whole_through_every_kind_of_fault(there: Place, kind: FaultKind) -> None:
    whole = [ticket.id for ticket in there.simulator.desk.listed_tickets()]
    spoil(there, kind, path="/api/v2/tickets", probability=0.4)
    zen = there.client(max_attempts=10).within().zenpy()
    assert [ticket.id for ticket in zen.tickets()] == whole
    assert there.simulator.faults.fired > 0


@pytest.mark.parametrize("status", [429, 503])
def test_the_wait_that_zendesk_asks_for_is_the_clients(there: Place, client: Any, status: int) -> None:
    spoil(there, FaultKind.STATUS, status=status, retry_after=7, count=1)
    assert client.users.me().id == there.simulator.desk.admin_id
    assert 7 <= there.clock.monotonic() <= 8
    assert len(there.heard) == 2


def test_a_long_refusal_ends_within_the_deadline(there: Place) -> None:
    spoil(there, FaultKind.STATUS, status=429, retry_after=60)
    with pytest.raises(APIException) as caught:
        there.client(max_attempts=10).within(seconds=30).zenpy().users.me()
    assert there.clock.monotonic() <= 30
    assert (caught.value.response.status_code, caught.value.response.failure.retry_after) == (429, 60)


def test_a_new_ticket_whose_answer_is_lost_three_times_is_one_ticket(there: Place, client: Any) -> None:
    before = len(there.simulator.desk.tickets)
    spoil(there, FaultKind.RESET_AFTER, method="POST", path="/api/v2/tickets", count=3)
    made = client.tickets.create(Ticket(subject="Once", comment=Comment(body="Please", public=True)))
    assert len(there.simulator.desk.tickets) == before + 1
    assert made.ticket.id in there.simulator.desk.tickets
    assert len(there.asked("POST")) == 4


def test_a_comment_whose_answer_is_lost_is_made_once_and_said_to_be_unknown(there: Place, client: Any) -> None:
    number = changeable(there)[0]
    ticket = client.tickets(id=number)
    bodies = [comment.body for comment in client.tickets.comments(ticket=number)]
    spoil(there, FaultKind.RESET_AFTER, method="PUT", count=1)
    ticket.comment = Comment(body="Exactly once", public=False)
    with pytest.raises(errors.OutcomeUnknown):
        client.tickets.update(ticket)
    assert [comment.body for comment in client.tickets.comments(ticket=number)] == [*bodies, "Exactly once"]
    assert len(there.asked("PUT")) == 1


def test_an_ended_token_is_renewed_once_for_all_threads(there: Place) -> None:
    client = there.client(kind="client_credentials")
    client.users.me()
    for token in there.simulator.tokens.tokens():
        if there.heard[-1][2] == f"Bearer {token.value}":
            there.simulator.tokens.revoke(token)
    with ThreadPoolExecutor(20) as pool:
        names = set(pool.map(lambda _: client.zenpy(cache=False).users.me().id, range(40)))
    assert names == {there.simulator.desk.admin_id}
    assert there.asked("POST") == ["/oauth/tokens", "/oauth/tokens"]


def test_read_only_reaches_zenpy(there: Place) -> None:
    zen = there.client(read_only=True).zenpy()
    assert zen.users.me().id == there.simulator.desk.admin_id
    with pytest.raises(errors.ReadOnly):
        zen.users.create(User(name="Nobody", email="nobody@example.com"))
    assert there.asked("POST") == []


def test_files_go_up_and_come_down(there: Place, client: Any) -> None:
    content = bytes(range(256)) * 4000
    uploaded = client.attachments.upload(content, target_name="all bytes.bin")
    number = changeable(there)[0]
    changed = client.tickets.update(Ticket(id=number, comment=Comment(body="See file", uploads=[uploaded.token])))
    assert changed.ticket.id == number
    (attached,) = list(client.tickets.comments(ticket=number))[-1].attachments
    assert (attached.file_name, attached.size) == ("all bytes.bin", len(content))
    assert client.attachments.download(attached.id).getvalue() == content


def test_records_that_are_not_there_are_zenpys_not_found(client: Any) -> None:
    with pytest.raises(RecordNotFoundException) as caught:
        client.users(id=999_999)
    assert isinstance(caught.value.response.failure, errors.ZendeskNotFound)


def test_two_accounts_in_one_process_never_cross(monkeypatch: pytest.MonkeyPatch) -> None:
    with ExitStack() as stack:
        places = [
            stack.enter_context(place(tickets=40, seed=seed, subdomain=name))
            for seed, name in ((1, "acme"), (2, "other"))
        ]
        # Zenpy's detour is one for the whole process: it must not lead one account's calls to the other.
        monkeypatch.setenv("ZENPY_FORCE_SCHEME", "http")
        monkeypatch.setenv("ZENPY_FORCE_NETLOC", places[0].base_url.removeprefix("http://"))
        with pytest.raises(errors.ForeignHost):
            places[1].client().zenpy().tickets(id=1)
        monkeypatch.delenv("ZENPY_FORCE_SCHEME")
        monkeypatch.delenv("ZENPY_FORCE_NETLOC")
        _work_in_both(places)
        for there in places:
            assert {token for _, _, token in there.heard} == {f"Bearer {there.simulator.credentials.access_token}"}


def _work_in_both(places: list[Place]) -> None:
    clients = [there.client() for there in places]
    ids = [[ticket.id for ticket in there.simulator.desk.listed_tickets()] for there in places]
    local = threading.local()

    def read(number: int) -> bool:
        # With Zenpy's memory on: a record of the other account would come out of it.
        which = number % 2
        pair = getattr(local, "pair", None) or [client.zenpy() for client in clients]
        local.pair = pair
        wanted = places[which].simulator.desk.tickets[ids[which][number % len(ids[which])]]
        found = pair[which].tickets(id=wanted.id)
        requester = places[which].simulator.desk.users[wanted.requester_id]
        return (found.subject, found.requester.name) == (wanted.subject, requester.name)

    with ThreadPoolExecutor(50) as pool:
        assert all(pool.map(read, range(400)))


def test_each_thread_with_a_zenpy_of_its_own_changes_what_it_meant(there: Place) -> None:
    client = there.client()
    numbers = changeable(there)[:40]

    def change(number: int) -> None:
        zen = client.zenpy()
        ticket = zen.tickets(id=number)
        ticket.subject = f"Changed {number}"
        assert zen.tickets.update(ticket).ticket.subject == f"Changed {number}"

    _together(change, numbers)
    assert [there.simulator.desk.tickets[number].subject for number in numbers] == [f"Changed {n}" for n in numbers]


def _together(work: Callable[[int], None], numbers: list[int]) -> None:
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(work, numbers))
