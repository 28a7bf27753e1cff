"""Bulk runs against a local Zendesk: order, cost, what is tried again, what is refused, and what a dry run tells."""

from __future__ import annotations

from typing import Any

import pytest

from atom_zendesk_plugin.desk.bulk.model import NoSuchRun, Run
from atom_zendesk_plugin.desk.bulk.service import InvalidItems
from atom_zendesk_plugin.errors import InvalidInput
from atom_zendesk_plugin.simulator.faults import FaultKind, FaultRule
from tests.integration.bulk.staging import MANY, UPDATE, Stage, build_stage, new_tickets, old_tickets, open_ids, results


def states(stage: Stage, run: Run) -> list[str]:
    return [outcome.state for outcome in results(stage, run)]


def tags(stage: Stage, ids: list[int]) -> list[set[str]]:
    return [set(stage.simulator.desk.tickets[number].tags) for number in ids]


def test_results_come_in_the_order_of_the_items() -> None:
    stage = build_stage()
    run = stage.bulk.start("tickets", "create", iter(new_tickets(250)))
    assert (run.state, run.total, run.durable) == ("running", 250, False)
    run = stage.go(run)
    assert (run.state, run.done) == ("done", 250)
    made = [stage.simulator.desk.tickets[outcome.record_id].external_id for outcome in results(stage, run)]
    assert made == [f"case-{place}" for place in range(250)]
    assert stage.calls("POST", MANY) == 3
    first = stage.bulk.results(run.id, limit=200)
    assert len(stage.bulk.results(run.id, cursor=first.cursor, limit=200).items) == 50


def test_five_thousand_tickets_are_tagged_with_120_calls_at_most() -> None:
    stage = build_stage(tickets=0)
    ids = open_ids(stage, 5000)
    run = stage.go(stage.bulk.start("tickets", "add_tags", ids, changes={"tags": ["vip"]}))
    assert (run.done, stage.calls("PUT", UPDATE)) == (5000, 50)
    assert stage.calls() <= 120
    assert all("vip" in found for found in tags(stage, ids))


@pytest.mark.parametrize("most_jobs", [1, 15, 30])
def test_no_more_jobs_are_in_flight_than_allowed(most_jobs: int) -> None:
    stage = build_stage(most_jobs=most_jobs)
    run = stage.bulk.start("tickets", "create", new_tickets(3500))
    seen = []
    while not run.ended:
        run = stage.bulk.advance(run.id, seconds=0)
        jobs = stage.simulator.desk.jobs.values()
        seen.append(sum(job.finished_at is None for job in jobs))
        stage.clock.advance(3)
    assert max(seen) == most_jobs
    assert run.done == 3500


def test_when_zendesk_has_too_many_jobs_the_run_waits() -> None:
    stage = build_stage(plan="suite-enterprise")
    others = [stage.client.tickets.create_many([{"subject": "x", "comment": {"body": "y"}}]) for _ in range(30)]
    assert len(others) == 30
    run = stage.go(stage.bulk.start("tickets", "create", new_tickets(200)))
    assert (run.state, run.done) == ("done", 200)
    assert any(call.status == 429 for call in stage.simulator.calls)
    assert max(stage.by_external_id().values()) == 1


def test_only_rows_that_a_repeat_can_cure_are_sent_again() -> None:
    stage = build_stage(faults=[FaultRule(kind=FaultKind.ROWS, path=UPDATE, count=7)])
    ids = open_ids(stage, 150)
    gone = [999_999_001, 999_999_002]
    run = stage.go(stage.bulk.start("tickets", "update", [*ids[:100], *gone, *ids[100:]], changes={"priority": "high"}))
    assert (run.done, run.failed) == (150, 2)
    outcomes = results(stage, run)
    assert {(outcomes[place].state, outcomes[place].code) for place in (100, 101)} == {("failed", "NOT_FOUND")}
    assert outcomes[100].upstream is not None
    sent = [call for call in stage.simulator.calls if call.path == UPDATE]
    assert [len(call.query.split("%2C")) for call in sent] == [100, 52, 7]


