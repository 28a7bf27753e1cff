"""Views, macros, fields and settings over the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.unit.simulator.conftest import Office

UNSOLVED = {"field": "status", "operator": "less_than", "value": "solved"}


def view(office: Office, *every: dict[str, Any], some: list[dict[str, Any]] | None = None, **output: Any) -> str:
    """Make a view and return its path."""
    data = {"title": "Mine", "all": list(every), "any": some or [], "output": output}
    reply = office.call("POST", "views", json={"view": data})
    assert reply.status == 201, reply.body
    return f"views/{reply.body['view']['id']}"


def ids(office: Office, path: str, **more: Any) -> list[int]:
    return [row["id"] for row in office.call("GET", f"{path}/tickets", **more).body["tickets"]]


@pytest.mark.parametrize(
    ("conditions", "some", "expected"),
    [
        ([UNSOLVED], [], [1, 2, 3]),
        ([{"field": "status", "operator": "is", "value": "solved"}], [], [4]),
        ([UNSOLVED, {"field": "assignee_id", "operator": "is", "value": ""}], [], [1]),
        ([UNSOLVED, {"field": "assignee_id", "operator": "is", "value": "current_user"}], [], []),
        ([{"field": "group_id", "operator": "is", "value": "current_groups"}], [], [2, 4]),
        ([UNSOLVED, {"field": "priority", "operator": "greater_than", "value": "low"}], [], [2]),
        ([UNSOLVED, {"field": "priority", "operator": "is_not", "value": "high"}], [], [1, 3]),
        ([UNSOLVED, {"field": "type", "operator": "is", "value": "problem"}], [], [2]),
        ([UNSOLVED, {"field": "current_tags", "operator": "includes", "value": "a z"}], [], [2]),
        ([UNSOLVED, {"field": "current_tags", "operator": "not_includes", "value": "a"}], [], [1, 3]),
        ([UNSOLVED, {"field": "updated_at", "operator": "less_than", "value": "2"}], [], [3]),
        ([UNSOLVED, {"field": "created_at", "operator": "greater_than", "value": "2"}], [], [1, 2]),
        (
            [UNSOLVED],
            [
                {"field": "priority", "operator": "is", "value": "high"},
                {"field": "priority", "operator": "is", "value": "low"},
            ],
            [2, 3],
        ),
    ],
)
def test_conditions_mean(office: Office, conditions: list[Any], some: list[Any], expected: list[int]) -> None:
    office.opened()
    office.opened(assignee_id=office.agent.id, priority="high", tags=["a"], type="problem")
    office.clock.advance(3 * 3_600)
    office.opened(assignee_id=office.other_agent.id, priority="low")
    fourth = office.opened(assignee_id=office.agent.id)
    office.write(fourth, status="solved")
    assert ids(office, view(office, *conditions, some=some, sort_by="nice_id", sort_order="asc")) == expected


def test_a_view_shows_its_order_in_both_styles(office: Office) -> None:
    office.opened(priority="low")
    office.opened(priority="urgent", assignee_id=office.agent.id)
    office.opened(priority="high")
    path = view(office, UNSOLVED, sort_by="priority", sort_order="desc", group_by="status", group_order="asc")
    assert ids(office, path) == [3, 1, 2]
    seen, params = [], {"page[size]": "2"}
    for _ in range(2):
        body = office.call("GET", f"{path}/tickets", params=params).body
        seen += [row["id"] for row in body["tickets"]]
        params["page[after]"] = body["meta"]["after_cursor"]
    assert seen == [3, 1, 2]
    rows = office.call("GET", f"{path}/execute").body
    assert [row["ticket"]["id"] for row in rows["rows"]] == [3, 1, 2]
    assert [group["name"] for group in rows["groups"]] == ["new", "open"]
    assert [column["id"] for column in rows["columns"]] == ["subject", "requester"]


def test_a_count_must_be_asked_for_twice(office: Office) -> None:
    office.opened()
    path = view(office, UNSOLVED)
    first = office.call("GET", f"{path}/count").body["view_count"]
    second = office.call("GET", f"{path}/count").body["view_count"]
    assert (first["value"], first["pretty"], first["fresh"]) == (None, "...", False)
    assert (second["value"], second["pretty"], second["fresh"]) == (1, "1", True)
    many = office.call("GET", f"views/count_many?ids={path.partition('/')[2]},5").body["view_counts"]
    assert [row["value"] for row in many] == [1]


@pytest.mark.parametrize(
    "data",
    [
        {"title": "x"},
        {"title": "", "all": [UNSOLVED]},
        {"title": "x", "all": [{"field": "priority", "operator": "is", "value": "low"}]},
        {"title": "x", "all": [UNSOLVED, {"field": "mood", "operator": "is", "value": "good"}]},
        {"title": "x", "all": [UNSOLVED], "output": {"columns": ["mood"]}},
    ],
)
def test_a_view_that_says_nothing_is_refused(office: Office, data: Any) -> None:
    assert office.call("POST", "views", json={"view": data}).status == 422


def test_a_view_is_changed_and_removed(office: Office) -> None:
    path = view(office, UNSOLVED, sort_by="nice_id")
    changed = office.call("PUT", path, json={"view": {"title": "Ours", "output": {"sort_by": "created"}}}).body["view"]
    assert (changed["title"], changed["execution"]["sort"]["id"]) == ("Ours", "created")
    assert changed["conditions"]["all"] == [UNSOLVED]
    assert office.call("GET", "views/count").body["count"]["value"] == len(office.call("GET", "views").body["views"])
    assert office.call("DELETE", path).status == 204
    assert office.call("GET", path).status == 404


def test_a_macro_only_shows_what_it_would_do(office: Office) -> None:
    ticket = office.opened()
    macro = office.call("GET", "macros").body["macros"][0]
    alone = office.call("GET", f"macros/{macro['id']}/apply").body["result"]["ticket"]
    applied = office.call("GET", f"tickets/{ticket.id}/macros/{macro['id']}/apply").body["result"]["ticket"]
    assert alone["status"] == applied["status"] == "pending"
    assert applied["comment"]["body"].startswith("Could you")
    assert (ticket.status, len(ticket.audits)) == ("new", 1)


def test_fields_are_added_changed_and_removed(office: Office) -> None:
    options = [{"name": "Red Hot", "value": "Red Hot"}]
    data = {"type": "tagger", "title": "Colour", "custom_field_options": options}
    reply = office.call("POST", "ticket_fields", json={"ticket_field": data})
    field = reply.body["ticket_field"]
    assert (reply.status, field["custom_field_options"][0]["value"]) == (201, "red_hot")
    ticket = office.opened(custom_fields=[{"id": field["id"], "value": "red_hot"}])
    assert {"id": field["id"], "value": "red_hot"} in office.call("GET", f"tickets/{ticket.id}").body["ticket"][
        "fields"
    ]
    path = f"ticket_fields/{field['id']}"
    assert office.call("PUT", path, json={"ticket_field": {"title": "Hue"}}).body["ticket_field"]["raw_title"] == "Hue"
    assert office.call("DELETE", path).status == 204
    assert office.call("DELETE", f"ticket_fields/{office.field['status']}").status == 422
    assert office.call("POST", "ticket_fields", json={"ticket_field": {"type": "tagger", "title": "x"}}).status == 422


def test_custom_statuses_are_added_and_used(office: Office) -> None:
    data = {"status_category": "pending", "agent_label": "Waiting for parts"}
    made = office.call("POST", "custom_statuses", json={"custom_status": data}).body["custom_status"]
    ticket = office.opened(custom_status_id=made["id"])
    assert (ticket.status, ticket.custom_status_id) == ("pending", made["id"])
    rows = office.call("GET", "custom_statuses?status_categories=pending&default=false").body["custom_statuses"]
    assert [row["id"] for row in rows] == [made["id"]]
    path = f"custom_statuses/{office.status['open']}"
    assert office.call("PUT", path, json={"custom_status": {"active": False}}).status == 422


def test_settings_agree_with_what_the_desk_does(office: Office) -> None:
    settings = office.call("GET", "account/settings").body["settings"]
    assert settings["active_features"]["on_hold_status"] is True
    assert settings["tickets"]["assign_tickets_upon_solve"] is False
    assert settings["brands"]["default_brand_id"] in [row["id"] for row in office.call("GET", "brands").body["brands"]]
    field = office.call("GET", f"ticket_fields/{office.field['custom_status']}").body["ticket_field"]
    assert len(field["custom_statuses"]) == 5
