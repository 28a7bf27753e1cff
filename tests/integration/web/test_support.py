"""What ATOM's other parts read: the summary of a ticket and the live list."""

from __future__ import annotations

import pytest

from tests.integration.web.staging import Stage, data, failure

SUMMARY = "/api/customer-support/zendesk-ticket-summary"
LIVE = "/api/atom/communication/live/support/tickets"


def test_a_summary_says_whose_turn_it_is(stage: Stage) -> None:
    ticket = stage.ticket(subject="Router unreachable", requester_email="ann@example.com", requester_name="Ann Example", tags=["net"])
    where = f"{SUMMARY}/{ticket['id']}"
    first = data(stage.get(where))
    assert (first["requester"], first["waiting_for"], first["tags"]) == ("Ann Example", "agent", ["net"])
    assert first["url"].endswith(f"/agent/tickets/{ticket['id']}")
    assert first["headline"].startswith(f"#{ticket['id']} Router unreachable from Ann Example: ")
    stage.post(f"/api/zendesk/tickets/{ticket['id']}/comments", {"comment": "Which floor?"})
    asked = data(stage.get(where))
    assert (asked["waiting_for"], asked["comments"], asked["public_comments"], asked["complete"]) == ("requester", 2, 2, True)
    stage.post(f"/api/zendesk/tickets/{ticket['id']}/comments", {"comment": "It is  the\n\nsecond one. " * 40, "public": False})
    noted = data(stage.get(where))
    assert (noted["last_comment"]["public"], noted["public_comments"]) == (False, 2)
    assert noted["last_comment"]["excerpt"].startswith("It is the second one.")
    assert len(noted["last_comment"]["excerpt"]) <= 280
    agent = data(stage.get("/api/zendesk/users", role="agent"))["users"][0]["id"]
    data(stage.put(f"/api/zendesk/tickets/{ticket['id']}", {"status": "solved", "assignee_id": agent}))
    assert data(stage.get(where))["waiting_for"] == "nobody"


def test_a_summary_of_nothing(stage: Stage) -> None:
    failure(stage.get(f"{SUMMARY}/999999"), 404, "NOT_FOUND")
    failure(stage.get(f"{SUMMARY}/x"), 400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("fields", "status", "priority"),
    [
        ({"priority": "urgent"}, "Open", "High"),
        ({"priority": "high", "status": "pending"}, "Pending", "High"),
        ({"priority": "low", "status": "hold"}, "Pending", "Low"),
        ({"priority": "normal"}, "Open", "Medium"),
        ({}, "Open", "Medium"),
    ],
)
def test_the_live_list_has_atoms_own_words(stage: Stage, fields: dict[str, str], status: str, priority: str) -> None:
    ticket = stage.ticket(**fields)
    stage.clock.advance(1)
    answer = stage.get(LIVE, limit=5)
    (found,) = (row for row in data(answer)["tickets"] if row["id"] == str(ticket["id"]))
    assert (found["status"], found["priority"], found["platform"]) == (status, priority, "zendesk")
    body = answer.json
    assert body is not None
    assert body["tickets"] == body["data"]["tickets"], "beside data too, where the page looks"


def test_the_last_word_of_a_long_conversation(stage: Stage) -> None:
    ticket = stage.ticket(requester_email="ann@example.com")
    client = stage.parts.client
    assert client is not None
    for number in range(105):
        stage.clock.advance(30)
        client.tickets.update(ticket["id"], {"comment": {"body": f"Number {number}", "public": True}})
    found = data(stage.get(f"{SUMMARY}/{ticket['id']}"))
    assert (found["last_comment"]["excerpt"], found["complete"], found["waiting_for"]) == ("Number 104", False, "requester")
