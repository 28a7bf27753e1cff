"""Counts of tickets for a range of days, by Zendesk's own search counts: few, and none of them made up.

Days are UTC days. The counts come from the search index, which lags behind writes by seconds to minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from atom_zendesk_plugin.clock import Clock
from atom_zendesk_plugin.desk.vocabulary import OPEN_STATUSES, PRIORITIES, Source
from atom_zendesk_plugin.errors import InvalidInput

if TYPE_CHECKING:
    from atom_zendesk_plugin.client.api import ZendeskClient

DEFAULT_DAYS = 30
MAX_DAYS = 366


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketCounts:
    """``created`` and ``solved``: tickets created, and last solved, from ``start`` to ``end`` (both UTC days included).

    ``backlog``: unsolved tickets now, whenever they were created; ``by_status`` and ``by_priority`` split it (``none``: without one).
    """

    start: date
    end: date
    created: int
    solved: int
    backlog: int
    by_status: Mapping[str, int]
    by_priority: Mapping[str, int]
    as_of: datetime
    source: Source = "zendesk_search"
    may_lag: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Analytics:
    """Counts of one caller's desk."""

    client: ZendeskClient
    clock: Clock

    def tickets(self, *, start: str | None = None, end: str | None = None) -> TicketCounts:
        """Count tickets from ``start`` to ``end`` (YYYY-MM-DD, UTC days, both included; default the last 30 days, at most 366).

        Costs about ten calls. Raises InvalidInput for a day that is none, a reversed or an overlong range.
        """
        first, last = self._range(start, end)
        since, before = _instant(first), _instant(last + timedelta(days=1))
        by_priority = {name: self._count(f"status<solved priority:{name}") for name in PRIORITIES}
        by_status = {name: self._count(f"status:{name}") for name in OPEN_STATUSES}
        backlog = sum(by_status.values())
        return TicketCounts(
            start=first,
            end=last,
            created=self._count(f"created>={since} created<{before}"),
            solved=self._count(f"solved>={since} solved<{before}"),
            backlog=backlog,
            by_status=by_status,
            # Search has no clause for "no priority", so it is the rest; counts taken at different moments may not add up, never below 0.
            by_priority=by_priority | {"none": max(0, backlog - sum(by_priority.values()))},
            as_of=self.clock.now(),
        )

    def _count(self, query: str) -> int:
        return self.client.search.count(query, type="ticket")

    def _range(self, start: str | None, end: str | None) -> tuple[date, date]:
        last = _day(end, "end_date") if end is not None else None
        first = _day(start, "start_date") if start is not None else None
        last = last or self.clock.now().astimezone(UTC).date()
        first = first or max(last, date.min + timedelta(days=DEFAULT_DAYS)) - timedelta(days=DEFAULT_DAYS - 1)
        if first > last:
            raise InvalidInput("start_date is after end_date: exchange them.", field="start_date")
        if (last - first).days >= MAX_DAYS:
            raise InvalidInput(
                f"The range is longer than {MAX_DAYS} days: ask for a shorter one.",
                field="start_date",
                most_days=MAX_DAYS,
            )
        return first, last


def _day(text: str, field: str) -> date:
    # fromisoformat alone would also take 20260131 and 2026-W05-6.
    if len(text) == 10 and text[4] == text[7] == "-":
        try:
            day = date.fromisoformat(text)
        except ValueError:
            pass
        else:
            if day.year >= 2000 and day.year < 9999:
                return day
    raise InvalidInput(f"{field} takes a day as YYYY-MM-DD, such as 2026-01-31.", field=field)


def _instant(day: date) -> str:
    return datetime.combine(day, time(), tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
