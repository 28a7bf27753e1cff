"""How a list is read page by page: by cursor wherever Zendesk offers one, by page number where it ignores ``page[size]``.

The server's own flag ends a list (``meta.has_more``, or ``next_page``), never a missing link. Only the place is taken from a link; the
address is ours. A place that comes again raises, and so does a foreign host in ``next_page``. No page is kept.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Generic, Protocol, TypeVar
from urllib.parse import parse_qs, urlsplit

import msgspec

from atom_zendesk_plugin.client.account import Account
from atom_zendesk_plugin.client.reply import UNREADABLE, Reply, describe
from atom_zendesk_plugin.client.transport import Method, Params
from atom_zendesk_plugin.errors import ForeignHost, PaginationLoop
from atom_zendesk_plugin.records import (
    Group,
    GroupMembership,
    Organization,
    OrganizationMembership,
    Record,
    Ticket,
    User,
)

R = TypeVar("R", bound=Record)
Parse = Callable[[msgspec.Raw], R]
Sides = Mapping[str, tuple[Record, ...]]

_OFFSET: Final = "offset:"
_EMPTY_IN_A_ROW: Final = 20
_KINDS: Mapping[str, type[Record]] = MappingProxyType(
    {
        "users": User,
        "groups": Group,
        "organizations": Organization,
        "tickets": Ticket,
        "group_memberships": GroupMembership,
        "organization_memberships": OrganizationMembership,
    }
)


class Caller(Protocol):
    """What pages and resources need of a client."""

    @property
    def account(self) -> Account:
        """The account that is called."""

    def request(
        self,
        method: Method,
        path: str,
        *,
        params: Params | None = None,
        json: object | None = None,
        idempotency_key: str | None = None,
        if_none_match: str | None = None,
    ) -> Reply:
        """Make one call with every guarantee of the client; see ``api.ZendeskClient.request``."""

    def remembered(self, listing: Listing[R], *, fresh: bool = False) -> tuple[R, ...]:
        """Return a whole list that changes rarely; see ``remembered.Memory.read``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[R]):
    """Some records of a list; iterating gives the records.

    ``cursor`` leads to the next page and is None on the last one. ``count`` is the length of the whole list, None when Zendesk did not
    tell. ``sides`` holds what was asked for by ``include``, by the key Zendesk gives it.
    """

    records: tuple[R, ...]
    has_more: bool = False
    cursor: str | None = None
    count: int | None = None
    sides: Sides = field(default_factory=dict)

    def __iter__(self) -> Iterator[R]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)


@dataclass(frozen=True, slots=True)
class One(Generic[R]):
    """One record, and what was asked for beside it by ``include``."""

    record: R
    sides: Sides = field(default_factory=dict)


class _Meta(msgspec.Struct, frozen=True):
    has_more: bool | None = None
    after_cursor: str | None = None


class _Links(msgspec.Struct, frozen=True):
    next: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Generic[R]):
    """A list endpoint: where it is, the key of its records, and how one of them is read."""

    caller: Caller
    path: str
    key: str
    parse: Parse[R]
    most: int = 100

    def page(self, *, size: int, cursor: str | None, params: Params | None = None) -> Page[R]:
        """Read one page; ``size`` beyond what Zendesk gives at once is cut to it. Raises ZendeskBadRequest for a cursor that is not one."""
        return self.read(self.ask(size=size, cursor=cursor, params=params))

    def ask(
        self, *, size: int, cursor: str | None, params: Params | None = None, if_none_match: str | None = None
    ) -> Reply:
        """Return the answer that holds a page; one of status 304 says that it is still the page of that ETag."""
        place = _place(min(max(size, 1), self.most), cursor)
        return self.caller.request("GET", self.path, params={**(params or {}), **place}, if_none_match=if_none_match)

    def pages(self, *, size: int, params: Params | None = None) -> Iterator[Page[R]]:
        """Read the whole list, a page at a time. Raises PaginationLoop when a place comes again."""
        seen: set[str] = set()
        cursor: str | None = None
        empty = 0
        while True:
            page = self.page(size=size, cursor=cursor, params=params)
            cursor, empty = page.cursor, 0 if page.records else empty + 1
            if page.has_more and (cursor is None or cursor in seen or empty >= _EMPTY_IN_A_ROW):
                # Before its records are handed out: a page that is sent twice would hand them out twice.
                raise PaginationLoop(method="GET", endpoint=self.path)
            yield page
            if cursor is None:
                return
            seen.add(cursor)

    def records(self, *, size: int, params: Params | None = None) -> Reading[R]:
        """Return the whole list, to be read record by record or by pages."""
        return Reading(self, size=size, params=params)

    def read(self, reply: Reply) -> Page[R]:
        """Read the page in an answer."""
        top = reply.decode(dict[str, msgspec.Raw])
        if self.key not in top:
            raise reply.unexpected(f"it has no {self.key}")
        has_more, cursor = _following(reply, top, self.caller.account)
        return Page(
            records=tuple(
                parse_record(reply, raw, self.parse) for raw in _part(reply, top, self.key, list[msgspec.Raw])
            ),
            has_more=has_more,
            cursor=cursor if has_more else None,
            count=_count(top),
            sides=read_sides(reply, top, self.key),
        )


