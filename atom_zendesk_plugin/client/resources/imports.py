"""Import of old tickets: dates and authors are kept, no rule runs, nobody is told, and no metrics are computed."""

from __future__ import annotations

from collections.abc import Sequence

from atom_zendesk_plugin.client.pagination import Caller
from atom_zendesk_plugin.client.resources.base import Fields, job_in, path, record_in, within_bulk
from atom_zendesk_plugin.records import JobStatus, Ticket


class TicketImports:
    """``/api/v2/imports/tickets``, for admins. There is no key against repeats: look for the ``external_id`` before another try."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def create(self, fields: Fields, *, archive: bool = False) -> Ticket:
        """Import one ticket; ``comments`` are a list of ``value``, ``author_id``, ``created_at`` and ``public``.

        ``archive`` puts a closed ticket into the archive at once, which spares the lists of the account.
        """
        reply = self._caller.request(
            "POST", path("imports", "tickets"), params=_place(archive), json={"ticket": dict(fields)}
        )
        return record_in(reply, "ticket", Ticket.parse)

    def create_many(self, rows: Sequence[Fields], *, archive: bool = False) -> JobStatus:
        """Start a job that imports up to 100 tickets."""
        within_bulk(rows, field="tickets")
        body = {"tickets": [dict(row) for row in rows]}
        where = path("imports", "tickets", "create_many")
        return job_in(self._caller.request("POST", where, params=_place(archive), json=body))


def _place(archive: bool) -> dict[str, bool | None]:
    return {"archive_immediately": True if archive else None}
