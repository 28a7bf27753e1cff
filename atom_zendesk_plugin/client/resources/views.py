"""Views: saved lists of tickets. Zendesk caches their content for minutes, so they are not for live data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from atom_zendesk_plugin.client.pagination import Page
from atom_zendesk_plugin.client.resources.base import Kind, listing, path
from atom_zendesk_plugin.records import Ticket, View


class ViewCount(msgspec.Struct, frozen=True):
    """How many tickets a view has. ``value`` is None while Zendesk is still counting (``fresh`` is then False): ask again later."""

    value: int | None = None
    pretty: str | None = None
    fresh: bool = False


class Views(Kind[View]):
    """``/api/v2/views``."""

    root, single, kind = "views", "view", View

    def page(self, *, size: int = 100, cursor: str | None = None) -> Page[View]:
        """Return one page."""
        return self._listing().page(size=size, cursor=cursor)

    def pages(self, *, size: int = 100) -> Iterator[Page[View]]:
        """Read all views a page at a time."""
        return self._listing().pages(size=size)

    def list(self, *, size: int = 100) -> Iterator[View]:
        """Read all views, one at a time."""
        return self._listing().records(size=size)

    def tickets_page(
        self, view_id: int, *, size: int = 100, cursor: str | None = None, include: Sequence[str] = ()
    ) -> Page[Ticket]:
        """Return one page of a view's tickets. Zendesk allows five such calls a minute for each view."""
        tickets = listing(self._caller, path("views", view_id, "tickets"), "tickets", Ticket)
        return tickets.page(size=size, cursor=cursor, params={"include": include})

    def count(self, view_id: int) -> ViewCount:
        """Return how many tickets the view has, a minute or so old."""
        return self._caller.request("GET", path("views", view_id, "count")).decode(_Answer).view_count


class _Answer(msgspec.Struct, frozen=True):
    view_count: ViewCount
