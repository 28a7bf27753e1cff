"""Carrying out a search: which records an index that may lag finds, for whom, and in which order.

A property that only other kinds of records have excludes a kind from the result; one that nobody has is text.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from atom_zendesk_plugin.simulator import query_people, query_tickets
from atom_zendesk_plugin.simulator.objects import PRIORITY_RANK, STATUS_RANK, Group, Organization, Ticket, User
from atom_zendesk_plugin.simulator.query import KINDS, Kind, Query
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.visibility import sees_ticket, sees_whole_account

Found = Ticket | User | Organization | Group


def search(desk: Desk, query: Query, *, actor: User, kinds: Iterable[Kind] = KINDS) -> list[Found]:
    """Return everything found, ordered by id within each kind; ``kinds`` narrows what the query asks for."""
    found: list[Found] = []
    for kind in kinds:
        if (query.kinds is None or kind in query.kinds) and _fits(query, kind):
            found += _tickets(desk, query, actor) if kind == "ticket" else _people(desk, query, kind)
    return found


def kind_of(record: Found) -> Kind:
    match record:
        case Ticket():
            return "ticket"
        case User():
            return "user"
        case Organization():
            return "organization"
        case Group():
            return "group"


def sort_value(record: Found, name: str) -> Any:
    """Return what a result is ordered by; kinds that lack it come first. Relevance is how lately it was updated."""
    match name:
        case "created_at":
            return record.created_at
        case "priority":
            return PRIORITY_RANK.get(record.priority or "", 0) if isinstance(record, Ticket) else -1
        case "status":
            return STATUS_RANK[record.status] if isinstance(record, Ticket) else -1
        case "ticket_type":
            return record.type or "" if isinstance(record, Ticket) else ""
        case _:
            return record.updated_at


def _fits(query: Query, kind: Kind) -> bool:
    """Tell whether a kind can be in the result: each property it lacks must be one that no kind has."""
    return all(
        _knows(kind, term.name) or not any(_knows(other, term.name) for other in KINDS)
        for term in query.terms
        if term.name is not None and not term.negated
    )


def _knows(kind: Kind, name: str) -> bool:
    return query_tickets.knows(name) if kind == "ticket" else query_people.knows(kind, name)


def _tickets(desk: Desk, query: Query, actor: User) -> list[Ticket]:
    test = query_tickets.ticket_test(desk, query, actor_id=actor.id)
    rows = query_tickets.candidates(desk, query)
    lags = desk.search_lag > 0
    everything = sees_whole_account(actor)
    found = []
    for ticket in rows:
        known = desk.as_indexed(ticket) if lags else ticket
        if known is not None and test(known) and (everything or sees_ticket(desk, actor, ticket)):
            found.append(ticket)
    return found


def _people(desk: Desk, query: Query, kind: Kind) -> list[Found]:
    test = query_people.record_test(desk, query, kind)
    match kind:
        case "group":
            return [group for group in desk.active_groups() if test(group)]
        case "organization":
            homes = ((home, desk.as_indexed(home)) for home in desk.organizations.values())
            return [home for home, known in homes if known is not None and test(known)]
        case _:
            users = ((user, desk.as_indexed(user)) for user in desk.users.values() if user.active)
            return [user for user, known in users if known is not None and test(known)]
