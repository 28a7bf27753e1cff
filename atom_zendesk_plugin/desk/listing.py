"""One page of anything, with the people and places it names; read by following Zendesk's cursors.

Names come by sideload, in the same calls as the records, so a list costs one call per hundred records and nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from atom_zendesk_plugin.desk import cursors
from atom_zendesk_plugin.desk.vocabulary import Source
from atom_zendesk_plugin.errors import InvalidInput, ZendeskBadRequest
from atom_zendesk_plugin.records import Group, Organization, Record, Ticket, User

if TYPE_CHECKING:
    from atom_zendesk_plugin.client.pagination import Page

R = TypeVar("R", bound=Record)

PER_CALL = 100


@dataclass(frozen=True, slots=True)
class Names:
    """Users, organizations and groups that records refer to, by id. One that Zendesk did not send is simply not there."""

    people: Mapping[int, User] = field(default_factory=dict)
    organizations: Mapping[int, Organization] = field(default_factory=dict)
    groups: Mapping[int, Group] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Generic[R]):
    """A piece of a list. ``cursor`` leads to the next piece and is None at the end.

    ``count`` is how many there are in all, None when Zendesk does not say. ``source`` tells where the answer comes from;
    ``may_lag`` is True when changes of the last minutes can be missing from it.
    """

    records: tuple[R, ...]
    has_more: bool = False
    cursor: str | None = None
    count: int | None = None
    names: Names = field(default_factory=Names)
    source: Source = "zendesk"
    may_lag: bool = False

    @property
    def people(self) -> Mapping[int, User]:
        return self.names.people

    @property
    def organizations(self) -> Mapping[int, Organization]:
        return self.names.organizations

    @property
    def groups(self) -> Mapping[int, Group]:
        return self.names.groups


TicketPage = Listing[Ticket]


def names_of(sides: Iterable[Mapping[str, Iterable[Record]]]) -> Names:
    """Gather the sideloaded records of any number of answers."""
    people: dict[int, User] = {}
    organizations: dict[int, Organization] = {}
    groups: dict[int, Group] = {}
    for side in sides:
        for records in side.values():
            for record in records:
                if isinstance(record, User) and record.id is not None:
                    people[record.id] = record
                elif isinstance(record, Organization):
                    organizations[record.id] = record
                elif isinstance(record, Group):
                    groups[record.id] = record
    return Names(people, organizations, groups)


def collect(fetch: Callable[[int, str | None], Page[R]], *, limit: int, cursor: str | None, scope: str) -> Listing[R]:
    """Read up to ``limit`` records from where ``cursor`` points, a hundred a call.

    ``fetch`` takes a page size and Zendesk's cursor. ``scope`` names the question, see ``cursors.scope_of``.
    """
    size = min(limit, PER_CALL)
    place = cursors.after(cursor, scope, size)
    records: list[R] = []
    sides: list[Mapping[str, Iterable[Record]]] = []
    while True:
        # A place that is a page number is only right together with the page size it was counted with.
        asked = size if cursors.is_page_number(place) else min(limit - len(records), size)
        page = _fetch(fetch, asked, place, first=cursor is not None and not sides)
        records.extend(page.records)
        sides.append(page.sides)
        place = page.cursor if page.has_more else None
        room = limit - len(records)
        if place is None or not page.records or room <= 0 or (cursors.is_page_number(place) and room < size):
            break
    following = None if place is None else cursors.wrap_after(scope, place, size)
    return Listing(
        records=tuple(records),
        has_more=following is not None,
        cursor=following,
        count=page.count,
        names=names_of(sides),
    )


def _fetch(fetch: Callable[[int, str | None], Page[R]], size: int, place: str | None, *, first: bool) -> Page[R]:
    try:
        return fetch(size, place)
    except ZendeskBadRequest as error:
        if first:
            raise InvalidInput(
                "Zendesk no longer takes this cursor: start again without one.", field="cursor"
            ) from error
        raise
