"""The verbs of a kind of record: what every list and every object of the API can do, told once.

A resource is a class that names its path and keys: ``Shown`` reads by id, ``Listed`` lists, ``Editable`` does both and writes. Extend by a
subclass with the verbs only that resource has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, Literal, TypeVar

from atom_zendesk_plugin.client.pagination import Caller, Listing, One, Page, Reading, read_one
from atom_zendesk_plugin.client.reply import Reply
from atom_zendesk_plugin.client.resources.base import Fields, Key, chunks, listing, numbered, path, record_in
from atom_zendesk_plugin.client.transport import Method, Params
from atom_zendesk_plugin.records import Record

R = TypeVar("R", bound=Record)


class Kind(Generic[R]):
    """What a resource is made of: ``root`` is the key of its lists, ``single`` of one record, ``at`` its path when that isn't ``root``.

    ``paged``: by cursor, or by number where Zendesk has no cursor or gives all at once. Lists take ``size`` up to 100 a page, the
    ``cursor`` of an earlier page, and ``include``, which names what comes beside the records, in ``Page.sides``.
    """

    root: str
    single: str
    kind: type[R]
    at: tuple[Key, ...] = ()
    paged: Literal["cursor", "number"] = "cursor"
    changes_by: Method = "PUT"

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def _path(self, *parts: Key) -> str:
        return path(*(self.at or (self.root,)), *parts)

    def _listing(self, where: str | None = None) -> Listing[R]:
        make = listing if self.paged == "cursor" else numbered
        return make(self._caller, where or self._path(), self.root, self.kind)

    def _show_many(self, ids: Iterable[int], include: Sequence[str]) -> Page[R]:
        """Read records by id, a hundred a call, in the order asked; the missing are left out."""
        found: dict[int, R] = {}
        sides: dict[str, dict[bytes, Record]] = {}
        wanted = list(dict.fromkeys(ids))
        for chunk in chunks(wanted):
            reply = self._caller.request("GET", self._path("show_many"), params={"ids": chunk, "include": include})
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
        return self._caller.request("POST", self._path(), json={self.single: dict(fields)})

    def _update(self, record_id: Key, changes: Fields) -> Reply:
        return self._caller.request(self.changes_by, self._path(record_id), json={self.single: dict(changes)})

    def _delete(self, record_id: Key) -> None:
        self._caller.request("DELETE", self._path(record_id))

    def _read(self, reply: Reply) -> R:
        return record_in(reply, self.single, self.kind.parse)


class SlowMoving(Kind[R]):
    """A resource whose list changes rarely, and is remembered for a while; see ``client.remembered``."""

    def all(self, *, fresh: bool = False) -> tuple[R, ...]:
        """Return the whole list, mostly from memory; own writes count at once. ``fresh``: ask Zendesk now, whatever is remembered."""
        return self._caller.remembered(self._listing(), fresh=fresh)

    @property
    def whole(self) -> Listing[R]:
        """The list that ``all`` returns."""
        return self._listing()


class Shown(Kind[R]):
    """A resource whose records can be read by id."""

    def get(self, record_id: Key, *, include: Sequence[str] = ()) -> One[R]:
        """Return one record. Raises ZendeskNotFound."""
        reply = self._caller.request("GET", self._path(record_id), params={"include": include})
        return read_one(reply, self.single, self.kind.parse)


class Listed(Kind[R]):
    """A resource that can be listed. ``filters`` are the query parameters that Zendesk's page of the resource lists."""

    def page(
        self, *, size: int = 100, cursor: str | None = None, include: Sequence[str] = (), filters: Params | None = None
    ) -> Page[R]:
        """Return one page."""
        return self._listing().page(size=size, cursor=cursor, params={**(filters or {}), "include": include})

    def pages(
        self, *, size: int = 100, include: Sequence[str] = (), filters: Params | None = None
    ) -> Iterator[Page[R]]:
        """Read the whole list, a page at a time."""
        return self._listing().pages(size=size, params={**(filters or {}), "include": include})

    def list(self, *, size: int = 100, include: Sequence[str] = (), filters: Params | None = None) -> Reading[R]:
        """Read the whole list, one record at a time."""
        return self._listing().records(size=size, params={**(filters or {}), "include": include})


class Readable(Listed[R], Shown[R]):
    """A resource that can be listed, and read by id."""


class Editable(Readable[R]):
    """A resource that can be listed, made, changed and deleted."""

    def create(self, fields: Fields) -> R:
        """Make one. Raises ZendeskInvalid, which names each field and the reason."""
        return self._read(self._create(fields))

    def update(self, record_id: Key, changes: Fields) -> R:
        """Change one; lists inside it are replaced whole. Raises OutcomeUnknown when the answer was lost."""
        return self._read(self._update(record_id, changes))

    def delete(self, record_id: Key) -> None:
        """Delete one. Raises ZendeskNotFound when it is gone already."""
        self._delete(record_id)


class Nested(Editable[R]):
    """A resource inside one object of another: the object's path comes with each instance."""

    def __init__(self, caller: Caller, *at: Key) -> None:
        super().__init__(caller)
        self.at = at


class NestedList(Listed[R]):
    """A list inside one object of another that can't be written."""

    def __init__(self, caller: Caller, *at: Key) -> None:
        super().__init__(caller)
        self.at = at
