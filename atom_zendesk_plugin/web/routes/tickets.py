"""Operations on tickets and comments under /api/zendesk."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from atom_zendesk_plugin.desk import checks
from atom_zendesk_plugin.desk.merging import MERGES
from atom_zendesk_plugin.desk.ticket_sets import SETS
from atom_zendesk_plugin.desk.values import Email, Id, Line, Prose, Tags
from atom_zendesk_plugin.web.fields import (
    Body,
    Cursor,
    CustomFields,
    CustomStatus,
    Limit,
    Priority,
    PriorityFilter,
    Query,
    Sort,
    Status,
    StatusChange,
    StatusFilter,
    TicketType,
    Uploads,
    When,
    ZoneName,
    chosen,
    given,
)
from atom_zendesk_plugin.web.operations import API, Answer, AnyOperation, Call, Operation
from atom_zendesk_plugin.web.present.lists import Deleted
from atom_zendesk_plugin.web.present.tickets import (
    ConversationData,
    TicketData,
    TicketsData,
    UpdatedData,
    conversation_data,
    ticket_data,
    tickets_data,
    updated_data,
)  # fmt: skip

TAG = "Tickets"

People = Annotated[
    list[Id | Email], Meta(max_length=48, description="Ids of Zendesk users, or e-mail addresses; nobody else is touched.")
]
MergePolicy = Annotated[
    str,
    Meta(
        max_length=40,
        description="What to do when somebody changed the ticket since `expected_updated_at`: fail; disjoint: go on when they changed "
        "other fields, tags being merged; mine: write over theirs.",
        extra_json_schema={"enum": list(MERGES)},
    ),
]


class TicketsQuery(Query, kw_only=True, frozen=True):
    limit: Limit = 30
    status: StatusFilter | None = None
    priority: PriorityFilter | None = None
    assigned: Annotated[str, Meta(max_length=255, description="me, none, a user's id or an e-mail address.")] | None = (
        None
    )
    sort: Sort | None = None
    cursor: Cursor | None = None


class TicketQuery(Query, kw_only=True, frozen=True):
    comments: Annotated[int, Meta(ge=0, le=1000, description="How many comments at most, oldest first.")] = 100


class NewTicket(Body, kw_only=True, frozen=True):
    subject: Line
    comment: Prose | None = None
    comment_html: Prose | None = None
    public: bool = True
    author_id: Id | None = None
    uploads: Uploads | None = None
    priority: Priority | None = None
    type: TicketType | None = None
    status: Status | None = None
    assignee_id: Id | None = None
    group_id: Id | None = None
    organization_id: Id | None = None
    requester_id: Id | None = None
    requester_email: Email | None = None
    requester_name: Line | None = None
    tags: Tags | None = None
    due_at: When | None = None
    time_zone: ZoneName | None = None
    custom_fields: CustomFields | None = None
    custom_status: CustomStatus | None = None
    custom_status_id: Id | None = None
    external_id: Line | None = None


class TicketChanges(Body, kw_only=True, frozen=True):
    """Fields left out stay as they are; null clears where Zendesk can."""

    subject: Line | UnsetType = UNSET
    comment: Prose | UnsetType | None = UNSET
    comment_html: Prose | UnsetType | None = UNSET
    public: bool | UnsetType | None = UNSET
    author_id: Id | UnsetType | None = UNSET
    uploads: Uploads | UnsetType | None = UNSET
    # Null is let through to the desk, which refuses it with advice.
    priority: Priority | UnsetType | None = UNSET
    type: TicketType | UnsetType | None = UNSET
    status: StatusChange | UnsetType = UNSET
    assignee_id: Id | UnsetType | None = UNSET
    group_id: Id | UnsetType | None = UNSET
    organization_id: Id | UnsetType | None = UNSET
    requester_id: Id | UnsetType = UNSET
    tags: Tags | UnsetType | None = UNSET
    due_at: When | UnsetType | None = UNSET
    time_zone: ZoneName | UnsetType | None = UNSET
    custom_fields: CustomFields | UnsetType = UNSET
    custom_status: CustomStatus | UnsetType = UNSET
    custom_status_id: Id | UnsetType = UNSET
    external_id: Line | UnsetType | None = UNSET
    add_tags: Tags | None = None
    remove_tags: Tags | None = None
    add_followers: People | None = None
    remove_followers: People | None = None
    add_email_ccs: People | None = None
    remove_email_ccs: People | None = None
    expected_updated_at: (
        Annotated[str, Meta(max_length=40, description="Only change the ticket if it still has this `updated_at`.")]
        | None
    ) = None
    merge: MergePolicy = "fail"


class NewComment(Body, kw_only=True, frozen=True):
    comment: Prose | None = None
    comment_html: Prose | None = None
    public: bool = True
    author_id: Id | None = None
    uploads: Uploads | None = None


_HOW = ("time_zone", "expected_updated_at", "merge")
"""Fields of a change that say how it is made."""


def list_tickets(call: Call[TicketsQuery, Body]) -> Answer:
    query, desk = call.query, call.desk()
    page = desk.tickets.list(
        limit=query.limit,
        status=chosen(query.status),
        priority=chosen(query.priority),
        assigned=chosen(query.assigned),
        sort=query.sort or None,
        cursor=query.cursor or None,
    )
    return Answer(data=tickets_data(page, desk))


def show_ticket(call: Call[TicketQuery, Body]) -> Answer:
    desk = call.desk()
    return Answer(data=conversation_data(desk.tickets.get(call.ids["id"], comments=call.query.comments), desk))


def create_ticket(call: Call[Query, NewTicket]) -> Answer:
    desk = call.desk()
    ticket = desk.tickets.create(**given(call.body), idempotency_key=call.idempotency_key)  # type: ignore[arg-type]  # same names
    return Answer(data=ticket_data(ticket, desk), status=201, message=f"Ticket {ticket.id} was created.")


def update_ticket(call: Call[Query, TicketChanges]) -> Answer:
    desk, body = call.desk(), call.body
    stamp = body.expected_updated_at
    changes = {name: value for name, value in given(body, without=_HOW).items() if name not in SETS or value is not None}
    updated = desk.tickets.update(
        call.ids["id"],
        changes,
        expected_updated_at=None if stamp is None else checks.stamp(stamp, "expected_updated_at"),
        merge=body.merge,
        time_zone=body.time_zone or None,
    )
    return Answer(data=updated_data(updated, desk), message=f"Ticket {updated.ticket.id} was changed.")


def delete_ticket(call: Call[Query, Body]) -> Answer:
    call.desk().tickets.delete(call.ids["id"])
    return Answer(data=Deleted(id=call.ids["id"]), message=f"Ticket {call.ids['id']} was deleted.")


def add_comment(call: Call[Query, NewComment]) -> Answer:
    desk, body = call.desk(), call.body
    ticket = desk.tickets.comment(
        call.ids["ticket_id"], body.comment, html=body.comment_html, public=body.public, author_id=body.author_id,
        uploads=body.uploads,
    )
    return Answer(data=ticket_data(ticket, desk), status=201, message=f"The comment was added to ticket {ticket.id}.")


OPERATIONS: tuple[AnyOperation, ...] = (
    Operation(
        method="GET", path=f"{API}/tickets", handler=list_tickets, tag=TAG, query=TicketsQuery, body=Body, reply=TicketsData,
        summary="List tickets, latest change first",
        description="With a filter, or sorted by what only search can sort by, the answer comes from Zendesk's search: it may lag by "
        "minutes, and reaches 1,000 tickets.",
    ),
    Operation(
        method="POST", path=f"{API}/tickets", handler=create_ticket, tag=TAG, query=Query, body=NewTicket, reply=TicketData, status=201,
        keyed=True, summary="Create a ticket",
        description="Send an `Idempotency-Key` header and repeat the request with it when an answer gets lost: there will be one ticket. "
        "`requester_email` finds the person or makes one. `custom_fields` takes titles, or a list of ids, each with a value of the "
        "field's type; a choice may be given by its name.",
        example={"subject": "Printer is out of ink", "comment": "The one on the second floor.", "priority": "normal",
                 "requester_email": "ann@example.com", "requester_name": "Ann Example"},
    ),
    Operation(
        method="GET", path=f"{API}/tickets/{{id}}", handler=show_ticket, tag=TAG, query=TicketQuery, body=Body, reply=ConversationData,
        summary="Show a ticket with its comments",
    ),
    Operation(
        method="PUT", path=f"{API}/tickets/{{id}}", handler=update_ticket, tag=TAG, query=Query, body=TicketChanges, reply=UpdatedData,
        summary="Change a ticket, or comment on it",
        description="Fields left out stay as they are; null clears. `tags` replaces all; `add_tags` and the like touch nobody else's. A "
        "comment is public unless `public` is false. `custom_fields` are changed one by one, by title or id; `custom_status` is the label "
        "agents see. Send the `updated_at` you saw as `expected_updated_at`, and a change of somebody else is a 409 with both versions in "
        "`details`, or merged as `merge` says. `unseen` names changes of others in that very second.",
        example={"status": "pending", "comment": "Which floor is it on?", "public": True},
    ),
    Operation(
        method="DELETE", path=f"{API}/tickets/{{id}}", handler=delete_ticket, tag=TAG, query=Query, body=Body, reply=Deleted,
        summary="Delete a ticket",
    ),
    Operation(
        method="POST", path=f"{API}/tickets/{{ticket_id}}/comments", handler=add_comment, tag=TAG, query=Query, body=NewComment,
        reply=TicketData, status=201, summary="Comment on a ticket",
        example={"comment": "Called the customer; waiting for the part.", "public": False},
    ),
)  # fmt: skip
