"""Operations of search under /api/zendesk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atom_zendesk_plugin.desk.values import QueryText
from atom_zendesk_plugin.web.fields import (
    Body,
    Cursor,
    Limit,
    Query,
    Sort,
    Syntax,
)
from atom_zendesk_plugin.web.operations import API, Answer, AnyOperation, Call, Operation
from atom_zendesk_plugin.web.present.tickets import FoundData, TicketsData, found_data, tickets_data

if TYPE_CHECKING:
    from atom_zendesk_plugin.desk.desk import Desk
    from atom_zendesk_plugin.desk.listing import TicketPage

TAG = "Search"
_DESCRIPTION = (
    "Every word must occur; a part in double quotes occurs as it stands. Nothing in the text is read as a clause unless `syntax` is "
    "`zendesk`. Zendesk's index lags behind writes by seconds to minutes and hands out 1,000 hits."
)


class SearchQuery(Query, kw_only=True, frozen=True):
    query: QueryText
    limit: Limit = 30
    syntax: Syntax = "text"
    sort: Sort | None = None
    cursor: Cursor | None = None


class SearchBody(Body, kw_only=True, frozen=True):
    query: QueryText
    limit: Limit = 30
    syntax: Syntax = "text"
    sort: Sort | None = None
    cursor: Cursor | None = None


def search_tickets(call: Call[SearchQuery, Body]) -> Answer:
    desk = call.desk()
    return Answer(data=tickets_data(_find(desk, call.query), desk))


def search(call: Call[Query, SearchBody]) -> Answer:
    desk = call.desk()
    return Answer(data=found_data(_find(desk, call.body), desk, call.body.query))


def _find(desk: Desk, asked: SearchQuery | SearchBody) -> TicketPage:
    return desk.search.tickets(
        asked.query, limit=asked.limit, syntax=asked.syntax, sort=asked.sort or None, cursor=asked.cursor or None
    )


OPERATIONS: tuple[AnyOperation, ...] = (
    Operation(
        method="GET", path=f"{API}/search/tickets", handler=search_tickets, tag=TAG, query=SearchQuery, body=Body, reply=TicketsData,
        summary="Search tickets", description=_DESCRIPTION,
    ),
    Operation(
        method="POST", path=f"{API}/search", handler=search, tag=TAG, query=Query, body=SearchBody, reply=FoundData,
        summary="Search tickets, by a JSON body", description=_DESCRIPTION,
        example={"query": "printer ink", "limit": 10},
    ),
)  # fmt: skip
