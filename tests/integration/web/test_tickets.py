"""Tickets through the routes, on a local Zendesk: lists, filters, one ticket, and every write."""

from __future__ import annotations

import pytest

from atom_zendesk_plugin.caller import Caller
from tests.integration.web.staging import Stage, build_stage, data, failure

TICKETS = "/api/zendesk/tickets"
UNKNOWN = 9_007_199_254_740_991


def test_a_list_has_names_and_agent_links(stage: Stage) -> None:
    found = data(stage.get(TICKETS, limit=10))
    assert len(found["tickets"]) == found["count"] == 10
    assert (found["source"], found["may_lag"], found["has_more"]) == ("zendesk", False, True)
    for ticket in found["tickets"]:
        assert ticket["url"] == f"https://acme.zendesk.com/agent/tickets/{ticket['id']}"
        assert ticket["requester"]["name"]
        assert ticket["subject"]
        assert isinstance(ticket["description"], str)
        for role in ("assignee", "organization", "group"):
            assert ticket[f"{role}_id"] is None or ticket[role]["name"], role
    stamps = [ticket["updated_at"] for ticket in found["tickets"]]
    assert stamps == sorted(stamps, reverse=True)


def test_a_list_is_followed_to_its_end(stage: Stage) -> None:
    seen: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        page = data(stage.get(TICKETS, limit=7, sort="id", cursor=cursor))
        seen += [ticket["id"] for ticket in page["tickets"]]
        assert page["has_more"] == (page["cursor"] is not None)
        cursor = page["cursor"]
    assert len(seen) == len(set(seen)) > 7
    assert seen == sorted(seen)


def test_a_thousand_tickets_with_all_names_cost_eleven_calls_at_most() -> None:
    stage = build_stage(tickets=1350)  # those closed long ago are not listed
    stage.simulator.calls.clear()
    with stage.app.test_request_context():
        page = stage.parts.desk(Caller(user_id="u", roles=frozenset({"admin"}))).tickets.list(limit=1000, sort="id")
    assert len(page.records) == 1000
    assert len(stage.calls()) <= 11
    for ticket in page.records:
        assert ticket.requester_id in page.people
        assert ticket.organization_id is None or ticket.organization_id in page.organizations
        assert ticket.group_id is None or ticket.group_id in page.groups


@pytest.mark.parametrize("status", ["new", "open", "pending", "hold", "solved", "closed"])
def test_a_status_filter_is_obeyed(stage: Stage, status: str) -> None:
    everything = data(stage.get(TICKETS, limit=100, sort="id"))["tickets"]
    found = data(stage.get(TICKETS, limit=100, status=status))
    wanted = {ticket["id"] for ticket in everything if ticket["status"] == status}
    assert wanted <= {ticket["id"] for ticket in found["tickets"]}
    assert {ticket["status"] for ticket in found["tickets"]} <= {status}
    assert (found["source"], found["may_lag"]) == ("zendesk_search", True)
    assert found["total"] == len(found["tickets"])
    assert all(ticket["requester"]["name"] for ticket in found["tickets"])


def test_filters_join_and_all_means_none_of_them(stage: Stage) -> None:
    found = data(stage.get(TICKETS, status="pending", priority="high"))["tickets"]
    assert all((ticket["status"], ticket["priority"]) == ("pending", "high") for ticket in found)
    assert data(stage.get(TICKETS, status="all", priority=""))["source"] == "zendesk"


def test_assigned(stage: Stage) -> None:
    agent = next(
        ticket["assignee"]
        for ticket in data(stage.get(TICKETS, limit=100))["tickets"]
        if ticket["assignee"] is not None
    )
    by_id = data(stage.get(TICKETS, assigned=agent["id"], limit=100))["tickets"]
    by_mail = data(stage.get(TICKETS, assigned=agent["email"].upper(), limit=100))["tickets"]
    assert by_id
    assert [ticket["id"] for ticket in by_id] == [ticket["id"] for ticket in by_mail]
    assert {ticket["assignee_id"] for ticket in by_id} == {agent["id"]}
    nobody = data(stage.get(TICKETS, assigned="none", limit=100))["tickets"]
    assert all(ticket["assignee_id"] is None for ticket in nobody)
    failure(stage.get(TICKETS, assigned="bob"), 400, "VALIDATION_ERROR")
    failure(stage.get(TICKETS, assigned="99999999999999999999"), 400, "VALIDATION_ERROR")


