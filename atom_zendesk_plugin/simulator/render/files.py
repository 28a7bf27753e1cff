"""How files look on the wire."""

from __future__ import annotations

from urllib.parse import quote

from atom_zendesk_plugin.simulator.exchange import Call, Json
from atom_zendesk_plugin.simulator.objects import Attachment
from atom_zendesk_plugin.simulator.render.frame import address


def render_attachment(call: Call, attachment: Attachment) -> Json:
    thumbnail = attachment.thumbnail
    return {**_file(call, attachment), "thumbnails": [_file(call, thumbnail)] if thumbnail else []}


def content_path(attachment: Attachment) -> str:
    """Return where a file's bytes are, below the account's address."""
    return f"/attachments/token/{attachment.token}/?name={quote(attachment.file_name)}"


def _file(call: Call, attachment: Attachment) -> Json:
    url = f"{call.base_url}{content_path(attachment)}"
    return {
        "url": address(call, f"attachments/{attachment.id}"),
        "id": attachment.id,
        "file_name": attachment.file_name,
        "content_url": url,
        "mapped_content_url": url,
        "content_type": attachment.content_type,
        "size": len(attachment.content),
        "width": attachment.width,
        "height": attachment.height,
        "inline": attachment.inline,
        "deleted": attachment.deleted,
        "malware_access_override": attachment.malware_allowed,
        "malware_scan_result": attachment.malware,
    }
