"""Lists that change rarely, kept in memory: fields, forms, statuses, groups, brands, policies, schedules, languages and roles.

A list is answered from memory for its lifetime, counted from when its reading began. Afterwards each of its pages is asked for with
``If-None-Match``: one that did not change costs a call but no body; one that came without an ETag is read again. A write of this process
to any of these families forgets everything kept of that account, because forms name fields, fields name statuses and brands name forms;
what was being read at that moment is not kept either. What another process or a person in Zendesk changes shows after the lifetime.

Kept per account and per credentials, since what a list holds depends on who asks. A refusal (403, 404: the plan has no such thing, or the
role may not see it) is kept as well, so that nobody asks for it again and again. Extend by adding the first part of a path to ``FAMILIES``
and ``SlowMoving`` to the resource.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, cast
from urllib.parse import unquote
from weakref import WeakKeyDictionary

from atom_zendesk_plugin.client.account import Account
from atom_zendesk_plugin.client.pagination import Listing, Page
from atom_zendesk_plugin.clock import Clock
from atom_zendesk_plugin.errors import (
    DeadlineExceeded,
    PaginationLoop,
    ZendeskCallFailed,
    ZendeskForbidden,
    ZendeskNotFound,
)
from atom_zendesk_plugin.records import Record

R = TypeVar("R", bound=Record)

FAMILIES: Final = frozenset(
    {
        "ticket_fields", "user_fields", "organization_fields", "ticket_forms", "custom_statuses", "custom_status", "groups", "brands",
        "slas", "group_slas", "business_hours", "locales", "custom_roles", "dynamic_content", "account",
    }
)  # fmt: skip
"""First parts of the paths whose writes change a remembered list. Titles show dynamic content, settings switch whole families on."""
LIFETIME: Final = 300.0
"""Seconds, when nobody says otherwise; the setting is ZENDESK_LIST_TTL."""
MOST_BYTES: Final = 32 * 1024 * 1024
"""Of answers, in one process; the list used longest ago goes first, and one that is larger by itself is not kept."""
MOST_LISTS: Final = 2_000

_API: Final = "/api/v2/"
_Key = tuple[str, str, int, str]


@dataclass(frozen=True, slots=True)
class _Kept:
    """One page as it was read. ``etag`` None: Zendesk gave none, so it has to be read again."""

    page: Page[Any]
    etag: str | None
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What reading a list gave. ``refused`` makes the error anew: a kept exception would keep its whole call alive."""

    began: float
    pages: Mapping[str | None, _Kept] = field(default_factory=dict)
    records: tuple[Any, ...] = ()
    refused: Callable[[], ZendeskCallFailed] | None = None

    @property
    def size(self) -> int:
        return sum(kept.size for kept in self.pages.values())

    def answer(self) -> tuple[Any, ...]:
        if self.refused is not None:
            raise self.refused()
        return self.records


@dataclass(slots=True)
class _List:
    """A place for one list. Whoever holds ``reading`` asks Zendesk, everybody else waits for what comes of it."""

    reading: threading.Lock = field(default_factory=threading.Lock)
    last: _Read | None = None


