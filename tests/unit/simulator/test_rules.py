"""Triggers fire, automations run when told, macros only show; all of them are written, ordered and found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from atom_zendesk_plugin.simulator.automating import run_automations
from atom_zendesk_plugin.simulator.objects import Status

if TYPE_CHECKING:
    from tests.unit.simulator.conftest import Office


def condition(field: str, value: Any, operator: str = "is") -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


CREATED = condition("update_type", "Create")


def trigger(office: Office, *conditions: dict[str, Any], actions: dict[str, Any], **more: Any) -> int:
    rows = [{"field": name, "value": value} for name, value in actions.items()]
    told = {"title": "Ours", "all": list(conditions), "actions": rows, **more}
    reply = office.call("POST", "triggers", json={"trigger": told})
    assert reply.status == 201, reply.body
    return int(reply.body["trigger"]["id"])


def test_a_trigger_changes_a_new_ticket_within_its_first_audit(office: Office) -> None:
    number = trigger(office, CREATED, actions={"priority": "high", "current_tags": "seen it", "group_id": office.billing.id})
    reply = office.call("POST", "tickets", json={"ticket": {"comment": {"body": "x"}, "tags": ["a"]}})
    row = reply.body["ticket"]
    assert (row["priority"], row["tags"], row["group_id"]) == ("high", ["a", "it", "seen"], office.billing.id)
    events = {event.get("field_name"): event for event in reply.body["audit"]["events"] if event["type"] == "Change"}
    assert set(events) == {"priority", "tags", "group_id"}
    assert events["priority"]["via"] == {
        "channel": "rule",
        "source": {"from": {"id": number, "title": "Ours", "deleted": False}, "to": {}, "rel": "trigger"},
    }
    assert len(office.desk.tickets[row["id"]].audits) == 1


def test_triggers_fire_once_each_and_see_what_others_did(office: Office) -> None:
    trigger(office, condition("priority", "high"), actions={"type": "incident"}, position=1)
    trigger(office, CREATED, actions={"priority": "high"}, position=2)
    assert office.opened().type == "incident"
    ticket = office.opened(by=office.agent, priority="low")
    assert (ticket.priority, ticket.type) == ("high", "incident")


@pytest.mark.parametrize(
    ("asked", "change", "fires"),
    [
        (condition("status", "solved"), {"status": "solved"}, True),
        (condition("status", "solved", "less_than"), {"status": "pending"}, True),
        (condition("status", "pending", "greater_than"), {"status": "pending"}, False),
        (condition("status", None, "changed"), {"subject": "new"}, False),
        (condition("status", None, "changed"), {"status": "pending"}, True),
        (condition("status", "pending", "value"), {"status": "pending"}, True),
        (condition("status", "open", "value_previous"), {"status": "pending"}, True),
        (condition("status", "open", "not_value_previous"), {"status": "pending"}, False),
        (condition("priority", "low", "is_not"), {"priority": "low"}, False),
        (condition("priority", None, "not_changed"), {"status": "pending"}, True),
        (condition("comment_is_public", "true"), {"comment": {"body": "x", "public": True}}, True),
        (condition("comment_is_public", "true"), {"comment": {"body": "x", "public": False}}, False),
        (condition("comment_is_public", "not_relevant"), {"status": "pending"}, False),
        (condition("comment_includes_word", "refund money", "includes"), {"comment": {"body": "a REFUND"}}, True),
        (condition("subject_includes_word", "lamp", "not_includes"), {"subject": "Lamp"}, False),
        (condition("current_tags", "vip", "includes"), {"tags": ["vip"]}, True),
        (condition("current_tags", "vip", "not_includes"), {"tags": ["vip"]}, False),
        (condition("role", "agent"), {"status": "pending"}, True),
        (condition("assignee_id", "current_user"), {"status": "pending"}, True),
        (condition("current_via_id", "email"), {"status": "pending"}, False),
        (condition("update_type", "Create"), {"status": "pending"}, False),
        (condition("satisfaction_score", "unoffered"), {"status": "pending"}, True),
    ],
)
def test_conditions(office: Office, asked: dict[str, Any], change: dict[str, Any], fires: bool) -> None:
    ticket = office.opened(assignee_id=office.agent.id, priority="normal")
    trigger(office, asked, actions={"type": "task"})
    office.write(ticket, **change)
    assert (ticket.type == "task") is fires


def test_any_needs_one_and_custom_fields_count(office: Office) -> None:
    box = f"custom_fields_{office.field['checkbox']}"
    either = [condition(box, "true"), condition("priority", "urgent")]
    trigger(office, CREATED, actions={"custom_status_id": office.status["hold"]}, any=either)
    plain = office.opened()
    ticked = office.opened(by=office.agent, custom_fields=[{"id": office.field["checkbox"], "value": True}])
    urgent = office.opened(by=office.agent, priority="urgent")
    assert [ticket.status.value for ticket in (plain, ticked, urgent)] == ["new", "hold", "hold"]


def test_a_webhook_call_is_written_down_with_its_body(office: Office) -> None:
    hook = ["01HOOK", '{"id":{{ticket.id}},"at":"{{ticket.updated_at_with_timestamp}}","x":"{{nobody.knows}}"}']
    number = trigger(office, condition("status", None, "changed"), actions={"notification_webhook": hook})
    ticket = office.opened(assignee_id=office.agent.id)
    office.write(ticket, status="pending")
    call = office.desk.webhook_calls[-1]
    assert (call.webhook_id, call.rule_id, call.ticket_id) == ("01HOOK", number, ticket.id)
    assert call.body == f'{{"id":{ticket.id},"at":"2026-03-02T10:01:00Z","x":""}}'


def test_people_are_told_and_followers_added(office: Office) -> None:
    trigger(
        office,
        CREATED,
        actions={
            "notification_user": ["requester_id", "Hello", "About {{ticket.title}}"],
            "notification_group": [office.billing.id, "Look", "x"],
            "follower": office.agent.id,
        },
    )
    ticket = office.opened()
    assert ticket.follower_ids == (office.agent.id,)
    events = office.call("GET", f"tickets/{ticket.id}/audits").body["audits"][0]["events"]
    notices = [event for event in events if event["type"] == "Notification"]
    assert [row["body"] for row in notices[:2]] == ["About Lamp", "x"]
    assert office.other_agent.id in notices[1]["recipients"]


def test_an_action_that_is_impossible_by_now_does_nothing(office: Office) -> None:
    trigger(office, CREATED, actions={"assignee_id": 5, "group_id": 7, "priority": "low"})
    ticket = office.opened()
    assert (ticket.assignee_id, ticket.group_id, ticket.priority) == (None, None, "low")


def test_imported_tickets_set_nothing_off(office: Office) -> None:
    trigger(office, CREATED, actions={"priority": "low"})
    told = {"ticket": {"comments": [{"value": "old"}]}}
    assert office.call("POST", "imports/tickets", json=told).body["ticket"]["priority"] is None


def test_the_notices_of_the_account_can_be_switched_off(office: Office) -> None:
    rows = office.call("GET", "triggers").body["triggers"]
    received, replied = (row["id"] for row in rows)
    office.call("PUT", f"triggers/{received}", json={"trigger": {"active": False}})
    ticket = office.opened()
    assert "Notification" not in {event.type for event in ticket.audits[0].events}
    office.write(ticket, comment={"body": "answer", "public": True})
    assert "Notification" in {event.type for event in ticket.audits[1].events}
    office.call("DELETE", f"triggers/{replied}")
    office.write(ticket, comment={"body": "answer", "public": True})
    assert "Notification" not in {event.type for event in ticket.audits[2].events}


@pytest.mark.parametrize(
    "told",
    [
        {"title": "", "all": [CREATED], "actions": [{"field": "priority", "value": "low"}]},
        {"title": "x", "all": [], "actions": [{"field": "priority", "value": "low"}]},
        {"title": "x", "all": [condition("shoe_size", 1)], "actions": [{"field": "priority", "value": "low"}]},
        {"title": "x", "all": [condition("priority", "low", "tastes")], "actions": [{"field": "priority", "value": "low"}]},
        {"title": "x", "all": [condition("SOLVED", 4)], "actions": [{"field": "priority", "value": "low"}]},
        {"title": "x", "all": [CREATED], "actions": []},
        {"title": "x", "all": [CREATED], "actions": [{"field": "sing", "value": 1}]},
        {"title": "x", "all": [CREATED], "actions": [{"field": "notification_webhook", "value": "01"}]},
        {"title": "x", "all": [CREATED], "actions": [{"field": "notification_webhook", "value": ["01", "x" * 16_001]}]},
        {"title": "x", "all": [CREATED], "actions": [{"field": "priority", "value": "low"}], "category_id": "5"},
    ],
)
def test_a_trigger_that_makes_no_sense_is_refused(office: Office, told: dict[str, Any]) -> None:
    assert office.call("POST", "triggers", json={"trigger": told}).status == 422
    assert len(office.desk.shelves["triggers"]) == 2


def test_triggers_are_ordered_found_and_for_admins(office: Office) -> None:
    first = trigger(office, CREATED, actions={"priority": "low"}, title="Alpha night")
    second = trigger(office, CREATED, actions={"priority": "low"}, title="Beta", active=False)
    assert office.call("PUT", "triggers/reorder", json={"trigger_ids": [second, first]}).status == 200
    assert [row["id"] for row in office.call("GET", "triggers").body["triggers"]][:2] == [second, first]
    assert office.call("PUT", "triggers/reorder", json={"trigger_ids": [5]}).status == 400
    assert [row["id"] for row in office.call("GET", "triggers/search?query=NIGHT").body["triggers"]] == [first]
    assert second not in {row["id"] for row in office.call("GET", "triggers/active").body["triggers"]}
    bad = {"triggers": [{"id": first, "active": False}, {"id": second, "title": ""}]}
    assert office.call("PUT", "triggers/update_many", json=bad).status == 422
    assert office.desk.shelves["triggers"][first]["active"] is True
    assert office.call("POST", "triggers", by=office.agent, json={"trigger": {}}).status == 403
    assert office.call("DELETE", f"triggers/destroy_many?ids={first},{second},9").status == 204
    assert office.call("GET", f"triggers/{first}").status == 404


def test_a_drawer_with_triggers_in_it_stays(office: Office) -> None:
    made = office.call("POST", "trigger_categories", json={"trigger_category": {"name": "Night"}}).body["trigger_category"]
    path = f"trigger_categories/{made['id']}"
    number = trigger(office, CREATED, actions={"priority": "low"}, category_id=made["id"])
    assert office.call("DELETE", path).body["errors"][0]["code"] == "TriggerCategoryNotEmpty"
    other = next(iter(office.desk.shelves["trigger_categories"]))
    job = {"job": {"action": "patch", "items": {"triggers": [{"id": number, "category_id": other}]}}}
    assert office.call("POST", "trigger_categories/jobs", json=job).body["status"] == "complete"
    assert office.call("DELETE", path).status == 204
    same = {"trigger_category": {"name": "notifications"}}
    assert office.call("POST", "trigger_categories", json=same).status == 422


def test_automations_run_when_they_are_told_to(office: Office) -> None:
    ticket = office.opened(assignee_id=office.agent.id)
    office.write(ticket, status="solved")
    trigger(office, condition("status", "closed", "value"), actions={"current_tags": "archived"})
    office.clock.advance(24 * 3600)
    assert run_automations(office.desk) == 1
    assert ticket.offered
    office.clock.advance(72 * 3600)
    assert run_automations(office.desk) == 0
    office.clock.advance(3600)
    assert run_automations(office.desk) == 1
    assert (ticket.status, ticket.tags) == (Status.CLOSED, ("archived",))
    audit = office.call("GET", f"tickets/{ticket.id}/audits").body["audits"][-1]
    assert (audit["author_id"], audit["via"]["source"]["rel"]) == (-1, "automation")
    assert run_automations(office.desk) == 0


def test_an_automation_must_end_by_itself(office: Office) -> None:
    old = condition("OPEN", 4, "greater_than")
    forever = {"title": "x", "all": [old], "actions": [{"field": "priority", "value": "low"}]}
    untimed = {"title": "x", "all": [condition("status", "open")], "actions": [{"field": "status", "value": "solved"}]}
    for told in (forever, untimed):
        assert office.call("POST", "automations", json={"automation": told}).status == 422
    ending = {**forever, "all": [old, condition("priority", "low", "is_not")]}
    assert office.call("POST", "automations", json={"automation": ending}).status == 201


def test_macros_are_written_and_only_shown(office: Office) -> None:
    actions = [
        {"field": "status", "value": "solved"},
        {"field": "comment_value", "value": ["channel:all", "Bye"]},
        {"field": "comment_mode_is_public", "value": "false"},
    ]
    made = office.call("POST", "macros", json={"macro": {"title": "Night::Close", "actions": actions}}).body["macro"]
    ticket = office.opened()
    shown = office.call("GET", f"tickets/{ticket.id}/macros/{made['id']}/apply").body["result"]["ticket"]
    assert (shown["status"], shown["comment"]["body"], shown["comment"]["public"]) == ("solved", "Bye", False)
    assert (ticket.status, len(ticket.comments)) == (Status.NEW, 1)
    assert office.call("GET", "macros/categories").body["categories"] == ["Night"]
    assert office.call("PUT", f"macros/{made['id']}", json={"macro": {"active": False}}).body["macro"]["active"] is False
    assert made["id"] not in {row["id"] for row in office.call("GET", "macros/active").body["macros"]}
    assert office.call("POST", "macros", json={"macro": {"title": "x", "actions": [{"field": "sing"}]}}).status == 422
    assert office.call("DELETE", f"macros/{made['id']}").status == 204
    assert office.call("GET", f"macros/{made['id']}/apply").status == 404
