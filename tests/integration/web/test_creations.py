"""One ticket per wish: repeats with a key, lost answers, restarts, and Zendesk's two hours."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.simulator.faults import FaultKind, FaultRule
from tests.integration.web.staging import Stage, build_stage, data, failure

TICKETS = "/api/zendesk/tickets"
WISH = {"subject": "Once only", "comment": "Please."}


def wishes(stage: Stage) -> list[int]:
    return [ticket.id for ticket in stage.simulator.desk.tickets.values() if ticket.subject == "Once only"]


def lose_answers(stage: Stage, count: int | None = None) -> None:
    stage.simulator.faults.add(
        FaultRule(kind=FaultKind.RESET_AFTER, method="POST", path="/api/v2/tickets", count=count)
    )


@pytest.mark.parametrize("journal", [True, False])
def test_a_repeat_with_the_same_key_is_the_same_ticket(journal: bool) -> None:
    stage = build_stage(journal=journal)
    first = data(stage.post(TICKETS, WISH, Idempotency_Key="k-1"))["ticket"]
    again = data(stage.post(TICKETS, WISH, Idempotency_Key="k-1"))["ticket"]
    other = data(stage.post(TICKETS, WISH, Idempotency_Key="k-2"))["ticket"]
    assert first["id"] == again["id"] != other["id"]
    assert len(wishes(stage)) == 2


def test_without_a_key_each_request_is_a_wish_of_its_own(stage: Stage) -> None:
    ids = {data(stage.post(TICKETS, WISH))["ticket"]["id"] for _ in range(2)}
    assert len(ids) == 2
    assert all(ticket.external_id is None for ticket in stage.simulator.desk.tickets.values() if ticket.id in ids)


@pytest.mark.parametrize("journal", [True, False])
def test_a_key_for_another_ticket_is_a_conflict(journal: bool) -> None:
    stage = build_stage(journal=journal)
    data(stage.post(TICKETS, WISH, Idempotency_Key="k-1"))
    failure(stage.post(TICKETS, {**WISH, "comment": "Other."}, Idempotency_Key="k-1"), 409, "CONFLICT")
    assert len(wishes(stage)) == 1


def test_two_people_may_use_the_same_key(stage: Stage) -> None:
    data(stage.post(TICKETS, WISH, Idempotency_Key="k-1"))
    stage.parts.caller = Caller(user_id="u-2", roles=frozenset({"admin"}), via="bearer")
    data(stage.post(TICKETS, WISH, Idempotency_Key="k-1"))
    assert len(wishes(stage)) == 2


def test_a_lost_answer_is_repeated_within_the_request(stage: Stage) -> None:
    lose_answers(stage, count=2)
    data(stage.post(TICKETS, WISH))
    assert len(wishes(stage)) == 1


@pytest.mark.parametrize("journal", [True, False])
def test_answers_lost_for_good_are_told_and_a_repeat_finds_the_ticket(journal: bool) -> None:
    stage = build_stage(journal=journal)
    lose_answers(stage)
    error = failure(stage.post(TICKETS, WISH, Idempotency_Key="k-1"), 502, "UPSTREAM_ERROR")
    assert "may or may not" in error["message"]
    if stage.parts.journal is not None:
        assert stage.parts.journal.states == ["unknown"]
    stage.simulator.faults.clear()
    found = data(stage.post(TICKETS, WISH, Idempotency_Key="k-1"))["ticket"]
    assert wishes(stage) == [found["id"]]


def test_after_zendesk_has_forgotten_the_key_the_journal_remembers(stage: Stage) -> None:
    first = data(stage.post(TICKETS, WISH, Idempotency_Key="k-1"))["ticket"]
    stage.clock.advance(timedelta(hours=5).total_seconds())
    assert data(stage.post(TICKETS, WISH, Idempotency_Key="k-1"))["ticket"]["id"] == first["id"]
    assert wishes(stage) == [first["id"]]


@pytest.mark.parametrize("wish", [WISH, {**WISH, "external_id": "order-7"}])
def test_a_lost_answer_is_cleared_up_after_zendesk_has_forgotten_the_key(stage: Stage, wish: dict[str, object]) -> None:
    # An older ticket with the same external id is somebody else's: external ids are not unique.
    stage.ticket(external_id="order-7")
    stage.clock.advance(3600)
    lose_answers(stage)
    failure(stage.post(TICKETS, wish, Idempotency_Key="k-1"), 502, "UPSTREAM_ERROR")
    stage.simulator.faults.clear()
    stage.clock.advance(timedelta(hours=5).total_seconds())
    found = data(stage.post(TICKETS, wish, Idempotency_Key="k-1"))["ticket"]
    assert wishes(stage) == [found["id"]]
    assert stage.parts.journal is not None
    assert stage.parts.journal.states[-2:] == ["unknown", "done"]


def test_a_create_that_never_arrived_is_made_after_zendesk_has_forgotten_the_key(stage: Stage) -> None:
    stage.simulator.faults.add(FaultRule(kind=FaultKind.STATUS, status=503, method="POST", path="/api/v2/tickets"))
    failure(stage.post(TICKETS, WISH, Idempotency_Key="k-1"), 502, "UPSTREAM_ERROR")
    stage.simulator.faults.clear()
    stage.clock.advance(timedelta(hours=5).total_seconds())
    found = data(stage.post(TICKETS, WISH, Idempotency_Key="k-1"))["ticket"]
    assert wishes(stage) == [found["id"]]


def test_a_refused_wish_can_be_made_again_after_the_reason_is_gone(stage: Stage) -> None:
    wish = {**WISH, "assignee_id": 4_611_686_018_427_387_904}
    failure(stage.post(TICKETS, wish, Idempotency_Key="k-1"), 400, "VALIDATION_ERROR")
    assert stage.parts.journal is not None
    assert stage.parts.journal.states == ["failed"]
    assert wishes(stage) == []


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "a b", "\u00e4", "tab\there"])
def test_a_key_that_is_none_is_refused(stage: Stage, key: str) -> None:
    answer = stage.http.post(TICKETS, json=WISH, headers={"Idempotency-Key": key.encode().decode("latin-1")})
    failure(answer, 400, "VALIDATION_ERROR")
    assert wishes(stage) == []


def test_the_pages_use_keys_too(stage: Stage) -> None:
    body = {"user_id": "current", "ticket": {"subject": "Once only", "description": "Please."}}
    path = "/api/integrations/zendesk/tickets/create"
    ids = {data(stage.post(path, body, Idempotency_Key="k-1"))["ticket"]["id"] for _ in range(3)}
    assert len(ids) == len(wishes(stage)) == 1


def test_many_at_once_with_one_key_make_one_ticket(stage: Stage) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: stage.post(TICKETS, WISH, Idempotency_Key="k-1"), range(24)))
    assert len({data(answer)["ticket"]["id"] for answer in answers}) == len(wishes(stage)) == 1
