"""The circuit: it opens after calls nobody answered, lets one through after a pause, and believes any answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from atom_zendesk_plugin.client.breaker import FIRST_PAUSE, LONGEST_PAUSE, THRESHOLD, TRIAL, Breaker
from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.errors import CircuitOpen, ZendeskUnavailable


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def breaker(clock: ManualClock) -> Breaker:
    return Breaker(account="default/acme", clock=clock)


def admit(breaker: Breaker) -> float | None:
    """Ask for admission; return the seconds to wait, None when the call may go."""
    try:
        breaker.admit(method="GET", endpoint="/api/v2/x")
    except CircuitOpen as refused:
        return refused.retry_after
    return None


def break_it(breaker: Breaker, times: int = THRESHOLD) -> None:
    for _ in range(times):
        assert admit(breaker) is None
        breaker.failed()


def test_it_opens_after_calls_in_a_row(breaker: Breaker) -> None:
    break_it(breaker, THRESHOLD - 1)
    assert admit(breaker) is None
    breaker.failed()
    assert breaker.is_open
    assert admit(breaker) == FIRST_PAUSE


def test_an_answer_in_between_counts_them_anew(breaker: Breaker) -> None:
    break_it(breaker, THRESHOLD - 1)
    breaker.answered()
    break_it(breaker, THRESHOLD - 1)
    assert not breaker.is_open


def test_after_the_pause_one_call_is_let_through(breaker: Breaker, clock: ManualClock) -> None:
    break_it(breaker)
    clock.advance(FIRST_PAUSE)
    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(lambda _: admit(breaker), range(40)))
    assert found.count(None) == 1
    assert {wait for wait in found if wait is not None} == {TRIAL}


def test_its_success_closes_the_circuit(breaker: Breaker, clock: ManualClock) -> None:
    break_it(breaker)
    clock.advance(FIRST_PAUSE)
    assert admit(breaker) is None
    breaker.answered()
    assert [admit(breaker) for _ in range(3)] == [None, None, None]


def test_its_failure_opens_it_for_twice_as_long_up_to_a_minute(breaker: Breaker, clock: ManualClock) -> None:
    break_it(breaker)
    pauses = []
    for _ in range(6):
        pauses.append(admit(breaker))
        clock.advance(pauses[-1] or 0)
        assert admit(breaker) is None
        breaker.failed()
    assert pauses == [5, 10, 20, 40, 60, LONGEST_PAUSE]


def test_calls_under_way_when_it_opened_do_not_lengthen_the_pause(breaker: Breaker) -> None:
    break_it(breaker)
    breaker.failed()
    breaker.failed()
    assert admit(breaker) == FIRST_PAUSE


def test_a_trial_that_was_never_sent_leaves_the_next_one_its_turn(breaker: Breaker, clock: ManualClock) -> None:
    break_it(breaker)
    clock.advance(FIRST_PAUSE)
    assert admit(breaker) is None
    breaker.undecided()
    assert admit(breaker) is None


def test_a_trial_that_never_ended_is_forgotten(breaker: Breaker, clock: ManualClock) -> None:
    break_it(breaker)
    clock.advance(FIRST_PAUSE)
    assert admit(breaker) is None
    clock.advance(TRIAL)
    assert admit(breaker) is None


def test_the_error_is_an_outage_that_says_when_to_come_back() -> None:
    error = CircuitOpen(method="GET", endpoint="/api/v2/x", retry_after=3.0)
    assert isinstance(error, ZendeskUnavailable)
    assert error.public["retry_after"] == 3.0
    assert "was not sent" in error.message
