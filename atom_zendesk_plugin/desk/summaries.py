"""A ticket in a few facts: what it is about, whose turn it is, and what was said last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from atom_zendesk_plugin.desk.tickets import TicketDetail
from atom_zendesk_plugin.records import Comment, Ticket, User

LONGEST_EXCERPT = 280
_STAFF = frozenset({"agent", "admin"})

Turn = Literal["agent", "requester", "nobody"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LastWord:
    """The last comment: who wrote it, and how it begins. ``public`` False is an internal note."""

    author: str
    at: datetime | None
    public: bool
    excerpt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """``turn``: who has to do something now. ``comments`` counts those that were read; ``complete`` says whether that is all of them."""

    ticket: Ticket
    requester: str
    assignee: str | None
    group: str | None
    organization: str | None
    turn: Turn
    comments: int
    public_comments: int
    complete: bool
    last: LastWord | None


def summarize(detail: TicketDetail) -> Summary:
    """Return the summary of a ticket with its conversation. Asks nobody."""
    ticket, names = detail.ticket, detail.names
    last = detail.comments[-1] if detail.comments else None
    group = names.groups.get(ticket.group_id or 0)
    organization = names.organizations.get(ticket.organization_id or 0)
    assignee = names.people.get(ticket.assignee_id or 0)
    return Summary(
        ticket=ticket,
        requester=_name(names.people.get(ticket.requester_id or 0)),
        assignee=_name(assignee) if assignee is not None else None,
        group=group.name if group is not None else None,
        organization=organization.name if organization is not None else None,
        turn=_turn(ticket, detail),
        comments=len(detail.comments),
        public_comments=sum(comment.public is True for comment in detail.comments),
        complete=not detail.has_more_comments,
        last=None if last is None else _last_word(last, names.people.get(last.author_id or 0)),
    )


def _turn(ticket: Ticket, detail: TicketDetail) -> Turn:
    if ticket.status in ("solved", "closed"):
        return "nobody"
    if ticket.status == "pending":
        return "requester"
    said = [comment for comment in detail.comments if comment.public is True]
    if said:
        author = detail.names.people.get(said[-1].author_id or 0)
        is_staff = author is not None and author.role in _STAFF
        # An agent who wrote on the requester's behalf is no answer to them.
        if is_staff and (len(said) > 1 or detail.has_more_comments) and said[-1].author_id != ticket.requester_id:
            return "requester"
    return "agent"


def _last_word(comment: Comment, author: User | None) -> LastWord:
    text = " ".join((comment.plain_body or comment.body or "").split())
    excerpt = text if len(text) <= LONGEST_EXCERPT else text[: LONGEST_EXCERPT - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"
    return LastWord(author=_name(author), at=comment.created_at, public=comment.public is True, excerpt=excerpt)


def _name(user: User | None) -> str:
    return (user.name if user is not None else None) or ""
