"""Incremental exports: what changed since, for those who keep a copy. For admins only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from atom_zendesk_plugin.simulator.change_log import Mark
from atom_zendesk_plugin.simulator.exchange import Answer, Call, Handler, Json, Refusal, Route
from atom_zendesk_plugin.simulator.exporting import SAMPLE, Export, by_cursor, by_time
from atom_zendesk_plugin.simulator.intake import bad_attribute
from atom_zendesk_plugin.simulator.metric_events import MetricEvent, metric_events
from atom_zendesk_plugin.simulator.objects import Audit, Organization, Ticket, User
from atom_zendesk_plugin.simulator.render.exports import (
    render_exported_organization,
    render_metric_event,
    render_ticket_event,
)
from atom_zendesk_plugin.simulator.render.frame import included_flag
from atom_zendesk_plugin.simulator.render.people import render_user
from atom_zendesk_plugin.simulator.render.sideloads import beside_tickets, beside_users, ticket_row
from atom_zendesk_plugin.simulator.routes.frame import API
from atom_zendesk_plugin.simulator.state import Desk

Stamped = TypeVar("Stamped", User, Organization)

_SUPPORT: Final[Mapping[str, frozenset[str]]] = {
    "agent": frozenset({"agent"}),
    "ai_agent": frozenset({"ai_agent"}),
    "all": frozenset({"agent", "ai_agent"}),
}


def _chosen(call: Call) -> Callable[[Ticket], bool]:
    """Return which tickets a call wants: tickets of AI agents only when asked for, deleted ones unless they are not."""
    scope = call.params.get("support_type_scope", "agent")
    if scope not in _SUPPORT:
        raise bad_attribute("support_type_scope", f"must be one of {', '.join(_SUPPORT)}")
    kinds, only_living = _SUPPORT[scope], included_flag(call, "exclude_deleted")
    return lambda ticket: ticket.support_type in kinds and not (only_living and ticket.deletion is not None)


def _tickets(desk: Desk, call: Call, mark: Mark) -> Iterator[tuple[int, int, Ticket]]:
    wanted = _chosen(call)
    for second, number in desk.ticket_changes.after(mark):
        ticket = desk.any_ticket(number)
        if wanted(ticket):
            yield second, number, ticket


def _users(desk: Desk, call: Call, mark: Mark) -> Iterator[tuple[int, int, User]]:
    yield from _by_stamp(desk.users.values(), mark)


def _organizations(desk: Desk, call: Call, mark: Mark) -> Iterator[tuple[int, int, Organization]]:
    yield from _by_stamp([*desk.organizations.values(), *desk.deleted_organizations.values()], mark)


def _by_stamp(rows: Iterable[Stamped], mark: Mark) -> Iterator[tuple[int, int, Stamped]]:
    """Sort anew for each page: people are few beside tickets."""
    stamped = ((int(row.updated_at.timestamp()), row.id, row) for row in rows)
    yield from sorted((row for row in stamped if row[:2] > mark), key=lambda row: row[:2])


def _ticket_events(desk: Desk, call: Call, mark: Mark) -> Iterator[tuple[int, int, Audit]]:
    wanted = _chosen(call)
    for second, number, place in desk.audit_log.since(mark[0]):
        ticket = desk.any_ticket(number)
        if wanted(ticket) and not ticket.scrubbed:
            audit = ticket.audits[place]
            yield second, audit.id, audit


def _metric_events(desk: Desk, call: Call, mark: Mark) -> Iterator[tuple[int, int, MetricEvent]]:
    """Replay a ticket for each of its audits that is met: the events of one audit stand together."""
    only_living = included_flag(call, "exclude_deleted")
    for second, number, place in desk.audit_log.since(mark[0]):
        ticket = desk.any_ticket(number)
        if ticket.scrubbed or (only_living and ticket.deletion is not None):
            continue
        for event in metric_events(desk, ticket):
            if event.place == place:
                yield second, event.id, event


def _nothing_beside(desk: Desk, call: Call) -> Callable[[Sequence[Any]], Json]:
    return lambda page: {}


TICKETS: Final = Export(key="tickets", rows=_tickets, render=ticket_row, beside=beside_tickets)
USERS: Final = Export(
    key="users",
    rows=_users,
    render=lambda desk, call: lambda user: render_user(desk, call, user),
    beside=beside_users,
)
ORGANIZATIONS: Final = Export(
    key="organizations",
    rows=_organizations,
    render=lambda desk, call: lambda organization: render_exported_organization(desk, call, organization),
    beside=_nothing_beside,
)
TICKET_EVENTS: Final = Export(
    key="ticket_events",
    rows=_ticket_events,
    render=lambda desk, call: lambda audit: render_ticket_event(desk, call, audit),
    beside=_nothing_beside,
)
METRIC_EVENTS: Final = Export(
    key="ticket_metric_events",
    rows=_metric_events,
    render=lambda desk, call: render_metric_event,
    beside=_nothing_beside,
    # The document knows no youngest start here, and a client in wide use begins at this very second.
    refuses_recent=False,
)
_SAMPLED: Final[Mapping[str, Export[Any]]] = {
    "tickets": TICKETS,
    "ticket_events": TICKET_EVENTS,
    "users": USERS,
    "organizations": ORGANIZATIONS,
}


def sample(desk: Desk, call: Call) -> Answer:
    """A small page to try things on, from any export by time."""
    export = _SAMPLED.get(call.ids["resource"])
    if export is None:
        raise Refusal.invalid_endpoint()
    return by_time(desk, call, export, size=SAMPLE)


def _by_time(export: Export[Any], *, size: int | None = None) -> Handler:
    return lambda desk, call: by_time(desk, call, export, size=size)


def _by_cursor(export: Export[Any]) -> Handler:
    return lambda desk, call: by_cursor(desk, call, export)


def _route(path: str, handler: Handler, *, scope: str, bucket: str = "incremental-exports") -> Route:
    template = f"{API}/incremental/{path}"
    return Route(method="GET", template=template, handler=handler, scope=scope, bucket=bucket, admins_only=True)


_TICKETS_READ, _USERS_READ = "tickets:read", "users:read"

ROUTES: tuple[Route, ...] = (
    _route("tickets", _by_time(TICKETS), scope=_TICKETS_READ),
    _route("tickets/cursor", _by_cursor(TICKETS), scope=_TICKETS_READ, bucket="incremental-exports-cursor"),
    _route("ticket_events", _by_time(TICKET_EVENTS), scope=_TICKETS_READ),
    _route("ticket_metric_events", _by_time(METRIC_EVENTS), scope=_TICKETS_READ),
    _route("users", _by_time(USERS), scope=_USERS_READ),
    _route("users/cursor", _by_cursor(USERS), scope=_USERS_READ, bucket="incremental-users-cursor"),
    _route("organizations", _by_time(ORGANIZATIONS), scope="organizations:read"),
    _route("{resource}/sample", sample, scope=_TICKETS_READ, bucket="incremental-sample"),
)
