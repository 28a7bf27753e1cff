"""Somebody else's client, unchanged, finds a Zendesk here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from atom_zendesk_plugin.clock import OffsetClock
from atom_zendesk_plugin.simulator import Simulator

zenpy = pytest.importorskip("zenpy", reason="zenpy is needed: install the extra [test]")
from zenpy.lib.api_objects import Comment, Macro, Organization, Ticket, User  # noqa: E402
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


def finished(client: Any, simulator: Simulator, job: Any) -> Any:
    """Wait for a job by the simulator's clock."""
    assert isinstance(simulator.clock, OffsetClock)
    simulator.clock.advance(5)
    status = client.job_status(id=job.id)
    assert status.status == "completed"
    return status


def test_it_applies_a_macro(client: Any, simulator: Simulator) -> None:
    """Applying only shows; what it shows is sent as an update."""
    actions = [{"field": "priority", "value": "urgent"}, {"field": "comment_value", "value": "We are on it"}]
    macro = client.macros.create(Macro(title="Hurry", actions=actions))
    ticket = client.tickets.create(Ticket(subject="Fire", comment=Comment(body="Now", public=True))).ticket
    effect = client.tickets.show_macro_effect(ticket, macro)
    assert effect.ticket.priority == "urgent"
    assert simulator.desk.tickets[ticket.id].priority is None
    assert "We are on it" in effect.ticket.comment.body
    ticket.priority = effect.ticket.priority
    ticket.comment = Comment(body="We are on it", public=True)
    assert client.tickets.update(ticket).ticket.priority == "urgent"


def test_it_merges_tickets(client: Any, simulator: Simulator) -> None:
    target, *sources = (
        client.tickets.create(Ticket(subject=f"Part {number}", comment=Comment(body="x", public=True))).ticket
        for number in range(3)
    )
    job = client.tickets.merge(target, [source.id for source in sources], target_comment="Joined", source_comment="See the other one")
    finished(client, simulator, job)
    assert [client.tickets(id=source.id).status for source in sources] == ["closed", "closed"]
    assert sum(comment.body == "Joined" for comment in client.tickets.comments(ticket=target.id)) == 2


def test_it_updates_and_deletes_many(client: Any, simulator: Simulator) -> None:
    made = [
        client.tickets.create(Ticket(subject=f"Box {number}", comment=Comment(body="x", public=True))).ticket
        for number in range(4)
    ]
    for ticket in made:
        ticket.priority = "low"
    status = finished(client, simulator, client.tickets.update(made))
    assert [(row.id, row.success) for row in status.results] == [(ticket.id, True) for ticket in made]
    assert {simulator.desk.tickets[ticket.id].priority for ticket in made} == {"low"}
    finished(client, simulator, client.tickets.delete(made[:2]))
    assert {ticket.id for ticket in made} & set(simulator.desk.tickets) == {ticket.id for ticket in made[2:]}
    assert {row.id for row in client.tickets.deleted()} >= {ticket.id for ticket in made[:2]}


def test_it_sends_and_fetches_a_file(client: Any, tmp_path: Path) -> None:
    sent = tmp_path / "note.txt"
    sent.write_bytes(b"hello")
    upload = client.attachments.upload(str(sent), target_name="note.txt")
    comment = Comment(body="See there", public=True, uploads=[upload.token])
    ticket = client.tickets.create(Ticket(subject="A file", comment=comment)).ticket
    file = next(iter(client.tickets.comments(ticket=ticket.id))).attachments[0]
    assert (file.file_name, file.size) == ("note.txt", 5)
    fetched = client.attachments.download(file.id, str(tmp_path / "back.txt"))
    assert Path(fetched).read_bytes() == b"hello"


@pytest.mark.parametrize("by", ["time", "cursor"])
def test_it_exports_everything_once_and_then_what_changed(client: Any, simulator: Simulator, by: str) -> None:
    assert isinstance(simulator.clock, OffsetClock)
    simulator.clock.advance(120)
    paginate = by == "cursor"
    first = client.tickets.incremental(start_time=0, paginate_by_time=not paginate, per_page=100)
    seen = [ticket.id for ticket in first]
    assert sorted(seen) == sorted(simulator.desk.tickets)
    users = [user.id for user in client.users.incremental(start_time=0, paginate_by_time=not paginate)]
    assert sorted(users) == sorted(simulator.desk.users)
    changed = client.tickets(id=listed(simulator)[0])
    since = int(simulator.clock.now().timestamp())
    changed.tags.append("exported")
    client.tickets.update(changed)
    simulator.clock.advance(120)
    later = client.tickets.incremental(start_time=since, paginate_by_time=not paginate)
    assert [ticket.id for ticket in later] == [changed.id]


def test_it_exports_events_and_organizations(client: Any, simulator: Simulator) -> None:
    assert isinstance(simulator.clock, OffsetClock)
    simulator.clock.advance(120)
    organizations = [row.id for row in client.organizations.incremental(start_time=0)]
    assert sorted(organizations) == sorted(simulator.desk.organizations)
    events = list(client.tickets.events(start_time=0, include=["comment_events"]))
    assert len({event.id for event in events}) == len(events)
    assert {event.ticket_id for event in events} == set(simulator.desk.tickets)
    measured = list(client.tickets.metrics_incremental(start_time=0))
    assert {event.ticket_id for event in measured} == set(simulator.desk.tickets)


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
