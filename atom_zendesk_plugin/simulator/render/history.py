"""How comments and audits look on the wire."""

from __future__ import annotations

import html
from typing import Any, Final

from atom_zendesk_plugin.simulator.exchange import Call, Json
from atom_zendesk_plugin.simulator.objects import Audit, Comment, Event, Ticket
from atom_zendesk_plugin.simulator.render.files import render_attachment
from atom_zendesk_plugin.simulator.render.frame import included_flag, stamp, via
from atom_zendesk_plugin.simulator.state import Desk

_NOTICES: Final = {
    "received": (
        "[Request received] {{ticket.title}}",
        "Your request ({{ticket.id}}) has reached us.\n\n{{ticket.comments_formatted}}",
    ),
    "replied": (
        "[{{ticket.account}}] Re: {{ticket.title}}",
        "Your request ({{ticket.id}}) has been updated.\n\n{{ticket.comments_formatted}}",
    ),
}


def render_audit(desk: Desk, call: Call, audit: Audit) -> Json:
    events = [_render_event(desk, call, audit, position, event) for position, event in enumerate(audit.events)]
    return {
        "id": audit.id,
        "ticket_id": audit.ticket_id,
        "created_at": stamp(audit.created_at),
        "author_id": audit.author_id,
        "metadata": _metadata(audit),
        "events": events,
        "via": via(audit.channel, audit.source),
    }


def render_comment(desk: Desk, call: Call, ticket: Ticket, comment: Comment) -> Json:
    """Return a comment as the list of comments shows it, with the channel and metadata of its audit."""
    audit = next(audit for audit in ticket.audits if audit.id == comment.audit_id)
    return {
        **comment_core(desk, call, comment),
        "via": via(audit.channel, audit.source),
        "created_at": stamp(comment.created_at),
        "metadata": _metadata(audit),
    }


def markup_of(body: str) -> str:
    """Return plain text as paragraphs: blank lines part them, line ends stay line ends."""
    paragraphs = [html.escape(part, quote=False).replace("\n", "<br>") for part in body.split("\n\n")]
    return "\n\n".join(f'<p dir="auto">{part}</p>' for part in paragraphs)


def comment_core(desk: Desk, call: Call, comment: Comment) -> Json:
    """Return a comment without its moment and channel, as audits show it.

    Pictures that sit inside the text are listed only when the call asks for them.
    """
    files = (desk.attachments[number] for number in comment.attachment_ids)
    inline = included_flag(call, "include_inline_images")
    return {
        "id": comment.id,
        "type": "Comment",
        "author_id": comment.author_id,
        "body": comment.body,
        "html_body": f'<div class="zd-comment" dir="auto">{comment.html or markup_of(comment.body)}</div>',
        "plain_body": comment.body,
        "public": comment.public,
        "attachments": [render_attachment(call, file) for file in files if inline or not file.inline],
        "audit_id": comment.audit_id,
    }


def _render_event(desk: Desk, call: Call, audit: Audit, position: int, event: Event) -> Json:
    head: Json = {"id": audit.event_id(position), "type": event.type}
    if event.source is not None:
        head["via"] = via("rule", event.source)
    match event.type:
        case "Comment":
            assert event.comment is not None
            return comment_core(desk, call, event.comment)
        case "Create":
            return {**head, "value": event.value, "field_name": event.field}
        case "Change":
            return {**head, "value": event.value, "field_name": event.field, "previous_value": event.previous}
        case "Notification":
            return {**head, **(event.value if event.field is None else _notice(desk, event))}
        case "EmailCcChange":
            return {**head, **_people(desk, event, "email_ccs")}
        case "FollowerChange":
            return {**head, **_people(desk, event, "followers")}
        case "CommentPrivacyChange":
            return {**head, "comment_id": event.value, "public": False}
        case "CommentRedactionEvent":
            return {**head, "comment_id": event.value}
    raise LookupError(f"no way to show an event of type {event.type}: add it here")


def _notice(desk: Desk, event: Event) -> Json:
    assert event.field is not None
    subject, body = _NOTICES[event.field]
    source = {"from": desk.config.rules[event.field], "to": {}, "rel": "trigger"}
    return {"via": via("rule", source), "subject": subject, "body": body, "recipients": list(event.value)}


def _people(desk: Desk, event: Event, name: str) -> Json:
    return {f"previous_{name}": _addresses(desk, event.previous), f"current_{name}": _addresses(desk, event.value)}


def _addresses(desk: Desk, user_ids: Any) -> list[str]:
    return [user.email or user.name for user in (desk.users[user_id] for user_id in user_ids)]


def _metadata(audit: Audit) -> Json:
    if audit.client is None:
        return {"system": {}, "custom": audit.custom or {}}
    system = {
        "client": audit.client,
        # An address from the block kept for documentation; which one depends on the author only.
        "ip_address": f"192.0.2.{1 + audit.author_id // 128 % 254}",
        "location": "Simulated City",
        "latitude": 0.0,
        "longitude": 0.0,
    }
    return {"system": system, "custom": audit.custom or {}}
