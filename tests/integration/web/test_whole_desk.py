"""The routes of the whole desk on a local Zendesk: what each asks for, what it answers, and a day of work through them."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest

from atom_zendesk_plugin.desk.operations.operation import TEXT_IDS, AnyDeskOperation, Many
from atom_zendesk_plugin.desk.operations.table import OPERATIONS
from tests.integration.web.staging import Stage, data, failure

API = "/api/zendesk"

ASKED_ELSEWHERE = {
    "suspend_user": "PUT /api/v2/users/7",
    "move_triggers": "POST /api/v2/trigger_categories/jobs",
    "preview_macro": "GET /api/v2/tickets/7",
    "apply_macro": "GET /api/v2/tickets/7",
    "export_view": "GET /api/v2/views/7/export",
    "list_organization_memberships": "GET /api/v2/organization_memberships",
    "set_default_custom_statuses": "PUT /api/v2/custom_status/default",
}
"""Operations whose first call has another path than their route."""


EITHER = {"search_users", "search_organizations", "delete_object_record_by"}
"""Operations that need one of two parameters."""


def name_of(row: AnyDeskOperation) -> str:
    return row.name


def path_of(row: AnyDeskOperation) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: "k7" if found[1] in TEXT_IDS else "7", row.path)


def query_of(row: AnyDeskOperation) -> dict[str, str]:
    if row.method not in ("GET", "DELETE"):
        return {}
    fields = msgspec.structs.fields(row.takes)
    if row.name in EITHER:
        return {"external_id": "7"}
    return {field.name: "7" for field in fields if field.required}


@pytest.mark.parametrize("row", OPERATIONS, ids=name_of)
def test_a_route_asks_zendesk_at_its_own_path(shared: Stage, row: AnyDeskOperation) -> None:
    shared.simulator.calls.clear()
    body = dict(row.example or {}) if row.method in ("POST", "PUT") else None
    answer = shared.http.open(f"{API}{path_of(row)}", method=row.method, json=body, query_string=query_of(row))
    assert answer.status_code < 500 or answer.status_code == 502, answer.json
    assert shared.calls(), answer.json
    asked = re.sub(r"\.json$", "", shared.calls()[0])
    method = "PATCH" if asked.startswith("PATCH") else row.method
    assert asked == ASKED_ELSEWHERE.get(row.name, f"{method} /api/v2{path_of(row)}")


LISTS = [row for row in OPERATIONS if row.pages and not row.variables and not query_of(row)]


@pytest.mark.parametrize("row", LISTS, ids=name_of)
def test_a_list_is_read_up_to_its_limit_and_gone_on_from(shared: Stage, row: AnyDeskOperation) -> None:
    assert isinstance(row.gives, Many)
    answer = shared.get(f"{API}{row.path}", limit=2)
    if answer.status_code in (403, 404):  # not on this plan, or not for the connected user
        return
    first = data(answer)
    assert len(first[row.gives.key]) <= 2 or first["cursor"] is None
    if first["cursor"]:
        second = data(shared.get(f"{API}{row.path}", limit=2, cursor=first["cursor"]))
        ids = [record.get("id", record.get("name")) for record in (*first[row.gives.key], *second[row.gives.key])]
        assert len(set(ids)) == len(ids), "no record comes twice"


def test_words_in_the_place_of_an_id_are_no_id(stage: Stage) -> None:
    assert data(stage.get(f"{API}/tickets/count"))["count"] > 0
    assert data(stage.get(f"{API}/users/count", role="agent"))["count"] > 0
    failure(stage.get(f"{API}/tickets/many"), 400, "VALIDATION_ERROR")


def test_unknown_paths_and_methods_under_our_prefix(stage: Stage) -> None:
    failure(stage.get(f"{API}/nothing/here"), 404, "NOT_FOUND")
    answer = stage.http.patch(f"{API}/macros/7", json={})
    assert failure(answer, 405, "VALIDATION_ERROR")["message"] == "This path takes DELETE, GET, PUT."
    assert answer.headers["Allow"] == "DELETE, GET, PUT"
    asked = stage.http.options(f"{API}/macros/7")
    assert (asked.status_code, asked.headers["Allow"]) == (200, "DELETE, GET, PUT, OPTIONS")
    assert stage.http.options(f"{API}/nothing/here").status_code == 404
    assert stage.http.head(f"{API}/macros").status_code == 200


@pytest.mark.parametrize("bad", ["a b", "a%2fb", "..", "x" * 200, "%00"])
def test_a_text_id_that_is_none_asks_nobody(stage: Stage, bad: str) -> None:
    stage.simulator.calls.clear()
    answer = stage.get(f"{API}/job_statuses/{bad}")
    assert answer.status_code in (400, 404), answer.json
    assert stage.calls() == []


def test_lists_in_the_query_are_separated_by_commas(stage: Stage) -> None:
    numbers = [stage.ticket(subject=f"Ticket {place}")["id"] for place in range(3)]
    found = data(stage.get(f"{API}/tickets/show_many", ids=",".join(map(str, numbers))))
    assert [ticket["id"] for ticket in found["tickets"]] == numbers
    assert found["tickets"][0]["requester"]["name"]
    failure(stage.get(f"{API}/tickets/show_many", ids=",".join(["7"] * 101)), 400, "VALIDATION_ERROR")
    failure(stage.get(f"{API}/tickets/show_many", ids="7,x"), 400, "VALIDATION_ERROR")
    failure(stage.get(f"{API}/tickets/show_many"), 400, "VALIDATION_ERROR")


def test_a_cursor_for_a_list_that_is_given_whole_is_refused(stage: Stage) -> None:
    failure(stage.get(f"{API}/tickets/show_many", ids="7", cursor="abc"), 400, "VALIDATION_ERROR")


def test_merging_tagging_spam_and_the_bin(stage: Stage) -> None:
    kept, merged = (stage.ticket(subject=subject)["id"] for subject in ("One", "Two"))
    spam = stage.ticket(subject="Buy now", requester_email="spam@example.net")["id"]
    job = data(stage.post(f"{API}/tickets/{kept}/merge", {"sources": [merged], "target_comment": "The same."}))["job"]
    stage.clock.advance(60)
    assert data(stage.get(f"{API}/job_statuses/{job['id']}"))["job"]["status"] == "completed"
    assert data(stage.get(f"{API}/tickets/{merged}"))["ticket"]["status"] == "closed"
    assert "vip" in data(stage.put(f"{API}/tickets/{kept}/tags", {"tags": ["vip", "x"]}))["tags"]
    left = data(stage.http.delete(f"{API}/tickets/{kept}/tags?tags=x"))["tags"]
    assert "vip" in left
    assert "x" not in left
    assert data(stage.put(f"{API}/tickets/{spam}/mark_as_spam", {})) == {"done": True}
    assert stage.http.delete(f"{API}/tickets/{kept}").status_code == 200
    gone = [ticket["id"] for ticket in data(stage.get(f"{API}/deleted_tickets"))["deleted_tickets"]]
    assert {kept, spam} <= set(gone)
    assert data(stage.put(f"{API}/deleted_tickets/{kept}/restore", {})) == {"done": True}
    assert data(stage.get(f"{API}/tickets/{kept}"))["ticket"]["id"] == kept


def test_a_macro_is_shown_before_it_is_applied(stage: Stage) -> None:
    actions = [
        {"field": "status", "value": "pending"}, {"field": "current_tags", "value": "waiting"},
        {"field": "comment_value", "value": "Which floor?"}, {"field": "comment_mode_is_public", "value": "false"},
    ]  # fmt: skip
    made = stage.post(f"{API}/macros", {"macro": {"title": "Ask for the floor", "actions": actions}})
    assert made.status_code == 201
    macro = data(made)["macro"]["id"]
    ticket = stage.ticket(tags=["old"])
    shown = data(stage.get(f"{API}/tickets/{ticket['id']}/macros/{macro}/apply"))
    assert {(change["field"], str(change["after"])) for change in shown["changes"] if change["field"] == "status"} == {("status",
        "pending")}
    (tags,) = (change for change in shown["changes"] if change["field"] == "tags")
    assert (set(tags["before"]), set(tags["after"])) == ({"old"}, {"old", "waiting"})
    assert (shown["comment"]["body"], shown["comment"]["public"]) == ("Which floor?", False)
    assert data(stage.get(f"{API}/tickets/{ticket['id']}"))["ticket"]["status"] != "pending", "nothing was saved"
    done = data(stage.post(f"{API}/tickets/{ticket['id']}/macros/{macro}/apply", {}))
    assert done["status"] == "pending"
    now = data(stage.get(f"{API}/tickets/{ticket['id']}"))["ticket"]
    assert (now["status"], set(now["tags"])) == ("pending", {"old", "waiting"})
    assert [(comment["body"], comment["public"]) for comment in now["comments"]][-1] == ("Which floor?", False)


def test_a_macro_is_not_applied_to_a_ticket_that_somebody_changed(stage: Stage) -> None:
    made = data(stage.post(f"{API}/macros", {"macro": {"title": "Solve", "actions": [{"field": "status", "value": "solved"}]}}))
    ticket = stage.ticket()
    stage.clock.advance(5)
    stage.put(f"{API}/tickets/{ticket['id']}", {"priority": "high"})
    stage.clock.advance(5)
    where = f"{API}/tickets/{ticket['id']}/macros/{made['macro']['id']}/apply"
    failure(stage.post(where, {"expected_updated_at": ticket["updated_at"]}), 409, "CONFLICT")
    failure(stage.post(where, {"expected_updated_at": "yesterday"}), 400, "VALIDATION_ERROR")
    assert data(stage.get(f"{API}/tickets/{ticket['id']}"))["ticket"]["status"] != "solved"


def test_people_their_addresses_and_merging(stage: Stage) -> None:
    ann = data(stage.post(f"{API}/users/create_or_update", {"user": {"name": "Ann", "email": "ann@example.com"}}))["user"]
    again = data(stage.post(f"{API}/users/create_or_update", {"user": {"name": "Ann E.", "email": "ann@example.com"}}))["user"]
    assert (again["id"], again["name"]) == (ann["id"], "Ann E.")
    made = stage.post(f"{API}/users/{ann['id']}/identities", {"identity": {"type": "email", "value": "ann@example.org"}})
    assert made.status_code == 201
    identity = data(made)["identity"]
    listed = data(stage.put(f"{API}/users/{ann['id']}/identities/{identity['id']}/make_primary", {}))["identities"]
    assert [row["value"] for row in listed if row["primary"]] == ["ann@example.org"]
    bob = data(stage.post(f"{API}/users", {"name": "Bob", "email": "bob@example.com"}))["user"]
    assert data(stage.put(f"{API}/users/{bob['id']}/suspension", {"suspended": True}))["user"]["suspended"] is True
    winner = data(stage.put(f"{API}/users/{bob['id']}/merge", {"into": ann["id"]}))["user"]
    assert winner["id"] == ann["id"]
    found = data(stage.get(f"{API}/users/search", query="email:ann@example.com"))["users"]
    assert [user["id"] for user in found] in ([ann["id"]], [])


def test_organizations_groups_and_who_is_in_them(stage: Stage) -> None:
    one = data(stage.post(f"{API}/organizations", {"name": "One Ltd"}))["organization"]
    two = data(stage.post(f"{API}/organizations/create_or_update", {"organization": {"name": "Two Ltd", "external_id": "crm-2"}}))
    merge = data(stage.post(f"{API}/organizations/{one['id']}/merge", {"into": two["organization"]["id"]}))["organization_merge"]
    told = data(stage.get(f"{API}/organization_merges/{merge['id']}"))["organization_merge"]
    assert (told["loser_id"], told["winner_id"]) == (one["id"], two["organization"]["id"])
    made = stage.post(f"{API}/groups", {"group": {"name": "Second line"}})
    assert made.status_code == 201
    group = data(made)["group"]
    (agent, *_) = data(stage.get(f"{API}/users", role="agent"))["users"]
    member = data(stage.post(f"{API}/group_memberships", {"group_membership": {"user_id": agent["id"], "group_id": group["id"]}}))
    listed = data(stage.get(f"{API}/group_memberships", member_id=agent["id"]))["group_memberships"]
    assert member["group_membership"]["id"] in [row["id"] for row in listed]
    assert agent["id"] in [user["id"] for user in data(stage.get(f"{API}/groups/{group['id']}/users"))["users"]]


def test_an_object_of_zendesk_goes_out_as_it_came_in(stage: Stage) -> None:
    made = data(stage.post(f"{API}/ticket_fields", {"ticket_field": {"type": "text", "title": "Serial number"}}))["ticket_field"]
    raw = stage.parts.client.request("GET", f"/api/v2/ticket_fields/{made['id']}").decode(dict[str, Any])  # type: ignore[union-attr]
    assert data(stage.get(f"{API}/ticket_fields/{made['id']}"))["ticket_field"] == raw["ticket_field"]


def test_tools_say_what_they_take_and_run_like_their_routes(stage: Stage) -> None:
    listed = data(stage.get(f"{API}/tools"))["tools"]
    named = {tool["name"]: tool for tool in listed}
    assert {"create_ticket", "merge_tickets", "apply_macro", "search_users"} <= set(named)
    assert named["list_tickets"]["annotations"] == {"readOnlyHint": True, "destructiveHint": False}
    assert named["merge_tickets"]["annotations"]["destructiveHint"] is True
    assert len(data(stage.get(f"{API}/tools", every="true"))["tools"]) > len(listed)
    ticket = stage.ticket(subject="By a tool")
    told = data(stage.post(f"{API}/tools/get_ticket", {"arguments": {"ticket_id": ticket["id"], "comments": 5}}))
    assert told["result"]["ticket"]["subject"] == "By a tool"
    made = {"arguments": {"subject": "Twice", "comment": "x", "idempotency_key": "k-1"}}
    first, second = (data(stage.post(f"{API}/tools/create_ticket", made))["result"]["ticket"]["id"] for _ in range(2))
    assert first == second
    for arguments in ({"ticket_id": "x"}, {}, {"ticket_id": 7, "colour": "red"}, {"ticket_id": 7, "comments": "many"}):
        failure(stage.post(f"{API}/tools/get_ticket", {"arguments": arguments}), 400, "VALIDATION_ERROR")
    failure(stage.post(f"{API}/tools/no_such_tool", {"arguments": {}}), 400, "VALIDATION_ERROR")


def test_a_list_that_zendesk_gives_one_page_of_keeps_to_the_limit_and_says_that_there_is_more(stage: Stage) -> None:
    client = stage.parts.client
    assert client is not None
    for number in range(103):
        client.macros.create({"title": f"Greeting {number}", "actions": [{"field": "status", "value": "solved"}]})
    found = data(stage.get(f"{API}/macros/search", query="Greeting"))
    assert (len(found["macros"]), found["total"], found["has_more"], found["cursor"]) == (100, 103, True, None)
    few = data(stage.get(f"{API}/macros/search", query="Greeting", limit=2))
    assert (len(few["macros"]), few["has_more"]) == (2, True)
    one = data(stage.get(f"{API}/macros/search", query="Greeting 102"))
    assert (len(one["macros"]), one["total"], one["has_more"]) == (1, 1, False)
    ids = [macro["id"] for macro in found["macros"][:3]]
    made = data(stage.put(f"{API}/macros/update_many", {"macros": [{"id": number, "active": False} for number in ids]}))
    assert (len(made["macros"]), made["has_more"]) == (3, False)


def test_what_sends_a_mail_is_no_question(stage: Stage) -> None:
    (told,) = [tool for tool in data(stage.get(f"{API}/tools", every="true"))["tools"] if tool["name"] == "export_view"]
    assert told["annotations"]["readOnlyHint"] is False
    stage.simulator.calls.clear()
    failure(stage.get(f"{API}/views/7/export"), 405, "VALIDATION_ERROR")
    assert stage.calls() == [], "a link on another site's page can't have it sent"
