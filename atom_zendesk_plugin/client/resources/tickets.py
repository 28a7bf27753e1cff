"""Tickets: read, made, changed and deleted, with their comments and audits. What is rarer is in ``ticket_verbs``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from atom_zendesk_plugin.client.pagination import Listing, Page, Reading, parse_record
from atom_zendesk_plugin.client.reply import Reply
from atom_zendesk_plugin.client.resources.base import Fields, count_in, listing, path, record_in
from atom_zendesk_plugin.client.resources.bulk import Bulk
from atom_zendesk_plugin.client.resources.side_conversations import SideConversations
from atom_zendesk_plugin.client.resources.tagging import Tagged
from atom_zendesk_plugin.client.resources.ticket_verbs import TicketVerbs
from atom_zendesk_plugin.client.stamps import stamp
from atom_zendesk_plugin.records import Audit, Comment, Ticket


@dataclass(frozen=True, slots=True)
class Written:
    """A ticket as it is after the change, and the audit that lists what changed (None when Zendesk sent none)."""

    ticket: Ticket
    audit: Audit | None = None


class Tickets(TicketVerbs, Bulk[Ticket], Tagged[Ticket]):
    """``/api/v2/tickets``. Lists leave out archived tickets; ``get``, ``show_many`` and search find them."""

    root, single, kind = "tickets", "ticket", Ticket

    def page(
        self,
        *,
        size: int = 100,
        cursor: str | None = None,
        sort: str | None = None,
        include: Sequence[str] = (),
        external_id: str | None = None,
    ) -> Page[Ticket]:
        """Return one page; ``sort`` is ``id``, ``updated_at`` or ``status``, with ``-`` in front for descending.

        ``external_id`` keeps the tickets with that id of another system; several can have the same.
        """
        params = {"sort": sort, "include": include, "external_id": external_id}
        return self._listing().page(size=size, cursor=cursor, params=params)

    def pages(self, *, size: int = 100, sort: str | None = None, include: Sequence[str] = ()) -> Iterator[Page[Ticket]]:
        """Read all tickets a page at a time."""
        return self._listing().pages(size=size, params={"sort": sort, "include": include})

    def list(self, *, size: int = 100, sort: str | None = None, include: Sequence[str] = ()) -> Reading[Ticket]:
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
        """Delete a ticket; it can be restored for 30 days, by ``deleted_tickets``."""
        self._delete(ticket_id)

    def count(self) -> int:
        """Return about how many tickets there are; above 100,000 Zendesk's number can be a day old."""
        return count_in(self._caller.request("GET", path("tickets", "count")))

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

    def comments(
        self, ticket_id: int, *, size: int = 100, sort: str | None = None, include: Sequence[str] = ()
    ) -> Reading[Comment]:
        """Read all comments of a ticket, oldest first unless ``sort`` is ``-created_at``."""
        return self._comments(ticket_id).records(size=size, params={"sort": sort, "include": include})

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

    def audits(self, ticket_id: int, *, size: int = 100, sort: str | None = None) -> Reading[Audit]:
        """Read the whole history of a ticket, oldest first unless ``sort`` is ``-created_at``."""
        return self._audits(ticket_id).records(size=size, params={"sort": sort})

    def side_conversations(self, ticket_id: int) -> SideConversations:
        """Return the conversations beside a ticket."""
        return SideConversations(self._caller, "tickets", ticket_id, "side_conversations")

    def _comments(self, ticket_id: int) -> Listing[Comment]:
        return listing(self._caller, path("tickets", ticket_id, "comments"), "comments", Comment)

    def _audits(self, ticket_id: int) -> Listing[Audit]:
        return listing(self._caller, path("tickets", ticket_id, "audits"), "audits", Audit)


class _Audited(msgspec.Struct, frozen=True):
    audit: msgspec.Raw = msgspec.Raw()  # with None beside Raw, msgspec takes nothing but null


def _written(reply: Reply) -> Written:
    ticket = record_in(reply, "ticket", Ticket.parse)
    raw = reply.decode(_Audited).audit
    is_there = bytes(raw) not in (b"", b"null")
    return Written(ticket, parse_record(reply, raw, Audit.parse) if is_there else None)
