"""Deleted tickets: restored within 30 days, or purged for good."""

from __future__ import annotations

from collections.abc import Sequence

from atom_zendesk_plugin.client.resources.base import job_in, within_bulk
from atom_zendesk_plugin.client.resources.verbs import Listed
from atom_zendesk_plugin.records import JobStatus, Record


class DeletedTickets(Listed[Record]):
    """``/api/v2/deleted_tickets``. Zendesk allows ten lists a minute; a row has id, subject, actor and times, not the ticket."""

    root, single, kind = "deleted_tickets", "deleted_ticket", Record

    def restore(self, ticket_id: int) -> None:
        """Bring a deleted ticket back. Raises ZendeskNotFound when it is not among the deleted."""
        self._caller.request("PUT", self._path(ticket_id, "restore"), json={})

    def restore_many(self, ids: Sequence[int]) -> None:
        """Bring up to 100 deleted tickets back."""
        within_bulk(ids, field="ids")
        self._caller.request("PUT", self._path("restore_many"), params={"ids": ids}, json={})

    def purge(self, ticket_id: int) -> JobStatus:
        """Start a job that removes a deleted ticket for good, with everything in it."""
        return job_in(self._caller.request("DELETE", self._path(ticket_id)))

    def purge_many(self, ids: Sequence[int]) -> JobStatus:
        """Start a job that removes up to 100 deleted tickets for good."""
        within_bulk(ids, field="ids")
        return job_in(self._caller.request("DELETE", self._path("destroy_many"), params={"ids": ids}))
