"""Somebody else's client, unchanged, finds a Zendesk here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from atom_zendesk_plugin.clock import OffsetClock
from atom_zendesk_plugin.simulator import Simulator

zenpy = pytest.importorskip("zenpy", reason="zenpy is needed: install the extra [test]")
from zenpy.lib.api_objects import Comment, Organization, Ticket, User  # noqa: E402
from zenpy.lib.exception import APIException, RecordNotFoundException  # noqa: E402

TICKETS = 350


@pytest.fixture
def simulator() -> Simulator:
    return Simulator(tickets=TICKETS, clock=OffsetClock())


@pytest.fixture
def client(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with simulator.serve() as running:
        monkeypatch.setenv("ZENPY_FORCE_SCHEME", "http")
        monkeypatch.setenv("ZENPY_FORCE_NETLOC", running.base_url.removeprefix("http://"))
        zen = zenpy.Zenpy(
            subdomain=simulator.desk.subdomain,
            oauth_token=simulator.credentials.access_token,
            timeout=10,
            disable_cache=True,
        )
        yield zen
        zen.users.session.close()


def listed(simulator: Simulator) -> list[int]:
    return [ticket.id for ticket in simulator.desk.listed_tickets()]


@pytest.mark.parametrize("cursor", [True, False])
def test_it_iterates_over_all_tickets_in_both_styles(client: Any, simulator: Simulator, cursor: bool) -> None:
    seen = [ticket.id for ticket in client.tickets(cursor_pagination=cursor)]
    assert seen == listed(simulator)
    assert len(seen) > 100
    asked = [call.query for call in simulator.calls]
    assert len(asked) == len(seen) // 100 + 1
    assert all(("page%5Bsize%5D" in query or "page[size]" in query) is cursor for query in asked)


def test_it_gets_one_ticket_with_its_people(client: Any, simulator: Simulator) -> None:
    number = listed(simulator)[0]
    ticket = client.tickets(id=number)
    assert (ticket.id, ticket.requester.id) == (number, simulator.desk.tickets[number].requester_id)
    assert ticket.created.tzinfo is not None
    with pytest.raises(RecordNotFoundException):
        client.tickets(id=999_999)


def test_it_creates_updates_comments_and_deletes(client: Any) -> None:
    made = client.tickets.create(
        Ticket(
            subject="The kettle whistles",
            comment=Comment(body="All night long", public=True),
            requester=User(name="Wanda Well", email="wanda@customer.example"),
            priority="high",
            tags=["kettle"],
        )
    )
    assert made.audit.ticket_id == made.ticket.id
    assert made.ticket.status == "new"
    ticket = client.tickets(id=made.ticket.id)
    ticket.status = "open"
    ticket.tags.append("noise")
    ticket.comment = Comment(body="We are looking into it", public=False)
    changed = client.tickets.update(ticket)
    assert (changed.ticket.status, sorted(changed.ticket.tags)) == ("open", ["kettle", "noise"])
    comments = list(client.tickets.comments(ticket=made.ticket.id))
    assert [(comment.body, comment.public) for comment in comments] == [
        ("All night long", True),
        ("We are looking into it", False),
    ]
    assert {event["type"] for audit in client.tickets.audits(ticket=made.ticket.id) for event in audit.events} >= {
        "Create",
        "Change",
        "Comment",
    }
    client.tickets.delete(changed.ticket)
    with pytest.raises(RecordNotFoundException):
        client.tickets(id=made.ticket.id)


def test_it_searches(client: Any) -> None:
    made = client.tickets.create(Ticket(subject="Zeppelin", comment=Comment(body="It flew away", public=True)))
    found = list(client.search("zeppelin", type="ticket"))
    assert [ticket.id for ticket in found] == [made.ticket.id]
    assert client.search.count(query="type:ticket zeppelin") == 1
    assert [ticket.id for ticket in client.search_export(query="zeppelin", type="ticket")] == [made.ticket.id]


def test_it_creates_many_and_waits_for_the_job(client: Any, simulator: Simulator) -> None:
    many = [Ticket(subject=f"Box {number}", comment=Comment(body="Full", public=True)) for number in range(5)]
    job = client.tickets.create(many)
    assert job.status == "queued"
    for _ in range(50):
        simulator.clock.sleep(0)
        status = client.job_status(id=job.id)
        if status.status == "completed":
            break
        assert isinstance(simulator.clock, OffsetClock)
        simulator.clock.advance(1)
    assert status.status == "completed"
    numbers = [row.id for row in status.results]
    assert [client.tickets(id=number).subject for number in numbers] == [ticket.subject for ticket in many]
    assert {ticket.id for ticket in client.tickets(ids=numbers)} == set(numbers)


def test_it_works_with_users_and_organizations(client: Any, simulator: Simulator) -> None:
    assert client.users.me().id == simulator.desk.admin_id
    home = client.organizations.create(Organization(name="Kettle Works"))
    made = client.users.create(User(name="Karl Kettle", email="karl@kettle.example", organization_id=home.id))
    assert (made.role, made.organization.name) == ("end-user", "Kettle Works")
    made.notes = "likes tea"
    assert client.users.update(made).notes == "likes tea"
    assert [user.id for user in client.users.search(query="karl@kettle.example")] == [made.id]
    assert made.id in {user.id for user in client.organizations.users(organization=home)}
    with pytest.raises(APIException, match="DuplicateValue"):
        client.organizations.create(Organization(name="Kettle Works"))
    assert client.users.delete(made) is not None
    client.organizations.delete(home)
    with pytest.raises(RecordNotFoundException):
        client.organizations(id=home.id)


def test_it_lists_the_furniture(client: Any) -> None:
    for endpoint in ("groups", "views", "macros", "ticket_fields", "brands", "custom_statuses", "ticket_forms", "tags"):
        assert list(getattr(client, endpoint)()), endpoint
    view = next(iter(client.views()))
    assert isinstance(list(client.views.tickets(view=view)), list)
