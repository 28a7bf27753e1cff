"""Audits: every change of every ticket; the only exact history of status and assignee. ``tickets.audits`` reads those of one ticket."""

from __future__ import annotations

from atom_zendesk_plugin.client.pagination import One, read_one
from atom_zendesk_plugin.client.resources.base import count_in, path
from atom_zendesk_plugin.client.resources.verbs import Listed
from atom_zendesk_plugin.records import Audit


class Audits(Listed[Audit]):
    """``/api/v2/ticket_audits``, newest first, without archived tickets. It may leave some out: not for keeping a copy up to date."""

    root, single, kind, at = "audits", "audit", Audit, ("ticket_audits",)

    def of_ticket(self, ticket_id: int, audit_id: int) -> One[Audit]:
        """Return one audit; Zendesk knows it only under its ticket."""
        reply = self._caller.request("GET", path("tickets", ticket_id, "audits", audit_id))
        return read_one(reply, "audit", Audit.parse)

    def count(self, ticket_id: int) -> int:
        """Return how many audits a ticket has."""
        return count_in(self._caller.request("GET", path("tickets", ticket_id, "audits", "count")))

    def make_private(self, ticket_id: int, audit_id: int) -> None:
        """Hide the comment of an audit from end users, for ever."""
        self._caller.request("PUT", path("tickets", ticket_id, "audits", audit_id, "make_private"), json={})
