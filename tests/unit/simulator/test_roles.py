"""Who sees and may do what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.unit.simulator.conftest import Office


@pytest.mark.parametrize("path", ["tickets", "users", "search?query=x", "views", "groups", "ticket_fields", "macros"])
def test_customers_stay_out_of_the_agents_rooms(office: Office, path: str) -> None:
    reply = office.call("GET", path, by=office.customer)
    assert (reply.status, reply.body["error"]["title"]) == (403, "Forbidden")


def test_customers_see_their_own_requests_and_public_words(office: Office) -> None:
    mine = office.opened()
    theirs = office.opened(by=office.stranger)
    hidden = office.opened(by=office.agent, requester_id=office.customer.id, comment={"body": "x", "public": False})
    office.write(mine, comment={"body": "between us", "public": False})
    listed = office.call("GET", "requests", by=office.customer).body["requests"]
    assert [row["id"] for row in listed] == [mine.id]
    words = office.call("GET", f"requests/{mine.id}/comments", by=office.customer).body["comments"]
    assert [row["body"] for row in words] == ["It is dark"]
    assert "metadata" not in words[0]
    for ticket in (theirs, hidden):
        assert office.call("GET", f"requests/{ticket.id}", by=office.customer).status == 404
        assert office.call("GET", f"requests/{ticket.id}/comments", by=office.customer).status == 404
        data = {"request": {"comment": {"body": "x"}}}
        assert office.call("PUT", f"requests/{ticket.id}", by=office.customer, json=data).status == 404


def test_customers_ask_answer_and_solve(office: Office) -> None:
    data = {"subject": "Help", "comment": {"body": "please"}, "priority": "urgent", "assignee_id": office.agent.id}
    reply = office.call("POST", "requests", by=office.customer, json={"request": data})
    assert (reply.status, reply.body["request"]["priority"], reply.body["request"]["assignee_id"]) == (201, None, None)
    ticket = office.desk.tickets[reply.body["request"]["id"]]
    path = f"requests/{ticket.id}"
    empty = office.call("PUT", path, by=office.customer, json={"request": {}})
    assert (empty.status, empty.body["error"]) == (406, "CommentRequired")
    done = {"request": {"comment": {"body": "works now"}, "solved": True}}
    assert office.call("PUT", path, by=office.customer, json=done).body["request"]["status"] == "new"
    office.write(ticket, assignee_id=office.agent.id)
    assert office.call("PUT", path, by=office.customer, json=done).body["request"]["status"] == "solved"
    rating = {"satisfaction_rating": {"score": "good", "comment": "thanks"}}
    rated = office.call("POST", f"tickets/{ticket.id}/satisfaction_rating", by=office.customer, json=rating)
    assert (rated.status, rated.body["satisfaction_rating"]["score"]) == (201, "good")
    assert office.call("GET", "satisfaction_ratings?score=good_with_comment").body["count"] == 1
    assert office.call("GET", "satisfaction_ratings?score=bad").body["count"] == 0
    stranger = office.call("POST", f"tickets/{ticket.id}/satisfaction_rating", by=office.stranger, json=rating)
    assert stranger.status == 403


@pytest.mark.parametrize(
    ("restriction", "seen"),
    [(None, {1, 2, 3, 4}), ("groups", {1, 4}), ("assigned", {1}), ("organization", {1, 3}), ("requested", {1})],
)
def test_restricted_agents_see_what_is_left(office: Office, restriction: str | None, seen: set[int]) -> None:
    office.opened(by=office.stranger, assignee_id=office.agent.id)
    office.opened(by=office.stranger, assignee_id=office.other_agent.id)
    office.opened()
    office.opened(by=office.stranger, group_id=office.support.id)
    office.agent.ticket_restriction, office.agent.organization_id = restriction, office.home.id
    for path, key in (("tickets", "tickets"), ("search?query=type:ticket", "results")):
        assert {row["id"] for row in office.call("GET", path, by=office.agent).body[key]} == seen
    assert office.call("GET", "tickets/count", by=office.agent).body["count"]["value"] == len(seen)
    for number in (1, 2, 3, 4):
        expected = 200 if number in seen else 403
        for path in (f"tickets/{number}", f"tickets/{number}/comments", f"tickets/{number}/audits"):
            assert office.call("GET", path, by=office.agent).status == expected
        body = {"ticket": {"priority": "low"}}
        assert office.call("PUT", f"tickets/{number}", by=office.agent, json=body).status == expected
    many = office.call("GET", "tickets/show_many?ids=1,2,3,4", by=office.agent).body["tickets"]
    assert {row["id"] for row in many} == seen


def test_some_things_are_for_admins(office: Office) -> None:
    assert office.call("POST", "groups", by=office.agent, json={"group": {"name": "x"}}).status == 403
    assert office.call("GET", "satisfaction_ratings", by=office.agent).status == 403


def test_agents_manage_customers_and_admins_manage_staff(office: Office) -> None:
    customer, colleague = f"users/{office.customer.id}", f"users/{office.other_agent.id}"
    promoted = {"user": {"role": "agent"}}
    noted = {"user": {"notes": "x"}}
    assert office.call("PUT", customer, by=office.agent, json=noted).status == 200
    assert office.call("PUT", f"users/{office.agent.id}", by=office.agent, json=noted).status == 200
    for path, body in (
        (customer, promoted),
        (colleague, noted),
        (f"users/{office.agent.id}", {"user": {"role": "admin"}}),
    ):
        assert office.call("PUT", path, by=office.agent, json=body).status == 403, path
    assert office.call("DELETE", colleague, by=office.agent).status == 403
    for role, status in (("end-user", 201), ("agent", 403), ("admin", 403)):
        body = {"user": {"name": f"A new {role}", "role": role}}
        assert office.call("POST", "users", by=office.agent, json=body).status == status
    office.call("POST", "users/create_many", by=office.agent, json={"users": [{"name": "Sly", "role": "admin"}]})
    assert not [user for user in office.desk.users.values() if user.name == "Sly"]
    assert office.call("PUT", customer, json=promoted).body["user"]["role"] == "agent"
    assert office.desk.group_ids_of(office.customer.id) == {office.support.id}