def test_a_row_that_always_fails_is_sent_three_times() -> None:
    # A rule fails each row once, so three rules fail it three times.
    stage = build_stage(faults=[FaultRule(kind=FaultKind.ROWS, path=UPDATE) for _ in range(4)])
    run = stage.go(stage.bulk.start("tickets", "update", open_ids(stage, 2), changes={"priority": "high"}))
    assert (run.state, run.failed) == ("done", 2)
    assert results(stage, run)[0].code == "UPSTREAM_ERROR"
    assert stage.calls("PUT", UPDATE) == 3


def test_the_row_that_zendesk_refuses_is_found_by_halving() -> None:
    stage = build_stage()
    items = new_tickets(8)
    items[5]["requester_id"] = 4  # nobody
    run = stage.go(stage.bulk.start("tickets", "create", items))
    assert [place for place, state in enumerate(states(stage, run)) if state != "done"] == [5]
    for refusals, ended in ((1, (4, 0)), (7, (0, 4))):
        stage.simulator.faults.add(FaultRule(kind=FaultKind.STATUS, status=422, path=MANY, count=refusals, body="json"))
        run = stage.go(stage.bulk.start("tickets", "create", [{"subject": "A", "comment": "B"}] * 4))
        assert (run.done, run.failed) == ended


def test_a_missing_right_pauses_the_run_and_it_goes_on_when_it_is_there() -> None:
    stage = build_stage()
    stage.simulator.faults.add(FaultRule(kind=FaultKind.STATUS, status=403, path=MANY, count=1, body="json"))
    run = stage.go(stage.bulk.start("tickets", "create", new_tickets(5)))
    assert run.state == "paused"
    assert "lacks the scope" in (run.reason or "")
    assert stage.go(run).state == "paused"
    stage.bulk.resume(run.id)
    assert stage.go(run).done == 5


def test_read_only_pauses_and_sends_nothing() -> None:
    stage = build_stage(ZENDESK_READ_ONLY="true")
    run = stage.go(stage.bulk.start("tickets", "create", new_tickets(5)))
    assert (run.state, stage.calls()) == ("paused", 0)


def test_an_outage_is_waited_for() -> None:
    stage = build_stage(faults=[FaultRule(kind=FaultKind.STATUS, status=503, path="/api/v2/*", count=12)])
    run = stage.go(stage.bulk.start("tickets", "create", new_tickets(5)))
    assert (run.state, run.done) == ("done", 5)
    assert set(stage.by_external_id().values()) == {1}


def test_cancelling_lets_jobs_in_flight_end() -> None:
    stage = build_stage(most_jobs=2)
    run = stage.bulk.start("tickets", "create", new_tickets(500))
    stage.bulk.advance(run.id, seconds=0)
    assert stage.bulk.cancel(run.id).state == "cancelling"
    run = stage.go(run)
    assert (run.state, run.done, run.cancelled, run.waiting) == ("cancelled", 200, 300, 0)
    assert states(stage, run) == ["done"] * 200 + ["cancelled"] * 300
    assert len(stage.by_external_id()) == 200
    assert stage.bulk.cancel(run.id).state == "cancelled"


