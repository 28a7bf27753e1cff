"""How a list is cut into pages: the offset shape and the cursor shape, as the service gives them.

The client chooses by its parameters: ``page[...]`` asks for a cursor, anything else gets offsets. A new list endpoint
calls ``paginate`` with its rows; it never builds links itself.
"""

from __future__ import annotations

import base64
import binascii
import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Refusal

T = TypeVar("T")

PAGE_MAX = 100
DEEPEST_RECORD = 10_000

Sorts = Mapping[str, Callable[[T], Any]]


def paginate(
    call: Call,
    rows: Sequence[T],
    *,
    key: str,
    render: Callable[[T], Json],
    identity: Callable[[T], int],
    sorts: Sorts[T] | None = None,
    default_sort: str = "id",
    count: bool = True,
    extra: Callable[[Sequence[T]], Json] | None = None,
    cursor: bool = True,
    offset: bool = True,
    presorted: bool = False,
    page_max: int = PAGE_MAX,
    deepest: int = DEEPEST_RECORD,
) -> Answer:
    """Answer one page of ``rows`` under ``key``, rendering only the rows of that page.

    ``sorts`` names what can be sorted by; ``id`` (by ``identity``) always can. ``default_sort`` may start with ``-``
    for descending. ``presorted`` promises rows in ascending order of ``identity``, which saves the walk over all of
    them. ``extra`` gives side-loaded objects for the page, merged at the top level; ``count`` False leaves the total
    out of the offset shape; ``cursor`` False is for the endpoints that know offsets only, ``offset`` False for
    those that know cursors only. Raises Refusal with the
    service's 400s.
    """
    window = _Window(rows=rows, identity=identity, sorts=sorts or {}, default_sort=default_sort, presorted=presorted)
    asks_cursor = not offset or any(name.startswith("page[") for name in call.params)
    if asks_cursor and not cursor:
        raise _not_an_integer("page")
    if asks_cursor:
        page, tail = _cursor_page(call, window, page_max)
    else:
        page, tail = _offset_page(call, window, page_max, deepest)
        if not count:
            del tail["count"]
    body: Json = {key: [render(row) for row in page]}
    if extra is not None:
        body |= extra(page)
    return Answer(200, body | tail)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window(Generic[T]):
    """Rows and the ways to order them. Order is always held ascending; a descending page is read from the far end."""

    rows: Sequence[T]
    identity: Callable[[T], int]
    sorts: Sorts[T]
    default_sort: str
    presorted: bool

    def knows(self, name: str) -> bool:
        return name == "id" or name in self.sorts or name == self.default_sort.removeprefix("-")

    def key(self, name: str) -> Callable[[T], Any]:
        chosen = self.sorts.get(name)
        if chosen is None:
            return self.identity
        return lambda row: [_orderable(chosen(row)), self.identity(row)]

    def ordered(self, name: str) -> Sequence[T]:
        key = self.key(name)
        if key is self.identity and (self.presorted or all(a <= b for a, b in pairwise(map(key, self.rows)))):
            return self.rows
        return sorted(self.rows, key=key)

    def cut(self, name: str, *, first: int, length: int, descending: bool) -> Sequence[T]:
        """Return ``length`` rows from number ``first``, counted in the direction asked."""
        ordered = self.ordered(name)
        if not descending:
            return ordered[first : first + length]
        end = len(ordered) - first
        return ordered[max(0, end - length) : max(0, end)][::-1]


def _offset_page(call: Call, window: _Window[T], page_max: int, deepest: int) -> tuple[Sequence[T], Json]:
    number = _positive(call, "page", 1)
    size = min(_positive(call, "per_page", page_max), page_max)
    if (number - 1) * size >= deepest:
        raise Refusal.bad_request(
            "InvalidPaginationDepth",
            "Invalid pagination depth",
            f"Page {number} is too deep: offset pages end at record {deepest:,}; use cursor pagination",
        )
    default = window.default_sort
    name = call.params.get("sort_by", "")
    if not window.knows(name):
        # An unknown sort_by is ignored by the service, not refused.
        name = default.removeprefix("-")
    order = call.params.get("sort_order", "").lower()
    descending = order == "desc" if order in {"asc", "desc"} else default == f"-{name}"
    page = window.cut(name, first=(number - 1) * size, length=size, descending=descending)
    total = len(window.rows)
    more = number * size < total
    tail: Json = {
        "next_page": _link(call, {"page": str(number + 1)}) if more else None,
        "previous_page": _link(call, {"page": str(number - 1)}) if number > 1 else None,
        "count": total,
    }
    return page, tail


