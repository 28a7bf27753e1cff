"""Search as a list: Zendesk's query text, read page by page up to the 1,000 hits it hands out.

Text a person typed never becomes a clause of the query, unless they asked to write Zendesk's query language themselves.
Search answers from an index that lags behind writes by seconds to minutes, so every result says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from atom_zendesk_plugin.client import querytext
from atom_zendesk_plugin.desk import cursors
from atom_zendesk_plugin.desk.listing import PER_CALL, Listing, TicketPage, names_of
from atom_zendesk_plugin.desk.vocabulary import MAX_SEARCH_RESULTS, SEARCH_SORTS, SYNTAXES, one_of
from atom_zendesk_plugin.errors import InvalidInput, ResultTruncated, ZendeskBadRequest, ZendeskInvalid
from atom_zendesk_plugin.records import Record, Ticket

if TYPE_CHECKING:
    from atom_zendesk_plugin.client.api import ZendeskClient
    from atom_zendesk_plugin.client.pagination import Page

R = TypeVar("R", bound=Record)

LONGEST_QUERY = 1000
NAMES = ("users", "organizations", "groups")

_PIECE = re.compile(r'"([^"]*)"|([^\s"]+)')
_QUOTED = re.compile(r'"[^"]*"')
_KIND_CLAUSE = re.compile(r"(?i)(?<!\w)type\s*[:<>=]")


def query_of(text: str, *, syntax: str = "text") -> str:
    """Return the query for what a person typed.

    ``text``: every word must occur, a part in double quotes occurs as it stands; nothing in it is taken as a clause.
    ``zendesk``: the text is Zendesk's query language as it stands.
    Raises InvalidInput for a blank or overlong text, and for an unknown syntax.
    """
    one_of(syntax, SYNTAXES, "syntax")
    trimmed = text.strip()
    if not trimmed or len(trimmed) > LONGEST_QUERY or "\x00" in trimmed:
        raise InvalidInput(f"query takes 1 to {LONGEST_QUERY} characters of text.", field="query")
    if syntax == "zendesk":
        return trimmed
    words = [phrase or word for phrase, word in _PIECE.findall(trimmed)]
    quoted = [querytext.quote(word) for word in words if any(letter.isalnum() for letter in word)]
    if not quoted:
        raise InvalidInput("query takes at least one word with a letter or digit.", field="query")
    return " ".join(quoted)


def refuse_other_kinds(query: str) -> None:
    """Raise InvalidInput when a raw query names a kind of record: beside our ``type:ticket`` Zendesk would answer both kinds."""
    if _KIND_CLAUSE.search(_QUOTED.sub('""', query)):
        raise InvalidInput("Leave type: out of the query: this search is for tickets only.", field="query")


def search_tickets(
    client: ZendeskClient, query: str, *, limit: int, sort: str | None = None, cursor: str | None = None
) -> TicketPage:
    """Return the tickets a query in Zendesk's language finds, with names; by relevance when ``sort`` is None."""
    by = None if sort is None else SEARCH_SORTS[sort.removeprefix("-")]
    order = None if sort is None else "desc" if sort.startswith("-") else "asc"
    found = search_listing(
        lambda size, number: client.search.page(
            query, type="ticket", size=size, page=number, sort_by=by, sort_order=order, include=NAMES
        ),
        limit=limit, cursor=cursor, scope=cursors.scope_of("tickets", query=query, sort=sort),
    )  # fmt: skip
    return replace(found, records=tuple(hit for hit in found.records if isinstance(hit, Ticket)))  # type: ignore[return-value]  # narrowed


def search_listing(fetch: Callable[[int, int], Page[R]], *, limit: int, cursor: str | None, scope: str) -> Listing[R]:
    """Read up to ``limit`` hits from where ``cursor`` points; ``fetch`` takes page size and page number.

    Raises ResultTruncated, with the true count, for a place beyond the 1,000 hits Zendesk hands out.
    """
    start, known = cursors.offset(cursor, scope)
    if start >= MAX_SEARCH_RESULTS:
        raise ResultTruncated(count=known, limit=MAX_SEARCH_RESULTS, field="cursor")
    stop = min(start + limit, MAX_SEARCH_RESULTS)
    size, first, last = _pages(start, stop)
    try:
        pages = _read(fetch, size, first, last)
    except (ZendeskBadRequest, ZendeskInvalid) as error:
        raise InvalidInput("Zendesk does not understand this query.", field="query") from error
    skipped = start - (first - 1) * size
    records = [record for page in pages for record in page.records][skipped : skipped + stop - start]
    count = max(pages[-1].count or 0, start + len(records))
    more = bool(records) and count > start + len(records)
    return Listing(
        records=tuple(records),
        has_more=more,
        cursor=cursors.wrap_offset(scope, start + len(records), count) if more else None,
        count=count,
        names=names_of(page.sides for page in pages),
        source="zendesk_search",
        may_lag=True,
    )


def _pages(start: int, stop: int) -> tuple[int, int, int]:
    """Return page size, first and last page that hold the hits from ``start`` up to ``stop``.

    One page of exactly the size asked for where that fits, else whole hundreds: a page that reaches beyond the thousandth hit
    is refused by Zendesk, and a hundred divides a thousand.
    """
    wanted = stop - start
    if wanted <= PER_CALL and start % wanted == 0:
        return wanted, start // wanted + 1, start // wanted + 1
    return PER_CALL, start // PER_CALL + 1, (stop - 1) // PER_CALL + 1


def _read(fetch: Callable[[int, int], Page[R]], size: int, first: int, last: int) -> list[Page[R]]:
    pages: list[Page[R]] = []
    for number in range(first, last + 1):
        pages.append(fetch(size, number))
        if not pages[-1].has_more:
            break
    return pages
