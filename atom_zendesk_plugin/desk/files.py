"""Files of the desk: sent before the comment that takes them, and received for the person who asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from atom_zendesk_plugin.desk import checks
from atom_zendesk_plugin.errors import InvalidInput
from atom_zendesk_plugin.records import AttachedFile, Upload

if TYPE_CHECKING:
    from atom_zendesk_plugin.client.api import ZendeskClient

LARGEST = 50 * 1024 * 1024
"""Bytes; the most that Zendesk takes in one file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The files of one caller's desk."""

    client: ZendeskClient

    def upload(
        self, file: BinaryIO, *, filename: str, content_type: str = "application/octet-stream", token: str | None = None
    ) -> Upload:
        """Send a file, piece by piece, and return the token by which a comment takes it, within the hour.

        ``token`` of an earlier upload puts both under that one. ``file`` must be seekable. Raises InvalidInput for an empty name and for
        more than 50 MiB, before anything is sent; OutcomeUnknown when the answer was lost: sending it again does no harm.
        """
        name = checks.line(filename, "filename").replace("\\", "/").rpartition("/")[2]
        if not name.strip(". "):
            raise InvalidInput("filename takes the name of the file, such as photo.png.", field="filename")
        return self.client.attachments.upload(file, filename=name, content_type=content_type, token=token, most=LARGEST)

    def get(self, attachment_id: int) -> AttachedFile:
        """Return what is known of a file. Raises ZendeskNotFound."""
        return self.client.attachments.get(checks.identifier(attachment_id, "attachment_id"))

    def download(self, attachment_id: int, into: BinaryIO) -> AttachedFile:
        """Write a file to ``into`` and return what is known of it; on an error ``into`` is as it was.

        Raises ZendeskNotFound, InvalidInput for a file in which Zendesk found malware, ZendeskTooLarge beyond 50 MiB.
        """
        found = self.get(attachment_id)
        self.client.attachments.download(found, into, most=LARGEST)
        return found
