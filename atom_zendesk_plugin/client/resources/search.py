"""Search: up to 1,000 hits page by page, all of them by export, or their number.

Zendesk hands out 1,000 hits of a search and no more; what lies beyond is told as ResultTruncated, never left out silently. Its index lags
behind writes by seconds to minutes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final, Literal, TypeVar

from atom_zendesk_plugin.client.pagination import Caller, Listing, Page, Reading, offset_cursor
from atom_zendesk_plugin.client.resources.base import MOST, count_in, path
from atom_zendesk_plugin.client.transport import Params
from atom_zendesk_plugin.errors import ResultTruncated
from atom_zendesk_plugin.records import Record, parse_hit

R = TypeVar("R", bound=Record)
HitType = Literal["ticket", "user", "organization", "group"]

LIMIT: Final = 1000
EXPORT_SIZE: Final = 1000


class Search:
    """``/api/v2/search``. ``query`` is Zendesk's language: build it with ``querytext`` when it holds text a person typed."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def page(
        self,
        query: str,
        *,
        type: HitType | None,
        size: int = MOST,
        page: int = 1,
        sort_by: str | None = None,
        sort_order: str | None = None,
        include: Sequence[str] = (),
    ) -> Page[Record]:
        """Return one page of hits; ``count`` is how many there are in all, also beyond the 1,000.

        ``sort_by``: ``updated_at``, ``created_at``, ``priority``, ``status`` or ``ticket_type``; None: by relevance. ``include`` names
        what comes beside tickets. Raises ResultTruncated, with ``count`` and ``limit``, for a page beyond the 1,000th hit.
        """
        asked = typed(query, type)
        if (page - 1) * size >= LIMIT:
            count = self._count(asked)
            if count > LIMIT:
                raise ResultTruncated(count=count, limit=LIMIT)
            return Page(records=(), count=count)
        params: Params = {
            "query": asked, "sort_by": sort_by, "sort_order": sort_order, "include": _include(type, include),
        }  # fmt: skip
        return numbered_page(self._hits("search"), size=size, number=page, params=params)

    def list(
        self,
        query: str,
        *,
        type: HitType | None,
        sort_by: str | None = None,
        sort_order: str | None = None,
        include: Sequence[str] = (),
    ) -> Iterator[Record]:
        """Read hits one at a time; raises ResultTruncated after the 1,000th when there are more."""
        for number in range(1, LIMIT // MOST + 1):
            found = self.page(query, type=type, page=number, sort_by=sort_by, sort_order=sort_order, include=include)
            yield from found.records
            if not found.has_more:
                return
        raise ResultTruncated(count=found.count, limit=LIMIT)

    def export(self, query: str, *, type: HitType, size: int = EXPORT_SIZE) -> Reading[Record]:
        """Read every hit, however many, one at a time; the order is Zendesk's. A cursor lives an hour: read without long pauses."""
        hits = self._hits("search", "export", most=EXPORT_SIZE)
        # Here the type is a parameter: a type: in the query is documented as an error.
        return hits.records(size=size, params={"query": query, "filter[type]": type})

    def count(self, query: str, *, type: HitType | None = None) -> int:
        """Return how many hits a query has."""
        return self._count(typed(query, type))

    def _count(self, query: str) -> int:
        return count_in(self._caller.request("GET", path("search", "count"), params={"query": query}))

    def _hits(self, *parts: str, most: int = MOST) -> Listing[Record]:
        return Listing(caller=self._caller, path=path(*parts), key="results", parse=parse_hit, most=most)


def typed(query: str, type: HitType | None) -> str:
    """Return the query limited to one kind of record."""
    return query if type is None else f"type:{type} {query}".rstrip()


def numbered_page(hits: Listing[R], *, size: int, number: int, params: Params) -> Page[R]:
    """Return a page of an endpoint that knows page numbers only."""
    found = hits.page(size=size, cursor=offset_cursor(max(number, 1)), params=params)
    shown = (max(number, 1) - 1) * min(max(size, 1), hits.most) + len(found.records)
    if not found.has_more and found.records and found.count is not None and found.count > shown:
        # The last page Zendesk hands out names no next one, although there are more hits.
        return replace(found, has_more=True, cursor=offset_cursor(number + 1))
    return found


def _include(type: HitType | None, include: Sequence[str]) -> str | None:
    """Return what to ask for beside tickets, in the form only search has: ``tickets(users,groups)``."""
    if not include:
        return None
    return f"{'tickets' if type is None else type + 's'}({','.join(include)})"
