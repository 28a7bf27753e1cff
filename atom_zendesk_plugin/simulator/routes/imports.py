"""Importing tickets, one by one or up to a hundred in a job. For admins."""

from __future__ import annotations

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Route
from atom_zendesk_plugin.simulator.importing import import_ticket
from atom_zendesk_plugin.simulator.intake import wrapped, wrapped_list
from atom_zendesk_plugin.simulator.jobs import run_job
from atom_zendesk_plugin.simulator.render.tickets import render_ticket
from atom_zendesk_plugin.simulator.routes.frame import API, act_of, created
from atom_zendesk_plugin.simulator.state import Desk


def import_one(desk: Desk, call: Call) -> Answer:
    ticket = import_ticket(desk, wrapped(call, "ticket"), act=act_of(desk, call))
    return created("ticket", render_ticket(desk, call, ticket))


def import_many(desk: Desk, call: Call) -> Answer:
    rows = list(enumerate(wrapped_list(call, "tickets")))

    def work(row: tuple[int, Json]) -> Json:
        made = import_ticket(desk, row[1], act=act_of(desk, call))
        return {"index": row[0], "id": made.id, "account_id": desk.account_id}

    return run_job(
        desk,
        call,
        kind="Bulk Import Ticket",
        doing="Importing tickets",
        rows=rows,
        work=work,
        failure="TicketImportFailed",
    )


_HERE, _WRITE = f"{API}/imports/tickets", "tickets:write"

ROUTES: tuple[Route, ...] = (
    Route(method="POST", template=_HERE, handler=import_one, scope=_WRITE, admins_only=True),
    Route(method="POST", template=f"{_HERE}/create_many", handler=import_many, scope=_WRITE, admins_only=True),
)
