"""What can be done to a comment once it is written: hiding it, and redacting words or files in it. Neither can be undone."""

from __future__ import annotations

from collections.abc import Sequence

from atom_zendesk_plugin.client.pagination import Caller
from atom_zendesk_plugin.client.resources.base import count_in, path, record_in
from atom_zendesk_plugin.records import AttachedFile, Comment


class Comments:
    """The verbs of single comments; ``tickets.comments`` reads them, and a comment is added by ``tickets.update``."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def count(self, ticket_id: int) -> int:
        """Return how many comments a ticket has."""
        return count_in(self._caller.request("GET", path("tickets", ticket_id, "comments", "count")))

    def make_private(self, ticket_id: int, comment_id: int) -> None:
        """Hide a public comment from end users, for ever; the e-mail about it is sent already."""
        self._caller.request("PUT", path("tickets", ticket_id, "comments", comment_id, "make_private"), json={})

    def redact_text(self, ticket_id: int, comment_id: int, text: str) -> Comment:
        """Replace every occurrence of a text in a comment by blocks. Not possible on closed tickets."""
        where = path("tickets", ticket_id, "comments", comment_id, "redact")
        return record_in(self._caller.request("PUT", where, json={"text": text}), "comment", Comment.parse)

    def redact(
        self, ticket_id: int, comment_id: int, *, html_body: str, attachment_urls: Sequence[str] = ()
    ) -> Comment:
        """Redact what ``<redact>`` tags mark in the comment's HTML, and images by address; also on closed tickets.

        Needs the Agent Workspace: without it, ZendeskForbidden or ZendeskNotFound, and ``redact_text`` is what there is.
        """
        told: dict[str, object] = {"ticket_id": ticket_id, "html_body": html_body}
        if attachment_urls:
            told["external_attachment_urls"] = [*attachment_urls]
        reply = self._caller.request("PUT", path("comment_redactions", comment_id), json=told)
        return record_in(reply, "comment", Comment.parse)

    def redact_attachment(self, ticket_id: int, comment_id: int, attachment_id: int) -> AttachedFile:
        """Replace a file of a comment by an empty ``redacted.txt``."""
        where = path("tickets", ticket_id, "comments", comment_id, "attachments", attachment_id, "redact")
        return record_in(self._caller.request("PUT", where, json={}), "attachment", AttachedFile.parse)
