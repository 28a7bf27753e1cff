"""The tickets of one person and of one organization."""

from __future__ import annotations

from collections.abc import Callable

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Handler, Route
from atom_zendesk_plugin.simulator.objects import Ticket
from atom_zendesk_plugin.simulator.routes.frame import API, counted, found, ticket_page
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.visibility import seen

Rows = Callable[[Desk, Call], list[Ticket]]


def _of_user(bucket: str) -> Rows:
    def rows(desk: Desk, call: Call) -> list[Ticket]:
        user = found(desk.users.get(call.id()))
        return desk.index.having(bucket, user.id)

    return rows


def _of_organization(desk: Desk, call: Call) -> list[Ticket]:
    """Archived tickets are left out here, unlike in the lists of a user."""
    organization = found(desk.organizations.get(call.id()))
    now = desk.now()
    rows = desk.index.having("organization", organization.id)
    return [ticket for ticket in rows if not desk.index.is_archived(ticket, now)]


def _listing(rows: Rows) -> Handler:
    def handler(desk: Desk, call: Call) -> Answer:
        return ticket_page(desk, call, rows(desk, call))

    return handler


def _counting(rows: Rows) -> Handler:
    def handler(desk: Desk, call: Call) -> Answer:
        return counted(desk, len(seen(desk, call, rows(desk, call))))

    return handler


def _routes(template: str, rows: Rows, *, countable: bool) -> list[Route]:
    """Some of the lists can be counted, others can't: the service is uneven here."""
    listing = Route(method="GET", template=template, handler=_listing(rows), scope="tickets:read")
    counting = Route(method="GET", template=f"{template}/count", handler=_counting(rows), scope="tickets:read")
    return [listing, counting] if countable else [listing]


ROUTES: tuple[Route, ...] = (
    *_routes(f"{API}/users/{{id}}/tickets/requested", _of_user("requester"), countable=False),
    *_routes(f"{API}/users/{{id}}/tickets/assigned", _of_user("assignee"), countable=True),
    *_routes(f"{API}/users/{{id}}/tickets/ccd", _of_user("cc"), countable=True),
    *_routes(f"{API}/users/{{id}}/tickets/followed", _of_user("follower"), countable=False),
    *_routes(f"{API}/organizations/{{id}}/tickets", _of_organization, countable=True),
)
