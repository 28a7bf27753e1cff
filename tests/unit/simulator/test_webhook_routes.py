"""Webhooks are written with their secrets and shown without them; calls are written down."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.unit.simulator.conftest import Office

HOOK = {"name": "Ours", "endpoint": "https://app.example/hook", "http_method": "POST", "request_format": "json"}


def made(office: Office, **more: Any) -> Any:
    reply = office.call("POST", "webhooks", json={"webhook": {**HOOK, **more}})
    assert reply.status == 201, reply.body
    return reply.body["webhook"]


def test_secrets_are_never_shown(office: Office) -> None:
    proof = {"type": "basic_auth", "data": {"username": "me", "password": "s3cret"}, "add_position": "header"}
    hook = made(office, authentication=proof)
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{26}", hook["id"])
    assert hook["authentication"] == {"type": "basic_auth", "data": {"username": "me"}, "add_position": "header"}
    assert (hook["status"], hook["subscriptions"], hook["created_by"]) == (
        "active",
        ["conditional_ticket_events"],
        str(office.admin.id),
    )
    listed = office.call("GET", "webhooks")
    assert "s3cret" not in str(listed.body)
    assert listed.body["meta"]["has_more"] is False
    assert office.call("PATCH", f"webhooks/{hook['id']}", json={"webhook": {"status": "inactive"}}).status == 204
    assert office.call("GET", f"webhooks/{hook['id']}").body["webhook"]["status"] == "inactive"
    assert office.desk.shelves["webhooks"][hook["id"]]["authentication"] == proof


def test_the_signing_secret_is_told_and_renewed(office: Office) -> None:
    path = f"webhooks/{made(office)['id']}/signing_secret"
    first = office.call("GET", path).body["signing_secret"]
    assert first["algorithm"] == "SHA256"
    renewed = office.call("POST", path)
    assert renewed.status == 201
    assert renewed.body["signing_secret"]["secret"] != first["secret"]
    assert office.call("GET", path).body == renewed.body
    assert office.call("GET", path, by=office.agent).status == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"endpoint": "ftp://x"},
        {"endpoint": "https://["},
        {"http_method": "SING"},
        {"request_format": 5},
        {"subscriptions": ["zen:event-type:ticket.created", "conditional_ticket_events"]},
        {"subscriptions": ["ticket.created"]},
        {"subscriptions": ["zen:event-type:ticket.created"], "http_method": "GET"},
        {"authentication": {"type": "basic_auth", "data": {"username": "x"}}},
        {"authentication": "x"},
        {"custom_headers": {"a": "b"}, "endpoint": "http://x.example"},
    ],
)
def test_a_webhook_that_cannot_work_is_refused(office: Office, wrong: dict[str, Any]) -> None:
    reply = office.call("POST", "webhooks", json={"webhook": {**HOOK, **wrong}})
    assert (reply.status, reply.body["errors"][0]["code"]) == (400, "InvalidValue")
    assert not office.desk.shelves["webhooks"]


def test_the_kind_of_a_webhook_stays(office: Office) -> None:
    hook = made(office, subscriptions=["zen:event-type:ticket.created"])
    path, other = f"webhooks/{hook['id']}", {"webhook": {**HOOK, "subscriptions": ["conditional_ticket_events"]}}
    assert office.call("PUT", path, json=other).status == 400
    more = ["zen:event-type:ticket.created", "zen:event-type:ticket.merged"]
    assert office.call("PUT", path, json={"webhook": {**HOOK, "subscriptions": more}}).status == 204
    assert office.call("GET", path).body["webhook"]["subscriptions"] == more


def test_calls_of_rules_and_tries_are_its_invocations(office: Office) -> None:
    hook = made(office)
    actions = [{"field": "notification_webhook", "value": [hook["id"], "{{ticket.id}}"]}]
    told = {"title": "x", "all": [{"field": "update_type", "operator": "is", "value": "Create"}], "actions": actions}
    office.call("POST", "triggers", json={"trigger": told})
    office.opened()
    tried = office.call("POST", f"webhooks/test?webhook_id={hook['id']}", json={"request": {"payload": "{}"}})
    assert tried.body["response"]["status"] == 200
    rows = office.call("GET", f"webhooks/{hook['id']}/invocations").body["invocations"]
    assert [row["id"] for row in rows] == [call.id for call in office.desk.webhook_calls]
    assert [call.body for call in office.desk.webhook_calls] == ["1", "{}"]
    path = f"webhooks/{hook['id']}/invocations/{rows[0]['id']}/attempts"
    assert office.call("GET", path).body == {"attempts": []}
    assert office.call("GET", path.replace(rows[0]["id"], "nobody")).status == 404
    assert office.call("DELETE", f"webhooks/{hook['id']}").status == 204
    assert office.call("GET", f"webhooks/{hook['id']}").body["errors"][0]["code"] == "WebhookNotFound"
