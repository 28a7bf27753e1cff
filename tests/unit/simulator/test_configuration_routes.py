"""Fields and their options, forms, brands, statuses and SLA policies: written, checked, shown and removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.unit.simulator.conftest import Office

RED = {"name": "Red", "value": "red"}


def field(office: Office, one: str, kind: str, **more: Any) -> Any:
    data = {"type": kind, "key": f"x_{kind}", "title": f"X {kind}", **more}
    reply = office.call("POST", f"{one}s", json={one: data})
    assert reply.status == 201, reply.body
    return reply.body[one]


@pytest.mark.parametrize(
    ("kind", "more", "good", "kept", "bad"),
    [
        ("checkbox", {}, True, True, "perhaps"),
        ("date", {}, "2026-01-02", "2026-01-02T00:00:00+00:00", "tomorrow"),
        ("integer", {}, "12", 12, "1.5"),
        ("decimal", {}, "1.5", 1.5, "one"),
        ("regexp", {"regexp_for_validation": "[a-c]+"}, "abc", "abc", "xyz"),
        ("dropdown", {"custom_field_options": [RED]}, "red", "red", "blue"),
        ("multiselect", {"custom_field_options": [RED]}, ["red"], ["red"], ["blue"]),
        ("lookup", {}, 7, "7", "somebody"),
        ("textarea", {}, "a\nb", "a\nb", {"a": 1}),
    ],
)
@pytest.mark.parametrize("one", ["user", "organization"])
def test_profile_values_fit_their_field(
    office: Office, one: str, kind: str, more: dict[str, Any], good: Any, kept: Any, bad: Any
) -> None:
    field(office, f"{one}_field", kind, **more)
    number = office.customer.id if one == "user" else office.home.id
    path, key = f"{one}s/{number}", f"x_{kind}"

    def write(value: Any) -> Any:
        return office.call("PUT", path, json={one: {f"{one}_fields": {key: value, "nobody_has": 1}}})

    assert write(good).body[one][f"{one}_fields"][key] == kept
    refused = write(bad)
    assert (refused.status, list(refused.body["details"])) == (422, [key])
    assert write(None).body[one][f"{one}_fields"][key] is None


def test_a_field_needs_a_free_key_and_keeps_it(office: Office) -> None:
    made = field(office, "user_field", "text")
    same = {"user_field": {"type": "text", "key": "x_text", "title": "Again"}}
    assert office.call("POST", "user_fields", json=same).body["details"]["key"][0]["error"] == "DuplicateValue"
    changed = office.call("PUT", f"user_fields/{made['id']}", json={"user_field": {"key": "other", "title": "New"}})
    assert (changed.body["user_field"]["key"], changed.body["user_field"]["title"]) == ("x_text", "New")
    for wrong in ({"key": "a b"}, {"title": ""}, {"type": "song"}, {"type": "dropdown"}, {"type": "regexp"}):
        told = {"type": "text", "key": "fresh", "title": "x", **wrong}
        assert office.call("POST", "user_fields", json={"user_field": told}).status == 422
    pattern = {"type": "regexp", "key": "fresh", "title": "x", "regexp_for_validation": "("}
    assert office.call("POST", "user_fields", json={"user_field": pattern}).status == 422
    assert office.call("DELETE", f"user_fields/{made['id']}").status == 204
    assert "x_text" not in office.call("GET", f"users/{office.customer.id}").body["user"]["user_fields"]


@pytest.mark.parametrize(("kind", "good", "bad"), [("integer", 12, "x"), ("decimal", "1.5", "x"), ("regexp", "ab", "9")])
def test_typed_ticket_fields(office: Office, kind: str, good: Any, bad: Any) -> None:
    told = {"type": kind, "title": "Typed", "regexp_for_validation": "[a-c]+"}
    number = office.call("POST", "ticket_fields", json={"ticket_field": told}).body["ticket_field"]["id"]
    ticket = office.opened()
    for value, status in ((good, 200), (bad, 422)):
        data = {"ticket": {"custom_fields": [{"id": number, "value": value}]}}
        assert office.call("PUT", f"tickets/{ticket.id}", json=data).status == status
    assert ticket.custom[number] == str(good)


def test_options_are_added_changed_and_removed(office: Office) -> None:
    path = f"ticket_fields/{office.field['tagger']}/options"
    added = office.call("POST", path, json={"custom_field_option": {"name": "New Area", "value": "New Area"}})
    option = added.body["custom_field_option"]
    assert (added.status, option["value"]) == (201, "new_area")
    renamed = {"custom_field_option": {"id": option["id"], "name": "Newer", "value": "newer"}}
    changed = office.call("POST", path, json=renamed)
    assert (changed.status, changed.body["custom_field_option"]["name"]) == (200, "Newer")
    first = office.call("GET", path).body["custom_field_options"][0]
    clash = {"custom_field_option": {"id": first["id"], "name": "x", "value": "newer"}}
    assert office.call("POST", path, json=clash).status == 422
    ticket = office.opened(by=office.agent, custom_fields=[{"id": office.field["tagger"], "value": "newer"}])
    assert ticket.tags == ("newer",)
    assert office.call("DELETE", f"{path}/{option['id']}").status == 204
    assert office.call("GET", f"{path}/{option['id']}").status == 404
    assert office.call("GET", f"ticket_fields/{office.field['checkbox']}/options").status == 404


def test_fields_that_come_with_the_account_stay(office: Office) -> None:
    assert office.call("DELETE", f"ticket_fields/{office.field['subject']}").status == 422
    assert office.call("DELETE", f"ticket_fields/{office.field['text']}").status == 204
    forms = office.call("GET", "ticket_forms").body["ticket_forms"]
    assert office.field["text"] not in forms[0]["ticket_field_ids"]


def test_forms_and_brands(office: Office) -> None:
    made = office.call("POST", "ticket_forms", json={"ticket_form": {"name": "Returns"}}).body["ticket_form"]
    copy = office.call("POST", f"ticket_forms/{made['id']}/clone").body["ticket_form"]
    assert (copy["name"], copy["active"], copy["id"] != made["id"]) == ("Returns copy", False, True)
    ticket = office.call("POST", "tickets", json={"ticket": {"comment": {"body": "x"}, "ticket_form_id": made["id"]}})
    assert ticket.body["ticket"]["ticket_form_id"] == made["id"]
    default = office.desk.default_form_id()
    assert office.call("DELETE", f"ticket_forms/{default}").status == 422
    assert office.call("PUT", f"ticket_forms/{default}", json={"ticket_form": {"active": False}}).status == 422
    assert office.call("PUT", f"ticket_forms/{default}", json={"ticket_form": {"ticket_field_ids": [5]}}).status == 422
    order = office.call("PUT", "ticket_forms/reorder", json={"ticket_form_ids": [copy["id"], made["id"]]})
    assert [row["position"] for row in order.body["ticket_forms"]] == [1, 2]
    brand = {"brand": {"name": "Other", "subdomain": "other"}}
    assert office.call("POST", "brands", json=brand).body["brand"]["brand_url"] == "https://other.zendesk.com"
    assert office.call("POST", "brands", json=brand).status == 422
    assert office.call("POST", "brands", json={"brand": {"name": "x", "subdomain": "a b"}}).status == 422
    assert office.call("DELETE", f"brands/{office.desk.default_brand_id()}").status == 422


def test_statuses_that_are_needed_stay(office: Office) -> None:
    told = {"custom_status": {"status_category": "hold", "agent_label": "Parts"}}
    made = office.call("POST", "custom_statuses", json=told).body["custom_status"]["id"]
    assert office.call("DELETE", f"custom_statuses/{office.status['hold']}").status == 422
    ticket = office.opened(by=office.agent, custom_status_id=made)
    assert office.call("DELETE", f"custom_statuses/{made}").status == 422
    assert office.call("PUT", "custom_status/default", json={"ids": str(made)}).status == 200
    assert office.desk.default_status_id("hold") == made
    assert office.call("PUT", "custom_status/default", json={"ids": "5"}).status == 400
    office.write(ticket, custom_status_id=office.status["open"])
    assert office.call("DELETE", f"custom_statuses/{office.status['hold']}").status == 204


def policy(**more: Any) -> dict[str, Any]:
    target = {"priority": "low", "metric": "first_reply_time", "target": 90}
    return {"title": "Fast", "filter": {"all": [], "any": []}, "policy_metrics": [target], **more}


def test_sla_policies(office: Office) -> None:
    made = office.call("POST", "slas/policies", json={"sla_policy": policy()}).body["sla_policy"]
    assert made["policy_metrics"][0] == {
        "priority": "low",
        "metric": "first_reply_time",
        "target": 90,
        "target_in_seconds": 5400,
        "business_hours": False,
    }
    for wrong in (
        {"title": ""},
        {"policy_metrics": [{"priority": "low", "metric": "reply_time", "target": 1}]},
        {"policy_metrics": [{"priority": "low", "metric": "first_reply_time"}]},
        {"policy_metrics": [{"priority": "low", "metric": "first_reply_time", "target": 1}] * 2},
        {"filter": {"all": [{"field": "shoe_size", "value": 1}]}},
    ):
        assert office.call("POST", "slas/policies", json={"sla_policy": policy(**wrong)}).status == 422
    assert office.call("GET", "slas/policies", by=office.agent).status == 403
    owned = {"priority": "low", "metric": "group_ownership_time", "target": 60}
    group = policy(filter={"all": [{"field": "group_id", "operator": "includes", "value": [1]}]}, policy_metrics=[owned])
    ids = [
        office.call("POST", "group_slas/policies", json={"group_sla_policy": group}).body["group_sla_policy"]["id"]
        for _ in range(2)
    ]
    assert office.call("PUT", "group_slas/policies/reorder", json={"group_sla_policy_ids": ids[::-1]}).status == 200
    listed = office.call("GET", "group_slas/policies").body["group_sla_policies"]
    assert [row["id"] for row in listed] == ids[::-1]
    assert office.call("POST", "group_slas/policies", json={"group_sla_policy": policy()}).status == 422


@pytest.mark.parametrize(
    ("path", "plan", "status"),
    [
        ("slas/policies", "suite-team", 403),
        ("slas/policies", "suite-growth", 200),
        ("group_slas/policies", "suite-growth", 403),
        ("group_slas/policies", "suite-enterprise", 200),
        ("ticket_forms", "support-team", 403),
        ("ticket_forms", "suite-growth", 200),
        ("ticket_fields", "support-essential", 200),
    ],
)
def test_plans_have_their_gaps(office: Office, path: str, plan: str, status: int) -> None:
    assert office.call("GET", path).status == 200
    office.simulator.limits.configure(plan=plan)
    reply = office.call("GET", path)
    assert reply.status == status
    if status == 403:
        assert reply.body["error"]["title"] == "Forbidden"
