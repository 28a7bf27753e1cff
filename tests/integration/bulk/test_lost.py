"""Bulk runs whose answers, jobs, processes or database get lost: read back before anything is sent again, and never made twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from atom_zendesk_plugin.desk.bulk.advancing import IN_DOUBT, LEASE, SEARCH_LAG
from atom_zendesk_plugin.desk.bulk.model import Lease, LeaseLost
from atom_zendesk_plugin.errors import StorageAway
from atom_zendesk_plugin.simulator.faults import FaultKind, FaultRule
from tests.integration.bulk.staging import MANY, UPDATE, Stage, build_stage, new_tickets, old_tickets, open_ids, results


def comments(stage: Stage, ids: list[int], body: str) -> list[int]:
    return [sum(c.body == body for c in stage.simulator.desk.tickets[number].comments) for number in ids]


def test_a_failed_row_that_came_through_all_the_same_is_not_made_twice() -> None:
    """Zendesk may call a row failed that it has carried out: what makes a record is looked for before it is sent again."""
    stage = build_stage()
    run = stage.bulk.start("tickets", "create", new_tickets(3))
    stage.bulk.advance(run.id, seconds=0)
    (job,) = stage.simulator.desk.jobs.values()
    assert isinstance(job.results, list)
    job.results[1] = {"index": 1, "error": "TicketCreateFailed", "details": "Timed out"}
    run = stage.go(run)
    assert (run.done, stage.calls("POST", MANY)) == (3, 1)
    assert set(stage.by_external_id().values()) == {1}


LOST = {
    "the answer is lost": FaultRule(kind=FaultKind.RESET_AFTER, path=MANY, count=1),
    "the answer cannot be read": FaultRule(kind=FaultKind.TRUNCATE, path=MANY, count=1),
    "the call never arrives": FaultRule(kind=FaultKind.RESET_BEFORE, path=MANY, count=1),
}


@pytest.mark.parametrize("what", LOST)
def test_creations_whose_answer_is_lost_are_looked_for(what: str) -> None:
    stage = build_stage(faults=[LOST[what]])
    run = stage.go(stage.bulk.start("tickets", "create", new_tickets(150)))
    assert (run.state, run.done, run.unknown) == ("done", 150, 0)
    assert len(stage.by_external_id()) == 150
    assert set(stage.by_external_id().values()) == {1}


@pytest.mark.parametrize("kind", ["users", "organizations"])
@pytest.mark.parametrize("fault", [FaultKind.RESET_AFTER, FaultKind.RESET_BEFORE])
def test_people_and_organizations_too(kind: str, fault: FaultKind) -> None:
    stage = build_stage(faults=[FaultRule(kind=fault, path=f"/api/v2/{kind}/create_many", count=1)])
    items = [{"name": f"New {place}"} for place in range(120)]
    items[5]["external_id"] = "with, a comma"
    run = stage.go(stage.bulk.start(kind, "create", items))
    assert (run.done, run.failed) == (120, 0)
    kept = stage.simulator.desk.users if kind == "users" else stage.simulator.desk.organizations
    made = [record for record in kept.values() if record.name.startswith("New ")]
    assert len(made) == 120
    by_id = {record.id: record for record in made}
    assert [by_id[outcome.record_id].name for outcome in results(stage, run)] == [item["name"] for item in items]
    assert by_id[results(stage, run)[0].record_id].external_id == f"atom-bulk-{run.id}-0"


@pytest.mark.parametrize("kind", ["users", "organizations", "tickets"])
def test_a_record_that_was_there_before_is_not_taken_for_a_new_one(kind: str) -> None:
    """It has the same external id, which is the caller's own. Tickets may share one; users and organizations may not."""
    stage = build_stage()
    item = {"subject": "A", "comment": "x"} if kind == "tickets" else {"name": "A"}
    earlier = stage.go(stage.bulk.start(kind, "create", [{**item, "external_id": "mine"}]))
    stage.clock.advance(3600)
    stage.simulator.faults.add(FaultRule(kind=FaultKind.RESET_BEFORE, path=f"/api/v2/{kind}/create_many", count=1))
    other = {"name": "B"} if kind == "organizations" else {}
    run = stage.go(stage.bulk.start(kind, "create", [{**item, **other, "external_id": "mine"}]))
    (outcome,), (before,) = results(stage, run), results(stage, earlier)
    if kind == "tickets":
        assert outcome.state == "done"
        assert outcome.record_id != before.record_id
    else:
        assert (outcome.state, outcome.code) == ("failed", "CONFLICT")


@pytest.mark.parametrize("fault", [FaultKind.RESET_AFTER, FaultKind.RESET_BEFORE])
@pytest.mark.parametrize("verb", ["update", "update_each"])
def test_a_comment_whose_answer_is_lost_is_looked_for_in_the_audits(verb: str, fault: FaultKind) -> None:
    stage = build_stage(faults=[FaultRule(kind=fault, path=UPDATE, count=1)])
    ids = open_ids(stage, 5)
    changes = {"comment": "We are on it.", "public": False}
    items: list[object] = [{"id": number, **changes} for number in ids] if verb == "update_each" else list(ids)
    run = stage.go(stage.bulk.start("tickets", verb, items, changes=None if verb == "update_each" else changes))
    assert (run.done, run.unknown) == (5, 0)
    assert comments(stage, ids, "We are on it.") == [1] * 5


