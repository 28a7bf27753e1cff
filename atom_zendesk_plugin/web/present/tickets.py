"""Tickets and comments as they appear in answers.

``url`` is where a person opens the ticket, never Zendesk's API address; people, organization and group come with their names.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from atom_zendesk_plugin.desk.field_reading import FieldValue, FieldValues, status_of
from atom_zendesk_plugin.records import Attachment, Comment, Ticket
from atom_zendesk_plugin.web.present.lists import ListData, facts_of
from atom_zendesk_plugin.web.present.people import NamedItem, PersonItem, organization_ref, person_item

if TYPE_CHECKING:
    from atom_zendesk_plugin.desk.desk import Desk
    from atom_zendesk_plugin.desk.field_names import FieldTable
    from atom_zendesk_plugin.desk.history import ForeignChange
    from atom_zendesk_plugin.desk.listing import Names, TicketPage
    from atom_zendesk_plugin.desk.tickets import TicketDetail
    from atom_zendesk_plugin.desk.updating import Updated

NOBODY = PersonItem(id=None, name="", email=None, photo=None)


class ViaItem(msgspec.Struct, kw_only=True, frozen=True):
    """The channel a ticket or comment came by, such as email or web."""

    channel: str


class ScoreItem(msgspec.Struct, kw_only=True, frozen=True):
    """The requester's rating: good, bad, offered or unoffered."""

    score: str | None


class CustomFieldItem(msgspec.Struct, kw_only=True, frozen=True):
    """``title`` is null where it is not known, mostly in lists; ``label`` is what people see of a choice, a list for several."""

    id: int
    title: str | None
    value: Any
    label: str | list[str] | None


class CustomStatusItem(msgspec.Struct, kw_only=True, frozen=True):
    """A status of the account's own: what agents see, and which of Zendesk's statuses it counts as."""

    id: int
    label: str
    category: str | None


class AttachmentItem(msgspec.Struct, kw_only=True, frozen=True):
    id: int | None
    file_name: str
    content_type: str | None
    size: int | None
    url: str | None


class CommentItem(msgspec.Struct, kw_only=True, frozen=True):
    """A comment; one that is not ``public`` is an internal note and must not be shown to end users."""

    id: int
    author_id: int | None
    author: PersonItem
    body: str
    html_body: str
    public: bool
    via: ViaItem
    attachments: list[AttachmentItem]
    created_at: datetime | None


class TicketItem(msgspec.Struct, kw_only=True, frozen=True):
    """A ticket; ``subject``, ``description`` and ``requester.name`` are never null."""

    id: int
    url: str
    subject: str
    description: str
    status: str | None
    priority: str | None
    type: str | None
    requester_id: int | None
    requester: PersonItem
    submitter_id: int | None
    submitter: PersonItem | None
    assignee_id: int | None
    assignee: PersonItem | None
    organization_id: int | None
    organization: NamedItem | None
    group_id: int | None
    group: NamedItem | None
    tags: list[str]
    via: ViaItem
    custom_fields: list[CustomFieldItem]
    custom_status: CustomStatusItem | None
    satisfaction_rating: ScoreItem | None
    external_id: str | None
    is_public: bool | None
    due_at: datetime | None
    created_at: datetime | None
    updated_at: datetime | None


class TicketsData(ListData, kw_only=True, frozen=True):
    tickets: list[TicketItem]


class FoundData(TicketsData, kw_only=True, frozen=True):
    """``results`` repeats ``tickets`` for older readers."""

    results: list[TicketItem]
    query: str


class TicketData(msgspec.Struct, kw_only=True, frozen=True):
    ticket: TicketItem


class AddedCommentItem(msgspec.Struct, kw_only=True, frozen=True):
    """A comment by its ids; what it says is read with the ticket."""

    id: int | None
    author_id: int | None
    public: bool


class ForeignChangeItem(msgspec.Struct, kw_only=True, frozen=True):
    """A change that somebody else made to the ticket; `author_id` is a Zendesk user, -1 for Zendesk's own rules."""

    audit_id: int
    author_id: int | None
    at: datetime | None
    fields: list[str]
    comments: list[AddedCommentItem]


class UpdatedData(TicketData, kw_only=True, frozen=True):
    """A ticket after a change.

    `unseen` are changes of others in the second of `expected_updated_at`, which you may have written over; null when they could not be
    looked for, or nothing was expected. `merged` are changes of others that yours was merged with. `read_back`: Zendesk's answer was
    lost, and the change was found on the ticket.
    """

    unseen: list[ForeignChangeItem] | None
    merged: list[ForeignChangeItem]
    read_back: bool


class ConversationItem(TicketItem, kw_only=True, frozen=True):
    """A ticket with its comments, oldest first."""

    comments: list[CommentItem]
    has_more_comments: bool


class ConversationData(msgspec.Struct, kw_only=True, frozen=True):
    ticket: ConversationItem


