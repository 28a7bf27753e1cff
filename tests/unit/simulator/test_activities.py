"""What an agent is told of: what others did to tickets that are theirs, for thirty days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.unit.simulator.conftest import Office


def told(office: Office, **params: Any) -> list[tuple[str, str]]:
    found = office.call("GET", "activities", by=office.agent, params=params)
    assert found.status == 200, found.body
    return [(row["verb"], row["title"]) for row in found.body["activities"]]


def test_an_agent_is_told_what_others_do_to_their_tickets(office: Office) -> None:
    ticket = office.opened()
    number = ticket.id
    office.write(ticket, by=office.other_agent, assignee_id=office.agent.id, priority="low")
    office.write(ticket, by=office.customer, comment={"body": "Hello?"})
    office.write(ticket, by=office.other_agent, priority="urgent")
    office.write(ticket, by=office.other_agent, priority="normal")
    office.write(ticket, by=office.agent, comment={"body": "Mine"}, priority="high")
    office.write(ticket, by=office.other_agent, assignee_id=office.other_agent.id)
    office.write(ticket, by=office.customer, comment={"body": "Somebody else's now"})
    assert told(office) == [
        ("tickets.assignment", f"Pedro Agent assigned ticket #{number} to you."),
        ("tickets.comment", f"Remy Customer commented on ticket #{number}: Hello?."),
        ("tickets.priority_increase", f"Pedro Agent increased priority of ticket #{number} to Urgent."),
    ]
    assert office.call("GET", "activities/count", by=office.agent).body["count"]["value"] == 3


def test_an_activity_names_who_and_what(office: Office) -> None:
    ticket = office.opened()
    office.write(ticket, by=office.other_agent, assignee_id=office.agent.id)
    office.write(ticket, by=office.customer, comment={"body": "Hello?"})
    page = office.call("GET", "activities", by=office.agent).body
    given, spoken = page["activities"]
    target = {"ticket": {"id": ticket.id, "subject": "Lamp"}}
    assert (given["object"], given["target"]) == (target, target)
    assert spoken["object"] == {"comment": {"value": "Hello?", "public": True}}
    assert (spoken["actor_id"], spoken["actor"]["name"]) == (office.customer.id, "Remy Customer")
    assert (spoken["user_id"], spoken["user"]["id"]) == (office.agent.id, office.agent.id)
    assert [row["id"] for row in page["users"]] == [office.agent.id]
    assert {row["id"] for row in page["actors"]} == {office.customer.id, office.other_agent.id}
    one = office.call("GET", f"activities/{spoken['id']}", by=office.agent)
    assert one.body["activity"] == spoken
    assert office.call("GET", f"activities/{spoken['id']}", by=office.other_agent).status == 404
    assert office.call("GET", "activities", by=office.customer).status == 403


def test_activities_pass_after_thirty_days_and_can_be_asked_since(office: Office) -> None:
    ticket = office.opened()
    office.write(ticket, by=office.other_agent, assignee_id=office.agent.id)
    office.clock.advance(29 * 86_400)
    office.write(ticket, by=office.customer, comment={"body": "Hello?"})
    assert len(told(office)) == 2
    assert [verb for verb, _ in told(office, since="2026-03-10T00:00:00Z")] == ["tickets.comment"]
    assert office.call("GET", "activities?since=soon", by=office.agent).status == 400
    office.clock.advance(86_400)
    assert [verb for verb, _ in told(office)] == ["tickets.comment"]