@pytest.mark.parametrize("fault", [FaultKind.RESET_AFTER, FaultKind.RESET_BEFORE])
def test_a_change_is_compared_and_a_deletion_looked_for(fault: FaultKind) -> None:
    stage = build_stage(faults=[FaultRule(kind=fault, path=UPDATE, count=1)])
    ids = open_ids(stage, 10)
    assert stage.go(stage.bulk.start("tickets", "update", ids, changes={"priority": "high", "tags": ["a"]})).done == 10
    assert stage.calls("PUT", UPDATE) == (1 if fault is FaultKind.RESET_AFTER else 2)
    stage.simulator.faults.add(FaultRule(kind=fault, path="/api/v2/tickets/destroy_many", count=1))
    run = stage.go(stage.bulk.start("tickets", "delete", ids))
    assert (run.done, run.failed) == (10, 0)
    assert set(ids) <= set(stage.simulator.desk.deleted_tickets)


def test_a_job_that_zendesk_has_forgotten_is_resolved_by_reading_back() -> None:
    stage = build_stage()
    run = stage.bulk.start("tickets", "create", new_tickets(120))
    stage.bulk.advance(run.id, seconds=0)
    stage.clock.advance(timedelta(days=1, hours=1).total_seconds())
    run = stage.go(run)
    assert (run.state, run.done, stage.calls("POST", MANY)) == ("done", 120, 2)
    assert set(stage.by_external_id().values()) == {1}


def test_a_job_without_rows_is_not_taken_for_a_success() -> None:
    stage = build_stage()
    run = stage.bulk.start("tickets", "create", new_tickets(3))
    stage.bulk.advance(run.id, seconds=0)
    (job,) = stage.simulator.desk.jobs.values()
    job.results = {"success": True}
    lost = next(iter(stage.simulator.desk.tickets))
    del stage.simulator.desk.tickets[lost]
    run = stage.go(run)
    assert run.done == 3
    assert stage.calls("GET", "/api/v2/tickets") >= 3


def test_two_at_once_never_work_on_one_run() -> None:
    stage = build_stage(most_jobs=1)
    run = stage.bulk.start("tickets", "create", new_tickets(300))
    one, other = stage.bulk.mover(run.id), stage.another().mover(run.id)
    one.until(stage.clock.monotonic())
    stage.ledger.take(run.id, Lease(holder=one.holder, until=stage.clock.now() + timedelta(seconds=9)), now=stage.clock.now())
    stage.simulator.calls.clear()
    with pytest.raises(LeaseLost):
        other.until(stage.clock.monotonic())
    assert stage.calls() == 0
    assert one.until(stage.clock.monotonic() + 600).done == 300
    assert stage.another().advance(run.id, seconds=0).state == "done"


def test_the_run_of_a_dead_process_is_taken_over_when_its_lease_has_ended() -> None:
    stage = build_stage()
    run = stage.bulk.start("tickets", "create", new_tickets(5))
    dead = Lease(holder="dead", until=stage.clock.now() + timedelta(seconds=LEASE))
    stage.ledger.take(run.id, dead, now=stage.clock.now())
    stage.ledger.sending(run.id, 0, dead, now=stage.clock.now())  # and then it was killed
    with pytest.raises(LeaseLost):
        stage.go(run)
    stage.clock.advance(LEASE)
    assert stage.go(run).done == 5
    assert set(stage.by_external_id().values()) == {1}


def test_a_process_that_wakes_up_late_sends_nothing() -> None:
    """Its deadline began before the mark: by the time another reads back, its call cannot leave any more."""
    stage = build_stage()
    run = stage.bulk.start("tickets", "create", new_tickets(5))
    sleeper = stage.bulk.mover(run.id)
    plain = stage.ledger.sending

    def slow(*args: Any, **named: Any) -> None:
        plain(*args, **named)
        stage.clock.advance(LEASE + 1)  # the machine stood still
        stage.ledger.sending = plain  # type: ignore[method-assign]
        assert stage.another().advance(run.id, seconds=600).done == 5

    stage.ledger.sending = slow  # type: ignore[method-assign]
    with pytest.raises(LeaseLost):
        sleeper.until(stage.clock.monotonic() + 5)
    assert set(stage.by_external_id().values()) == {1}