def test_assigned_me_is_who_me_shows(stage: Stage) -> None:
    agent = next(user for user in data(stage.get("/api/zendesk/users", role="agent"))["users"])
    stage.parts.caller = Caller(
        user_id="u-2", roles=frozenset({"admin"}), via="bearer", email=agent["email"].upper(), email_verified=True
    )
    assert data(stage.get("/api/zendesk/me")) | {"user": None} == {"own": True, "user": None}
    mine = data(stage.get(TICKETS, assigned="me", limit=100))["tickets"]
    assert {ticket["assignee_id"] for ticket in mine} == {agent["id"]}


def test_an_unverified_address_is_nobody(stage: Stage) -> None:
    agent = next(user for user in data(stage.get("/api/zendesk/users", role="agent"))["users"])
    stage.parts.caller = Caller(user_id="u-2", roles=frozenset({"admin"}), via="bearer", email=agent["email"])
    me = data(stage.get("/api/zendesk/me"))
    assert me["own"] is False
    assert me["user"]["id"] != agent["id"]


@pytest.mark.parametrize(
    ("sort", "key"),
    [("created_at", "created_at"), ("-created_at", "created_at"), ("-id", "id"), ("updated_at", "updated_at")],
)
def test_sorts(stage: Stage, sort: str, key: str) -> None:
    values = [ticket[key] for ticket in data(stage.get(TICKETS, limit=50, sort=sort))["tickets"]]
    assert values == sorted(values, reverse=sort.startswith("-"))


@pytest.mark.parametrize(
    ("name", "value"), [("status", "opened"), ("priority", "hot"), ("sort", "subject"), ("status", "new open")]
)
def test_an_unknown_word_is_refused_with_those_that_are_known(stage: Stage, name: str, value: str) -> None:
    error = failure(stage.get(TICKETS, **{name: value}), 400, "VALIDATION_ERROR")
    assert error["details"]["field"] == name
    assert len(error["details"]["accepted"]) > 3
    assert value not in error["message"]


def test_a_cursor_belongs_to_its_question(stage: Stage) -> None:
    plain = data(stage.get(TICKETS, limit=5))["cursor"]
    filtered = data(stage.get(TICKETS, limit=1, status="closed"))["cursor"]
    for query in ({"cursor": plain, "sort": "id"}, {"cursor": filtered}, {"cursor": filtered, "status": "solved"}):
        assert failure(stage.get(TICKETS, **query), 400, "VALIDATION_ERROR")["details"]["field"] == "cursor"
    assert data(stage.get(TICKETS, limit=1, status="closed", cursor=filtered))["tickets"]


def test_more_than_a_thousand_hits_end_in_a_typed_error_with_the_count() -> None:
    stage = build_stage(tickets=1400)
    seen: set[int] = set()
    everything = {"sort": "created_at", "limit": 90}
    page = data(stage.get(TICKETS, **everything))
    total = page["total"]
    assert total > 1000
    while True:
        seen |= {ticket["id"] for ticket in page["tickets"]}
        answer = stage.get(TICKETS, **everything, cursor=page["cursor"])
        if answer.status_code != 200:
            break
        page = data(answer)
    error = failure(answer, 400, "VALIDATION_ERROR")
    assert (error["details"]["count"], error["details"]["limit"]) == (total, 1000)
    assert len(seen) == 1000


