"""A ticket's fields as given, and as Zendesk is sent them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from atom_zendesk_plugin.desk import checks
from atom_zendesk_plugin.desk.ticket_fields import changes_of, new_ticket
from atom_zendesk_plugin.errors import InvalidInput


def test_a_comment_always_says_whether_it_is_public() -> None:
    assert new_ticket({"comment": "Hi"})["comment"] == {"body": "Hi", "public": True}
    assert changes_of({"comment_html": "<b>Hi</b>", "public": False})["comment"] == {
        "html_body": "<b>Hi</b>",
        "public": False,
    }


def test_absent_is_not_sent_and_null_clears() -> None:
    assert changes_of({"status": "open"}) == {"status": "open"}
    assert changes_of({"assignee_id": None, "tags": None}) == {"assignee_id": None, "tags": []}


def test_a_requester_by_address_gets_a_name() -> None:
    assert new_ticket({"comment": "x", "requester_email": "Ann@Example.com"})["requester"] == {
        "email": "ann@example.com",
        "name": "ann",
    }
    assert "requester_email" not in new_ticket({"comment": "x", "requester_email": "a@b.cd"})


@pytest.mark.parametrize(
    ("text", "zone", "sent"),
    [
        ("2026-01-31T09:00:00Z", None, "2026-01-31T09:00:00Z"),
        ("2026-01-31T09:00:00+02:00", "America/New_York", "2026-01-31T07:00:00Z"),
        ("2026-01-31T09:00", None, "2026-01-31T09:00:00Z"),
        ("2026-01-31T09:00", "Europe/Berlin", "2026-01-31T08:00:00Z"),
        ("2026-07-31 09:00:59.9", "Europe/Berlin", "2026-07-31T07:00:59Z"),
        ("2026-01-31", "Asia/Tokyo", "2026-01-30T15:00:00Z"),
        (datetime(2026, 1, 31, 9, tzinfo=UTC), None, "2026-01-31T09:00:00Z"),
    ],
)
def test_due_dates_are_sent_in_utc(text: Any, zone: str | None, sent: str) -> None:
    assert new_ticket({"comment": "x", "type": "task", "due_at": text}, time_zone=zone)["due_at"] == sent


@pytest.mark.parametrize(
    "zone", ["Mars/Olympus", "../../etc/passwd", "/etc/localtime", "", "x" * 99, "Europe/Berlin\x00", "posixrules/.."]
)
def test_a_time_zone_that_is_none(zone: str) -> None:
    if not zone:
        assert checks.instant("2026-01-31T09:00", "due_at", time_zone=zone) == "2026-01-31T09:00:00Z"
        return
    with pytest.raises(InvalidInput) as refused:
        checks.instant("2026-01-31T09:00", "due_at", time_zone=zone)
    assert refused.value.field == "time_zone"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "comment"),
        ({"comment": None}, "comment"),
        ({"comment": 5}, "comment"),
        ({"comment": "x", "colour": "red"}, "colour"),
        ({"comment": "x", "requester_id": 1, "requester_email": "a@b.cd"}, "requester_email"),
        ({"comment": "x", "due_at": "2026-01-01"}, "due_at"),
        ({"comment": "x", "assignee_id": True}, "assignee_id"),
        ({"comment": "x", "assignee_id": "7"}, "assignee_id"),
        ({"comment": "x", "tags": ["a", ""]}, "tags"),
        ({"comment": "x", "custom_fields": 5}, "custom_fields"),
        ({"comment": "x", "custom_fields": {" ": 1}}, "a name in custom_fields"),
        ({"comment": "x", "custom_fields": {"Region": {"deep": 1}}}, "custom_fields.Region"),
        ({"comment": "x", "custom_fields": {str(n): 1 for n in range(401)}}, "custom_fields"),
        ({"comment": "x", "custom_status": ""}, "custom_status"),
        ({"comment": "x", "custom_status_id": "7"}, "custom_status_id"),
        ({"comment": "x", "custom_fields": [{"id": 1, "value": float("nan")}]}, "custom_fields[0].value"),
        ({"comment": "x", "custom_fields": [{"id": 0, "value": 1}]}, "custom_fields[0].id"),
        ({"comment": "x", "public": "yes"}, "public"),
        ({"comment": "\u00e4" * 32_768}, "comment"),
    ],
)
def test_fields_that_cannot_be(given: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        new_ticket(given)
    assert refused.value.field == field


def test_a_comment_of_exactly_the_limit_passes() -> None:
    new_ticket({"comment": "x" * 65_535})


@pytest.mark.parametrize(
    "address",
    ["a", "@b.cd", "a@b", "a b@c.de", "a@b.cd\n", "a@b..", "a,b@c.de", "<a@b.cd>", "a@b@c.de", "x" * 250 + "@b.cd"],
)
def test_an_address_that_is_none(address: str) -> None:
    if address == "a@b.cd\n":
        assert checks.email(address, "email") == "a@b.cd"
        return
    with pytest.raises(InvalidInput):
        checks.email(address, "email")
