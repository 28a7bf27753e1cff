"""Schedules, side conversations and suspended mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.unit.simulator.conftest import Office


def test_a_schedule_has_a_week_and_holidays(office: Office) -> None:
    told = {"schedule": {"name": "Office", "time_zone": "UTC"}}
    made = office.call("POST", "business_hours/schedules", json=told).body["schedule"]
    path = f"business_hours/schedules/{made['id']}"
    assert len(made["intervals"]) == 5
    assert office.call("POST", "business_hours/schedules", json=told).status == 422
    week = {"workweek": {"intervals": [{"start_time": 600, "end_time": 700}, {"start_time": 0, "end_time": 60}]}}
    shown = office.call("PUT", f"{path}/workweek", json=week).body["workweek"]["intervals"]
    assert [row["start_time"] for row in shown] == [0, 600]
    day = {"holiday": {"name": "Fair", "start_date": "2027-01-01", "end_date": "2027-01-02"}}
    holiday = office.call("POST", f"{path}/holidays", json=day).body["holiday"]
    renamed = office.call("PUT", f"{path}/holidays/{holiday['id']}", json={"holiday": {"name": "Market"}})
    assert renamed.body["holiday"] == {**holiday, "name": "Market"}
    assert office.call("DELETE", f"{path}/holidays/{holiday['id']}").status == 204
    assert office.call("GET", f"{path}/holidays").body["holidays"] == []
    assert [row["id"] for row in office.call("GET", "business_hours/schedules").body["schedules"]] == [made["id"]]
    backwards = {"holiday": {"name": "x", "start_date": "2027-01-02", "end_date": "2027-01-01"}}
    assert office.call("POST", f"{path}/holidays", json=backwards).status == 422


@pytest.mark.parametrize(
    "intervals",
    [
        [{"start_time": 0, "end_time": 61}, {"start_time": 60, "end_time": 120}],
        [{"start_time": 60, "end_time": 60}],
        [{"start_time": 0, "end_time": 10_081}],
        [{"start_time": "0", "end_time": 60}],
        [{}],
        5,
    ],
)
def test_a_week_that_is_none_is_refused(office: Office, intervals: Any) -> None:
    told = {"schedule": {"name": "Office", "time_zone": "UTC"}}
    made = office.call("POST", "business_hours/schedules", json=told).body["schedule"]
    path = f"business_hours/schedules/{made['id']}/workweek"
    assert office.call("PUT", path, json={"workweek": {"intervals": intervals}}).status == 422


def talk(office: Office, ticket: int, **more: Any) -> Any:
    told = {"subject": "Parts", "body": "Have you any?", "to": [{"email": "parts@mail.example"}], **more}
    return office.call("POST", f"tickets/{ticket}/side_conversations", json={"message": told})


def test_a_talk_beside_a_ticket(office: Office) -> None:
    ticket, other = office.opened(), office.opened()
    made = talk(office, ticket.id)
    row = made.body["side_conversation"]
    assert (made.status, row["state"], row["preview_text"]) == (201, "open", "Have you any?")
    assert [one["email"] for one in row["participants"]] == [office.admin.email, "parts@mail.example"]
    path = f"tickets/{ticket.id}/side_conversations/{row['id']}"
    closed = office.call("PUT", path, json={"side_conversation": {"state": "closed"}})
    assert closed.body["side_conversation"]["state"] == "closed"
    answer = office.call("POST", f"{path}/reply", json={"message": {"body": "And now?"}})
    assert (answer.status, answer.body["side_conversation"]["state"]) == (201, "open")
    kinds = [event["type"] for event in office.call("GET", f"{path}/events").body["events"]]
    assert kinds == ["create", "update", "reply"]
    assert office.call("GET", f"tickets/{other.id}/side_conversations").body["side_conversations"] == []
    assert office.call("GET", path.replace(f"/{ticket.id}/", f"/{other.id}/")).status == 404
    assert len(ticket.comments) == 1
    wrongs: list[dict[str, Any]] = [{"to": []}, {"to": [{}]}, {"body": ""}, {"subject": ""}]
    for wrong in wrongs:
        assert talk(office, ticket.id, **wrong).status == 400


def test_talks_have_a_limit_and_a_plan(office: Office) -> None:
    ticket = office.opened()
    office.simulator.limits.configure(plan="high-volume")
    statuses = [talk(office, ticket.id).status for _ in range(301)]
    assert statuses == [201] * 300 + [429]
    office.clock.advance(600)
    assert talk(office, ticket.id).status == 201
    office.simulator.limits.configure(plan="suite-growth")
    reply = talk(office, ticket.id)
    assert (reply.status, reply.body["error"]) == (404, "InvalidEndpoint")


def test_held_mail_is_let_in_or_thrown_away(office: Office) -> None:
    rows = office.call("GET", "suspended_tickets").body["suspended_tickets"]
    assert rows[0]["cause"] == "Detected as spam"
    first, second, third = (row["id"] for row in rows)
    ticket = office.call("PUT", f"suspended_tickets/{first}/recover").body["ticket"][0]
    assert (ticket["subject"], ticket["via"]["channel"]) == (rows[0]["subject"], "email")
    requester = office.desk.users[ticket["requester_id"]]
    assert (requester.email, requester.is_staff) == ("sender.1@bulk.example", False)
    many = office.call("PUT", f"suspended_tickets/recover_many?ids={second},5").body["tickets"]
    assert len(many) == 1
    assert office.call("DELETE", f"suspended_tickets/{third}").status == 204
    for path in (f"suspended_tickets/{first}", f"suspended_tickets/{third}"):
        assert office.call("GET", path).status == 404
