"""Views: saved lists of tickets. Zendesk caches their content for minutes, so they are not for live data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from atom_zendesk_plugin.client.pagination import Page, Reading
from atom_zendesk_plugin.client.resources.base import Fields, count_in, listing, path, whole, within_bulk
from atom_zendesk_plugin.client.resources.rules import Defined, Ordered
from atom_zendesk_plugin.client.resources.verbs import Shown
from atom_zendesk_plugin.records import Record, Ticket, View


class ViewCount(msgspec.Struct, frozen=True):
    """How many tickets a view has. ``value`` is None while Zendesk is still counting (``fresh`` is then False): ask again later."""

    value: int | None = None
    pretty: str | None = None
    fresh: bool = False
    view_id: int | None = None


class Views(Ordered[View], Defined[View], Shown[View]):
    """``/api/v2/views``."""

    root, single, kind = "views", "view", View

    def page(self, *, size: int = 100, cursor: str | None = None) -> Page[View]:
        """Return one page."""
        return self._listing().page(size=size, cursor=cursor)

    def pages(self, *, size: int = 100) -> Iterator[Page[View]]:
        """Read all views a page at a time."""
        return self._listing().pages(size=size)

    def list(self, *, size: int = 100) -> Reading[View]:
        """Read all views, one at a time."""
        return self._listing().records(size=size)

    def create(self, fields: Fields) -> View:
        """Make a view; ``all`` needs a condition on status, type, group, assignee or requester."""
        return self._read(self._create(fields))

    def update(self, view_id: int, changes: Fields) -> View:
        """Change a view; conditions are replaced whole."""
        return self._read(self._update(view_id, changes))

    def delete(self, view_id: int) -> None:
        """Delete a view."""
        self._delete(view_id)

    def show_many(self, ids: Sequence[int]) -> Page[View]:
        """Return the views with these ids, any number of them, in this order; those Zendesk doesn't show are left out."""
        return self._show_many(ids, ())

    def compact(self) -> Page[View]:
        """Return up to 32 shared and 10 personal views, in the order agents see them."""
        return self._listing(self._path("compact")).read(self._caller.request("GET", self._path("compact")))

    def tickets_page(
        self, view_id: int, *, size: int = 100, cursor: str | None = None, include: Sequence[str] = ()
    ) -> Page[Ticket]:
        """Return one page of a view's tickets. Zendesk allows five such calls a minute for each view."""
        tickets = listing(self._caller, path("views", view_id, "tickets"), "tickets", Ticket)
        return tickets.page(size=size, cursor=cursor, params={"include": include})

    def tickets(self, view_id: int, *, include: Sequence[str] = ()) -> Reading[Ticket]:
        """Read all tickets of a view."""
        where = path("views", view_id, "tickets")
        return listing(self._caller, where, "tickets", Ticket).records(size=100, params={"include": include})

    def execute(self, view_id: int, *, sort_by: str | None = None, sort_order: str | None = None) -> Record:
        """Return a view as its table: ``columns``, ``rows`` and what they name; five times a minute for each view."""
        params = {"sort_by": sort_by, "sort_order": sort_order}
        return whole(self._caller.request("GET", self._path(view_id, "execute"), params=params))

    def preview(self, view: Fields) -> Record:
        """Return the table a view with these conditions and ``output`` would have, without making it."""
        return whole(self._caller.request("POST", self._path("preview"), json={"view": dict(view)}))

    def preview_count(self, view: Fields) -> ViewCount:
        """Return how many tickets a view with these conditions would have."""
        reply = self._caller.request("POST", self._path("preview", "count"), json={"view": dict(view)})
        return reply.decode(_Answer).view_count

    def count(self, view_id: int) -> ViewCount:
        """Return how many tickets the view has, a minute or so old."""
        return self._caller.request("GET", path("views", view_id, "count")).decode(_Answer).view_count

    def count_many(self, ids: Sequence[int]) -> tuple[ViewCount, ...]:
        """Return the counts of up to 20 views; Zendesk allows six such calls in five minutes."""
        within_bulk(ids, field="ids")
        reply = self._caller.request("GET", self._path("count_many"), params={"ids": ids})
        return reply.decode(_Answers).view_counts

    def how_many(self) -> int:
        """Return how many views there are."""
        return count_in(self._caller.request("GET", self._path("count")))

    def export(self, view_id: int) -> Record:
        """Ask for a view's tickets by e-mail as CSV; returns what Zendesk says about it."""
        return whole(self._caller.request("GET", self._path(view_id, "export")))


class _Answer(msgspec.Struct, frozen=True):
    view_count: ViewCount


class _Answers(msgspec.Struct, frozen=True):
    view_counts: tuple[ViewCount, ...]