def ticket_item(ticket: Ticket, names: Names | None, table: FieldTable, desk: Desk) -> TicketItem:
    """Return a ticket; ``names`` None means that nobody's name is at hand, as after a write. ``table`` are the ticket fields known."""
    return TicketItem(**_ticket_fields(ticket, names, table, desk))


def ticket_data(ticket: Ticket, desk: Desk) -> TicketData:
    return TicketData(ticket=ticket_item(ticket, None, desk.tickets.custom.tickets(), desk))


def updated_data(updated: Updated, desk: Desk) -> UpdatedData:
    return UpdatedData(
        ticket=ticket_item(updated.ticket, None, desk.tickets.custom.tickets(), desk),
        unseen=None if updated.unseen is None else [_foreign_change(change) for change in updated.unseen],
        merged=[_foreign_change(change) for change in updated.merged],
        read_back=updated.read_back,
    )


def _foreign_change(change: ForeignChange) -> ForeignChangeItem:
    comments = [AddedCommentItem(id=row.id, author_id=row.author_id, public=row.public) for row in change.comments]
    return ForeignChangeItem(
        audit_id=change.audit_id, author_id=change.author_id, at=change.at, fields=list(change.fields), comments=comments
    )


def tickets_data(page: TicketPage, desk: Desk) -> TicketsData:
    table = desk.tickets.custom.tickets()
    items = [ticket_item(ticket, page.names, table, desk) for ticket in page.records]
    return TicketsData(tickets=items, **facts_of(page, items))


def found_data(page: TicketPage, desk: Desk, query: str) -> FoundData:
    table = desk.tickets.custom.tickets()
    items = [ticket_item(ticket, page.names, table, desk) for ticket in page.records]
    return FoundData(tickets=items, results=items, query=query, **facts_of(page, items))


def conversation_data(detail: TicketDetail, desk: Desk) -> ConversationData:
    comments = [comment_item(comment, detail.names) for comment in detail.comments]
    item = ConversationItem(
        comments=comments,
        has_more_comments=detail.has_more_comments,
        **_ticket_fields(detail.ticket, detail.names, detail.table, desk),
    )
    return ConversationData(ticket=item)


def comment_item(comment: Comment, names: Names) -> CommentItem:
    return CommentItem(
        id=comment.id,
        author_id=comment.author_id,
        author=person_item(comment.author_id, names.people) or NOBODY,
        body=comment.plain_body or comment.body or "",
        html_body=comment.html_body or "",
        # What is not known to be public is treated as an internal note.
        public=comment.public is True,
        via=ViaItem(channel=str(comment.via.channel or "") if comment.via is not None else ""),
        attachments=[_attachment_item(attachment) for attachment in comment.attachments],
        created_at=comment.created_at,
    )


def _attachment_item(attachment: Attachment) -> AttachmentItem:
    return AttachmentItem(
        id=attachment.id,
        file_name=attachment.file_name or "",
        content_type=attachment.content_type,
        size=attachment.size,
        url=attachment.content_url,
    )


def _field_item(field: FieldValue) -> CustomFieldItem:
    label = list(field.label) if isinstance(field.label, tuple) else field.label
    return CustomFieldItem(id=field.id, title=field.title, value=field.value, label=label)


def _ticket_fields(ticket: Ticket, names: Names | None, table: FieldTable, desk: Desk) -> dict[str, Any]:
    people = names.people if names is not None else {}
    organizations = names.organizations if names is not None else {}
    groups = names.groups if names is not None else {}
    group = groups.get(ticket.group_id) if ticket.group_id is not None else None
    rating, status = ticket.satisfaction_rating, status_of(ticket, table)
    return {
        "id": ticket.id,
        "url": desk.ticket_url(ticket.id),
        "subject": ticket.subject or "",
        "description": ticket.description or "",
        "status": ticket.status,
        "priority": ticket.priority,
        "type": ticket.type,
        "requester_id": ticket.requester_id,
        "requester": person_item(ticket.requester_id, people) or NOBODY,
        "submitter_id": ticket.submitter_id,
        "submitter": person_item(ticket.submitter_id, people),
        "assignee_id": ticket.assignee_id,
        "assignee": person_item(ticket.assignee_id, people),
        "organization_id": ticket.organization_id,
        "organization": organization_ref(ticket.organization_id, organizations),
        "group_id": ticket.group_id,
        "group": None
        if ticket.group_id is None
        else NamedItem(id=ticket.group_id, name=(group.name if group is not None else None) or ""),
        "tags": ticket.tags,
        "via": ViaItem(channel=str(ticket.via.channel or "") if ticket.via is not None else ""),
        "custom_fields": [_field_item(value) for value in FieldValues(ticket, table).values()],
        "custom_status": None
        if status is None
        else CustomStatusItem(id=status.id, label=status.agent_label or "", category=status.status_category),
        "satisfaction_rating": ScoreItem(score=rating.score) if rating is not None else None,
        "external_id": ticket.external_id,
        "is_public": ticket.is_public,
        "due_at": ticket.due_at,
        "created_at": ticket.created_at,
        "updated_at": ticket.updated_at,
    }
