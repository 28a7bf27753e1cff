"""Moments in people's words: how far away, and when exactly."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

_UNITS = (("day", 86_400), ("hour", 3600), ("minute", 60))


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A moment for a page: ``iso`` for machines, ``exact`` in UTC and ``near`` (such as "in 25 minutes") for people."""

    iso: str
    exact: str
    near: str


def moment(at: datetime | None, *, now: datetime) -> Moment | None:
    """Return the wording of an aware time in UTC, as seen from ``now``; None stays None."""
    if at is None:
        return None
    return Moment(iso=at.isoformat(), exact=f"{at.day} {at.strftime('%B %Y, %H:%M')} UTC", near=distance(at - now))


def distance(span: timedelta) -> str:
    """Return how far away something is, by its largest unit, rounded down: never later than it will be."""
    seconds = abs(int(span.total_seconds()))
    words = next((_counted(seconds // size, unit) for unit, size in _UNITS if seconds >= size), None)
    if words is None:
        return "just now" if span <= timedelta(0) else "in less than a minute"
    return f"in {words}" if span > timedelta(0) else f"{words} ago"


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}{'' if count == 1 else 's'}"
