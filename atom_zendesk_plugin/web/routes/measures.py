"""Operations that count tickets, under /api/zendesk."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from atom_zendesk_plugin.web.fields import Body, Day, Query
from atom_zendesk_plugin.web.operations import API, Answer, AnyOperation, Call, Operation

if TYPE_CHECKING:
    from atom_zendesk_plugin.desk.analytics import TicketCounts

TAG = "Analytics"
_DESCRIPTION = (
    "Counts by Zendesk's search, which may lag by minutes. Days are UTC days, both included; without dates the last 30 days, "
    "at most 366. The backlog is that of now, whatever the dates."
)


class RangeQuery(Query, kw_only=True, frozen=True):
    start_date: Day | None = None
    end_date: Day | None = None


class RangeItem(msgspec.Struct, kw_only=True, frozen=True):
    start_date: str
    end_date: str
    time_zone: str


class BacklogItem(msgspec.Struct, kw_only=True, frozen=True):
    total: int
    by_status: dict[str, int]
    by_priority: dict[str, int]


class MetricsItem(msgspec.Struct, kw_only=True, frozen=True):
    """``created`` and ``solved`` in the range; ``solved`` counts each ticket by its last solving."""

    range: RangeItem
    created: int
    solved: int
    backlog: BacklogItem
    as_of: datetime
    source: str
    may_lag: bool


class MetricsData(msgspec.Struct, kw_only=True, frozen=True):
    metrics: MetricsItem


def count_tickets(call: Call[RangeQuery, Body]) -> Answer:
    query = call.query
    counts = call.desk().analytics.tickets(start=query.start_date or None, end=query.end_date or None)
    return Answer(data=MetricsData(metrics=_metrics(counts)))


def _metrics(counts: TicketCounts) -> MetricsItem:
    return MetricsItem(
        range=RangeItem(start_date=counts.start.isoformat(), end_date=counts.end.isoformat(), time_zone="UTC"),
        created=counts.created,
        solved=counts.solved,
        backlog=BacklogItem(
            total=counts.backlog, by_status=dict(counts.by_status), by_priority=dict(counts.by_priority)
        ),
        as_of=counts.as_of,
        source=counts.source,
        may_lag=counts.may_lag,
    )


OPERATIONS: tuple[AnyOperation, ...] = tuple(
    Operation(
        method="GET", path=f"{API}/{path}", handler=count_tickets, tag=TAG, query=RangeQuery, body=Body, reply=MetricsData,
        summary=summary, description=_DESCRIPTION,
    )
    for path, summary in (("analytics", "Count tickets"), ("analytics/tickets", "Count tickets (older path)"))
)  # fmt: skip
