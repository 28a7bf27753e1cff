"""A file that waits for a comment, as it appears in answers."""

from __future__ import annotations

from datetime import datetime

import msgspec

from atom_zendesk_plugin.records import Upload


class WaitingFile(msgspec.Struct, kw_only=True, frozen=True):
    id: int | None
    file_name: str
    content_type: str | None
    size: int | None


class UploadItem(msgspec.Struct, kw_only=True, frozen=True):
    """``token`` is for ``uploads`` of a ticket or comment, by ``expires_at`` at the latest; ``files`` are all that it stands for."""

    token: str
    expires_at: datetime | None
    files: list[WaitingFile]


class UploadData(msgspec.Struct, kw_only=True, frozen=True):
    upload: UploadItem


def upload_data(upload: Upload) -> UploadData:
    found = upload.attachments or ([upload.attachment] if upload.attachment is not None else [])
    files = [
        WaitingFile(id=file.id, file_name=file.file_name or "", content_type=file.content_type, size=file.size) for file in found
    ]
    return UploadData(upload=UploadItem(token=upload.token, expires_at=upload.expires_at, files=files))
