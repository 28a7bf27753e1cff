"""Changing a ticket over the routes: conflicts with both versions, merges, what others did, sets."""

from __future__ import annotations

import pytest

from tests.integration.web.staging import Stage, data, failure

API = "/api/zendesk/tickets"


def test_a_conflict_tells_both_versions(stage: Stage) -> None:
    seen = stage.ticket(priority="low")
    stage.clock.advance(5)
    data(stage.put(f"{API}/{seen['id']}", {"priority": "high", "comment": "Secret words"}))
    stage.clock.advance(5)
    wish = {"priority": "normal", "expected_updated_at": seen["updated_at"]}
    error = failure(stage.put(f"{API}/{seen['id']}", wish), 409, "CONFLICT")
    (row,) = error["details"]["differences"]
    assert row == {"field": "priority", "before": "low", "theirs": "high", "changed_by_them": True, "yours": "normal"}
    assert error["details"]["ticket"]["priority"] == "high"
    assert len(error["details"]["comments"]) == 1
    assert "Secret" not in str(error)
    assert failure(stage.put(f"{API}/{seen['id']}", {**wish, "merge": "disjoint"}), 409, "CONFLICT")
    done = data(stage.put(f"{API}/{seen['id']}", {**wish, "merge": "mine"}))
    assert done["ticket"]["priority"] == "normal"
    assert [change["fields"] for change in done["merged"]] == [["priority"]]
    again = {"subject": "New", "expected_updated_at": error["details"]["ticket"]["updated_at"]}
    failure(stage.put(f"{API}/{seen['id']}", again), 409, "CONFLICT")


def test_what_was_done_in_the_same_second_is_told(stage: Stage) -> None:
    seen = stage.ticket()
    data(stage.put(f"{API}/{seen['id']}", {"priority": "high"}))
    wish = {"subject": "New", "expected_updated_at": seen["updated_at"]}
    done = data(stage.put(f"{API}/{seen['id']}", wish))
    assert [change["fields"] for change in done["unseen"]] == [["priority"]]
    assert (done["merged"], done["read_back"]) == ([], False)
    assert data(stage.put(f"{API}/{seen['id']}", {"subject": "Newer"}))["unseen"] is None


def test_sets_are_changed_one_by_one(stage: Stage) -> None:
    seen = stage.ticket(tags=["a", "b"])
    wish = {"add_tags": ["c"], "remove_tags": ["a"], "add_email_ccs": ["cc@example.com"], "priority": "low"}
    done = data(stage.put(f"{API}/{seen['id']}", wish))
    assert set(done["ticket"]["tags"]) == {"b", "c"}
    assert len(stage.simulator.desk.tickets[seen["id"]].email_cc_ids) == 1
    nothing: list[dict[str, object]] = [{"add_tags": []}, {"add_tags": None}]
    for body in nothing:
        failure(stage.put(f"{API}/{seen['id']}", body), 400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    "wish",
    [
        {"subject": "x", "merge": "mine"},
        {"subject": "x", "merge": "theirs", "expected_updated_at": "2026-03-02T09:00:00Z"},
        {"tags": ["a"], "add_tags": ["b"]},
        {"add_followers": [0]},
        {"add_followers": [1.5]},
        {"add_email_ccs": ["nobody"]},
        {"subject": "x", "expected_updated_at": "yesterday"},
    ],
)
def test_what_makes_no_sense_is_refused(stage: Stage, wish: dict[str, object]) -> None:
    seen = stage.ticket()
    stage.simulator.calls.clear()
    failure(stage.put(f"{API}/{seen['id']}", wish), 400, "VALIDATION_ERROR")
    assert stage.calls() == []
