"""Tickets with their comments, audits and tags, one by one and in bulk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from atom_zendesk_plugin.client.pagination import Listing, Page, parse_record
from atom_zendesk_plugin.client.reply import Reply
from atom_zendesk_plugin.client.resources.base import (
    Fields,
    Kind,
    count_in,
    job_in,
    listing,
    path,
    record_in,
    within_bulk,
)
from atom_zendesk_plugin.client.stamps import stamp
from atom_zendesk_plugin.errors import InvalidInput
from atom_zendesk_plugin.records import Audit, Comment, JobStatus, Ticket


@dataclass(frozen=True, slots=True)
class Written:
    """A ticket as it is after the change, and the audit that lists what changed (None when Zendesk sent none)."""

    ticket: Ticket
    audit: Audit | None = None


class Tickets(Kind[Ticket]):
    """``/api/v2/tickets``. Lists leave out archived tickets; ``get``, ``show_many`` and search find them."""

    root, single, kind = "tickets", "ticket", Ticket

    def page(
        self, *, size: int = 100, cursor: str | None = None, sort: str | None = None, include: Sequence[str] = ()
    ) -> Page[Ticket]:
        """Return one page; ``sort`` is ``id``, ``updated_at`` or ``status``, with ``-`` in front for descending."""
        return self._listing().page(size=size, cursor=cursor, params={"sort": sort, "include": include})

    def pages(self, *, size: int = 100, sort: str | None = None, include: Sequence[str] = ()) -> Iterator[Page[Ticket]]:
        """Read all tickets a page at a time."""
        return self._listing().pages(size=size, params={"sort": sort, "include": include})

    def list(self, *, size: int = 100, sort: str | None = None, include: Sequence[str] = ()) -> Iterator[Ticket]:
        """Read all tickets, one at a time."""
        return self._listing().records(size=size, params={"sort": sort, "include": include})

    def show_many(self, ids: Iterable[int], *, include: Sequence[str] = ()) -> Page[Ticket]:
        """Return the tickets with these ids, any number of them, in this order; those Zendesk doesn't show are left out."""
        return self._show_many(ids, include)

    def create(self, fields: Fields, *, idempotency_key: str) -> Written:
        """Make a ticket. The same key within two hours answers the same ticket, so this is repeated safely after a lost answer.

        ``fields`` needs ``comment``; say ``public`` in it, because its default is inherited. Raises ZendeskInvalid.
        """
        reply = self._caller.request(
            "POST", path("tickets"), json={"ticket": dict(fields)}, idempotency_key=idempotency_key
        )
        return _written(reply)

    def update(self, ticket_id: int, changes: Fields, *, expected_updated_at: datetime | None = None) -> Written:
        """Change a ticket, or add a comment to it. Never repeated blindly: raises OutcomeUnknown when the answer was lost.

        With ``expected_updated_at`` (the ticket's ``updated_at`` as last seen) Zendesk refuses when somebody else was faster:
        ZendeskConflict. Its stamps are whole seconds, so two changes in one second are not told apart.
        """
        body = dict(changes)
        if expected_updated_at is not None:
            # Only ever true: Zendesk takes a false for a true.
            body |= {"safe_update": True, "updated_stamp": stamp(expected_updated_at, field="expected_updated_at")}
        return _written(self._update(ticket_id, body))

    def delete(self, ticket_id: int) -> None:
        """Delete a ticket; it can be restored for 30 days."""
        self._delete(ticket_id)

    def count(self) -> int:
        """Return about how many tickets there are; above 100,000 Zendesk's number can be a day old."""
        return count_in(self._caller.request("GET", path("tickets", "count")))

    def add_tags(self, ticket_id: int, tags: Sequence[str]) -> tuple[str, ...]:
        """Add tags and return all that the ticket has now. Others' tags stay, also those added at the same moment."""
        return _tags(self._caller.request("PUT", path("tickets", ticket_id, "tags"), json={"tags": list(tags)}))

    def remove_tags(self, ticket_id: int, tags: Sequence[str]) -> tuple[str, ...]:
        """Remove tags and return those that are left."""
        reply = self._caller.request("DELETE", path("tickets", ticket_id, "tags"), json={"tags": list(tags)})
        return _tags(reply) if reply.body else ()

    def create_many(self, tickets: Sequence[Fields]) -> JobStatus:
        """Start a job that makes up to 100 tickets. There is no key against repeats: see ``jobs.wait`` for the result of each row."""
        within_bulk(tickets, field="tickets")
        return job_in(
            self._caller.request(
                "POST", path("tickets", "create_many"), json={"tickets": [dict(one) for one in tickets]}
            )
        )

    def update_many(self, ids: Sequence[int], changes: Fields) -> JobStatus:
        """Start a job that makes the same changes to up to 100 tickets."""
        within_bulk(ids, field="ids")
        where = path("tickets", "update_many")
        return job_in(self._caller.request("PUT", where, params={"ids": ids}, json={"ticket": dict(changes)}))

    def update_batch(self, tickets: Sequence[Fields]) -> JobStatus:
        """Start a job that changes up to 100 tickets, each in its own way; each row names its ``id``."""
        within_bulk(tickets, field="tickets")
        if not all(isinstance(one.get("id"), int) for one in tickets):
            raise InvalidInput("Each row of a batch needs the id of its ticket.", field="tickets")
        return job_in(
            self._caller.request(
                "PUT", path("tickets", "update_many"), json={"tickets": [dict(one) for one in tickets]}
            )
        )

    def delete_many(self, ids: Sequence[int]) -> JobStatus:
        """Start a job that deletes up to 100 tickets."""
        within_bulk(ids, field="ids")
        return job_in(self._caller.request("DELETE", path("tickets", "destroy_many"), params={"ids": ids}))

    def comments_page(
        self,
        ticket_id: int,
        *,
        size: int = 100,
        cursor: str | None = None,
        sort: str | None = None,
        include: Sequence[str] = (),
    ) -> Page[Comment]:
        """Return one page of a ticket's comments; ``sort`` is ``created_at`` or ``-created_at``."""
        return self._comments(ticket_id).page(size=size, cursor=cursor, params={"sort": sort, "include": include})

    def comments(self, ticket_id: int, *, size: int = 100, sort: str | None = None) -> Iterator[Comment]:
        """Read all comments of a ticket, oldest first."""
        return self._comments(ticket_id).records(size=size, params={"sort": sort})

    def audits_page(
        self,
        ticket_id: int,
        *,
        size: int = 100,
        cursor: str | None = None,
        sort: str | None = None,
        include: Sequence[str] = (),
    ) -> Page[Audit]:
        """Return one page of a ticket's history."""
        return self._audits(ticket_id).page(size=size, cursor=cursor, params={"sort": sort, "include": include})

    def audits(self, ticket_id: int, *, size: int = 100) -> Iterator[Audit]:
        """Read the whole history of a ticket, oldest first."""
        return self._audits(ticket_id).records(size=size)

    def _comments(self, ticket_id: int) -> Listing[Comment]:
        return listing(self._caller, path("tickets", ticket_id, "comments"), "comments", Comment)

    def _audits(self, ticket_id: int) -> Listing[Audit]:
        return listing(self._caller, path("tickets", ticket_id, "audits"), "audits", Audit)


class _Tagged(msgspec.Struct, frozen=True):
    tags: tuple[str, ...]


class _Audited(msgspec.Struct, frozen=True):
    audit: msgspec.Raw = msgspec.Raw()  # with None beside Raw, msgspec takes nothing but null


def _written(reply: Reply) -> Written:
    ticket = record_in(reply, "ticket", Ticket.parse)
    raw = reply.decode(_Audited).audit
    is_there = bytes(raw) not in (b"", b"null")
    return Written(ticket, parse_record(reply, raw, Audit.parse) if is_there else None)


def _tags(reply: Reply) -> tuple[str, ...]:
    return reply.decode(_Tagged).tags
