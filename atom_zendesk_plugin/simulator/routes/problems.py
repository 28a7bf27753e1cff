"""Tickets that are problems: listed, and found by a part of their subject."""

from __future__ import annotations

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Route
from atom_zendesk_plugin.simulator.intake import bad_attribute
from atom_zendesk_plugin.simulator.objects import Ticket
from atom_zendesk_plugin.simulator.routes.frame import API, ticket_page
from atom_zendesk_plugin.simulator.state import Desk


def list_problems(desk: Desk, call: Call) -> Answer:
    return ticket_page(desk, call, _problems(desk))


def autocomplete(desk: Desk, call: Call) -> Answer:
    """The text may stand in the query or in the body."""
    told = call.params.get("text", call.body.get("text"))
    if not isinstance(told, str) or not told.strip():
        raise bad_attribute("text", "must be a text")
    wanted = told.strip().lower()
    return ticket_page(desk, call, [row for row in _problems(desk) if wanted in (row.subject or "").lower()])


def _problems(desk: Desk) -> list[Ticket]:
    """Archived ones are left out, as in other lists of tickets."""
    now = desk.now()
    return [row for row in desk.index.having("type", "problem") if not desk.index.is_archived(row, now)]


_HERE = f"{API}/problems"

ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_HERE, handler=list_problems, scope="tickets:read"),
    Route(method="POST", template=f"{_HERE}/autocomplete", handler=autocomplete, scope="tickets:read"),
)
