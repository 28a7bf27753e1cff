"""Which fields a change would change."""

from __future__ import annotations

from typing import Any

import pytest

from atom_zendesk_plugin.desk.bulk.differences import differences

TICKET: dict[str, Any] = {
    "subject": "Printer", "priority": None, "tags": ["a", "b"], "due_at": "2026-01-05T09:00:00Z", "assignee_id": 7,
    "custom_fields": [{"id": 1, "value": "x"}, {"id": 2, "value": None}],
}  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {}, {"subject": "Printer"}, {"priority": None}, {"tags": ["b", "a"]}, {"additional_tags": ["a"]}, {"remove_tags": ["z"]},
        {"due_at": "2026-01-05T09:00:00+00:00"}, {"custom_fields": [{"id": 1, "value": "x"}, {"id": 2, "value": ""}]},
        {"comment": {"body": "x"}}, {"metadata": {}}, {"external_id": None},
    ],
)  # fmt: skip
def test_what_is_so_already_is_no_change(changes: dict[str, Any]) -> None:
    assert differences(TICKET, changes) == ()


@pytest.mark.parametrize(
    ("changes", "field", "then"),
    [
        ({"subject": "printer"}, "subject", "printer"),
        ({"priority": "low"}, "priority", "low"),
        ({"tags": ["a"]}, "tags", ["a"]),
        ({"additional_tags": ["a", "c"]}, "tags", ["a", "b", "c"]),
        ({"remove_tags": ["a"]}, "tags", ["b"]),
        ({"due_at": "2026-01-05T10:00:00Z"}, "due_at", "2026-01-05T10:00:00Z"),
        ({"custom_fields": [{"id": 2, "value": "y"}]}, "custom_fields.2", "y"),
        ({"custom_fields": [{"id": 3, "value": True}]}, "custom_fields.3", True),
        ({"assignee_id": None}, "assignee_id", None),
        ({"requester": {"email": "a@b.example"}}, "requester", {"email": "a@b.example"}),
    ],
)
def test_what_would_change_is_told_by_field(changes: dict[str, Any], field: str, then: object) -> None:
    (found,) = differences(TICKET, changes)
    assert (found.field, found.then) == (field, then)
