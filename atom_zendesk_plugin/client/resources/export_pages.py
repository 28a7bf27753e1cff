"""How an export goes on from page to page: by cursor or by time, and when it is over.

Zendesk's own flag ends an export (``end_of_stream``); where an endpoint has none, a page that is not full does. A place that comes
again raises, so no export goes on for ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar
from urllib.parse import parse_qs, urlsplit

import msgspec

from atom_zendesk_plugin.client.pagination import Caller, Parse, Sides, parse_record, read_sides
from atom_zendesk_plugin.client.reply import UNREADABLE, describe
from atom_zendesk_plugin.client.transport import Params
from atom_zendesk_plugin.errors import InvalidInput, PaginationLoop
from atom_zendesk_plugin.records import Record

R = TypeVar("R", bound=Record)

MOST: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an export goes on: a cursor of its own, else a moment in Unix seconds. Store both; a cursor fits one export only."""

    start_time: int | None = None
    cursor: str | None = None

    def __post_init__(self) -> None:
        if self.start_time is None and self.cursor is None:
            raise InvalidInput("An export begins at a moment or goes on at a cursor; give one.", field="start_time")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPage(Generic[R]):
    """Some changed records, and the ``place`` to ask from next. ``is_last``: there is nothing newer for now."""

    records: tuple[R, ...]
    place: Place
    is_last: bool
    count: int | None = None
    sides: Sides = field(default_factory=dict)

    def __iter__(self) -> Iterator[R]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)


class _Meta(msgspec.Struct, frozen=True):
    has_more: bool | None = None
    after_cursor: str | None = None


class _End(msgspec.Struct, frozen=True):
    after_cursor: str | None = None
    end_of_stream: bool | None = None
    end_time: int | None = None
    next_page: str | None = None
    count: int | None = None
    meta: _Meta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer(Generic[R]):
    records: tuple[R, ...]
    sides: Sides
    end: _End


@dataclass(frozen=True, slots=True, kw_only=True)
class Export(Generic[R]):
    """One export: where it is, the key of its records, and how one of them is read."""

    caller: Caller
    path: str
    key: str
    parse: Parse[R]

    def ask(self, params: Params) -> _Answer[R]:
        """Read one page as it comes."""
        reply = self.caller.request("GET", self.path, params=params)
        top = reply.decode(dict[str, msgspec.Raw])
        if self.key not in top:
            raise reply.unexpected(f"it has no {self.key}")
        try:
            rows = msgspec.json.decode(top[self.key], type=list[msgspec.Raw])
        except UNREADABLE as error:
            raise reply.unexpected(f"{self.key}: {describe(error)}") from error
        records = tuple(parse_record(reply, raw, self.parse) for raw in rows)
        return _Answer(records=records, sides=read_sides(reply, top, self.key), end=reply.decode(_End))


def by_cursor(export: Export[R], place: Place, params: Params) -> Iterator[ExportPage[R]]:
    """Read an export by cursor, from a moment or from a cursor. Raises PaginationLoop when a cursor comes again before the end."""
    seen: set[str] = set()
    while True:
        asked = {"cursor": place.cursor} if place.cursor else {"start_time": place.start_time}
        answer = export.ask({**params, **asked})
        end = answer.end
        told = end.after_cursor or (end.meta.after_cursor if end.meta else None)
        is_last = end.end_of_stream if end.end_of_stream is not None else not (told and end.meta and end.meta.has_more)
        if not is_last and (told is None or told in seen):
            raise PaginationLoop(method="GET", endpoint=export.path)
        # An empty last page has no cursor: the one it was asked with is where the export goes on.
        place = Place(start_time=place.start_time, cursor=told or place.cursor)
        yield _page(answer, place, is_last=is_last)
        if is_last:
            return
        seen.add(told or "")


def by_time(export: Export[R], place: Place, params: Params) -> Iterator[ExportPage[R]]:
    """Read an export by time. Raises PaginationLoop when it doesn't get past a second, because more records share it than a page holds."""
    while True:
        asked = {"cursor": place.cursor} if place.cursor else {"start_time": place.start_time}
        answer = export.ask({**params, **asked})
        end = answer.end
        # An empty last page has no end time either.
        following = Place(
            start_time=place.start_time if end.end_time is None else end.end_time,
            cursor=_cursor_in(end.next_page) or place.cursor,
        )
        is_last = end.end_of_stream if end.end_of_stream is not None else _is_short(answer)
        if not is_last and following == place:
            raise PaginationLoop(method="GET", endpoint=export.path)
        place = following
        yield _page(answer, place, is_last=is_last)
        if is_last:
            return


def _page(answer: _Answer[R], place: Place, *, is_last: bool) -> ExportPage[R]:
    return ExportPage(
        records=answer.records, place=place, is_last=is_last, count=answer.end.count, sides=answer.sides
    )


def _is_short(answer: _Answer[R]) -> bool:
    """Tell whether a page of an export without an end flag is its last one."""
    count = answer.end.count if answer.end.count is not None else len(answer.records)
    return count < MOST or not answer.end.next_page


def _cursor_in(link: str | None) -> str | None:
    """Return the cursor in a link: exports of skills name one there and nowhere else."""
    return parse_qs(urlsplit(link).query).get("cursor", [None])[0] if link else None
