"""Bulk runs over HTTP: begun, looked at, cancelled; and dry runs, which change nothing."""

from __future__ import annotations

from typing import Any

import pytest

from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.simulator.faults import FaultKind, FaultRule
from tests.integration.web.staging import ADMIN, Stage, data, failure

BULK = "/api/zendesk/bulk"
ITEMS = [{"subject": f"Case {place}", "comment": "x"} for place in range(120)]


def advance(stage: Stage, run_id: int) -> None:
    """Do what the runner does in an app."""
    stage.parts.desk(ADMIN).bulk.advance(run_id, seconds=600)


def begin(stage: Stage, **body: Any) -> dict[str, Any]:
    answer = stage.post(BULK, {"kind": "tickets", "verb": "create", "items": ITEMS} | body)
    assert answer.status_code == 202, answer.json
    found = data(answer)
    assert found["plan"] is None
    return found["run"]  # type: ignore[no-any-return]  # JSON


def test_a_run_from_its_beginning_to_its_results(stage: Stage) -> None:
    run = begin(stage)
    assert (run["state"], run["total"], run["waiting"], run["durable"]) == ("running", 120, 120, False)
    advance(stage, run["id"])
    shown = data(stage.get(f"{BULK}/{run['id']}"))
    assert (shown["state"], shown["ended"], shown["done"]) == ("done", True, 120)
    first = data(stage.get(f"{BULK}/{run['id']}/results", limit=100))
    rest = data(stage.get(f"{BULK}/{run['id']}/results", limit=100, cursor=first["cursor"]))
    rows = first["results"] + rest["results"]
    assert [row["position"] for row in rows] == list(range(120))
    assert (first["has_more"], rest["has_more"], rest["cursor"]) == (True, False, None)
    made = [stage.simulator.desk.tickets[row["record_id"]].subject for row in rows]
    assert made == [item["subject"] for item in ITEMS]
    assert [row["id"] for row in data(stage.get(BULK))["runs"]] == [run["id"]]


def test_a_failed_row_is_told_in_our_words_and_never_in_zendesks(stage: Stage) -> None:
    gone = begin(stage, verb="delete", items=None, ids=[999_999_999])
    advance(stage, gone["id"])
    answer = stage.get(f"{BULK}/{gone['id']}/results", state="failed")
    (row,) = data(answer)["results"]
    assert row["record_id"] == 999_999_999
    assert row["error"]["code"] == "NOT_FOUND"
    assert row["error"]["zendesk_code"] == "TicketDeleteFailed"
    assert set(row["error"]) == {"code", "message", "zendesk_code"}
    kept = stage.parts.desk(ADMIN).bulk.results(gone["id"]).items[0].outcome.upstream
    assert kept is not None
    assert kept not in answer.text


def test_a_dry_run_answers_200_and_changes_nothing(stage: Stage) -> None:
    ids = sorted(stage.simulator.desk.tickets)[:3]
    stage.simulator.calls.clear()
    body = {"kind": "tickets", "verb": "add_tags", "ids": ids, "changes": {"tags": ["recall"]}, "dry_run": True}
    answer = stage.post(BULK, body)
    assert answer.status_code == 200
    plan = data(answer)["plan"]
    assert (plan["total"], plan["jobs"], plan["minutes"]) == (3, 1, None)
    assert [change["field"] for change in plan["previews"][0]["changes"]] == ["tags"]
    assert "recall" in plan["previews"][0]["changes"][0]["then"]
    assert all(call.startswith("GET ") for call in stage.calls())
    assert data(stage.get(BULK))["runs"] == []


def test_a_repeat_with_the_same_key_is_the_same_run(stage: Stage) -> None:
    first = stage.post(BULK, {"kind": "tickets", "verb": "create", "items": ITEMS}, Idempotency_Key="k")
    again = stage.post(BULK, {"kind": "tickets", "verb": "create", "items": ITEMS}, Idempotency_Key="k")
    assert data(first)["run"]["id"] == data(again)["run"]["id"]


def test_cancelling_and_going_on(stage: Stage) -> None:
    run = begin(stage)
    assert data(stage.http.delete(f"{BULK}/{run['id']}"))["state"] == "cancelling"
    advance(stage, run["id"])
    assert data(stage.get(f"{BULK}/{run['id']}"))["state"] == "cancelled"
    stage.simulator.faults.add(
        FaultRule(kind=FaultKind.STATUS, status=403, path="/api/v2/tickets/create_many", count=1, body="json")
    )
    paused = begin(stage)
    advance(stage, paused["id"])
    shown = data(stage.get(f"{BULK}/{paused['id']}"))
    assert shown["state"] == "paused"
    assert shown["reason"]
    assert stage.post(f"{BULK}/{paused['id']}/resume").status_code == 202
    advance(stage, paused["id"])
    assert data(stage.get(f"{BULK}/{paused['id']}"))["done"] == 120


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "tickets", "verb": "delete"}, "items"),
        ({"kind": "tickets", "verb": "delete", "ids": [1], "items": [{}]}, "items"),
        ({"kind": "tickets", "verb": "delete", "ids": ["x"]}, "ids[0]"),
        ({"kind": "tickets", "verb": "delete", "ids": list(range(1, 5002))}, "ids"),
        ({"kind": "cats", "verb": "delete", "ids": [1]}, "kind"),
        ({"kind": "tickets", "verb": "create", "items": [{"subject": "no comment"}]}, "items"),
    ],
)
def test_what_is_wrong_with_a_request_is_named(stage: Stage, body: dict[str, Any], field: str) -> None:
    error = failure(stage.post(BULK, body), 400, "VALIDATION_ERROR")
    assert error["details"]["field"].replace("ids[...]", "ids[0]") == field


def test_items_that_cannot_be_sent_are_named_by_place(stage: Stage) -> None:
    answer = stage.post(BULK, {"kind": "tickets", "verb": "create", "items": [*ITEMS, {"subject": "no comment"}]})
    details = failure(answer, 400, "VALIDATION_ERROR")["details"]
    assert (details["invalid_count"], details["invalid"][0]["position"]) == (1, 120)


def test_a_run_that_is_not_there_is_not_found(stage: Stage) -> None:
    for answer in (stage.get(f"{BULK}/77"), stage.get(f"{BULK}/77/results"), stage.http.delete(f"{BULK}/77")):
        failure(answer, 404, "NOT_FOUND")
    failure(stage.get(f"{BULK}/seventy"), 400, "VALIDATION_ERROR")


def test_nobody_without_a_connection_begins_one(stage: Stage) -> None:
    stage.parts.caller = Caller(user_id="nobody", via="bearer")
    failure(stage.post(BULK, {"kind": "tickets", "verb": "create", "items": ITEMS}), 401, "ZENDESK_NOT_CONNECTED")
