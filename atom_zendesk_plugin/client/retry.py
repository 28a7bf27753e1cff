"""Whether a call is tried again, and after how long: one pure function, and the reading of ``Retry-After``.

GET and HEAD, and a create that carries an idempotency key, are repeated after 429, 5xx and lost or unreadable answers. Every other
write, DELETE included, is repeated only after 429 or when it provably never left, because a ticket update that is sent twice
adds its comment twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, Literal

NoAnswer = Literal["not_sent", "lost", "garbled"]
Outcome = int | NoAnswer
"""A status, or: the request never left; it may have left and no whole answer came; a 2xx came that can't be read."""

_READS: Final = frozenset({"GET", "HEAD"})
# 520-527 and 530 are the statuses of the edge in front of Zendesk when the origin does not answer well.
_TRANSIENT: Final = frozenset({408, 500, 502, 503, 504, *range(520, 528), 530})
_OBEYED: Final = frozenset({429, 503})
_SECONDS: Final = re.compile(r"\s*([0-9]{1,9}(?:\.[0-9]{1,6})?)\s*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """The budget of one call; times in seconds.

    ``base`` doubles with each attempt up to ``cap``; after a 429 that does not say how long to wait, ``limited_base`` does.
    ``obey_cap`` is the longest ``Retry-After`` that is believed: the longest window Zendesk documents for writes is ten minutes.
    """

    max_attempts: int = 4
    base: float = 0.5
    cap: float = 20.0
    limited_base: float = 5.0
    limited_cap: float = 60.0
    obey_cap: float = 900.0
    spread: float = 1.0


def next_wait(
    *,
    method: str,
    keyed: bool,
    attempt: int,
    outcome: Outcome,
    retry_after: float | None,
    deadline_left: float | None,
    policy: RetryPolicy,
    jitter: float,
) -> float | None:
    """Return the seconds to wait before the next attempt, or None when this outcome is final.

    ``attempt`` counts from 1. ``jitter`` is a number from 0 to 1. A wait that would not end before the deadline is None too:
    nobody sleeps in vain.
    """
    if attempt >= policy.max_attempts or not may_repeat(method=method, keyed=keyed, outcome=outcome):
        return None
    wait = _wait(attempt, outcome, retry_after, policy, jitter)
    return None if deadline_left is not None and wait >= deadline_left else wait


def may_repeat(*, method: str, keyed: bool, outcome: Outcome) -> bool:
    """Tell whether sending the same call again after this outcome can do no harm and may help."""
    if outcome == "not_sent" or outcome == 429:
        return True
    safe = method.upper() in _READS or (keyed and method.upper() == "POST")
    return safe and (outcome in ("lost", "garbled") or outcome in _TRANSIENT)


def may_have_been_done(*, method: str, outcome: Outcome) -> bool:
    """Tell whether a write could have taken effect although its outcome is not a success.

    A 503 is how Zendesk refuses work in maintenance or overload, before it does any; the other 5xx may come after it.
    """
    if method.upper() in _READS:
        return False
    return outcome in ("lost", "garbled") or (outcome in _TRANSIENT and outcome != 503)


def _wait(attempt: int, outcome: Outcome, retry_after: float | None, policy: RetryPolicy, jitter: float) -> float:
    if retry_after is not None and outcome in _OBEYED:
        # Late is polite, early is not: the spread only adds.
        return min(retry_after, policy.obey_cap) + policy.spread * jitter
    base, cap = (policy.limited_base, policy.limited_cap) if outcome == 429 else (policy.base, policy.cap)
    return float(min(base * 2 ** min(attempt - 1, 30), cap)) * (0.5 + 0.5 * jitter)


def parse_retry_after(value: str | None, *, now: datetime, server_date: str | None = None) -> float | None:
    """Return the seconds a ``Retry-After`` header asks for; None when it is absent or makes no sense.

    A date is measured from the answer's own ``Date`` where that gives a sensible wait, because our clock may be wrong; else from ``now``.
    """
    match = _SECONDS.fullmatch(value or "")
    if match:
        return float(match.group(1))
    until = _date(value)
    if until is None:
        return None
    waits = [(until - since).total_seconds() for since in _starts(now, server_date)]
    return next((wait for wait in waits if 0 < wait <= 3600), max(0.0, waits[-1]))


def _starts(now: datetime, server_date: str | None) -> Iterator[datetime]:
    told = _date(server_date)
    if told is not None:
        yield told
    yield now


def _date(value: str | None) -> datetime | None:
    if not value:
        return None
    try:
        found = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
