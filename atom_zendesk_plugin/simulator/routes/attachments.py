"""Files: sent ahead of a comment, shown, fetched and redacted."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Final
from urllib.parse import quote

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Refusal, Route
from atom_zendesk_plugin.simulator.files import (
    NAME_MAX,
    add_file,
    begin_upload,
    check_size,
    drop_upload,
    find_by_token,
    redact_attachment,
)
from atom_zendesk_plugin.simulator.intake import bad_attribute, read_flag, wrapped
from atom_zendesk_plugin.simulator.objects import Attachment
from atom_zendesk_plugin.simulator.render.files import render_attachment
from atom_zendesk_plugin.simulator.render.frame import stamp
from atom_zendesk_plugin.simulator.routes.frame import API, found
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.tokens import unauthenticated
from atom_zendesk_plugin.simulator.visibility import actor_of, get_ticket, sees_ticket

ADDRESS_KEPT: Final = timedelta(minutes=10)


def post_upload(desk: Desk, call: Call) -> Answer:
    """Keep the body, whatever it is; ``filename`` must be given."""
    name = call.params.get("filename", "").strip()
    if not name or len(name) > NAME_MAX:
        raise bad_attribute("filename", f"must be a text of 1 to {NAME_MAX} characters")
    check_size(desk, call.raw)
    upload = begin_upload(desk, call.params.get("token"))
    content_type = call.headers.get("Content-Type", "").partition(";")[0].strip() or "application/octet-stream"
    latest = add_file(desk, upload, name=name, content_type=content_type, content=call.raw)
    body: Json = {
        "token": upload.token,
        "expires_at": stamp(upload.expires_at),
        "attachments": [render_attachment(call, desk.attachments[number]) for number in upload.attachment_ids],
        "attachment": render_attachment(call, latest),
    }
    # Who doesn't ask for JSON gets it under the name of text, as recorded.
    asked = "json" in call.headers.get("Accept", "")
    return Answer(201, {"upload": body}, {} if asked else {"content-type": "text/plain; charset=utf-8"})


def remove_upload(desk: Desk, call: Call) -> Answer:
    drop_upload(desk, found(desk.uploads.get(call.ids["token"])))
    return Answer(204)


def show_attachment(desk: Desk, call: Call) -> Answer:
    return Answer(200, {"attachment": render_attachment(call, _attachment(desk, call))})


def put_attachment(desk: Desk, call: Call) -> Answer:
    """Let people open a file that the scan found malicious, or no longer."""
    attachment = _attachment(desk, call)
    data = wrapped(call, "attachment")
    if "malware_access_override" in data:
        attachment.malware_allowed = read_flag(data, "malware_access_override")
    return Answer(200, {"attachment": render_attachment(call, attachment)})


def redact(desk: Desk, call: Call) -> Answer:
    ticket = get_ticket(desk, call, call.id())
    attachment = desk.attachments.get(call.id("attachment_id"))
    if attachment is None or (attachment.ticket_id, attachment.comment_id) != (ticket.id, call.id("comment_id")):
        raise Refusal.not_found()
    redact_attachment(desk, attachment)
    return Answer(200, {"attachment": render_attachment(call, attachment)})


def show_content(desk: Desk, call: Call) -> Answer:
    """Send a file, or send to where it is when files live elsewhere."""
    attachment = found(find_by_token(desk, call.ids["token"]))
    if desk.switches.private_attachments:
        _check_reader(desk, call, attachment)
    if attachment.malware == "malware_found" and not attachment.malware_allowed:
        raise Refusal.titled(403, "Forbidden", "This file is held back because malware was found in it")
    origin = desk.switches.attachment_origin
    if origin is None:
        return _bytes(attachment)
    expires = int((desk.now() + ADDRESS_KEPT).timestamp())
    sign = _signature(desk, attachment, expires)
    name = quote(attachment.file_name)
    there = f"{origin}/attachment/{desk.account_id}/{attachment.token}?name={name}&expires={expires}&token={sign}"
    return Answer(302, None, {"location": there})


def show_elsewhere(desk: Desk, call: Call) -> Answer:
    """Send a file to whoever has its signed address; credentials beside the signature are refused, as file hosts do."""
    attachment = found(find_by_token(desk, call.ids["token"]))
    if "Authorization" in call.headers:
        raise Refusal.titled(400, "InvalidArgument", "Only one way of proving who you are is allowed")
    told = call.params.get("expires", "")
    expires = int(told) if told.isascii() and told.isdecimal() and len(told) < 12 else 0
    if expires <= desk.now().timestamp() or call.params.get("token") != _signature(desk, attachment, expires):
        raise Refusal.titled(403, "Forbidden", "This address is not valid, or no longer")
    return _bytes(attachment)


def _attachment(desk: Desk, call: Call) -> Attachment:
    attachment = found(desk.attachments.get(call.id()))
    if attachment.ticket_id is not None and attachment.ticket_id in desk.tickets:
        get_ticket(desk, call, attachment.ticket_id)
    return attachment


def _check_reader(desk: Desk, call: Call, attachment: Attachment) -> None:
    if call.actor_id is None:
        raise unauthenticated()
    ticket = desk.tickets.get(attachment.ticket_id or 0)
    if ticket is not None and not sees_ticket(desk, actor_of(desk, call), ticket):
        raise Refusal.not_found()


def _bytes(attachment: Attachment) -> Answer:
    headers = {
        "content-type": attachment.content_type,
        "content-disposition": f"attachment; filename*=UTF-8''{quote(attachment.file_name)}",
        "x-content-type-options": "nosniff",
    }
    return Answer(200, attachment.content, headers)


def _signature(desk: Desk, attachment: Attachment, expires: int) -> str:
    return hashlib.sha256(f"{desk.seed}/{desk.account_id}/{attachment.token}/{expires}".encode()).hexdigest()


def _content_bucket(desk: Desk, call: Call) -> str:
    attachment = find_by_token(desk, call.ids["token"])
    loose = attachment is not None and attachment.upload_token is not None
    return "unassociated-upload-content" if loose else "attachment-content"


_READ, _WRITE = "ticket_attachments:read", "ticket_attachments:write"

ROUTES: tuple[Route, ...] = (
    Route(
        method="POST",
        template=f"{API}/uploads",
        handler=post_upload,
        scope=_WRITE,
        agents_only=False,
        takes_files=True,
    ),
    Route(method="DELETE", template=f"{API}/uploads/{{token}}", handler=remove_upload, scope=_WRITE, agents_only=False),
    Route(method="GET", template=f"{API}/attachments/{{id}}", handler=show_attachment, scope=_READ),
    Route(method="PUT", template=f"{API}/attachments/{{id}}", handler=put_attachment, scope=_WRITE, admins_only=True),
    Route(
        method="PUT",
        template=f"{API}/tickets/{{id}}/comments/{{comment_id}}/attachments/{{attachment_id}}/redact",
        handler=redact,
        scope=_WRITE,
    ),
)

CONTENT_ROUTES: tuple[Route, ...] = (
    Route(
        method="GET",
        template="/attachments/token/{token}",
        handler=show_content,
        scope=_READ,
        bucket=_content_bucket,
        agents_only=False,
        anonymous=True,
    ),
    Route(
        method="GET",
        template="/attachment/{account}/{token}",
        handler=show_elsewhere,
        agents_only=False,
        anonymous=True,
    ),
)
"""Where the bytes are: not part of the API, so that these are kept apart from the rest."""