def test_invalid_items_are_told_with_their_place_and_nothing_is_sent() -> None:
    stage = build_stage()
    items: list[object] = [*new_tickets(2500)]
    items[3] = {"subject": "no comment"}
    items[1700] = {"subject": "x", "comment": "y", "priority": "huge"}
    items[2400] = {"subject": "x", "comment": "y", "external_id": "case-7"}
    with pytest.raises(InvalidItems) as caught:
        stage.bulk.start("tickets", "create", items)
    invalid = caught.value.public["invalid"]
    assert isinstance(invalid, list)
    assert [(one["position"], one["field"]) for one in invalid] == [(3, "comment"), (1700, "priority"), (2400, "external_id")]
    assert (stage.calls(), list(stage.bulk.list())) == (0, [])
    run = stage.go(stage.bulk.start("tickets", "create", items, skip_invalid=True))
    assert (run.done, run.failed) == (2497, 3)
    failed = stage.bulk.results(run.id, states=["failed"]).items
    assert [(result.position, result.outcome.code) for result in failed] == [
        (3, "VALIDATION_ERROR"), (1700, "VALIDATION_ERROR"), (2400, "VALIDATION_ERROR"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "verb", "items", "changes", "field"),
    [
        ("groups", "create", [{}], None, "kind"),
        ("tickets", "explode", [1], None, "verb"),
        ("users", "add_tags", [1], {"tags": ["a"]}, "verb"),
        ("tickets", "add_tags", [1], {"tags": []}, "changes"),
        ("tickets", "delete", [1], {"status": "open"}, "changes"),
        ("tickets", "update", [1], {}, None),
        ("tickets", "delete", [], None, "items"),
        ("tickets", "delete", [5, 6, 5], None, "items"),
        ("tickets", "delete", [{"id": 5, "subject": "x"}], None, "items"),
        ("tickets", "update_each", [5], None, "items"),
        ("tickets", "import", [{"subject": "x", "comment": "y"}], None, "items"),
    ],
)
def test_what_makes_no_run_is_refused(kind: str, verb: str, items: list[Any], changes: Any, field: str | None) -> None:
    stage = build_stage()
    with pytest.raises(InvalidInput) as caught:
        stage.bulk.start(kind, verb, items, changes=changes)
    assert caught.value.field == field
    assert stage.calls() == 0


def test_a_repeated_request_finds_its_run() -> None:
    stage = build_stage()
    first = stage.bulk.start("tickets", "create", new_tickets(3), idempotency_key="k")
    assert stage.bulk.start("tickets", "create", new_tickets(3), idempotency_key="k").id == first.id
    assert stage.bulk.start("tickets", "create", new_tickets(3), idempotency_key="l").id != first.id
    stage.go(first)
    assert len(stage.by_external_id()) == 3


def test_somebody_elses_id_is_no_run() -> None:
    stage = build_stage()
    for call in (stage.bulk.get, stage.bulk.results, stage.bulk.cancel, stage.bulk.resume):
        with pytest.raises(NoSuchRun):
            call(12345)


def test_a_dry_run_tells_the_cost_and_the_changes_and_changes_nothing() -> None:
    stage = build_stage(plan="suite-team")
    ids = open_ids(stage, 250)
    before = {number: stage.simulator.desk.tickets[number].updated_at for number in ids}
    items: list[object] = [*ids, 999_999_999, "nonsense"]
    plan = stage.bulk.plan("tickets", "update", items, changes={"priority": "high", "comment": "x"}, sample=300)
    assert (plan.total, plan.jobs, plan.invalid_count, plan.invalid[0].position) == (252, 3, 1, 251)
    assert plan.calls == 3 + 4
    assert plan.limit_per_minute == 200
    assert plan.minutes == round(7 / (200 * 0.6), 1)
    assert (plan.spent, stage.calls()) == (4, 4)
    assert [(preview.found, preview.comment) for preview in plan.previews] == [(True, True)] * 250 + [(False, True)]
    assert [(change.field, change.now, change.then) for change in plan.previews[0].changes] == [("priority", None, "high")]
    assert {number: stage.simulator.desk.tickets[number].updated_at for number in ids} == before
    assert {call.method for call in stage.simulator.calls} == {"GET"}


def test_a_dry_run_without_limits_says_that_it_does_not_know_the_minutes() -> None:
    stage = build_stage()
    plan = stage.bulk.plan("tickets", "import", old_tickets(150))
    assert (plan.jobs, plan.minutes, plan.limit_per_minute, plan.previews) == (2, None, None, ())
    assert plan.calls == 2 + 8 + 4
    assert stage.bulk.plan("tickets", "delete", range(1, 1001), sample=8).previews[-1].position > 800