def test_one_ticket_has_its_conversation_with_authors(stage: Stage) -> None:
    made = stage.ticket(requester_email="ann@example.com", requester_name="Ann Example")
    stage.post(f"{TICKETS}/{made['id']}/comments", {"comment": "For the team only.", "public": False})
    ticket = data(stage.get(f"{TICKETS}/{made['id']}"))["ticket"]
    assert [comment["public"] for comment in ticket["comments"]] == [True, False]
    assert ticket["comments"][0]["author"]["name"] == ticket["submitter"]["name"] != ""
    assert ticket["comments"][1]["author"]["name"]
    assert ticket["requester"] | {"id": 0} == {
        "id": 0,
        "name": "Ann Example",
        "email": "ann@example.com",
        "photo": None,
    }
    assert ticket["has_more_comments"] is False


def test_comments_are_bounded(stage: Stage) -> None:
    made = stage.ticket()
    for number in range(4):
        stage.post(f"{TICKETS}/{made['id']}/comments", {"comment": f"Number {number}"})
    ticket = data(stage.get(f"{TICKETS}/{made['id']}", comments=3))["ticket"]
    assert (len(ticket["comments"]), ticket["has_more_comments"]) == (3, True)


def test_create_with_everything(stage: Stage) -> None:
    group = data(stage.get("/api/zendesk/groups"))["groups"][0]
    agent = data(stage.get("/api/zendesk/users", role="admin"))["users"][0]
    made = stage.ticket(
        priority="high", type="task", status="open", assignee_id=agent["id"], group_id=group["id"], tags=["vip", "a_b", "vip"],
        due_at="2026-07-01T09:00", time_zone="Europe/Berlin", external_id="ext 1",
    )  # fmt: skip
    ticket = data(stage.get(f"{TICKETS}/{made['id']}"))["ticket"]
    assert ticket["priority"] == "high"
    assert ticket["status"] == "open"
    assert sorted(ticket["tags"]) == ["a_b", "vip"]
    assert ticket["due_at"] == "2026-07-01T07:00:00Z"
    assert ticket["external_id"] == "ext 1"
    assert ticket["assignee"]["name"] == agent["name"]
    assert ticket["group"] == {"id": group["id"], "name": group["name"]}


def test_custom_fields_are_merged_by_id(stage: Stage) -> None:
    made = stage.ticket()
    text = made["custom_fields"][1]["id"]
    stage.put(f"{TICKETS}/{made['id']}", {"custom_fields": [{"id": text, "value": "blue"}]})
    ticket = data(stage.get(f"{TICKETS}/{made['id']}"))["ticket"]
    assert {field["id"]: field["value"] for field in ticket["custom_fields"]}[text] == "blue"
    assert len(ticket["custom_fields"]) == len(made["custom_fields"])


def test_a_private_first_comment(stage: Stage) -> None:
    made = stage.ticket(public=False)
    assert data(stage.get(f"{TICKETS}/{made['id']}"))["ticket"]["comments"][0]["public"] is False


def test_the_same_requester_is_found_again(stage: Stage) -> None:
    first = stage.ticket(requester_email="Ann@Example.com", requester_name="Ann")
    second = stage.ticket(requester_email="ann@example.com", requester_name="Somebody else")
    assert first["requester_id"] == second["requester_id"]


