"""The retry rule as a table, written out by hand from the rule and not from the code."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atom_zendesk_plugin.client.retry import (
    Outcome,
    RetryPolicy,
    may_have_been_done,
    next_wait,
    parse_retry_after,
)

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
POLICY = RetryPolicy()
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
FINAL = (200, 201, 204, 301, 302, 304, 400, 401, 403, 404, 406, 409, 413, 422, 501)
PASSING: tuple[Outcome, ...] = (408, 500, 502, 503, 504, 520, 522, 524, "lost", "garbled")
ALWAYS: tuple[Outcome, ...] = (429, "not_sent")


def wait(
    outcome: Outcome,
    *,
    method: str = "GET",
    keyed: bool = False,
    attempt: int = 1,
    retry_after: float | None = None,
    left: float | None = None,
    jitter: float = 0.0,
) -> float | None:
    return next_wait(
        method=method, keyed=keyed, attempt=attempt, outcome=outcome, retry_after=retry_after,
        deadline_left=left, policy=POLICY, jitter=jitter,
    )  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("outcome", [*FINAL, *PASSING, *ALWAYS])
def test_which_method_is_repeated_after_which_outcome(method: str, outcome: Outcome) -> None:
    expected = outcome in ALWAYS or (method in ("GET", "HEAD") and outcome in PASSING)
    assert (wait(outcome, method=method) is not None) == expected


@pytest.mark.parametrize("outcome", [*FINAL, *PASSING, *ALWAYS])
def test_a_keyed_create_is_repeated_like_a_read(outcome: Outcome) -> None:
    expected = outcome in ALWAYS or outcome in PASSING
    assert (wait(outcome, method="POST", keyed=True) is not None) == expected


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_key_means_nothing_on_other_methods(method: str) -> None:
    assert wait("lost", method=method, keyed=True) is None


RETRY_AFTER_FORMS = {
    "seconds": ("7", 7.0),
    "date": ("Mon, 05 Jan 2026 09:00:07 GMT", 7.0),
    "absent": (None, None),
    "garbage": ("soon, honestly", None),
}


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("form", RETRY_AFTER_FORMS)
def test_the_wait_that_the_server_asks_for(status: int, method: str, form: str) -> None:
    header, seconds = RETRY_AFTER_FORMS[form]
    asked = parse_retry_after(header, now=NOW)
    assert asked == seconds
    low, high = (wait(status, method=method, retry_after=asked, jitter=jitter) for jitter in (0.0, 1.0))
    if status == 503 and method not in ("GET", "HEAD"):
        assert low is None
        assert high is None
        return
    assert low is not None
    assert high is not None
    if asked is None:
        assert 0 < low < high <= (POLICY.limited_base if status == 429 else POLICY.base)
    else:
        assert low == asked  # never earlier than asked
        assert asked < high <= asked + POLICY.spread


def test_an_unasked_wait_doubles_up_to_its_cap() -> None:
    long = RetryPolicy(max_attempts=100)
    waits = [
        next_wait(
            method="GET", keyed=False, attempt=attempt, outcome=500, retry_after=None, deadline_left=None, policy=long,
            jitter=1.0,
        )
        for attempt in range(1, 60)
    ]  # fmt: skip
    assert waits[:4] == [0.5, 1.0, 2.0, 4.0]
    assert set(waits[6:]) == {20.0}


def test_a_long_retry_after_is_capped() -> None:
    assert wait(429, retry_after=1e8) == POLICY.obey_cap


def test_retry_after_is_not_read_into_other_statuses() -> None:
    assert wait(500, retry_after=300.0, jitter=1.0) == POLICY.base


def test_the_last_attempt_is_the_last() -> None:
    assert wait(500, attempt=POLICY.max_attempts - 1) is not None
    assert wait(500, attempt=POLICY.max_attempts) is None


def test_a_wait_that_does_not_fit_the_deadline_is_not_begun() -> None:
    assert wait(429, retry_after=60.0, left=30.0) is None
    assert wait(429, retry_after=60.0, left=60.0) is None
    assert wait(429, retry_after=60.0, left=60.1) == 60.0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0), ("10", 10.0), (" 23 ", 23.0), ("1.5", 1.5), ("999999999", 999_999_999.0),
        ("", None), ("-5", None), ("inf", None), ("nan", None), ("1e3", None), ("٣", None), ("9" * 400, None),
        ("5 seconds", None), ("Mon, 05 Jan 2026", None), ("Mon, 99 Foo 2026 09:00:07 GMT", None),
        ("Mon, 05 Jan 2026 08:00:00 GMT", 0.0), ("Mon, 05 Jan 2026 09:00:07 -0000", 7.0),
    ],
)  # fmt: skip
def test_forms_of_retry_after(value: str, seconds: float | None) -> None:
    assert parse_retry_after(value, now=NOW) == seconds


def test_a_date_is_measured_from_the_servers_clock() -> None:
    ours_is_ten_minutes_ahead = datetime(2026, 1, 5, 9, 10, tzinfo=UTC)
    told = parse_retry_after(
        "Mon, 05 Jan 2026 09:00:30 GMT", now=ours_is_ten_minutes_ahead, server_date="Mon, 05 Jan 2026 09:00:10 GMT"
    )
    assert told == 20.0


def test_a_senseless_server_date_is_not_used() -> None:
    told = parse_retry_after("Mon, 05 Jan 2026 09:00:30 GMT", now=NOW, server_date="Mon, 05 Jan 2015 09:00:10 GMT")
    assert told == 30.0


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_header_whatever_raises_or_asks_for_a_negative_wait(value: str, date: str) -> None:
    told = parse_retry_after(value, now=NOW, server_date=date)
    assert told is None or told >= 0


@given(
    method=st.sampled_from(METHODS), keyed=st.booleans(), attempt=st.integers(1, 10),
    outcome=st.one_of(st.integers(100, 599), st.sampled_from(["not_sent", "lost", "garbled"])),
    retry_after=st.none() | st.floats(0, 1e12), left=st.none() | st.floats(-10, 1e5), jitter=st.floats(0, 1),
)  # fmt: skip
def test_every_wait_is_finite_and_fits(
    method: str,
    keyed: bool,
    attempt: int,
    outcome: Outcome,
    retry_after: float | None,
    left: float | None,
    jitter: float,
) -> None:
    told = wait(outcome, method=method, keyed=keyed, attempt=attempt, retry_after=retry_after, left=left, jitter=jitter)
    if told is not None:
        assert 0 <= told <= POLICY.obey_cap + POLICY.spread
        assert left is None or told < left


@pytest.mark.parametrize("outcome", ["lost", "garbled", 500, 502, 504, 520])
def test_a_write_without_a_good_answer_may_have_been_done(outcome: Outcome) -> None:
    assert may_have_been_done(method="PUT", outcome=outcome)
    assert not may_have_been_done(method="GET", outcome=outcome)


@pytest.mark.parametrize("outcome", ["not_sent", 429, 503, 401, 422])
def test_a_refused_write_was_not_done(outcome: Outcome) -> None:
    assert not may_have_been_done(method="PUT", outcome=outcome)
