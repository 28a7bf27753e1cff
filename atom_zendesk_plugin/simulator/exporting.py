"""How an incremental export is cut into pages, by time and by cursor, as the service gives them.

The newest minute is never exported. A page is the last one when it is not full; a full page that happens to end the
stream doesn't know it, and an empty one follows, without a place to go on from. By time, rows that share a second stay
together, however many they are. A new export is an ``Export``; pages and cursors are made here only.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar
from urllib.parse import urlencode

from atom_zendesk_plugin.simulator.change_log import Mark
from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Refusal
from atom_zendesk_plugin.simulator.intake import bad_attribute
from atom_zendesk_plugin.simulator.state import Desk

T = TypeVar("T")

HOLE: Final = 60
PAGE_MAX: Final = 1000
SAMPLE: Final = 50
FIRST: Final = -1
"""Less than every id: a mark that ends in it stands before the first row of its second."""

_LEADING_NUMBER: Final = re.compile(r"\d{1,12}")
_CURSOR: Final = re.compile(r"(\d{1,12})\.0\|\|(\d{1,19})\|([0-9a-f]{8})")
_SELECTING: Final = ("exclude_deleted", "support_type_scope")


@dataclass(frozen=True, slots=True, kw_only=True)
class Export(Generic[T]):
    """One export.

    ``rows`` yields second, id and row of what comes after a mark, in order. ``render`` and ``beside`` give what a call
    wants to see of a row, and beside the rows. ``refuses_recent`` False lets an export begin inside the newest minute.
    """

    key: str
    rows: Callable[[Desk, Call, Mark], Iterator[tuple[int, int, T]]]
    render: Callable[[Desk, Call], Callable[[T], Json]]
    beside: Callable[[Desk, Call], Callable[[Sequence[T]], Json]]
    refuses_recent: bool = True

    def body(self, desk: Desk, call: Call, page: Sequence[T]) -> Json:
        render = self.render(desk, call)
        return {self.key: [render(row) for row in page], **self.beside(desk, call)(page)}


def by_time(desk: Desk, call: Call, export: Export[T], *, size: int | None = None) -> Answer:
    """Answer the page that begins at ``start_time``; ``size`` is for exports whose pages the client can't choose."""
    start = _start_time(desk, call, export)
    wanted = _per_page(call) if size is None else size
    end, page = newest(desk), list[T]()
    last = start
    for second, _, row in export.rows(desk, call, (start, FIRST)):
        if second >= end or (len(page) >= wanted and second != last):
            break
        page.append(row)
        last = second
    full = len(page) >= wanted
    # At the end of the stream the last second comes again next time; on the way there it doesn't.
    end_time = (last + 1 if full else last) if page else None
    tail: Json = {
        "count": len(page),
        "end_of_stream": not full,
        "next_page": None if end_time is None else _link(call, {"start_time": str(end_time)}),
        "end_time": end_time,
    }
    return Answer(200, export.body(desk, call, page) | tail)


def by_cursor(desk: Desk, call: Call, export: Export[T]) -> Answer:
    """Answer the page after ``cursor``, or from ``start_time`` when no cursor is sent."""
    told = call.params.get("cursor")
    mark = _decode(call, told) if told else (_start_time(desk, call, export), FIRST)
    size = _per_page(call)
    end, page = newest(desk), list[T]()
    for second, number, row in export.rows(desk, call, mark):
        if second >= end or len(page) >= size:
            break
        page.append(row)
        mark = second, number
    cursor = _encode(call, mark) if page else None
    tail: Json = {
        "after_url": None if cursor is None else _link(call, {"cursor": cursor}),
        "before_url": None,
        "after_cursor": cursor,
        "before_cursor": None,
        "end_of_stream": len(page) < size,
    }
    return Answer(200, export.body(desk, call, page) | tail)


def newest(desk: Desk) -> int:
    """Return the first second that is too young to be exported."""
    return int(desk.clock.now().timestamp()) - HOLE


def _start_time(desk: Desk, call: Call, export: Export[T]) -> int:
    """Read the digits a value begins with, as the service does: clients send fractions and even dates."""
    number = _LEADING_NUMBER.match(call.params.get("start_time", "").strip())
    if number is None:
        raise bad_attribute("start_time", "must be a Unix time in seconds")
    start = int(number[0])
    if export.refuses_recent and start > newest(desk):
        told = f"Too recent start_time. Use a start_time older than {HOLE} seconds"
        raise Refusal(Answer(422, {"error": "InvalidValue", "description": told}))
    return start


def _per_page(call: Call) -> int:
    text = call.params.get("per_page")
    if text is None:
        return PAGE_MAX
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text) > 0):
        raise bad_attribute("per_page", f"must be a number from 1 to {PAGE_MAX}")
    return min(int(text), PAGE_MAX)


def _link(call: Call, place: dict[str, str]) -> str:
    kept = [(name, text) for name, text in call.params.items(multi=True) if name not in ("start_time", "cursor")]
    return f"{call.base_url}{call.path}.json?{urlencode(sorted([*kept, *place.items()]))}"


def _encode(call: Call, mark: Mark) -> str:
    return base64.b64encode(f"{mark[0]}.0||{mark[1]}|{_binding(call)}".encode()).decode()


def _decode(call: Call, text: str) -> Mark:
    """A cursor belongs to its export and to the parameters that choose rows; another one's is refused."""
    try:
        found = _CURSOR.fullmatch(base64.b64decode(text, validate=True).decode("ascii"))
    except (binascii.Error, ValueError) as error:
        raise bad_attribute("cursor", "is not a cursor") from error
    if found is None or found[3] != _binding(call):
        raise bad_attribute("cursor", "is not one of this export with these parameters")
    return int(found[1]), int(found[2])


def _binding(call: Call) -> str:
    chosen = "&".join(f"{name}={call.params.get(name, '')}" for name in _SELECTING)
    return f"{zlib.crc32(f'{call.path}?{chosen}'.encode()):08x}"
