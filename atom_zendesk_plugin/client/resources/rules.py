"""What macros, triggers, automations and views have in common: an order, a switch and a search; and the macros."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from atom_zendesk_plugin.client.pagination import Page, Reading
from atom_zendesk_plugin.client.resources.base import Fields, listing, page_in, path, record_in, whole, within_bulk
from atom_zendesk_plugin.client.resources.verbs import Editable, Kind
from atom_zendesk_plugin.client.transport import Params
from atom_zendesk_plugin.records import Record, Rule

R = TypeVar("R", bound=Record)


class Ordered(Kind[R]):
    """The verbs of things that stand in an order and can be switched off."""

    def active(self, *, filters: Params | None = None) -> Reading[R]:
        """Read those that are switched on."""
        return self._listing(self._path("active")).records(size=100, params=filters)

    def search(self, query: str, *, size: int = 100, page: int = 1, filters: Params | None = None) -> Page[R]:
        """Return those whose title has the words of a query."""
        where = self._path("search")
        params: Params = {**(filters or {}), "query": query, "page": page, "per_page": min(max(size, 1), 100)}
        return self._listing(where).read(self._caller.request("GET", where, params=params))

    def update_many(self, rows: Sequence[Fields]) -> Page[R]:
        """Change position or switch of up to 100 at once, no job; each row names its ``id``."""
        within_bulk(rows, field=self.root)
        where = self._path("update_many")
        reply = self._caller.request("PUT", where, json={self.root: [dict(row) for row in rows]})
        return page_in(self._listing(where), reply)

    def delete_many(self, ids: Sequence[int]) -> None:
        """Delete up to 100 at once, no job."""
        within_bulk(ids, field="ids")
        self._caller.request("DELETE", self._path("destroy_many"), params={"ids": ids})


class Defined(Kind[R]):
    """The verb of things whose parts Zendesk describes."""

    def definitions(self) -> Record:
        """Return which conditions and actions there are, with their operators and values."""
        reply = self._caller.request("GET", self._path("definitions"))
        return record_in(reply, "definitions", Record.parse)


class Macros(Ordered[Rule], Defined[Rule], Editable[Rule]):
    """``/api/v2/macros``."""

    root, single, kind = "macros", "macro", Rule

    def apply(self, macro_id: int) -> Record:
        """Return what a macro would change in any ticket. Nothing is saved: send it in a ticket's update."""
        reply = self._caller.request("GET", self._path(macro_id, "apply"))
        return record_in(reply, "result", Record.parse)

    def apply_to(self, macro_id: int, ticket_id: int) -> Record:
        """Return a ticket as it would be after a macro, placeholders filled in. Nothing is saved."""
        reply = self._caller.request("GET", path("tickets", ticket_id, "macros", macro_id, "apply"))
        return record_in(reply, "result", Record.parse)

    def draft(self, *, macro_id: int | None = None, ticket_id: int | None = None) -> Record:
        """Return the beginning of a new macro, made from another one or from a ticket; it is not saved."""
        reply = self._caller.request("GET", self._path("new"), params={"macro_id": macro_id, "ticket_id": ticket_id})
        return record_in(reply, "macro", Record.parse)

    def categories(self) -> Record:
        """Return the names before ``::`` in the titles of macros, under ``categories``."""
        return whole(self._caller.request("GET", self._path("categories")))

    def actions(self) -> Reading[Record]:
        """Read which actions a macro can have."""
        return listing(self._caller, self._path("actions"), "actions", Record).records(size=100)

    def attachments(self, macro_id: int) -> Reading[Record]:
        """Read the files a macro adds to a comment."""
        return listing(self._caller, self._path(macro_id, "attachments"), "macro_attachments", Record).records(size=100)