class Memory:
    """What one process remembers, of all accounts and credentials. Safe to share between threads; times are seconds."""

    def __init__(
        self,
        *,
        clock: Clock,
        lifetime: float = LIFETIME,
        most_bytes: int = MOST_BYTES,
        most_lists: int = MOST_LISTS,
    ) -> None:
        """``lifetime`` 0: Zendesk is asked each time, and only bodies that did not change are saved."""
        self._clock, self._lifetime = clock, lifetime
        self._most_bytes, self._most_lists = most_bytes, most_lists
        self._lock = threading.Lock()
        self._lists: OrderedDict[_Key, _List] = OrderedDict()
        self._bytes = 0
        self._serials: WeakKeyDictionary[object, int] = WeakKeyDictionary()
        self._given_out = 0

    def read(
        self, listing: Listing[R], *, whose: object, deadline: float | None = None, fresh: bool = False
    ) -> tuple[R, ...]:
        """Return the whole list, in Zendesk's order; records that did not change are the same objects as before.

        ``whose`` is the credentials object the listing is asked with. Threads that want the same list share one reading. ``fresh``: ask
        Zendesk now, whatever is kept. Raises what asking raises, and DeadlineExceeded when somebody else's reading takes too long.
        """
        while True:
            key = self._key(listing, whose)
            place = self._place(key)
            if not fresh and (kept := self._current(place)) is not None:
                return kept.answer()
            if not place.reading.acquire(timeout=self._patience(deadline)):
                raise DeadlineExceeded(method="GET", endpoint=listing.path)
            try:
                if not self._holds(key, place):
                    continue  # forgotten meanwhile: what the other thread reads may be older than a write
                if not fresh and (kept := self._current(place)) is not None:
                    return kept.answer()
                return self._ask(listing, key, place)
            finally:
                place.reading.release()

    def known(self, listing: Listing[R], *, whose: object) -> tuple[R, ...] | None:
        """Return the list if it can be had without asking anybody; None when it can't, or was refused."""
        key = self._key(listing, whose)
        with self._lock:
            place = self._lists.get(key)
        kept = self._current(place) if place is not None else None
        return None if kept is None or kept.refused is not None else kept.records

    def note_write(self, account: Account, endpoint: str) -> None:
        """Forget what a write to ``endpoint`` (a path without query) may have changed; call it when the write is over, however it ended."""
        family, _, _ = unquote(endpoint).lower().removeprefix(_API).partition("/")
        if family.removesuffix(".json") not in FAMILIES:
            return
        with self._lock:
            for key in [key for key in self._lists if key[:2] == (account.key, account.base_url)]:
                self._drop(key)

    def _ask(self, listing: Listing[R], key: _Key, place: _List) -> tuple[R, ...]:
        began = self._clock.monotonic()
        try:
            pages = _walk(listing, place.last.pages if place.last is not None else {})
        except (ZendeskForbidden, ZendeskNotFound) as error:
            self._keep(key, place, _Read(began=began, refused=_again(error)))
            raise
        records = tuple(record for kept in pages.values() for record in kept.page.records)
        self._keep(key, place, _Read(began=began, pages=pages, records=records))
        return cast(tuple[R, ...], records)

    def _current(self, place: _List) -> _Read | None:
        last = place.last
        return last if last is not None and self._clock.monotonic() - last.began < self._lifetime else None

    def _patience(self, deadline: float | None) -> float:
        return -1 if deadline is None else max(0.0, deadline - self._clock.monotonic())

    def _key(self, listing: Listing[R], whose: object) -> _Key:
        account = listing.caller.account
        with self._lock:
            serial = self._serials.get(whose)
            if serial is None:
                self._given_out += 1
                serial = self._serials[whose] = self._given_out
        return account.key, account.base_url, serial, listing.path

    def _place(self, key: _Key) -> _List:
        with self._lock:
            place = self._lists.setdefault(key, _List())
            self._lists.move_to_end(key)
            while len(self._lists) > self._most_lists:
                self._drop(next(iter(self._lists)))
            return place

    def _holds(self, key: _Key, place: _List) -> bool:
        with self._lock:
            return self._lists.get(key) is place

    def _keep(self, key: _Key, place: _List, read: _Read) -> None:
        with self._lock:
            if self._lists.get(key) is not place:
                return
            self._bytes -= place.last.size if place.last is not None else 0
            place.last = read if read.size <= self._most_bytes else None
            self._bytes += read.size if place.last is not None else 0
            self._lists.move_to_end(key)
            while self._bytes > self._most_bytes:
                self._drop(next(iter(self._lists)))

    def _drop(self, key: _Key) -> None:
        """Take a list out; called with the lock held."""
        gone = self._lists.pop(key)
        self._bytes -= gone.last.size if gone.last is not None else 0


def _walk(listing: Listing[R], kept: Mapping[str | None, _Kept]) -> Mapping[str | None, _Kept]:
    """Read a list to its end, keeping each page that did not change. Raises PaginationLoop when a place comes again."""
    found: dict[str | None, _Kept] = {}
    cursor: str | None = None
    while True:
        old = kept.get(cursor)
        reply = listing.ask(size=listing.most, cursor=cursor, if_none_match=old.etag if old is not None else None)
        if old is not None and reply.status == 304:
            found[cursor] = old
        else:
            found[cursor] = _Kept(listing.read(reply), reply.headers.get("etag"), len(reply.body))
        page = found[cursor].page
        if not page.has_more or page.cursor is None:
            return found
        cursor = page.cursor
        if cursor in found:
            raise PaginationLoop(method="GET", endpoint=listing.path)


def _again(error: ZendeskCallFailed) -> Callable[[], ZendeskCallFailed]:
    kind, message, upstream = type(error), error.message, error.upstream
    method, endpoint, status, code = error.method, error.endpoint, error.status, error.zendesk_code
    request_id, fields, scopes = error.request_id, error.fields, error.missing_scopes
    return lambda: kind(
        message, method=method, endpoint=endpoint, status=status, zendesk_code=code, request_id=request_id, fields=fields,
        missing_scopes=scopes, upstream=upstream,
    )  # fmt: skip
