"""What was said on a ticket and what became of it: comments, hiding and redacting them, audits, side conversations, requests."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from atom_zendesk_plugin.desk.operations.operation import (
    AnyDeskOperation,
    Count,
    DeskOperation,
    Done,
    Many,
    Nothing,
    One,
    Takes,
)
from atom_zendesk_plugin.desk.operations.resource import resource
from atom_zendesk_plugin.desk.values import Fields, Id, Line, Prose, QueryText
from atom_zendesk_plugin.records import AttachedFile, Audit, Comment

TAG = "Conversations"
_COMMENT = "/tickets/{ticket_id}/comments/{comment_id}"
_SIDE = "/tickets/{ticket_id}/side_conversations"


class Ordered(Takes, kw_only=True, frozen=True):
    sort: Literal["created_at", "-created_at"] | None = None


class Redaction(Takes, kw_only=True, frozen=True):
    text: Prose


class Marked(Takes, kw_only=True, frozen=True):
    ticket_id: Id
    html_body: Annotated[Prose, Meta(description="The comment's HTML with `<redact>` round what is to go.")]
    attachment_urls: Annotated[list[Line], Meta(max_length=100)] | None = None


class Message(Takes, kw_only=True, frozen=True):
    message: Fields


class Conversation(Takes, kw_only=True, frozen=True):
    message: Fields
    external_ids: Fields | None = None


class State(Takes, kw_only=True, frozen=True):
    state: Literal["open", "closed"]


class Allowed(Takes, kw_only=True, frozen=True):
    allowed: bool


class Asked(Takes, kw_only=True, frozen=True):
    query: QueryText


OPERATIONS: tuple[AnyDeskOperation, ...] = (
    DeskOperation(
        name="list_ticket_comments", command="comments list", method="GET", path="/tickets/{ticket_id}/comments", tag=TAG, takes=Ordered,
        gives=Many("comments", Comment), everyday=True, summary="List the comments of a ticket, with their authors",
        do=lambda zendesk, asked, ticket_id: zendesk.tickets.comments(ticket_id, sort=asked.sort, include=("users",)),
    ),
    DeskOperation(
        name="count_ticket_comments", command="comments count", method="GET", path="/tickets/{ticket_id}/comments/count", tag=TAG,
        takes=Nothing, gives=Count(), summary="Count the comments of a ticket",
        do=lambda zendesk, _, ticket_id: zendesk.comments.count(ticket_id),
    ),
    DeskOperation(
        name="make_comment_private", command="comments make-private", method="PUT", path=f"{_COMMENT}/make_private", tag=TAG, takes=Nothing,
        gives=Done(), everyday=True, destroys=True, summary="Hide a public comment from end users",
        description="It cannot be made public again, and the e-mail about it has been sent already.",
        do=lambda zendesk, _, ticket_id, comment_id: zendesk.comments.make_private(ticket_id, comment_id),
    ),
    DeskOperation(
        name="redact_comment_text", command="comments redact-text", method="PUT", path=f"{_COMMENT}/redact", tag=TAG, takes=Redaction,
        gives=One("comment", Comment), everyday=True, destroys=True, summary="Replace a text in a comment by blocks, for ever",
        example={"text": "4111 1111 1111 1111"},
        do=lambda zendesk, asked, ticket_id, comment_id: zendesk.comments.redact_text(ticket_id, comment_id, asked.text),
    ),
    DeskOperation(
        name="redact_comment", command="comments redact", method="PUT", path="/comment_redactions/{comment_id}", tag=TAG, takes=Marked,
        gives=One("comment", Comment), destroys=True, summary="Redact what is marked in a comment's HTML, on closed tickets too",
        description="Needs the Agent Workspace.", example={"ticket_id": 35436, "html_body": "My card is <redact>4111</redact>."},
        do=lambda zendesk, asked, comment_id: zendesk.comments.redact(
            asked.ticket_id, comment_id, html_body=asked.html_body, attachment_urls=asked.attachment_urls or ()
        ),
    ),
    DeskOperation(
        name="redact_attachment", command="comments redact-attachment", method="PUT",
        path=f"{_COMMENT}/attachments/{{attachment_id}}/redact",
        tag=TAG, takes=Nothing, gives=One("attachment", AttachedFile), everyday=True, destroys=True,
        summary="Replace a file of a comment by an empty one, for ever",
        do=lambda zendesk, _, ticket_id, comment_id, attachment_id: zendesk.comments.redact_attachment(
            ticket_id, comment_id, attachment_id
        ),
    ),
    DeskOperation(
        name="get_attachment", command="attachments get", method="GET", path="/attachments/{attachment_id}", tag="Files", takes=Nothing,
        gives=One("attachment", AttachedFile), everyday=True, summary="Show what is known of a file",
        do=lambda zendesk, _, attachment_id: zendesk.attachments.get(attachment_id),
    ),
    DeskOperation(
        name="allow_attachment_with_malware", command="attachments allow-malware", method="PUT", path="/attachments/{attachment_id}",
        tag="Files", takes=Allowed, gives=One("attachment", AttachedFile),
        summary="Let agents get a file in which Zendesk found malware, or stop that", example={"allowed": False},
        do=lambda zendesk, asked, attachment_id: zendesk.attachments.allow_malware(attachment_id, allowed=asked.allowed),
    ),
    DeskOperation(
        name="delete_upload", command="attachments delete-upload", method="DELETE", path="/uploads/{upload_token}", tag="Files",
        takes=Nothing, gives=Done(), destroys=True, summary="Throw a file away that no comment has taken",
        do=lambda zendesk, _, token: zendesk.attachments.delete_upload(token),
    ),
    DeskOperation(
        name="list_ticket_audits", command="tickets audits", method="GET", path="/tickets/{ticket_id}/audits", tag=TAG, takes=Ordered,
        gives=Many("audits", Audit), everyday=True, summary="List what happened to a ticket, event by event",
        do=lambda zendesk, asked, ticket_id: zendesk.tickets.audits(ticket_id, sort=asked.sort),
    ),
    DeskOperation(
        name="get_ticket_audit", command="tickets audit", method="GET", path="/tickets/{ticket_id}/audits/{audit_id}", tag=TAG,
        takes=Nothing,
        gives=One("audit", Audit), summary="Show one audit of a ticket",
        do=lambda zendesk, _, ticket_id, audit_id: zendesk.audits.of_ticket(ticket_id, audit_id),
    ),
    DeskOperation(
        name="count_ticket_audits", command="tickets count-audits", method="GET", path="/tickets/{ticket_id}/audits/count", tag=TAG,
        takes=Nothing, gives=Count(), summary="Count the audits of a ticket",
        do=lambda zendesk, _, ticket_id: zendesk.audits.count(ticket_id),
    ),
    DeskOperation(
        name="make_audit_private", command="tickets make-audit-private", method="PUT",
        path="/tickets/{ticket_id}/audits/{audit_id}/make_private", tag=TAG, takes=Nothing, gives=Done(), destroys=True,
        summary="Hide the comment of an audit from end users",
        do=lambda zendesk, _, ticket_id, audit_id: zendesk.audits.make_private(ticket_id, audit_id),
    ),
    DeskOperation(
        name="list_audits", command="audits list", method="GET", path="/ticket_audits", tag=TAG, takes=Nothing, gives=Many("audits", Audit),
        summary="List the audits of all tickets, newest first",
        description="Zendesk may leave some out, and has none of archived tickets: not for keeping a copy up to date.",
        do=lambda zendesk, _: zendesk.audits.list(),
    ),
    DeskOperation(
        name="list_conversation_log", command="tickets conversation-log", method="GET", path="/tickets/{ticket_id}/conversation_log",
        tag=TAG,
        takes=Ordered, gives=Many("events"), everyday=True, summary="List everything said on a ticket, messaging included",
        do=lambda zendesk, asked, ticket_id: zendesk.tickets.conversation_log(ticket_id, sort=asked.sort),
    ),
    DeskOperation(
        name="list_side_conversations", command="side-conversations list", method="GET", path=_SIDE, tag=TAG, takes=Nothing,
        gives=Many("side_conversations"), everyday=True, summary="List the side conversations of a ticket",
        do=lambda zendesk, _, ticket_id: zendesk.tickets.side_conversations(ticket_id).list(),
    ),
    DeskOperation(
        name="create_side_conversation", command="side-conversations create", method="POST", path=_SIDE, tag=TAG, takes=Conversation,
        gives=One("side_conversation"), everyday=True, summary="Ask somebody else about a ticket",
        description="The message leaves at once. `to` holds people of one kind.",
        example={"message": {"subject": "Spare part", "body": "Is it in stock?", "to": [{"email": "parts@example.com"}]}},
        do=lambda zendesk, asked, ticket_id: zendesk.tickets.side_conversations(ticket_id).create(
            asked.message, external_ids=asked.external_ids
        ),
    ),
    DeskOperation(
        name="get_side_conversation", command="side-conversations get", method="GET", path=f"{_SIDE}/{{conversation_id}}", tag=TAG,
        takes=Nothing, gives=One("side_conversation"), everyday=True, summary="Show a side conversation",
        do=lambda zendesk, _, ticket_id, conversation_id: zendesk.tickets.side_conversations(ticket_id).get(conversation_id),
    ),
    DeskOperation(
        name="reply_to_side_conversation", command="side-conversations reply", method="POST", path=f"{_SIDE}/{{conversation_id}}/reply",
        tag=TAG, takes=Message, gives=One("side_conversation"), everyday=True, summary="Answer in a side conversation",
        example={"message": {"body": "Thank you."}},
        do=lambda zendesk, asked, ticket_id, conversation_id: zendesk.tickets.side_conversations(ticket_id).reply(
            conversation_id, asked.message
        ),
    ),
    DeskOperation(
        name="set_side_conversation_state", command="side-conversations set-state", method="PUT", path=f"{_SIDE}/{{conversation_id}}",
        tag=TAG, takes=State, gives=One("side_conversation"), everyday=True, summary="Close a side conversation, or open it again",
        example={"state": "closed"},
        do=lambda zendesk, asked, ticket_id, conversation_id: zendesk.tickets.side_conversations(ticket_id).set_state(
            conversation_id, asked.state
        ),
    ),
    DeskOperation(
        name="list_side_conversation_events", command="side-conversations events", method="GET", path=f"{_SIDE}/{{conversation_id}}/events",
        tag=TAG, takes=Nothing, gives=Many("events"), everyday=True, summary="List the messages and changes of a side conversation",
        do=lambda zendesk, _, ticket_id, conversation_id: zendesk.tickets.side_conversations(ticket_id).events(conversation_id),
    ),
    *resource(
        "request", family=lambda zendesk: zendesk.requests, path="/requests", tag=TAG, verbs="list get create update",
        called="request", example={"subject": "Printer", "comment": {"body": "It smokes."}},
    ),
    *(
        DeskOperation(
            name=f"list_{state}_requests", command=f"requests {state}", method="GET", path=f"/requests/{state}", tag=TAG, takes=Nothing,
            gives=Many("requests"), summary=f"List {which}", do=lambda zendesk, _, state=state: zendesk.requests.by_state(state),
        )
        for state, which in (
            ("open", "the connected end user's open requests"), ("solved", "their solved requests"), ("ccd", "requests they are copied on")
        )
    ),
    DeskOperation(
        name="search_requests", command="requests search", method="GET", path="/requests/search", tag=TAG, takes=Asked,
        gives=Many("requests"), summary="Search the connected end user's requests",
        do=lambda zendesk, asked: zendesk.requests.search(asked.query),
    ),
    DeskOperation(
        name="list_request_comments", command="requests comments", method="GET", path="/requests/{request_id}/comments", tag=TAG,
        takes=Nothing, gives=Many("comments", Comment), summary="List the public comments of a request",
        do=lambda zendesk, _, request_id: zendesk.requests.comments(request_id),
    ),
    DeskOperation(
        name="get_request_comment", command="requests comment", method="GET", path="/requests/{request_id}/comments/{comment_id}", tag=TAG,
        takes=Nothing, gives=One("comment", Comment), summary="Show one comment of a request",
        do=lambda zendesk, _, request_id, comment_id: zendesk.requests.comment(request_id, comment_id),
    ),
)  # fmt: skip
