"""Attachments: files sent before the comment that takes them, and files of comments received.

A file is uploaded, which gives a token; a comment with that token in ``uploads`` takes it within an hour or so.
"""

from __future__ import annotations

from typing import BinaryIO, Final, Literal

from atom_zendesk_plugin.client.pagination import Caller
from atom_zendesk_plugin.client.resources.base import path, record_in
from atom_zendesk_plugin.client.resources.downloading import Receipt
from atom_zendesk_plugin.client.resources.streaming import Source, Streams
from atom_zendesk_plugin.errors import InvalidInput
from atom_zendesk_plugin.records import AttachedFile, Attachment, Upload

LARGEST: Final = 50 * 1024 * 1024
"""Bytes; what Zendesk takes in one file."""


class Attachments:
    """``/api/v2/uploads`` and ``/api/v2/attachments``. Zendesk allows 2,500 downloads a minute."""

    def __init__(self, caller: Caller, streams: Streams) -> None:
        self._caller, self._streams = caller, streams

    def upload(
        self,
        file: BinaryIO,
        *,
        filename: str,
        content_type: str = "application/octet-stream",
        token: str | None = None,
        most: int = LARGEST,
    ) -> Upload:
        """Send a file, read piece by piece from where it stands; ``token`` of an earlier upload puts both under that one.

        Raises InvalidInput for more than ``most`` bytes, before anything is sent. A lost answer is OutcomeUnknown: an upload nobody
        takes is thrown away by Zendesk, so sending it again does no harm.
        """
        reply = self._streams.send(
            path("uploads"),
            Source(file, most=most),
            params={"filename": filename, "token": token},
            content_type=content_type,
        )
        return record_in(reply, "upload", Upload.parse)

    def delete_upload(self, token: str) -> None:
        """Throw an upload away that no comment has taken."""
        self._caller.request("DELETE", path("uploads", token))

    def get(self, attachment_id: int) -> AttachedFile:
        """Return what is known of a file."""
        return self._read("GET", attachment_id)

    def allow_malware(self, attachment_id: int, *, allowed: bool = True) -> AttachedFile:
        """Let agents get a file in which malware was found; admins only."""
        return self._read("PUT", attachment_id, {"attachment": {"malware_access_override": allowed}})

    def download(
        self, file: Attachment | AttachedFile, into: BinaryIO, *, most: int = LARGEST, even_malware: bool = False
    ) -> Receipt:
        """Write a file of a comment to ``into``, piece by piece, and return its size; on an error ``into`` is as it was.

        Credentials go to the account's host only; see ``downloading``. Raises InvalidInput for a file in which Zendesk found malware,
        unless ``even_malware``; ForeignHost for an address that may not be gone to; ZendeskTooLarge beyond ``most`` bytes.
        """
        if file.content_url is None:
            raise InvalidInput("Zendesk gave no address for this file.", field="file")
        if file.malware_scan_result == "malware_found" and not (file.malware_access_override or even_malware):
            raise InvalidInput(
                "Zendesk found malware in this file; it is received only when asked for expressly.", field="file"
            )
        return self._streams.receive(file.content_url, into, most=most)

    def _read(self, method: Literal["GET", "PUT"], attachment_id: int, json: object | None = None) -> AttachedFile:
        reply = self._caller.request(method, path("attachments", attachment_id), json=json)
        return record_in(reply, "attachment", AttachedFile.parse)