class Reading(Iterator[R]):
    """A list about to be read: iterating gives every record, ``page`` those of one page, from any place. Nothing is asked before."""

    def __init__(self, listed: Listing[R], *, size: int, params: Params | None) -> None:
        self._listed, self._size, self._params = listed, size, params
        self._records: Iterator[R] | None = None

    def __next__(self) -> R:
        if self._records is None:
            pages = self._listed.pages(size=self._size, params=self._params)
            self._records = itertools.chain.from_iterable(pages)
        return next(self._records)

    def page(self, *, size: int = 100, cursor: str | None = None) -> Page[R]:
        """Return one page; ``cursor`` is that of an earlier page, None the beginning."""
        return self._listed.page(size=size, cursor=cursor, params=self._params)


def offset_of(cursor: str | None) -> int | None:
    """Return the page number in a cursor made from one, None for any other."""
    digits = cursor.removeprefix(_OFFSET) if cursor is not None and cursor.startswith(_OFFSET) else ""
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 8 else None


def offset_cursor(number: int) -> str:
    """Return the cursor that stands for a page number."""
    return f"{_OFFSET}{number}"


def parse_record(reply: Reply, raw: msgspec.Raw, parse: Parse[R]) -> R:
    """Read one record. Raises ZendeskUnexpected that names endpoint, record and field, never a value."""
    try:
        return parse(raw)
    except UNREADABLE as error:
        raise reply.unexpected(f"record {_identity(raw)}: {describe(error)}") from error


def read_one(reply: Reply, key: str, parse: Parse[R]) -> One[R]:
    """Read the record under ``key``, with what stands beside it."""
    top = reply.decode(dict[str, msgspec.Raw])
    if key not in top:
        raise reply.unexpected(f"it has no {key}")
    return One(parse_record(reply, top[key], parse), read_sides(reply, top, key))


def read_sides(reply: Reply, top: Mapping[str, msgspec.Raw], key: str) -> Sides:
    """Read every list of objects that stands beside the records."""
    sides: dict[str, tuple[Record, ...]] = {}
    for name, raw in top.items():
        if name == key or not _opens_with(raw, b"["):
            continue
        rows = _part(reply, top, name, list[msgspec.Raw])
        if all(_opens_with(row, b"{") for row in rows):
            kind = _KINDS.get(name, Record)
            sides[name] = tuple(parse_record(reply, row, kind.parse) for row in rows)
    return sides


def _place(size: int, cursor: str | None) -> dict[str, str | int | None]:
    number = offset_of(cursor)
    if number is not None:
        return {"page": number, "per_page": size}
    return {"page[size]": size, "page[after]": cursor}


def _following(reply: Reply, top: Mapping[str, msgspec.Raw], account: Account) -> tuple[bool, str | None]:
    """Return whether there is more, and where."""
    if "meta" in top:
        meta = _optional(reply, top, "meta", _Meta) or _Meta()
        link = (_optional(reply, top, "links", _Links) or _Links()).next
        cursor = meta.after_cursor or _query(link, "page[after]")
        has_more = meta.has_more if meta.has_more is not None else bool(link)
        if has_more and cursor is None:
            raise reply.unexpected("it says that there is more, but not where")
        return has_more, cursor
    following = _optional(reply, top, "next_page", str)
    if not following:
        return False, None
    if not account.owns(following):
        raise ForeignHost(
            method=reply.method, endpoint=reply.endpoint, status=reply.status, request_id=reply.request_id
        )
    number = _query(following, "page")
    if offset_of(f"{_OFFSET}{number}") is None:
        raise reply.unexpected("its next_page has no page number")
    return True, f"{_OFFSET}{number}"


def _query(link: str | None, name: str) -> str | None:
    if not link:
        return None
    try:
        return parse_qs(urlsplit(link).query).get(name, [None])[0]
    except ValueError:
        return None


def _count(top: Mapping[str, msgspec.Raw]) -> int | None:
    try:
        return msgspec.json.decode(top["count"], type=int | None) if "count" in top else None
    except UNREADABLE:
        return None


T = TypeVar("T")


def _part(reply: Reply, top: Mapping[str, msgspec.Raw], name: str, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(top[name], type=kind)
    except UNREADABLE as error:
        raise reply.unexpected(f"{name}: {describe(error)}") from error


def _optional(reply: Reply, top: Mapping[str, msgspec.Raw], name: str, kind: type[T]) -> T | None:
    """Return what stands under a key, None when it is absent or null."""
    raw = top.get(name)
    return None if raw is None or _opens_with(raw, b"n") else _part(reply, top, name, kind)


def _opens_with(raw: msgspec.Raw, first: bytes) -> bool:
    """Tell what kind of JSON value this is, without copying it; raw values have no blanks around them."""
    return bytes(memoryview(raw)[:1]) == first


class _Identified(msgspec.Struct, frozen=True):
    id: int | None = None


def _identity(raw: msgspec.Raw) -> str:
    try:
        return str(msgspec.json.decode(raw, type=_Identified).id)
    except UNREADABLE:
        return "without a readable id"
