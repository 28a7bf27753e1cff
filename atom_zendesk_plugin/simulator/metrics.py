"""A ticket's metrics, computed from its audits: what happened is the only source.

Like the service, a duration is counted once its interval has ended; until then it is None (time on hold starts at 0).
The account has no business schedule, so business time is calendar time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

from atom_zendesk_plugin.simulator.objects import Comment, Status, Ticket
from atom_zendesk_plugin.simulator.state import Desk

METRIC_ID_OFFSET: Final = 64
"""Metric ids lie between the ids that are given out, so that they need no bookkeeping."""

_REQUESTER_WAITS: Final = frozenset({Status.NEW, Status.OPEN, Status.HOLD})
_UNSOLVED_AGAIN: Final = frozenset({Status.OPEN, Status.PENDING, Status.HOLD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """Times are moments, durations are seconds."""

    id: int
    ticket_id: int
    created_at: datetime
    updated_at: datetime
    group_stations: int
    assignee_stations: int
    reopens: int
    replies: int
    assignee_updated_at: datetime | None
    requester_updated_at: datetime | None
    status_updated_at: datetime
    custom_status_updated_at: datetime
    initially_assigned_at: datetime | None
    assigned_at: datetime | None
    solved_at: datetime | None
    latest_comment_added_at: datetime | None
    reply_seconds: int | None
    first_resolution_seconds: int | None
    full_resolution_seconds: int | None
    agent_wait_seconds: int | None
    requester_wait_seconds: int | None
    on_hold_seconds: int


def metrics_of(desk: Desk, ticket: Ticket) -> Metrics:
    statuses = list(_values(ticket, "status"))
    assignees = [row for row in _values(ticket, "assignee_id") if row[1] is not None]
    groups = [row for row in _values(ticket, "group_id") if row[1] is not None]
    solved = [at for at, value in statuses if value == Status.SOLVED]
    replies = _replies(desk, ticket)
    return Metrics(
        id=ticket.audits[0].id + METRIC_ID_OFFSET,
        ticket_id=ticket.id,
        created_at=ticket.created_at,
        updated_at=ticket.updated_at,
        group_stations=len(groups),
        assignee_stations=len(assignees),
        reopens=_reopens(statuses),
        replies=len(replies),
        assignee_updated_at=_last_by(ticket, ticket.assignee_id),
        requester_updated_at=_last_by(ticket, ticket.requester_id),
        status_updated_at=statuses[-1][0],
        custom_status_updated_at=list(_values(ticket, "custom_status_id"))[-1][0],
        initially_assigned_at=assignees[0][0] if assignees else None,
        assigned_at=assignees[-1][0] if assignees else None,
        solved_at=solved[-1] if solved else None,
        latest_comment_added_at=ticket.comments[-1].created_at if ticket.comments else None,
        reply_seconds=_since(ticket, replies[0].created_at if replies else None),
        first_resolution_seconds=_since(ticket, solved[0] if solved else None),
        full_resolution_seconds=_since(ticket, solved[-1] if solved else None),
        agent_wait_seconds=_spent(statuses, frozenset({Status.PENDING})),
        requester_wait_seconds=_spent(statuses, _REQUESTER_WAITS),
        on_hold_seconds=_spent(statuses, frozenset({Status.HOLD})) or 0,
    )


def find_by_metric_id(desk: Desk, metric_id: int) -> Ticket | None:
    wanted = metric_id - METRIC_ID_OFFSET
    return next((ticket for ticket in desk.tickets.values() if ticket.audits[0].id == wanted), None)


def _values(ticket: Ticket, field: str) -> Iterator[tuple[datetime, str | None]]:
    """Tell each value a field took, with the moment, in the order of the history."""
    for audit in ticket.audits:
        for event in audit.events:
            if event.field == field and event.type in ("Create", "Change"):
                yield audit.created_at, event.value


def _replies(desk: Desk, ticket: Ticket) -> list[Comment]:
    """Return the public words of agents, except the one that made the ticket."""
    return [comment for comment in ticket.comments[1:] if comment.public and desk.users[comment.author_id].is_staff]


def _reopens(statuses: list[tuple[datetime, str | None]]) -> int:
    return sum(
        1 for (_, before), (_, after) in pairwise(statuses) if before == Status.SOLVED and after in _UNSOLVED_AGAIN
    )


def _spent(statuses: list[tuple[datetime, str | None]], counted: frozenset[Status]) -> int | None:
    ended = [
        int((until - since).total_seconds()) for (since, value), (until, _) in pairwise(statuses) if value in counted
    ]
    return sum(ended) if ended else None


def _since(ticket: Ticket, moment: datetime | None) -> int | None:
    return None if moment is None else int((moment - ticket.created_at).total_seconds())


def _last_by(ticket: Ticket, user_id: int | None) -> datetime | None:
    return next((audit.created_at for audit in reversed(ticket.audits) if audit.author_id == user_id), None)