def _cursor_page(call: Call, window: _Window[T], page_max: int) -> tuple[Sequence[T], Json]:
    size = min(_page_size(call, page_max), page_max)
    sort = call.params.get("sort") or window.default_sort
    name, descending = sort.removeprefix("-"), sort.startswith("-")
    if not window.knows(name):
        raise _bad_parameter(f"sort is not valid: this list can't be sorted by {name}")
    after, before = call.params.get("page[after]"), call.params.get("page[before]")
    if after and before:
        raise _bad_parameter("page[after] and page[before] can't be given together")
    ordered, key = window.ordered(name), window.key(name)
    # Forward in a descending list is backward in the ascending order that is held.
    forward = not before
    upward = forward != descending
    mark = _decode(after or before or "", sort=sort) if after or before else None
    if mark is None:
        at = 0 if upward else len(ordered)
    else:
        try:
            at = bisect_right(ordered, mark, key=key) if upward else bisect_left(ordered, mark, key=key)
        except TypeError as error:
            raise _bad_parameter("the cursor is not valid for this list") from error
    page = ordered[at : at + size] if upward else ordered[max(0, at - size) : at]
    has_more = at + size < len(ordered) if upward else at - size > 0
    if descending:
        page = page[::-1]
    first, last = (_encode(key(page[0]), sort=sort), _encode(key(page[-1]), sort=sort)) if page else (None, None)
    tail: Json = {
        # The last page keeps its cursor and its next link; only an empty page has none.
        "meta": {"has_more": has_more, "after_cursor": last, "before_cursor": first},
        "links": {
            "prev": _link(call, {"page[before]": first}) if first else None,
            "next": _link(call, {"page[after]": last}) if last else None,
        },
    }
    return page, tail


def _link(call: Call, changed: Mapping[str, str]) -> str:
    """Repeat the call's address with other page parameters: same scheme, host and port, path ending in ``.json``."""
    kept = [(name, value) for name, value in call.params.items(multi=True) if name not in _MOVING]
    return f"{call.base_url}{call.path}.json?{urlencode(sorted([*kept, *changed.items()]))}"


_MOVING = frozenset({"page", "page[after]", "page[before]"})


def _orderable(value: Any) -> Any:
    """Return a value that compares with others of its kind, sorts None first and survives JSON."""
    if value is None:
        return [0]
    if isinstance(value, datetime):
        return [1, value.timestamp()]
    if isinstance(value, int | float):
        return [1, value]
    if isinstance(value, tuple | list):
        return [2, [_orderable(part) for part in value]]
    return [3, str(value).casefold()]


def _encode(mark: Any, *, sort: str) -> str:
    return base64.b64encode(json.dumps({"o": sort, "v": mark}, separators=(",", ":")).encode()).decode()


def _decode(text: str, *, sort: str) -> Any:
    try:
        told = json.loads(base64.b64decode(text, validate=True))
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise _bad_parameter("the cursor is not valid") from error
    if not isinstance(told, dict) or "v" not in told or told.get("o") != sort:
        raise _bad_parameter("the cursor is not valid for this sort order")
    return told["v"]


def _positive(call: Call, name: str, default: int) -> int:
    text = call.params.get(name)
    if text is None:
        return default
    if not _is_count(text):
        raise _not_an_integer(name)
    return int(text)


def _page_size(call: Call, default: int) -> int:
    text = call.params.get("page[size]")
    if text is None:
        return default
    if not _is_count(text):
        raise _bad_parameter("page[size] must be an integer greater than 0")
    return int(text)


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10 and int(text) > 0


def _bad_parameter(detail: str) -> Refusal:
    return Refusal.bad_request("InvalidPaginationParameter", "Invalid pagination parameter", detail)


def _not_an_integer(name: str) -> Refusal:
    message = f"You passed an invalid value for the {name} attribute. must be an integer"
    return Refusal(Answer(400, {"error": {"title": "Invalid attribute", "message": message}}))
