"""The client at work against the local Zendesk: whole stories, with the service's rules and faults."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from atom_zendesk_plugin import errors
from atom_zendesk_plugin.client import querytext
from atom_zendesk_plugin.client.api import ZendeskClient, build_client
from atom_zendesk_plugin.client.credentials import ClientCredentials
from atom_zendesk_plugin.client.observe import CallEvent
from atom_zendesk_plugin.client.pacing import MemoryPace
from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.config import load_settings
from atom_zendesk_plugin.pace import PaceStore
from atom_zendesk_plugin.records import Organization, Ticket, User
from atom_zendesk_plugin.simulator.adapter import SimulatorAdapter
from atom_zendesk_plugin.simulator.facade import Simulator
from atom_zendesk_plugin.simulator.faults import FaultKind, FaultRule


class World:
    """A simulator on a clock that a test moves, and clients of it."""

    def __init__(self, **arguments: object) -> None:
        self.clock = ManualClock()
        self.simulator = Simulator(clock=self.clock, **arguments)  # type: ignore[arg-type]
        self.events: list[CallEvent] = []

    def client(self, *, pace: PaceStore | None = None, kind: str = "access_token", **settings: object) -> ZendeskClient:
        known = self.simulator.credentials
        told: dict[str, str] = {"ZENDESK_SUBDOMAIN": "acme"}
        if kind == "access_token":
            told["ZENDESK_ACCESS_TOKEN"] = known.access_token
        elif kind == "api_token":
            told |= {"ZENDESK_EMAIL": known.api_token.email, "ZENDESK_TOKEN": known.api_token.token}
        else:
            told |= {"ZENDESK_CLIENT_ID": known.oauth.client_id, "ZENDESK_CLIENT_SECRET": known.oauth.client_secret}
        told |= {f"ZENDESK_{name.upper()}": str(value) for name, value in settings.items()}
        return build_client(
            load_settings(told, {}),
            account_key="default/acme",
            clock=self.clock,
            rng=random.Random(1),
            pace=pace,
            adapter=SimulatorAdapter(self.simulator.wsgi_app),
            observer=self.events.append,
        )

    def calls(self) -> list[str]:
        """Return what was asked since the last time."""
        told = [f"{call.method} {call.path}" for call in self.simulator.calls]
        self.simulator.calls.clear()
        return told


NewWorld = Callable[..., World]


@pytest.fixture(scope="module")
def large() -> World:
    return World(tickets=1200)


@pytest.fixture
def world() -> World:
    return World(tickets=20)


def test_a_ticket_from_its_making_to_its_end(world: World) -> None:
    tickets = world.client().tickets
    made = tickets.create({"subject": "Printer", "comment": {"body": "It burns", "public": True}}, idempotency_key="k1")
    assert made.audit is not None
    assert made.ticket.subject == "Printer"
    again = tickets.create(
        {"subject": "Printer", "comment": {"body": "It burns", "public": True}}, idempotency_key="k1"
    )
    assert again.ticket.id == made.ticket.id
    with pytest.raises(errors.ZendeskBadRequest) as caught:
        tickets.create({"subject": "Other", "comment": {"body": "x"}}, idempotency_key="k1")
    assert caught.value.zendesk_code == "IdempotentRequestError"

    world.clock.advance(5)
    changed = tickets.update(made.ticket.id, {"comment": {"body": "Use water", "public": False}, "status": "pending"})
    assert changed.ticket.status == "pending"
    assert [comment.body for comment in tickets.comments(made.ticket.id)] == ["It burns", "Use water"]
    assert len(list(tickets.audits(made.ticket.id))) == 2
    assert set(tickets.add_tags(made.ticket.id, ["fire", "vip"])) >= {"fire", "vip"}
    assert "vip" not in tickets.remove_tags(made.ticket.id, ["vip"])
    tickets.delete(made.ticket.id)
    with pytest.raises(errors.ZendeskNotFound):
        tickets.get(made.ticket.id)


def test_the_second_of_two_writers_is_told(world: World) -> None:
    tickets = world.client().tickets
    seen = tickets.create({"comment": {"body": "x", "public": True}}, idempotency_key="k").ticket
    world.clock.advance(5)
    tickets.update(seen.id, {"subject": "first"}, expected_updated_at=seen.updated_at)
    world.clock.advance(5)
    with pytest.raises(errors.ZendeskConflict):
        tickets.update(seen.id, {"subject": "second"}, expected_updated_at=seen.updated_at)
    assert tickets.get(seen.id).record.subject == "first"


def test_values_zendesk_refuses_name_their_fields(world: World) -> None:
    with pytest.raises(errors.ZendeskInvalid) as caught:
        world.client().users.create({"email": "nobody@example.com"})
    assert caught.value.fields


def test_users_organizations_and_their_places(world: World) -> None:
    client = world.client()
    organization = client.organizations.create({"name": "Ocean Ltd"})
    user = client.users.create({"name": "Ann", "email": "ann@ocean.example", "organization_id": organization.id})
    assert client.users.update(user.id or 0, {"name": "Anne"}).name == "Anne"
    assert user.id in [found.id for found in client.users.search(query="email:ann@ocean.example")]
    assert [row.user_id for row in client.organization_memberships.list(organization_id=organization.id)] == [user.id]
    assert client.users.create_or_update({"email": "ann@ocean.example", "name": "Ann"}).id == user.id
    client.users.delete(user.id or 0)
    client.organizations.delete(organization.id)
    assert client.users.me().role == "admin"
    assert list(client.groups.list())
    assert list(client.group_memberships.list())
    view = next(client.views.list())
    client.views.tickets_page(view.id)
    client.views.count(view.id)


def test_all_tickets_page_by_page(large: World) -> None:
    tickets = large.client().within().tickets
    large.calls()
    ids = [ticket.id for ticket in tickets.list()]
    assert len(set(ids)) == len(ids) == tickets.count()
    assert len(large.calls()) == -(-len(ids) // 100) + 1


def test_a_thousand_tickets_with_names_cost_eleven_calls_at_most(large: World) -> None:
    client = large.client().within()
    large.calls()
    rows: list[tuple[Ticket, User, Organization | None]] = []
    for page in client.tickets.pages(include=("users", "groups", "organizations")):
        users = {user.id: user for user in page.sides["users"] if isinstance(user, User)}
        places = {place.id: place for place in page.sides["organizations"] if isinstance(place, Organization)}
        rows.extend((ticket, users[ticket.requester_id], places.get(ticket.organization_id or 0)) for ticket in page)
        if len(rows) >= 1000:
            break
    assert all(user.name for _, user, _ in rows)
    assert len(large.calls()) <= 11


def test_three_hundred_and_fifty_by_id(large: World) -> None:
    tickets = large.client().tickets
    ids = [ticket.id for ticket in tickets.page(size=100)][::-1]
    found = tickets.show_many([*ids, 999_999_999], include=("users",))
    assert [ticket.id for ticket in found] == ids
    assert found.sides["users"]


def test_search_with_counts_export_and_no_silent_cut(large: World) -> None:
    search = large.client().within().search
    total = search.count("", type="ticket")
    assert total > 1000
    page = search.page("", type="ticket", size=50, include=("users",))
    assert page.count == total
    assert page.has_more
    assert all(isinstance(hit, Ticket) for hit in page)
    assert any(isinstance(side, User) for side in page.sides["users"])
    hits = search.list("", type="ticket")
    assert len([next(hits) for _ in range(1000)]) == 1000
    with pytest.raises(errors.ResultTruncated) as caught:
        next(hits)
    assert caught.value.public == {"count": total, "limit": 1000}
    exported = list(search.export("", type="ticket"))
    assert len({hit.payload()["id"] for hit in exported}) == total


def test_a_persons_words_find_only_what_they_say(world: World) -> None:
    client = world.client()
    client.tickets.create({"subject": "zebra crossing", "comment": {"body": "x", "public": True}}, idempotency_key="z")
    world.clock.advance(60)
    assert len(client.search.page(querytext.quote("zebra crossing"), type="ticket")) == 1
    assert len(client.search.page(querytext.quote('zebra" OR status:open "'), type="ticket")) == 0


def test_bulk_jobs_are_followed_to_their_end(world: World) -> None:
    client = world.client().within(lane="background")
    rows = [{"subject": f"bulk {number}", "comment": {"body": "x", "public": True}} for number in range(5)]
    done = client.jobs.wait(client.tickets.create_many(rows).id)
    assert done.status == "completed"
    assert isinstance(done.results, list)
    ids = [int(row["id"]) for row in done.results]
    assert client.jobs.wait(client.tickets.update_many(ids, {"priority": "high"}).id).status == "completed"
    client.jobs.wait(client.tickets.update_batch([{"id": ids[0], "priority": "low"}]).id)
    assert [ticket.priority for ticket in client.tickets.show_many(ids)] == ["low", "high", "high", "high", "high"]
    gone = client.tickets.delete_many(ids)
    client.jobs.wait(gone.id)
    assert list(client.tickets.show_many(ids)) == []
    assert [job.id for job in client.jobs.show_many([gone.id])] == [gone.id]


class TestCredentials:
    def test_an_api_token_gets_in(self, world: World) -> None:
        assert world.client(kind="api_token").users.me().role == "admin"

    def test_a_service_account_fetches_its_token_once_and_again_in_time(self, world: World) -> None:
        client = world.client(kind="client_credentials", token_ttl=300)
        for _ in range(40):
            client.users.me()
            world.clock.advance(30)
        assert world.calls().count("POST /oauth/tokens") <= 40 * 30 / 240 + 1
        assert not any(event.status == 401 for event in world.events)
        assert isinstance(client.credentials, ClientCredentials)
        assert client.credentials.missing_scopes == ()

    def test_a_wrong_secret_is_named(self, world: World) -> None:
        with pytest.raises(errors.ZendeskUnauthorized, match="ZENDESK_CLIENT_SECRET"):
            world.client(kind="client_credentials", client_secret="wrong").users.me()

    def test_a_wrong_token_is_told_at_once(self, world: World) -> None:
        with pytest.raises(errors.ZendeskUnauthorized):
            world.client(access_token="wrong").tickets.page()

    def test_a_token_that_ended_is_told(self, world: World) -> None:
        admin = world.client().users.me().id
        short = world.simulator.issue_token(admin or 0, ["read"], expires_in=300)
        client = world.client(access_token=short)
        client.tickets.page()
        world.clock.advance(301)
        with pytest.raises(errors.ZendeskUnauthorized) as caught:
            client.tickets.page()
        assert caught.value.zendesk_code == "invalid_token"

    def test_a_missing_scope_is_named(self, world: World) -> None:
        admin = world.client().users.me().id
        client = world.client(access_token=world.simulator.issue_token(admin or 0, ["tickets:read"]))
        client.tickets.page()
        with pytest.raises(errors.ZendeskForbidden) as caught:
            client.search.page("x", type=None)
        assert caught.value.missing_scopes


class TestFaults:
    @pytest.mark.parametrize("kind", [kind for kind in FaultKind if kind is not FaultKind.ROWS])
    def test_a_list_is_read_whole_through_every_kind_of_fault(self, kind: FaultKind) -> None:
        world = World(tickets=250)
        whole = [ticket.id for ticket in world.client().tickets.list()]
        world.simulator.faults.add(FaultRule(kind=kind, path="/api/v2/tickets", probability=0.4, seconds=1.0))
        client = world.client(max_attempts=10).within()
        assert [ticket.id for ticket in client.tickets.list()] == whole
        assert world.simulator.faults.fired > 0

    def test_a_create_whose_answer_is_lost_makes_one_ticket(self, world: World) -> None:
        before = world.client().tickets.count()
        world.simulator.faults.add(
            FaultRule(kind=FaultKind.RESET_AFTER, path="/api/v2/tickets", method="POST", count=3)
        )
        made = world.client().tickets.create({"comment": {"body": "x", "public": True}}, idempotency_key="k")
        assert world.client().tickets.count() == before + 1
        assert world.client().tickets.get(made.ticket.id).record.id == made.ticket.id

    def test_a_comment_whose_answer_is_lost_is_never_sent_twice(self, world: World) -> None:
        tickets = world.client().tickets
        ticket = tickets.create({"comment": {"body": "x", "public": True}}, idempotency_key="k").ticket
        before = len(list(world.client().tickets.comments(ticket.id)))
        world.simulator.faults.add(FaultRule(kind=FaultKind.RESET_AFTER, path="/api/v2/tickets/*", method="PUT"))
        with pytest.raises(errors.OutcomeUnknown):
            world.client().tickets.update(ticket.id, {"comment": {"body": "once", "public": False}})
        assert len(list(world.client().tickets.comments(ticket.id))) == before + 1

    @pytest.mark.parametrize("retry_after", [7, "date", "garbage", None])
    @pytest.mark.parametrize("status", [429, 503])
    def test_every_form_of_retry_after_is_obeyed(
        self, world: World, status: int, retry_after: int | str | None
    ) -> None:
        rule = FaultRule(kind=FaultKind.STATUS, status=status, retry_after=retry_after, count=1)
        world.simulator.faults.add(rule)
        world.client().tickets.page()
        least = {7: 7, "date": 10}.get(retry_after or "", 0.2)
        assert least <= world.clock.monotonic() <= 12


class TestLimits:
    def test_exports_are_paced_to_the_last_call_without_a_single_429(self) -> None:
        world = World(tickets=20, plan="suite-professional")
        pace = MemoryPace()
        clients = [world.client(pace=pace, reserve=0).within(lane="background") for _ in range(4)]
        made = 0
        while world.clock.monotonic() < 600:
            clients[made % 4].request("GET", "/api/v2/search/export", params={"query": "x", "filter[type]": "ticket"})
            made += 1
        assert not any(event.kind == "limit" for event in world.events)
        assert made >= 0.95 * 10 * 100

    def test_a_person_is_served_while_background_work_waits(self) -> None:
        world = World(tickets=20, plan="support-essential")
        pace = MemoryPace()
        background = world.client(pace=pace, reserve=0.1).within(seconds=1, lane="background")
        foreground = world.client(pace=pace, reserve=0.1)
        for _ in range(5):
            background.groups.page()
        with pytest.raises(errors.DeadlineExceeded):
            background.groups.page()
        began = world.clock.monotonic()
        foreground.groups.page()
        assert world.clock.monotonic() == began
        assert not any(event.kind == "limit" for event in world.events)

    def test_a_refusal_ends_within_the_deadline(self) -> None:
        world = World(tickets=5)
        world.simulator.faults.add(FaultRule(kind=FaultKind.STATUS, status=429, retry_after=60, count=499))
        with pytest.raises(errors.ZendeskRateLimited) as caught:
            world.client(max_attempts=10).within(seconds=30).tickets.page()
        assert caught.value.retry_after == 60
        assert world.clock.monotonic() <= 31


def test_two_hundred_threads_on_one_client(world: World) -> None:
    client = world.client()
    whole = {ticket.id: ticket.subject for ticket in client.tickets.list()}
    ids = list(whole) * 20

    def read(ticket_id: int) -> bool:
        return client.tickets.get(ticket_id).record.subject == whole[ticket_id]

    with ThreadPoolExecutor(200) as pool:
        assert all(pool.map(read, ids))


def test_fifty_threads_at_expiry_share_one_token(world: World) -> None:
    client = world.client(kind="client_credentials", token_ttl=300)
    client.users.me()
    world.clock.advance(300)
    world.calls()
    with ThreadPoolExecutor(50) as pool:
        assert len(set(pool.map(lambda _: client.users.me().id, range(200)))) == 1
    assert world.calls().count("POST /oauth/tokens") == 1


def test_moments_are_as_zendesk_gave_them(world: World) -> None:
    ticket = next(world.client().tickets.list())
    assert ticket.updated_at is not None
    assert ticket.updated_at.utcoffset() == timedelta(0)
