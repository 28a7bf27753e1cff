"""What others did to an agent's tickets in the last thirty days: computed from the audits, nothing is kept.

Told are tickets that were given to the agent, comments on tickets that are theirs, and priorities that rose. A ticket
is theirs from the audit that gives it to them to the one that takes it away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from atom_zendesk_plugin.simulator.objects import PRIORITY_RANK, Audit, Event, Ticket, User
from atom_zendesk_plugin.simulator.state import Desk

KEPT_FOR: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One thing that somebody did. ``verb`` is the service's word; ``event`` what it was in the audit."""

    id: int
    verb: str
    ticket: Ticket
    event: Event
    actor_id: int
    at: datetime


def activities_of(desk: Desk, agent: User) -> list[Activity]:
    """Return what concerns an agent, by id. The rules of the account are nobody, so what they do is not told."""
    since = int((desk.now() - KEPT_FOR).timestamp())
    numbers = {number for _, number, _ in desk.audit_log.since(since)}
    touched = (desk.tickets[number] for number in numbers if number in desk.tickets)
    found = (activity for ticket in touched for activity in _within(desk, ticket, agent))
    return sorted((row for row in found if row.at.timestamp() >= since), key=lambda row: row.id)


def _within(desk: Desk, ticket: Ticket, agent: User) -> Iterator[Activity]:
    theirs = False
    for audit in ticket.audits:
        by_other = audit.author_id in desk.users and audit.author_id != agent.id
        for place, event in enumerate(audit.events):
            if event.field == "assignee_id":
                theirs = event.value == str(agent.id)
            verb = _verb(event) if theirs and by_other else None
            if verb is not None:
                yield _activity(ticket, audit, place, verb)


def _verb(event: Event) -> str | None:
    if event.field == "assignee_id":
        return "tickets.assignment"
    if event.type == "Comment":
        return "tickets.comment"
    if event.field == "priority" and event.type == "Change" and _rank(event.value) > _rank(event.previous):
        return "tickets.priority_increase"
    return None


def _rank(priority: Any) -> int:
    return PRIORITY_RANK.get(priority, 0)


def _activity(ticket: Ticket, audit: Audit, place: int, verb: str) -> Activity:
    return Activity(
        id=audit.event_id(place),
        verb=verb,
        ticket=ticket,
        event=audit.events[place],
        actor_id=audit.author_id,
        at=audit.created_at,
    )
