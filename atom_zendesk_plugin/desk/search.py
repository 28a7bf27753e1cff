"""Search in the account's records, for people and for other plugins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from atom_zendesk_plugin.desk import checks, cursors
from atom_zendesk_plugin.desk.listing import Listing, TicketPage
from atom_zendesk_plugin.desk.searching import query_of, refuse_other_kinds, search_listing, search_tickets
from atom_zendesk_plugin.desk.vocabulary import SORTS, one_of
from atom_zendesk_plugin.records import Record

if TYPE_CHECKING:
    from atom_zendesk_plugin.client.api import ZendeskClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Search of one caller's desk. Answers come from Zendesk's index, which lags behind writes by seconds to minutes."""

    client: ZendeskClient

    def tickets(
        self, query: str, *, limit: int = 30, syntax: str = "text", sort: str | None = None, cursor: str | None = None
    ) -> TicketPage:
        """Return up to ``limit`` (1..1000) tickets, by relevance or by ``sort``.

        ``syntax`` ``text``: every word must occur, a part in double quotes as it stands, and nothing is taken as a clause.
        ``zendesk``: the query is Zendesk's search language, still for tickets only. Raises InvalidInput, and ResultTruncated when
        read on beyond the 1,000 hits Zendesk hands out.
        """
        wanted = query_of(query, syntax=syntax)
        if syntax == "zendesk":
            refuse_other_kinds(wanted)
        order = None if sort is None else one_of(sort, SORTS, "sort")
        return search_tickets(self.client, wanted, limit=checks.limit(limit), sort=order, cursor=cursor)

    def everything(
        self, query: str, *, limit: int = 30, syntax: str = "text", cursor: str | None = None
    ) -> Listing[Record]:
        """Return up to ``limit`` tickets, users, organizations and groups, by relevance; the class of a record says what it is."""
        wanted = query_of(query, syntax=syntax)
        return search_listing(
            lambda size, number: self.client.search.page(wanted, type=None, size=size, page=number),
            limit=checks.limit(limit), cursor=cursor, scope=cursors.scope_of("everything", query=wanted),
        )  # fmt: skip
