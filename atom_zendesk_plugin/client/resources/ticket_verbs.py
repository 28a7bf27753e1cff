"""What is done to a ticket besides reading and changing it: merging, spam, who is on it, what hangs together with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from atom_zendesk_plugin.client.pagination import Page, Reading
from atom_zendesk_plugin.client.resources.base import job_in, listing, numbered, path, whole, within_bulk
from atom_zendesk_plugin.client.resources.verbs import Shown
from atom_zendesk_plugin.records import JobStatus, Record, Ticket, User

People = Literal["followers", "email_ccs", "collaborators"]


class TicketVerbs(Shown[Ticket]):
    """The rarer verbs of tickets, and the lists that start at one of them."""

    def merge(
        self,
        ticket_id: int,
        sources: Sequence[int],
        *,
        target_comment: str | None = None,
        source_comment: str | None = None,
        target_comment_is_public: bool = False,
        source_comment_is_public: bool = False,
    ) -> JobStatus:
        """Start a job that merges the ``sources`` into a ticket and closes them. It can't be undone.

        Comments are private unless told otherwise: what one requester wrote must not reach another by accident.
        """
        within_bulk(sources, field="sources")
        body = {
            "ids": [*sources], "target_comment": target_comment, "source_comment": source_comment,
            "target_comment_is_public": target_comment_is_public, "source_comment_is_public": source_comment_is_public,
        }  # fmt: skip
        told = {name: value for name, value in body.items() if value is not None}
        return job_in(self._caller.request("POST", path("tickets", ticket_id, "merge"), json=told))

    def mark_as_spam(self, ticket_id: int) -> None:
        """Delete a ticket as spam and suspend its requester."""
        self._caller.request("PUT", path("tickets", ticket_id, "mark_as_spam"), json={})

    def mark_many_as_spam(self, ids: Sequence[int]) -> JobStatus:
        """Start a job that deletes up to 100 tickets as spam and suspends their requesters."""
        within_bulk(ids, field="ids")
        return job_in(self._caller.request("PUT", path("tickets", "mark_many_as_spam"), params={"ids": ids}, json={}))

    def related(self, ticket_id: int) -> Record:
        """Return what a ticket hangs together with: incidents, follow-up sources, whether it is archived."""
        return whole(self._caller.request("GET", path("tickets", ticket_id, "related")))

    def incidents_page(self, ticket_id: int, *, size: int = 100, cursor: str | None = None) -> Page[Ticket]:
        """Return one page of the incidents of a problem."""
        return listing(self._caller, path("tickets", ticket_id, "incidents"), "tickets", Ticket).page(
            size=size, cursor=cursor
        )

    def incidents(self, ticket_id: int) -> Reading[Ticket]:
        """Read all incidents of a problem."""
        return listing(self._caller, path("tickets", ticket_id, "incidents"), "tickets", Ticket).records(size=100)

    def problems(self) -> Reading[Ticket]:
        """Read all tickets of type problem."""
        return listing(self._caller, path("problems"), "tickets", Ticket).records(size=100)

    def find_problems(self, text: str) -> Page[Ticket]:
        """Return the problems whose subject begins with a text."""
        reply = self._caller.request("POST", path("problems", "autocomplete"), json={"text": text})
        return listing(self._caller, path("problems", "autocomplete"), "tickets", Ticket).read(reply)

    def recent(self) -> Page[Ticket]:
        """Return the tickets the connected agent looked at last."""
        return numbered(self._caller, path("tickets", "recent"), "tickets", Ticket).page(size=100, cursor=None)

    def people(self, ticket_id: int, which: People) -> Reading[User]:
        """Read who is on a ticket: its ``followers`` (agents), ``email_ccs``, or the older ``collaborators``.

        They are changed by ``update``, with ``followers`` or ``email_ccs`` as ``[{"user_id": 1, "action": "put"}]``.
        """
        return numbered(self._caller, path("tickets", ticket_id, which), "users", User).records(size=100)

    def conversation_log(self, ticket_id: int, *, sort: str | None = None) -> Reading[Record]:
        """Read everything said on a ticket, messaging included, event by event."""
        where = path("tickets", ticket_id, "conversation_log")
        return listing(self._caller, where, "events", Record).records(size=100, params={"sort": sort})

    def rate(self, ticket_id: int, score: Literal["good", "bad"], *, comment: str | None = None) -> Record:
        """Leave the requester's rating of a solved ticket; only the requester may."""
        told = {"score": score} | ({} if comment is None else {"comment": comment})
        where = path("tickets", ticket_id, "satisfaction_rating")
        return whole(self._caller.request("POST", where, json={"satisfaction_rating": told}))
