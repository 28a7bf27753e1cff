"""Search over tickets, users, organizations and groups; counting what it finds; exporting all of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Refusal, Route
from atom_zendesk_plugin.simulator.intake import bad_attribute
from atom_zendesk_plugin.simulator.objects import Group, Organization, Ticket, User
from atom_zendesk_plugin.simulator.paging import paginate
from atom_zendesk_plugin.simulator.query import KINDS, Query, invalid_search, parse
from atom_zendesk_plugin.simulator.render.people import render_group, render_organization, render_user
from atom_zendesk_plugin.simulator.render.sideloads import beside_tickets, ticket_row
from atom_zendesk_plugin.simulator.routes.frame import API
from atom_zendesk_plugin.simulator.searching import Found, kind_of, search, sort_value
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.visibility import actor_of

RESULTS_MAX: Final = 1_000
EXPORT_PAGE_MAX: Final = 1_000
_SORTS: Final = ("relevance", "created_at", "updated_at", "priority", "status", "ticket_type")


def search_all(desk: Desk, call: Call) -> Answer:
    """Answer a page of what was found: 100 a page, 1,000 in all, though ``count`` tells the whole number."""
    query = _query(call)
    _check_depth(call)
    rows = search(desk, query, actor=actor_of(desk, call))
    return paginate(
        _ordered(call, query),
        rows,
        key="results",
        render=lambda record: _render(desk, call, record),
        identity=lambda record: record.id,
        sorts={name: _key(name) for name in _SORTS},
        default_sort="-relevance",
        extra=lambda page: {"facets": None, **_beside(desk, call, page)},
        cursor=False,
    )


def count_all(desk: Desk, call: Call) -> Answer:
    return Answer(200, {"count": len(search(desk, _query(call), actor=actor_of(desk, call)))})


def export(desk: Desk, call: Call) -> Answer:
    """Answer a page of everything of one type, newest first, by cursor; there is no way back and no count."""
    kind = call.params.get("filter[type]", "").lower()
    if kind not in KINDS:
        raise bad_attribute("filter[type]", f"must be one of {', '.join(KINDS)}")
    rows = search(desk, _query(call), actor=actor_of(desk, call), kinds=[known for known in KINDS if known == kind])
    params = call.params.copy()
    params.setdefault("page[size]", "100")
    params.pop("sort", None)
    answer = paginate(
        replace(call, params=params),
        rows,
        key="results",
        render=lambda record: _render(desk, call, record),
        identity=lambda record: record.id,
        sorts={"created_at": _key("created_at")},
        default_sort="-created_at",
        extra=lambda _: {"facets": None},
        page_max=EXPORT_PAGE_MAX,
    )
    body = answer.body
    return replace(
        answer,
        body=body | {"meta": {**body["meta"], "before_cursor": None}, "links": {**body["links"], "prev": None}},
    )


def _query(call: Call) -> Query:
    text = call.params.get("query")
    if text is None:
        raise Refusal(Answer(422, {"error": "invalid", "description": "Invalid search: query is missing"}))
    return parse(text)


def _check_depth(call: Call) -> None:
    page, size = call.params.get("page", "1"), call.params.get("per_page", "100")
    if not (_is_number(page) and _is_number(size)):
        return
    if (int(page) - 1) * min(int(size), 100) >= RESULTS_MAX:
        raise invalid_search("Requested response size was greater than Search Response Limits")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10


def _ordered(call: Call, query: Query) -> Call:
    """Settle the order: parameters first, then the query's own words; descending unless told otherwise."""
    params = call.params.copy()
    by = params.get("sort_by", query.order_by or "relevance")
    descending = query.descending is not False
    params["sort_by"] = by if by in _SORTS else "relevance"
    params["sort_order"] = params.get("sort_order", "desc" if descending else "asc")
    return replace(call, params=params)


def _key(name: str) -> Callable[[Found], Any]:
    return lambda record: sort_value(record, name)


def _render(desk: Desk, call: Call, record: Found) -> Json:
    row: Json
    match record:
        case Ticket():
            row = ticket_row(desk, call)(record)
        case User():
            row = render_user(desk, call, record)
        case Organization():
            row = render_organization(desk, call, record)
        case Group():
            row = render_group(call, record)
    return {**row, "result_type": kind_of(record)}


def _beside(desk: Desk, call: Call, page: Sequence[Found]) -> Json:
    """Side-loads are asked for by type here: ``include=tickets(users,groups)``."""
    told = call.params.get("include", "")
    start = told.find("tickets(")
    if start < 0:
        return {}
    inner = told[start + len("tickets(") :].partition(")")[0]
    wanted = frozenset(part.strip() for part in inner.split(",") if part.strip())
    return beside_tickets(desk, call, wanted)([row for row in page if isinstance(row, Ticket)])


ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=f"{API}/search", handler=search_all, bucket="search-index"),
    Route(method="GET", template=f"{API}/search/count", handler=count_all, bucket="search-index"),
    Route(method="GET", template=f"{API}/search/export", handler=export, bucket="search-export"),
)
