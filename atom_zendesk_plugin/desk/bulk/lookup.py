"""What became of items whose answer was lost: read back from the records themselves before anything is sent again.

What makes a record is looked for by its external id, a change by its fields, a change with a comment by the run's mark in the ticket's
audits, a deletion by the record's absence. Zendesk's lists are current; its search, needed for archived tickets, lags by minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec

from atom_zendesk_plugin.client import querytext
from atom_zendesk_plugin.desk.bulk.differences import COMMENT, differences
from atom_zendesk_plugin.desk.bulk.model import MAKING, PER_JOB, Item, Run
from atom_zendesk_plugin.desk.bulk.rows import MARKER
from atom_zendesk_plugin.desk.bulk.sending import wanted
from atom_zendesk_plugin.desk.vocabulary import Kind
from atom_zendesk_plugin.errors import ZendeskNotFound
from atom_zendesk_plugin.records import Organization, Ticket, User

if TYPE_CHECKING:
    from atom_zendesk_plugin.client.api import ZendeskClient

Fresh = Callable[[], "ZendeskClient"]
"""Gives the client for one call, with a deadline of its own."""

SKEW: Final = timedelta(minutes=5)
PER_SEARCH: Final = 20
"""External ids in one query: what fits into an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """``done``: the record of each item that was carried out, by position. ``missing`` were not."""

    done: Mapping[int, int]
    missing: tuple[int, ...]


class _Tickets(msgspec.Struct):
    tickets: list[msgspec.Raw] = []


class _Users(msgspec.Struct):
    users: list[msgspec.Raw] = []


class _Organizations(msgspec.Struct):
    organizations: list[msgspec.Raw] = []


def read_back(fresh: Fresh, run: Run, items: Sequence[Item]) -> Found:
    """Say which of the items have been carried out. Raises what the client raises when it cannot be read."""
    if run.verb in MAKING:
        done = dict(_made(fresh, run, items))
    elif run.verb == "delete":
        done = dict(_gone(fresh, run, items))
    else:
        done = dict(_changed(fresh, run, items))
    return Found(done=done, missing=tuple(item.position for item in items if item.position not in done))


def imported_before(fresh: Fresh, external_ids: Sequence[str]) -> dict[str, int]:
    """Return the tickets with these external ids that search knows, archived ones among them."""
    found: dict[str, int] = {}
    for start in range(0, len(external_ids), PER_SEARCH):
        part = external_ids[start : start + PER_SEARCH]
        query = " ".join(querytext.clause("external_id", external_id) for external_id in part)
        for ticket in fresh().search.page(query, type="ticket", size=PER_JOB).records:
            if isinstance(ticket, Ticket) and ticket.external_id in part:
                found.setdefault(str(ticket.external_id), ticket.id)
    return found


def show_many(fresh: Fresh, kind: Kind, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return records by id as Zendesk shows them; a deleted user, whom it still shows, is left out."""
    client = fresh()
    page: Iterable[Ticket | User | Organization]
    if kind == "tickets":
        page = client.tickets.show_many(ids).records
    elif kind == "users":
        page = client.users.show_many(ids).records
    else:
        page = client.organizations.show_many(ids).records
    shown = {record.id: record.payload() for record in page if record.id is not None}
    return {
        number: payload for number, payload in shown.items() if payload.get("active") is not False or kind != "users"
    }


def _made(fresh: Fresh, run: Run, items: Sequence[Item]) -> Iterator[tuple[int, int]]:
    by_id = {str(item.fields["external_id"]): item for item in items}
    if run.kind == "tickets":
        yield from _made_tickets(fresh, run, by_id)
        return
    for external_id, record in _people(fresh, run.kind, list(by_id)):
        item = by_id.get(external_id)
        # One that was there before has the same id because it is somebody's own: this run did not make it.
        if item is not None and record.id is not None and _is_young(record, run):
            yield item.position, record.id


def _made_tickets(fresh: Fresh, run: Run, by_id: Mapping[str, Item]) -> Iterator[tuple[int, int]]:
    missing = dict(by_id)
    for external_id, item in by_id.items():
        reply = fresh().request("GET", "/api/v2/tickets", params={"external_id": external_id})
        for ticket in map(Ticket.parse, reply.decode(_Tickets).tickets):
            if ticket.external_id == external_id and (run.verb == "import" or _fits(ticket, item, run)):
                del missing[external_id]
                yield item.position, ticket.id
                break
    if run.verb == "import" and missing:
        for external_id, ticket_id in imported_before(fresh, list(missing)).items():
            yield missing[external_id].position, ticket_id


def _fits(ticket: Ticket, item: Item, run: Run) -> bool:
    """Tell a ticket of this run from another with the same external id, which need not be unique."""
    same = ticket.subject == item.fields.get("subject")
    return _is_young(ticket, run) and (same or ticket.external_id == f"atom-bulk-{run.id}-{item.position}")


def _is_young(record: Ticket | User | Organization, run: Run) -> bool:
    return record.created_at is not None and record.created_at >= run.created_at - SKEW


def _people(fresh: Fresh, kind: Kind, external_ids: Sequence[str]) -> Iterator[tuple[str, User | Organization]]:
    """Read users or organizations by external id, which Zendesk compares without regard to case."""
    plain = [external_id for external_id in external_ids if "," not in external_id]
    asked = {external_id.lower(): external_id for external_id in external_ids}
    found: list[User | Organization] = []
    if plain:
        reply = fresh().request("GET", f"/api/v2/{kind}/show_many", params={"external_ids": plain})
        if kind == "users":
            found += map(User.parse, reply.decode(_Users).users)
        else:
            found += map(Organization.parse, reply.decode(_Organizations).organizations)
    for external_id in external_ids:
        if "," in external_id:  # a comma would end it in the list above
            client = fresh()
            searched = client.users.search if kind == "users" else client.organizations.search
            found += searched(external_id=external_id).records
    for record in found:
        if record.external_id is not None and record.external_id.lower() in asked:
            yield asked[record.external_id.lower()], record


def _gone(fresh: Fresh, run: Run, items: Sequence[Item]) -> Iterator[tuple[int, int]]:
    ids = [item.target_id for item in items if item.target_id is not None]
    there = show_many(fresh, run.kind, ids)
    for item in items:
        if item.target_id is not None and item.target_id not in there:
            yield item.position, item.target_id


def _changed(fresh: Fresh, run: Run, items: Sequence[Item]) -> Iterator[tuple[int, int]]:
    plain = [item for item in items if COMMENT not in wanted(run, item)]
    ids = [item.target_id for item in plain if item.target_id is not None]
    shown = show_many(fresh, run.kind, ids) if ids else {}
    for item in plain:
        record = shown.get(item.target_id or 0)
        if record is not None and item.target_id is not None and not differences(record, wanted(run, item)):
            yield item.position, item.target_id
    for item in items:
        if COMMENT in wanted(run, item) and item.target_id is not None and _is_marked(fresh, run, item.target_id):
            yield item.position, item.target_id


def _is_marked(fresh: Fresh, run: Run, ticket_id: int) -> bool:
    """Look for the run's mark in a ticket's audits, from its beginning on: Zendesk's order is that of the events."""
    cursor: str | None = None
    while True:
        try:
            page = fresh().tickets.audits_page(ticket_id, cursor=cursor)
        except ZendeskNotFound:
            return False
        for audit in page.records:
            metadata = audit.payload().get("metadata")
            custom = metadata.get("custom") if isinstance(metadata, dict) else None
            if isinstance(custom, dict) and custom.get(MARKER) == str(run.id):
                return True
        if page.cursor is None:
            return False
        cursor = page.cursor
