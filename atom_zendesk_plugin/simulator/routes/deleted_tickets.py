"""Deleted tickets: listed, brought back, or forgotten for good."""

from __future__ import annotations

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Route
from atom_zendesk_plugin.simulator.intake import id_list
from atom_zendesk_plugin.simulator.jobs import check_room, start_job
from atom_zendesk_plugin.simulator.lifecycle import purge_ticket, restore_ticket
from atom_zendesk_plugin.simulator.objects import Ticket
from atom_zendesk_plugin.simulator.paging import paginate
from atom_zendesk_plugin.simulator.render.tickets import render_deleted
from atom_zendesk_plugin.simulator.routes.frame import API, act_of, found, ticket_id
from atom_zendesk_plugin.simulator.state import Desk


def list_deleted(desk: Desk, call: Call) -> Answer:
    rows = sorted(desk.deleted_tickets.values(), key=ticket_id)

    def deleted_at(ticket: Ticket) -> object:
        return ticket.deletion.at if ticket.deletion else None

    return paginate(
        call,
        rows,
        key="deleted_tickets",
        render=lambda ticket: render_deleted(desk, ticket),
        identity=ticket_id,
        sorts={"deleted_at": deleted_at, "subject": lambda ticket: ticket.subject},
        presorted=True,
    )


def restore(desk: Desk, call: Call) -> Answer:
    restore_ticket(desk, found(desk.deleted_tickets.get(call.id())), act=act_of(desk, call))
    return Answer(200, {})


def restore_many(desk: Desk, call: Call) -> Answer:
    for key in id_list(call):
        if key in desk.deleted_tickets:
            restore_ticket(desk, desk.deleted_tickets[key], act=act_of(desk, call))
    return Answer(200, {})


def purge(desk: Desk, call: Call) -> Answer:
    check_room(desk, call)
    purge_ticket(desk, found(desk.deleted_tickets.get(call.id())), at=desk.now())
    return _purged(desk, call)


def purge_many(desk: Desk, call: Call) -> Answer:
    check_room(desk, call)
    for key in id_list(call):
        if key in desk.deleted_tickets:
            purge_ticket(desk, desk.deleted_tickets[key], at=desk.now())
    return _purged(desk, call)


def _purged(desk: Desk, call: Call) -> Answer:
    # The service counts nothing for this job: no total, and a bare success instead of rows.
    return start_job(
        desk,
        call,
        kind="Permanently Delete Tickets",
        doing="Deleting tickets",
        total=None,
        results={"success": True},
    )


_HERE = f"{API}/deleted_tickets"
_DESTROY = "deleted-tickets-destroy"

ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_HERE, handler=list_deleted, scope="tickets:read", bucket="deleted-tickets-index"),
    Route(method="PUT", template=f"{_HERE}/restore_many", handler=restore_many, scope="tickets:write"),
    Route(method="PUT", template=f"{_HERE}/{{id}}/restore", handler=restore, scope="tickets:write"),
    Route(
        method="DELETE", template=f"{_HERE}/destroy_many", handler=purge_many, scope="tickets:write", bucket=_DESTROY
    ),
    Route(method="DELETE", template=f"{_HERE}/{{id}}", handler=purge, scope="tickets:write", bucket=_DESTROY),
)
