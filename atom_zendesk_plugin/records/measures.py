"""What is measured of tickets, and the events it is computed from."""

from __future__ import annotations

from datetime import datetime

import msgspec

from atom_zendesk_plugin.records.record import Json, Part, Record


class Minutes(Part, frozen=True, kw_only=True):
    """A duration, by the calendar and by business hours; None until it is known."""

    calendar: int | None = None
    business: int | None = None


class TicketMetric(Record, frozen=True, kw_only=True):
    id: int
    ticket_id: int | None = None
    reopens: int | None = None
    replies: int | None = None
    assignee_stations: int | None = None
    group_stations: int | None = None
    reply_time_in_minutes: Minutes | None = None
    first_resolution_time_in_minutes: Minutes | None = None
    full_resolution_time_in_minutes: Minutes | None = None
    agent_wait_time_in_minutes: Minutes | None = None
    requester_wait_time_in_minutes: Minutes | None = None
    on_hold_time_in_minutes: Minutes | None = None
    solved_at: datetime | None = None
    updated_at: datetime | None = None


class MetricEvent(Record, frozen=True, kw_only=True):
    """``deleted`` on a breach means that it never happened."""

    id: int
    ticket_id: int | None = None
    metric: str | None = None
    instance_id: int | None = None
    type: str | None = None
    time: datetime | None = None
    deleted: bool | None = None


class TicketEvent(Record, frozen=True, kw_only=True):
    """``timestamp`` is Unix seconds."""

    id: int
    ticket_id: int | None = None
    timestamp: int | None = None
    updater_id: int | None = None
    child_events: list[Json] = msgspec.field(default_factory=list)
