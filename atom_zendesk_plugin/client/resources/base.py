"""What resources share: paths from ids that can't climb out of them, chunks of a hundred, and how an answer becomes records.

The verbs every kind of record has are in ``verbs``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeVar
from urllib.parse import quote

import msgspec

from atom_zendesk_plugin.client.pagination import Caller, Listing, Page, Parse, offset_cursor, parse_record, read_one
from atom_zendesk_plugin.client.reply import Reply
from atom_zendesk_plugin.client.transport import Params
from atom_zendesk_plugin.errors import InvalidInput, OutcomeUnknown, ZendeskUnexpected
from atom_zendesk_plugin.records import JobStatus, Record

R = TypeVar("R", bound=Record)
T = TypeVar("T")
Key = int | str
"""An id as Zendesk gives it: a number in most places, a text in the newer ones."""
Fields = Mapping[str, object]

API: Final = "/api/v2"
MOST: Final = 100
"""What Zendesk takes in one bulk call, and gives in one page of most lists."""


def path(*parts: str | int) -> str:
    """Return the API path of these parts. Raises InvalidInput for a part that would change the path around it."""
    return "/".join([API, *map(_segment, parts)])


def listing(caller: Caller, where: str, key: str, kind: type[R], *, most: int = MOST) -> Listing[R]:
    """Return the list at a path, of records of one kind."""
    return Listing(caller=caller, path=where, key=key, parse=kind.parse, most=most)


def numbered(caller: Caller, where: str, key: str, kind: type[R]) -> Listing[R]:
    """Return a list at a path that has page numbers, or all its records in one answer."""
    return NumberedListing(caller=caller, path=where, key=key, parse=kind.parse)


def record_in(reply: Reply, key: str, parse: Parse[R]) -> R:
    """Return the record under ``key``. A change whose answer can't be read raises OutcomeUnknown: it was most likely made."""
    return settled(reply, lambda: read_one(reply, key, parse).record)


def job_in(reply: Reply) -> JobStatus:
    """Return the job that a bulk call has started."""
    return record_in(reply, "job_status", JobStatus.parse)


def chunks(items: Iterable[int]) -> Iterator[list[int]]:
    """Cut ids into lists of at most a hundred, each id once, in the order given."""
    unique = list(dict.fromkeys(items))
    for start in range(0, len(unique), MOST):
        yield unique[start : start + MOST]


def within_bulk(items: Sequence[object], *, field: str) -> None:
    """Raise InvalidInput unless there are 1 to 100 items."""
    if not 1 <= len(items) <= MOST:
        raise InvalidInput(f"Zendesk takes 1 to {MOST} {field} in one call; {len(items)} were given.", field=field)


def count_in(reply: Reply) -> int:
    """Return the number in the answer of a count endpoint, in either of its forms."""
    told = reply.decode(_Counted).count
    value = told.value if isinstance(told, _Value) else told
    if value is None:
        raise reply.unexpected("it has no count")
    return value


def whole(reply: Reply) -> Record:
    """Return an answer that is an object without a key around it. A change whose answer can't be read raises OutcomeUnknown."""
    return settled(reply, lambda: parse_record(reply, reply.decode(msgspec.Raw), Record.parse))


def page_in(listed: Listing[R], reply: Reply) -> Page[R]:
    """Return the records a change answers with. Raises OutcomeUnknown when they can't be read."""
    return settled(reply, lambda: listed.read(reply))


def settled(reply: Reply, read: Callable[[], T]) -> T:
    """Return what ``read`` makes of an answer. A change whose answer can't be read raises OutcomeUnknown: it was most likely made."""
    try:
        return read()
    except ZendeskUnexpected as error:
        if reply.method == "GET":
            raise
        raise OutcomeUnknown(
            method=reply.method, endpoint=reply.endpoint, status=reply.status, request_id=reply.request_id
        ) from error


class NumberedListing(Listing[R]):
    """A list that knows page numbers only, or none at all: asked with ``page[size]``, Zendesk refuses it or takes no notice."""

    def ask(
        self, *, size: int, cursor: str | None, params: Params | None = None, if_none_match: str | None = None
    ) -> Reply:
        """Return the answer that holds a page; no ``cursor`` is the first."""
        place = cursor or offset_cursor(1)
        return Listing.ask(self, size=size, cursor=place, params=params, if_none_match=if_none_match)


class _Value(msgspec.Struct, frozen=True):
    value: int | None = None


class _Counted(msgspec.Struct, frozen=True):
    count: int | _Value | None = None


def _segment(part: str | int) -> str:
    text = str(part)
    if isinstance(part, bool) or text in ("", ".", "..") or (isinstance(part, int) and part < 0):
        raise InvalidInput("An id is a positive number, or the text Zendesk gave.", field="id")
    return quote(text, safe="")
