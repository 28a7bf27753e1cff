"""What the rows of a finished job say about its items."""

from __future__ import annotations

from typing import Any

import pytest

from atom_zendesk_plugin.desk.bulk.model import MOST_TRIES, Item
from atom_zendesk_plugin.desk.bulk.outcomes import SENTENCES, Verdicts, code_of, judge, sentence


def items(number: int, *, targets: bool = False, tries: int = 1) -> list[Item]:
    return [
        Item(position=10 + place, target_id=100 + place if targets else None, fields={}, tries=tries) for place in range(number)
    ]  # fmt: skip


def records(verdicts: Verdicts) -> dict[int, int | None]:
    return {position: outcome.record_id for position, outcome in verdicts.ended.items()}


def test_rows_belong_to_items_by_index_in_any_order() -> None:
    verdicts = judge(items(3), [{"index": 2, "id": 7}, {"index": 0, "id": 5}, {"index": 1, "id": 6}])
    assert records(verdicts) == {10: 5, 11: 6, 12: 7}


def test_rows_belong_to_items_by_record_in_any_order() -> None:
    rows = [{"id": 101, "success": True}, {"id": 100, "success": False, "error": "X", "details": "no such thing"}]
    verdicts = judge(items(2, targets=True), rows)
    assert [verdicts.ended[position].state for position in (10, 11)] == ["failed", "done"]


def test_rows_without_index_count_by_place_only_when_there_is_one_for_each() -> None:
    rows: list[dict[str, Any]] = [{"id": 5, "status": "Created"}, {"index": 1, "error": "X", "details": "blank"}]
    assert judge(items(2), rows).ended[10].record_id == 5
    short = judge(items(3), rows)
    assert (set(short.ended), short.silent) == ({11}, (10, 12))


@pytest.mark.parametrize("results", [None, {"success": True}, [], ["x"], "text", [{"index": 9, "id": 1}], [{"index": True, "id": 1}]])
def test_what_is_not_said_is_not_taken_for_a_success(results: object) -> None:
    verdicts = judge(items(2), results)
    assert (verdicts.ended, verdicts.silent) == ({}, (10, 11))


def test_a_record_without_an_id_is_unknown() -> None:
    assert judge(items(1), [{"index": 0, "status": "Created"}]).ended[10].state == "unknown"


def test_a_passing_failure_is_tried_again_until_it_was_tried_enough() -> None:
    rows = [{"index": 0, "error": "DatabaseConflict", "details": "Database collision"}]
    assert judge(items(1), rows).again == (10,)
    last = judge(items(1, tries=MOST_TRIES), rows)
    assert (last.again, last.ended[10].code) == ((), "UPSTREAM_ERROR")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("DatabaseConflict Database collision", "UPSTREAM_ERROR"),
        ("TicketUpdateFailed Request timed out", "UPSTREAM_ERROR"),
        ("TicketUpdateFailed Not found", "NOT_FOUND"),
        ("RecordNotFound", "NOT_FOUND"),
        ("OrganizationCreateFailed Name: has already been taken", "CONFLICT"),
        ("UserCreateFailed Email: ann@example.com is already being used", "CONFLICT"),
        ("PermissionDenied Forbidden", "FORBIDDEN"),
        ("TicketUpdateFailed Status: closed prevents ticket update", "VALIDATION_ERROR"),
        ("", "VALIDATION_ERROR"),
    ],
)
def test_our_code_for_zendesks_words(text: str, code: str) -> None:
    assert code_of(text) == code
    assert sentence(code) == SENTENCES[code]


def test_zendesks_sentence_is_kept_apart_and_shown_nowhere() -> None:
    row = {"index": 0, "error": "UserCreateFailed", "details": "Email: ann@example.com is already being used"}
    outcome = judge(items(1), [row]).ended[10]
    assert outcome.upstream is not None
    assert "ann@example.com" in outcome.upstream
    assert "ann@example.com" not in repr(outcome)
    assert outcome.zendesk_code == "UserCreateFailed"
    odd = judge(items(1), [{"index": 0, "error": "ann@example.com is bad"}]).ended[10]
    assert odd.zendesk_code is None
