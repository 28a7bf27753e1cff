"""What ATOM's other parts ask of a desk: a ticket in a few facts, and the list of its communication page."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from atom_zendesk_plugin.web.fields import Body, Limit, Query
from atom_zendesk_plugin.web.operations import Answer, AnyOperation, Call, Operation

if TYPE_CHECKING:
    from atom_zendesk_plugin.desk.summaries import Summary

TAG = "ATOM"
SUMMARY = "/api/customer-support/zendesk-ticket-summary/{id}"
LIVE = "/api/atom/communication/live/support/tickets"

_STATUS = {"new": "Open", "open": "Open", "pending": "Pending", "hold": "Pending", "solved": "Closed", "closed": "Closed"}
_PRIORITY = {"urgent": "High", "high": "High", "low": "Low"}


class LastCommentItem(msgspec.Struct, kw_only=True, frozen=True):
    author: str
    at: datetime | None
    public: bool
    excerpt: str


class SummaryData(msgspec.Struct, kw_only=True, frozen=True):
    """``waiting_for``: agent, requester or nobody. ``comments`` are those looked at; ``complete`` says whether that is all of them."""

    ticket_id: int
    url: str
    subject: str
    headline: str
    status: str | None
    priority: str | None
    type: str | None
    requester: str
    assignee: str | None
    group: str | None
    organization: str | None
    tags: list[str]
    waiting_for: str
    comments: int
    public_comments: int
    complete: bool
    last_comment: LastCommentItem | None
    created_at: datetime | None
    updated_at: datetime | None


class LiveTicket(msgspec.Struct, kw_only=True, frozen=True):
    """A ticket in ATOM's own words: ``status`` Open, Pending or Closed, ``priority`` High, Medium or Low."""

    id: str
    subject: str
    status: str
    priority: str
    platform: str
    customer: str
    url: str
    updated_at: datetime | None


class LiveData(msgspec.Struct, kw_only=True, frozen=True):
    tickets: list[LiveTicket]


class LiveQuery(Query, kw_only=True, frozen=True):
    limit: Limit = 50


def summarize_ticket(call: Call[Query, Body]) -> Answer:
    from atom_zendesk_plugin.desk.summaries import summarize

    desk = call.desk()
    found = summarize(desk.tickets.get(call.ids["id"], newest=True))
    return Answer(data=_summary_data(found, desk.ticket_url(found.ticket.id)))


def list_live(call: Call[LiveQuery, Body]) -> Answer:
    desk = call.desk()
    page = desk.tickets.list(limit=call.query.limit)
    tickets = [
        LiveTicket(
            id=str(ticket.id), subject=ticket.subject or "", status=_STATUS.get(ticket.status or "", "Open"),
            priority=_PRIORITY.get(ticket.priority or "", "Medium"), platform="zendesk",
            customer=getattr(page.people.get(ticket.requester_id or 0), "name", None) or "", url=desk.ticket_url(ticket.id),
            updated_at=ticket.updated_at,
        )
        for ticket in page.records
    ]  # fmt: skip
    return Answer(data=LiveData(tickets=tickets))


def _summary_data(found: Summary, url: str) -> SummaryData:
    ticket, last = found.ticket, found.last
    return SummaryData(
        ticket_id=ticket.id, url=url, subject=ticket.subject or "", headline=_headline(found), status=ticket.status,
        priority=ticket.priority, type=ticket.type, requester=found.requester, assignee=found.assignee, group=found.group,
        organization=found.organization, tags=ticket.tags, waiting_for=found.turn, comments=found.comments,
        public_comments=found.public_comments, complete=found.complete,
        last_comment=None if last is None else LastCommentItem(
            author=last.author, at=last.at, public=last.public, excerpt=last.excerpt
        ),
        created_at=ticket.created_at, updated_at=ticket.updated_at,
    )  # fmt: skip


def _headline(found: Summary) -> str:
    ticket = found.ticket
    whose = f"with {found.assignee}" if found.assignee else f"with {found.group}" if found.group else "not assigned"
    from_whom = f" from {found.requester}" if found.requester else ""
    return f"#{ticket.id} {ticket.subject or '(no subject)'}{from_whom}: {ticket.status}, {whose}"


OPERATIONS: tuple[AnyOperation, ...] = (
    Operation(
        method="GET", path=SUMMARY, handler=summarize_ticket, tag=TAG, query=Query, body=Body, reply=SummaryData,
        summary="Show a ticket in a few facts",
    ),
    Operation(
        method="GET", path=LIVE, handler=list_live, tag=TAG, query=LiveQuery, body=Body, reply=LiveData, lifted={"tickets": "tickets"},
        summary="List the tickets changed last, in the words of ATOM's communication page",
        description="Left out where the host had such a path of its own when the plugin was registered.",
    ),
)  # fmt: skip
