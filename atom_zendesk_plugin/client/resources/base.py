"""What resources share: paths from ids that can't climb out of them, chunks of a hundred, and the usual verbs of a kind of record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Generic, TypeVar
from urllib.parse import quote

import msgspec

from atom_zendesk_plugin.client.pagination import Caller, Listing, One, Page, Parse, read_one
from atom_zendesk_plugin.client.reply import Reply
from atom_zendesk_plugin.errors import InvalidInput, OutcomeUnknown, ZendeskUnexpected
from atom_zendesk_plugin.records import JobStatus, Record

R = TypeVar("R", bound=Record)
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


def record_in(reply: Reply, key: str, parse: Parse[R]) -> R:
    """Return the record under ``key``. A change whose answer can't be read raises OutcomeUnknown: it was most likely made."""
    try:
        return read_one(reply, key, parse).record
    except ZendeskUnexpected as error:
        if reply.method == "GET":
            raise
        raise OutcomeUnknown(
            method=reply.method, endpoint=reply.endpoint, status=reply.status, request_id=reply.request_id
        ) from error


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


class Kind(Generic[R]):
    """The verbs every kind of record has: ``page``, ``pages``, ``list``, ``get``. Subclasses name path, keys and kind.

    Lists: ``size`` up to 100 a page; ``cursor`` of an earlier page; ``include`` names what comes beside the records, in ``Page.sides``.
    """

    root: str
    single: str
    kind: type[R]

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def get(self, record_id: int, *, include: Sequence[str] = ()) -> One[R]:
        """Return one record. Raises ZendeskNotFound."""
        reply = self._caller.request("GET", path(self.root, record_id), params={"include": include})
        return read_one(reply, self.single, self.kind.parse)

    def _listing(self, where: str | None = None) -> Listing[R]:
        return listing(self._caller, where or path(self.root), self.root, self.kind)

    def _show_many(self, ids: Iterable[int], include: Sequence[str]) -> Page[R]:
        """Read records by id, a hundred a call, in the order asked; the missing are left out."""
        found: dict[int, R] = {}
        sides: dict[str, dict[bytes, Record]] = {}
        wanted = list(dict.fromkeys(ids))
        for chunk in chunks(wanted):
            reply = self._caller.request("GET", path(self.root, "show_many"), params={"ids": chunk, "include": include})
            page = self._listing().read(reply)
            found.update(
                (record_id, record) for record in page if isinstance(record_id := getattr(record, "id", None), int)
            )
            for name, rows in page.sides.items():
                sides.setdefault(name, {}).update((row.raw, row) for row in rows)
        records = tuple(found[record_id] for record_id in wanted if record_id in found)
        return Page(
            records=records, count=len(records), sides={name: tuple(rows.values()) for name, rows in sides.items()}
        )

    def _create(self, fields: Fields) -> Reply:
        return self._caller.request("POST", path(self.root), json={self.single: dict(fields)})

    def _update(self, record_id: int, changes: Fields) -> Reply:
        return self._caller.request("PUT", path(self.root, record_id), json={self.single: dict(changes)})

    def _delete(self, record_id: int) -> None:
        self._caller.request("DELETE", path(self.root, record_id))


class _Value(msgspec.Struct, frozen=True):
    value: int | None = None


class _Counted(msgspec.Struct, frozen=True):
    count: int | _Value | None = None


def _segment(part: str | int) -> str:
    text = str(part)
    if isinstance(part, bool) or text in ("", ".", "..") or (isinstance(part, int) and part < 0):
        raise InvalidInput("An id is a positive number, or the text Zendesk gave.", field="id")
    return quote(text, safe="")
