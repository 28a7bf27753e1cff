"""The export of metric events: what each clock of a ticket did, told from its history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atom_zendesk_plugin.simulator.metric_events import metric_events
from atom_zendesk_plugin.simulator.metrics import metrics_of
from atom_zendesk_plugin.simulator.objects import Status, Ticket
from tests.unit.simulator.exporting import export, later

if TYPE_CHECKING:
    from tests.unit.simulator.conftest import Office


def clocks(office: Office, ticket: Ticket, metric: str) -> list[tuple[str, int, int | None]]:
    return [
        (event.type, event.instance_id, event.seconds)
        for event in metric_events(office.desk, ticket)
        if event.metric == metric
    ]


def test_clocks_follow_the_state(office: Office) -> None:
    ticket = office.opened()
    office.write(ticket, assignee_id=office.agent.id, status="pending")
    office.write(ticket, status="hold")
    office.write(ticket, status="open")
    office.write(ticket, status="solved")
    office.write(ticket, status="open")
    assert clocks(office, ticket, "agent_work_time") == [
        ("measure", 0, None),
        ("activate", 1, None),
        ("pause", 1, None),
        ("update_status", 1, 60),
        ("activate", 1, None),
        ("fulfill", 1, None),
        ("update_status", 1, 120),
        ("activate", 1, None),
    ]
    assert clocks(office, ticket, "requester_wait_time") == [
        ("measure", 0, None),
        ("activate", 1, None),
        ("pause", 1, None),
        ("update_status", 1, 60),
        ("activate", 1, None),
        ("fulfill", 1, None),
        ("update_status", 1, 180),
        ("activate", 1, None),
    ]
    assert clocks(office, ticket, "resolution_time")[1:4] == [
        ("activate", 1, None),
        ("fulfill", 1, None),
        ("update_status", 1, 240),
    ]


def test_a_metric_that_is_paused_when_the_ticket_is_solved_is_fulfilled(office: Office) -> None:
    ticket = office.opened()
    office.write(ticket, assignee_id=office.agent.id, status="pending")
    office.write(ticket, status="solved")
    assert clocks(office, ticket, "requester_wait_time")[-2:] == [("fulfill", 1, None), ("update_status", 1, 60)]


def test_replies_and_updates_have_an_instance_for_each_cycle(office: Office) -> None:
    ticket = office.opened()
    office.write(ticket, comment={"body": "Note", "public": False})
    office.write(ticket, comment={"body": "Hello", "public": True})
    office.write(ticket, by=office.customer, comment={"body": "Still dark"})
    office.write(ticket, by=office.customer, comment={"body": "Hello?"})
    office.write(ticket, comment={"body": "Sorry", "public": True})
    assert clocks(office, ticket, "reply_time") == [
        ("measure", 0, None),
        ("activate", 1, None),
        ("fulfill", 1, None),
        ("update_status", 1, 120),
        ("activate", 2, None),
        ("fulfill", 2, None),
        ("update_status", 2, 120),
    ]
    assert clocks(office, ticket, "periodic_update_time") == [
        ("measure", 0, None),
        ("activate", 1, None),
        ("fulfill", 1, None),
        ("update_status", 1, 180),
        ("activate", 2, None),
    ]


def test_the_pausable_update_stands_still_while_the_ticket_is_pending(office: Office) -> None:
    ticket = office.opened()
    office.write(ticket, comment={"body": "Hello", "public": True}, assignee_id=office.agent.id)
    office.write(ticket, status="pending")
    office.write(ticket, status="open")
    office.write(ticket, comment={"body": "Done", "public": True})
    assert clocks(office, ticket, "pausable_update_time")[1:] == [
        ("activate", 1, None),
        ("pause", 1, None),
        ("update_status", 1, 60),
        ("activate", 1, None),
        ("fulfill", 1, None),
        ("update_status", 1, 120),
        ("activate", 2, None),
    ]


def test_a_stay_in_a_group_is_an_instance(office: Office) -> None:
    ticket = office.opened(group_id=office.support.id)
    office.write(ticket, group_id=office.billing.id)
    assert clocks(office, ticket, "group_ownership_time") == [
        ("activate", 1, None),
        ("fulfill", 1, None),
        ("update_status", 1, 60),
        ("activate", 2, None),
    ]


def test_metric_events_agree_with_the_metrics() -> None:
    """In a whole account: the first reply, the waiting and the resolution of every solved ticket."""
    from atom_zendesk_plugin.clock import ManualClock
    from atom_zendesk_plugin.simulator import Simulator

    desk = Simulator(tickets=300, clock=ManualClock()).desk
    compared = 0
    for ticket in desk.tickets.values():
        metrics = metrics_of(desk, ticket)
        events = metric_events(desk, ticket)
        ran = {(event.metric, event.instance_id): event.seconds for event in events if event.seconds is not None}
        assert ran.get(("reply_time", 1)) == metrics.reply_seconds
        ids = [event.id for event in events]
        assert len(set(ids)) == len(ids)
        if ticket.status in (Status.SOLVED, Status.CLOSED) and metrics.reopens == 0:
            assert ran["resolution_time", 1] == metrics.full_resolution_seconds
            assert ran["requester_wait_time", 1] == metrics.requester_wait_seconds
            compared += 1
    assert compared > 50


def test_metric_events_look_as_documented(office: Office) -> None:
    ticket = office.opened()
    office.write(ticket, comment={"body": "Hello", "public": True})
    later(office)
    rows = export(office, "ticket_metric_events")["ticket_metric_events"]
    assert {row["ticket_id"] for row in rows} == {ticket.id}
    told = next(row for row in rows if row["type"] == "update_status")
    assert told["status"] == {"calendar": 1, "business": 1}
    assert (told["metric"], told["instance_id"]) == ("reply_time", 1)
    assert told["time"] == f"{ticket.updated_at:%Y-%m-%dT%H:%M:%SZ}"
    assert [row["time"] for row in rows] == sorted(row["time"] for row in rows)