def test_a_job_still_under_way_is_waited_for_before_reading_back() -> None:
    """The answer was lost, the job is queued: looked at too early, its tickets would be made twice."""
    stage = build_stage()
    run = stage.bulk.start("tickets", "create", new_tickets(3))
    stage.simulator.faults.add(FaultRule(kind=FaultKind.RESET_AFTER, path=MANY, count=1))
    stage.bulk.advance(run.id, seconds=IN_DOUBT - 5)
    assert stage.calls() == 1  # its call may still be on the way: looking for it proves nothing yet
    (job,) = stage.simulator.desk.jobs.values()
    made = dict(stage.simulator.desk.tickets)
    for number in made:  # Zendesk has not come to it yet
        stage.simulator.desk.index.remove(stage.simulator.desk.tickets.pop(number))
    busy = QueuedJob(stage, job.id)
    stage.bulk.advance(run.id, seconds=IN_DOUBT + 60)
    assert (stage.calls("POST", MANY), stage.bulk.get(run.id).done) == (1, 0)
    for number, ticket in made.items():
        stage.simulator.desk.tickets[number] = ticket
        stage.simulator.desk.index.add(ticket)
    busy.end()
    assert stage.go(run).done == 3
    assert (stage.calls("POST", MANY), set(stage.by_external_id().values())) == (1, {1})


class QueuedJob:
    """Keeps a job of the simulator from ending, however often it is looked at."""

    def __init__(self, stage: Stage, job_id: str) -> None:
        self._jobs, self._id = stage.simulator.desk.jobs, job_id
        self._real = self._jobs[job_id]
        self._real.polls = -(10**9)
        self._real.created_at += timedelta(days=1)

    def end(self) -> None:
        self._real.polls = 10


def test_a_database_that_goes_away_is_waited_for_and_nothing_is_sent_meanwhile() -> None:
    stage = build_stage(most_jobs=1)
    run = stage.bulk.start("tickets", "create", new_tickets(300))
    away = Away(stage, failing=("sent", "settle", "sending"))
    mover = stage.bulk.mover(run.id)
    with pytest.raises(StorageAway):
        mover.until(stage.clock.monotonic() + 30)
    assert stage.calls("POST", MANY) == 0  # what could not be marked was not sent
    away.failing = ("sent",)
    with pytest.raises(StorageAway):
        mover.until(stage.clock.monotonic() + 30)
    assert stage.calls("POST", MANY) == 1
    away.failing = ()
    assert mover.until(stage.clock.monotonic() + 600).done == 300
    assert stage.calls("POST", MANY) == 3
    assert {call.path for call in stage.simulator.calls} == {MANY, "/api/v2/job_statuses/show_many"}  # its job was not forgotten
    assert set(stage.by_external_id().values()) == {1}


class Away:
    """A ledger whose database fails in some of its methods."""

    def __init__(self, stage: Stage, *, failing: tuple[str, ...]) -> None:
        self.failing = failing
        for name in failing:
            setattr(stage.ledger, name, self._guarded(name, getattr(stage.ledger, name)))

    def _guarded(self, name: str, plain: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **named: Any) -> Any:
            if name in self.failing:
                raise StorageAway
            return plain(*args, **named)

        return call


def test_history_keeps_its_dates_and_a_second_run_adds_nothing() -> None:
    stage = build_stage()
    run = stage.go(stage.bulk.start("tickets", "import", old_tickets(130)))
    assert (run.done, len(stage.by_external_id())) == (130, 130)
    first = stage.simulator.desk.tickets[results(stage, run)[0].record_id]
    assert first.created_at.year == 2019
    assert [(comment.body, comment.public) for comment in first.comments] == [("It broke.", True), ("Mended.", False)]
    again = stage.go(stage.bulk.start("tickets", "import", old_tickets(150)))
    assert again.done == 150
    assert results(stage, again)[:130] == results(stage, run)
    assert set(stage.by_external_id().values()) == {1}
    assert len(stage.by_external_id()) == 150


def test_history_that_another_installation_brought_is_found_by_search() -> None:
    stage, number = build_stage(), 45
    stage.go(stage.bulk.start("tickets", "import", old_tickets(number)))
    other = build_stage()
    other.client, other.simulator = stage.client, stage.simulator
    bulk = type(stage.bulk)(client=stage.client, caller=stage.bulk.caller, clock=stage.clock, seats=other.bulk.seats)
    run = bulk.start("tickets", "import", old_tickets(number))
    assert bulk.advance(run.id, seconds=600).done == number
    assert set(stage.by_external_id().values()) == {1}


@pytest.mark.parametrize("status", ["solved", "closed"])
def test_history_whose_answer_is_lost_is_looked_for(status: str) -> None:
    fault = FaultRule(kind=FaultKind.RESET_AFTER, path="/api/v2/imports/tickets/create_many", count=1)
    stage = build_stage(faults=[fault])
    stage.simulator.desk.search_lag = SEARCH_LAG / 2
    run = stage.go(stage.bulk.start("tickets", "import", old_tickets(30, status=status)))
    assert (run.done, stage.calls("POST", "imports")) == (30, 1)
    assert set(stage.by_external_id().values()) == {1}
    assert run.finished_at is not None
    took = (run.finished_at - run.created_at).total_seconds()
    assert (took >= SEARCH_LAG) is (status == "closed")  # an archived ticket is found by search alone
