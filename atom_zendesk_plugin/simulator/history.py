"""How a write becomes history: what audits say about a change, and how audit and comment are kept.

``AUDITED`` is the list of fields that audits tell. A field that a write may change and that is not told here would make
the history untrue: add it here when you add it to a ticket.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, Final

from atom_zendesk_plugin.simulator.files import attach
from atom_zendesk_plugin.simulator.objects import ID_STEP, Act, Audit, Comment, Event, Ticket
from atom_zendesk_plugin.simulator.state import Desk

AUDITED: Final = (
    "subject",
    "requester_id",
    "status",
    "priority",
    "type",
    "assignee_id",
    "group_id",
    "organization_id",
    "brand_id",
    "ticket_form_id",
    "custom_status_id",
    "external_id",
    "recipient",
    "problem_id",
    "due_at",
    "tags",
)
"""Fields whose values audits tell, in the order of a create's events."""

_audited: Final[Callable[[Ticket], tuple[Any, ...]]] = attrgetter(*AUDITED)
_ALWAYS_TOLD: Final = frozenset({"subject", "requester_id", "status", "priority", "type"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A comment as a write brings it."""

    body: str
    html: str | None
    public: bool
    author_id: int
    attachment_ids: tuple[int, ...] = ()


def audit_value(value: Any) -> Any:
    """Return a value as audits write it: texts for everything but lists and nothing."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, tuple | list):
        return list(value)
    return str(value)


def creation_events(ticket: Ticket) -> list[Event]:
    """Tell every field a new ticket starts with."""
    events = []
    for name in AUDITED:
        value = getattr(ticket, name)
        if name in _ALWAYS_TOLD or value not in (None, ()):
            events.append(Event("Create", name, audit_value(value)))
    events += [Event("Create", str(number), audit_value(value)) for number, value in ticket.custom.items()]
    if ticket.email_cc_ids:
        events.append(Event("EmailCcChange", None, ticket.email_cc_ids, ()))
    if ticket.follower_ids:
        events.append(Event("FollowerChange", None, ticket.follower_ids, ()))
    return events


def change_events(ticket: Ticket, draft: Ticket) -> list[Event]:
    """Tell every field in which a draft differs from its ticket."""
    events = []
    # Read in one go: this runs for every write, and most writes change a field or two.
    for name, before, after in zip(AUDITED, _audited(ticket), _audited(draft), strict=True):
        if before != after:
            events.append(Event("Change", name, audit_value(after), audit_value(before)))
    if ticket.custom != draft.custom:
        for number in sorted({*ticket.custom, *draft.custom}):
            before, after = ticket.custom.get(number), draft.custom.get(number)
            if before != after:
                events.append(Event("Change", str(number), audit_value(after), audit_value(before)))
    if ticket.email_cc_ids != draft.email_cc_ids:
        events.append(Event("EmailCcChange", None, draft.email_cc_ids, ticket.email_cc_ids))
    if ticket.follower_ids != draft.follower_ids:
        events.append(Event("FollowerChange", None, draft.follower_ids, ticket.follower_ids))
    return events


def record(desk: Desk, ticket: Ticket, words: Words | None, events: list[Event], *, act: Act) -> Audit:
    """Write the audit and the comment of one write. The comment's event comes first and lends the comment its id."""
    if words is None:
        audit = make_audit(desk, ticket, tuple(events), act=act)
    else:
        audit_id = desk.new_id(len(events) + 2)
        comment = Comment(
            id=audit_id + ID_STEP,
            audit_id=audit_id,
            author_id=words.author_id,
            created_at=act.at,
            body=words.body,
            public=words.public,
            html=words.html,
            attachment_ids=words.attachment_ids,
        )
        attach(desk, ticket.id, comment)
        ticket.comments.append(comment)
        audit = make_audit(desk, ticket, (Event("Comment", comment=comment), *events), act=act, audit_id=audit_id)
    desk.audit_log.add(int(act.known_at.timestamp()), ticket.id, len(ticket.audits))
    ticket.audits.append(audit)
    desk.note_change(ticket, act.known_at)
    return audit


def make_audit(
    desk: Desk, ticket: Ticket, events: tuple[Event, ...], *, act: Act, audit_id: int | None = None
) -> Audit:
    """Return an audit without keeping it; every event is counted among the ids given out."""
    return Audit(
        id=desk.new_id(len(events) + 1) if audit_id is None else audit_id,
        ticket_id=ticket.id,
        created_at=act.at,
        author_id=act.actor_id,
        channel=act.channel,
        events=events,
        source=act.source,
        client=act.client,
        custom=act.custom,
    )
