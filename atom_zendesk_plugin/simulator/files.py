"""The rules of files: uploads, which live for an hour under a token, and attachments, which belong to a comment.

A file is kept whole, as it came. What an upload's token gathers goes to the one comment that names it; a token works
once.
"""

from __future__ import annotations

import struct
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any, Final

from atom_zendesk_plugin.simulator.exchange import Json, Refusal
from atom_zendesk_plugin.simulator.intake import invalid
from atom_zendesk_plugin.simulator.objects import Attachment, Comment, Upload
from atom_zendesk_plugin.simulator.state import Desk

UPLOADS_KEPT: Final = timedelta(minutes=60)
NAME_MAX: Final = 255
REDACTED_NAME: Final = "redacted.txt"

MALWARE_SIGN: Final = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"
"""The part of the industry's test file that scanners look for."""

_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def begin_upload(desk: Desk, token: str | None) -> Upload:
    """Return the upload that a token names, or a new one for None; a token that is unknown or too old is refused."""
    forget_old_uploads(desk)
    if token:
        upload = desk.uploads.get(token)
        if upload is None:
            raise invalid("token", "Token: is invalid or has expired")
        return upload
    upload = Upload(token=_new_token(desk), expires_at=desk.now() + UPLOADS_KEPT)
    desk.uploads[upload.token] = upload
    return upload


def add_file(desk: Desk, upload: Upload, *, name: str, content_type: str, content: bytes) -> Attachment:
    """Put a file under an upload."""
    width, height = picture_size(content)
    attachment = _kept(desk, name=name, content_type=content_type, content=content, width=width, height=height)
    attachment.upload_token = upload.token
    if content_type.startswith("image/"):
        path = PurePosixPath(name)
        attachment.thumbnail = _kept(
            desk,
            name=f"{path.stem}_thumb{path.suffix}",
            content_type=content_type,
            content=content,
            width=width,
            height=height,
        )
    upload.attachment_ids = (*upload.attachment_ids, attachment.id)
    return attachment


def drop_upload(desk: Desk, upload: Upload) -> None:
    """Forget an upload with its files."""
    del desk.uploads[upload.token]
    for number in upload.attachment_ids:
        _forget(desk, desk.attachments[number])


def forget_old_uploads(desk: Desk) -> None:
    for upload in [upload for upload in desk.uploads.values() if upload.expires_at <= desk.now()]:
        drop_upload(desk, upload)


def read_uploads(desk: Desk, comment: Json) -> tuple[int, ...]:
    """Return the files that the ``uploads`` of a comment name; each token must be there."""
    told: Any = comment.get("uploads")
    if told is None or told == "":
        return ()
    forget_old_uploads(desk)
    tokens = [told] if isinstance(told, str) else told
    if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
        raise invalid("uploads", "Uploads: is not a list of tokens")
    uploads = [desk.uploads.get(token) for token in dict.fromkeys(tokens)]
    if None in uploads:
        raise invalid("uploads", "Uploads: names a token that is invalid or has expired")
    return tuple(number for upload in uploads if upload for number in upload.attachment_ids)


def attach(desk: Desk, ticket_id: int, comment: Comment) -> None:
    """Give a comment its files and end their uploads. A picture whose address is in the text sits inside it."""
    for number in comment.attachment_ids:
        attachment = desk.attachments[number]
        attachment.ticket_id, attachment.comment_id = ticket_id, comment.id
        attachment.inline = f"/attachments/token/{attachment.token}" in (comment.html or "")
        if attachment.upload_token is not None:
            desk.uploads.pop(attachment.upload_token, None)
            attachment.upload_token = None


def redact_attachment(desk: Desk, attachment: Attachment) -> None:
    """Empty a file for good: an empty text stands in its place, under a new address."""
    if attachment.thumbnail is not None:
        _forget(desk, attachment.thumbnail)
    del desk.attachment_by_token[attachment.token]
    attachment.token = _new_token(desk)
    desk.attachment_by_token[attachment.token] = attachment.id
    attachment.file_name, attachment.content_type, attachment.content = REDACTED_NAME, "text/plain", b""
    attachment.width = attachment.height = attachment.thumbnail = None
    attachment.malware = scan(b"")
    attachment.inline = False


def forget_files_of(desk: Desk, ticket_id: int) -> None:
    """Forget the files of a ticket that is no more."""
    for attachment in [file for file in desk.attachments.values() if file.ticket_id == ticket_id]:
        _forget(desk, attachment)


def find_by_token(desk: Desk, token: str) -> Attachment | None:
    forget_old_uploads(desk)
    number = desk.attachment_by_token.get(token)
    return None if number is None else desk.attachments[number]


def check_size(desk: Desk, content: bytes) -> None:
    if len(content) > desk.switches.attachment_limit:
        raise Refusal.titled(
            413, "Attachment too large", f"A file must not be larger than {desk.switches.attachment_limit} bytes"
        )


def scan(content: bytes) -> str:
    """Return what a scan for malware finds."""
    return "malware_found" if MALWARE_SIGN in content else "malware_not_found"


def picture_size(content: bytes) -> tuple[int | None, int | None]:
    """Return width and height of a PNG or GIF, nothing for other files."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
    elif content.startswith((b"GIF87a", b"GIF89a")) and len(content) >= 10:
        width, height = struct.unpack("<HH", content[6:10])
    else:
        return None, None
    return width, height


def _kept(
    desk: Desk, *, name: str, content_type: str, content: bytes, width: int | None, height: int | None
) -> Attachment:
    attachment = Attachment(
        id=desk.new_id(),
        token=_new_token(desk),
        file_name=name[-NAME_MAX:],
        content_type=content_type,
        content=content,
        malware=scan(content),
        width=width,
        height=height,
    )
    desk.attachments[attachment.id] = attachment
    desk.attachment_by_token[attachment.token] = attachment.id
    return attachment


def _forget(desk: Desk, attachment: Attachment) -> None:
    for file in (attachment, attachment.thumbnail):
        if file is not None:
            del desk.attachments[file.id]
            del desk.attachment_by_token[file.token]


def _new_token(desk: Desk) -> str:
    return "".join(desk.rng.choice(_ALPHABET) for _ in range(25))
