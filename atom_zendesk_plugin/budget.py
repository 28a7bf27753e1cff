"""The rule of rate-limit budgets: what one call, one answer or one refusal makes of a bucket. Pure: every store applies it where it keeps
its numbers.

A window is what the service counts in. Answers tell its end in whole seconds, and late by their own journey: one whose end lies more than
half a window behind the known one speaks of a later window and replaces the count; any other belongs to the known window, where the
smaller count and the earlier end win.

Others use the same buckets. What an answer has less than our own calls explain was used by them: ``seen``, which only grows in a window.
``expected`` is how many they will make in a window: half a call more than was seen when they made more than expected, else the most that
was seen, of which ``KEPT`` is still believed a window later; it counts rounded up. ``take`` holds back what is expected and not yet seen,
one call once they have made more than that, and never more than half of what the floor leaves. Where nobody else was seen, nothing is
held back.

``patience`` is for callers with time: it spreads their calls over the window, so that the last one still sees what the others did.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

WINDOW: Final = 60.0
"""The shortest window assumed, in seconds: most limits are per minute, and answers tell of longer ones."""
LATE: Final = 2.0
"""Calls of a window's last seconds may be counted in the next one: its end is known to the second, and calls travel."""
KEPT: Final = 0.97
MARGIN: Final = 0.5
FORGOTTEN: Final = 0.5
ROUNDING: Final = 1e-9  # 0.29 * 100 is a little less than 29
PATIENT_ROUNDING: Final = 1e-6  # moments since the epoch are exact to a quarter of a microsecond


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What is known of one bucket. Moments are seconds since the epoch; ``limit`` 0: nobody has learnt it.

    ``own`` is how many of our calls the window may hold, at most; ``late`` how many of them fell into its last seconds.
    """

    limit: int = 0
    remaining: int = 0
    resets_at: float = 0.0
    window: float = WINDOW
    closed_until: float = 0.0
    own: int = 0
    late: int = 0
    seen: int = 0
    expected: float = 0.0


def take(budget: Budget, *, floor: float, patience: float, now: float) -> tuple[Budget | None, float]:
    """Count one call. Returns the budget after it; None and the seconds until the bucket opens when the call may not go."""
    if budget.closed_until > now:
        return None, budget.closed_until - now
    current = _next_window(budget, now) if _is_over(budget, now) else budget
    if current.limit:
        wait = _wait(current, floor=floor, patience=patience, now=now)
        if wait > 0:
            return None, wait
    return replace(
        current,
        remaining=current.remaining - 1 if current.limit else 0,
        own=current.own + 1,
        late=current.late + 1 if current.resets_at - now <= LATE else current.late,
    ), 0.0


def give_back(budget: Budget, *, now: float) -> Budget:
    """Undo one ``take`` of this window."""
    if _is_over(budget, now):
        return budget
    return replace(budget, remaining=min(budget.limit, budget.remaining + 1), own=max(0, budget.own - 1))


def learn(budget: Budget, *, limit: int, remaining: int, resets_in: float, now: float) -> Budget:
    """Correct the count by what an answer reports; a limit below 1 is not believed."""
    if limit < 1:
        return budget
    left, told = min(max(remaining, 0), limit), now + max(resets_in, 0.0)
    after = replace(budget, limit=limit, window=max(budget.window, resets_in))
    if _is_over(budget, now) or told > budget.resets_at + budget.window / 2:
        # What is missing from an answer that opens a window may all be ours, and so may as many again as are still under way.
        return replace(
            after,
            remaining=left,
            resets_at=told,
            own=limit - left + budget.late,
            late=0,
            seen=0,
            expected=_expect(budget),
        )
    after = replace(
        after,
        remaining=min(budget.remaining, left) if budget.limit else left,
        resets_at=min(budget.resets_at, told),
    )
    early = budget.limit and told < budget.resets_at - budget.window / 2
    if early or budget.limit not in (0, limit):
        # Written before this window began, perhaps, or counted otherwise: it says nothing of others.
        return replace(after, own=max(budget.own, limit - left), late=budget.own)
    return replace(after, seen=max(budget.seen, limit - left - budget.own))


def close_until(budget: Budget, *, until: float) -> Budget:
    """Let nobody through before ``until``."""
    return replace(budget, closed_until=max(budget.closed_until, until))


def held_back(budget: Budget, *, floor: float) -> int:
    """Return how many calls are left to others beyond the floor."""
    expected = math.ceil(budget.expected)
    awaited = expected - budget.seen if budget.seen <= expected else 1
    return min(awaited, math.floor((budget.limit - floor * budget.limit) / 2 + ROUNDING))


def _wait(budget: Budget, *, floor: float, patience: float, now: float) -> float:
    """Return the seconds until the bucket opens, 0 when it is open."""
    kept = floor * budget.limit + held_back(budget, floor=floor)
    free, time_left = budget.remaining - kept, budget.resets_at - now
    if free <= ROUNDING:
        return time_left
    spread = patience * (budget.limit - kept)
    if spread * min(time_left / budget.window, 1.0) <= free + PATIENT_ROUNDING:
        return 0.0
    return time_left - budget.window * free / spread


def _is_over(budget: Budget, now: float) -> bool:
    # An end that is further away than any window was written by a clock that has been set back since.
    return budget.resets_at <= now or budget.resets_at > now + 2 * budget.window


def _next_window(budget: Budget, now: float) -> Budget:
    # Where nobody has told yet when a window ends that begins here, its full length is assumed; an answer corrects it.
    return replace(
        budget,
        remaining=budget.limit,
        resets_at=now + budget.window,
        own=budget.late,
        late=0,
        seen=0,
        expected=_expect(budget),
    )


def _expect(budget: Budget) -> float:
    if budget.seen > math.ceil(budget.expected):
        return budget.seen + MARGIN
    kept = budget.expected * KEPT
    return max(float(budget.seen), kept if kept >= FORGOTTEN else 0.0)