def test_an_update_leaves_out_what_is_absent_and_clears_what_is_null(stage: Stage) -> None:
    agent = data(stage.get("/api/zendesk/users", role="admin"))["users"][0]
    made = stage.ticket(tags=["one", "two"], priority="low", type="question", assignee_id=agent["id"], external_id="x")
    path = f"{TICKETS}/{made['id']}"
    assert data(stage.put(path, {"status": "pending"}))["ticket"]["status"] == "pending"
    kept = data(stage.get(path))["ticket"]
    assert (sorted(kept["tags"]), kept["priority"], kept["type"]) == (["one", "two"], "low", "question")
    data(stage.put(path, {"type": None, "assignee_id": None, "tags": None, "external_id": None}))
    cleared = data(stage.get(path))["ticket"]
    assert (cleared["type"], cleared["assignee_id"], cleared["tags"], cleared["external_id"]) == (None, None, [], None)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"priority": None}, "priority"),
        ({"status": "new"}, "status"),
        ({"status": None}, "status"),
        ({"subject": None}, "subject"),
        ({"due_at": "2026-01-01", "type": "question"}, "due_at"),
        ({"author_id": 5}, "author_id"),
        ({"comment": "a", "comment_html": "b"}, "comment_html"),
        ({"tags": ["two words"]}, "tags"),
        ({"tags": "vip"}, "tags"),
        ({"expected_updated_at": "yesterday", "status": "open"}, "expected_updated_at"),
        ({"time_zone": "../../etc/passwd", "due_at": "2026-01-01", "type": "task"}, "time_zone"),
    ],
)
def test_a_change_that_cannot_be_made_is_refused_before_zendesk_is_asked(
    stage: Stage, change: dict[str, object], field: str
) -> None:
    made = stage.ticket(priority="low")
    stage.simulator.calls.clear()
    error = failure(stage.put(f"{TICKETS}/{made['id']}", change), 400, "VALIDATION_ERROR")
    assert error["details"]["field"] == field
    assert stage.calls() == []


@pytest.mark.parametrize("change", [{}, {"public": False}, {"comment": None}, {"user_id": "current"}])
def test_an_empty_change_is_refused(stage: Stage, change: dict[str, object]) -> None:
    made = stage.ticket()
    assert (
        "Nothing to change" in failure(stage.put(f"{TICKETS}/{made['id']}", change), 400, "VALIDATION_ERROR")["message"]
    )


def test_a_comment_in_an_update_is_public_unless_it_says_so(stage: Stage) -> None:
    made = stage.ticket(public=False)
    path = f"{TICKETS}/{made['id']}"
    stage.put(path, {"comment": "public"})
    stage.put(path, {"comment": "private", "public": False})
    comments = data(stage.get(path))["ticket"]["comments"]
    assert [comment["public"] for comment in comments] == [False, True, False]


def test_a_change_of_a_stale_ticket_is_a_conflict(stage: Stage) -> None:
    made = stage.ticket()
    path = f"{TICKETS}/{made['id']}"
    stage.clock.advance(60)
    stage.put(path, {"priority": "high"})
    change = {"priority": "low", "expected_updated_at": made["updated_at"]}
    failure(stage.put(path, change), 409, "CONFLICT")
    current = data(stage.get(path))["ticket"]
    assert current["priority"] == "high"
    data(stage.put(path, change | {"expected_updated_at": current["updated_at"]}))


def test_delete(stage: Stage) -> None:
    made = stage.ticket()
    answer = stage.http.delete(f"{TICKETS}/{made['id']}")
    assert data(answer) == {"id": made["id"], "deleted": True}
    assert answer.json is not None
    assert answer.json["message"]
    failure(stage.http.delete(f"{TICKETS}/{made['id']}"), 404, "NOT_FOUND")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_an_unknown_ticket(stage: Stage, method: str) -> None:
    body = {"priority": "low"} if method == "PUT" else None
    failure(stage.http.open(f"{TICKETS}/{UNKNOWN}", method=method, json=body), 404, "NOT_FOUND")


def test_a_comment_on_an_unknown_ticket(stage: Stage) -> None:
    failure(stage.post(f"{TICKETS}/{UNKNOWN}/comments", {"comment": "Hello"}), 404, "NOT_FOUND")


def test_a_closed_ticket_says_which_field_is_at_fault(stage: Stage) -> None:
    closed = data(stage.get(TICKETS, status="closed", limit=1))["tickets"][0]
    error = failure(stage.put(f"{TICKETS}/{closed['id']}", {"priority": "low"}), 400, "VALIDATION_ERROR")
    assert "status" in error["details"]["fields"]
    assert error["details"]["zendesk_status"] == 422
    assert error["details"]["request_id"]
