"""Suspended tickets: mail that was held back, let in or thrown away. A ticket that is let in is a ticket like any other."""

from __future__ import annotations

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Route
from atom_zendesk_plugin.simulator.intake import id_list
from atom_zendesk_plugin.simulator.lifecycle import create_ticket
from atom_zendesk_plugin.simulator.objects import Act, Ticket
from atom_zendesk_plugin.simulator.paging import paginate
from atom_zendesk_plugin.simulator.render.frame import address
from atom_zendesk_plugin.simulator.render.tickets import render_ticket
from atom_zendesk_plugin.simulator.routes.frame import API, found
from atom_zendesk_plugin.simulator.state import Desk


def list_suspended(desk: Desk, call: Call) -> Answer:
    return paginate(
        call,
        list(desk.shelves["suspended_tickets"].values()),
        key="suspended_tickets",
        render=lambda row: _render(call, row),
        identity=lambda row: int(row["id"]),
        sorts={
            "author_email": lambda row: row["author"]["email"],
            "cause": lambda row: row["cause"],
            "created_at": lambda row: row["created_at"],
            "subject": lambda row: row["subject"],
        },
    )


def show_suspended(desk: Desk, call: Call) -> Answer:
    return Answer(200, {"suspended_ticket": _render(call, _suspended(desk, call))})


def recover(desk: Desk, call: Call) -> Answer:
    """Answer with a list of one, as the service does."""
    ticket = _let_in(desk, _suspended(desk, call))
    return Answer(200, {"ticket": [render_ticket(desk, call, ticket)]})


def recover_many(desk: Desk, call: Call) -> Answer:
    rows = desk.shelves["suspended_tickets"]
    tickets = [_let_in(desk, rows[key]) for key in id_list(call) if key in rows]
    return Answer(200, {"tickets": [render_ticket(desk, call, ticket) for ticket in tickets]})


def throw_away(desk: Desk, call: Call) -> Answer:
    del desk.shelves["suspended_tickets"][_suspended(desk, call)["id"]]
    return Answer(204)


def throw_many_away(desk: Desk, call: Call) -> Answer:
    for key in id_list(call):
        desk.shelves["suspended_tickets"].pop(key, None)
    return Answer(204)


def _suspended(desk: Desk, call: Call) -> Json:
    return found(desk.shelves["suspended_tickets"].get(call.id()))


def _let_in(desk: Desk, row: Json) -> Ticket:
    author = row["author"]
    data: Json = {
        "subject": row["subject"],
        "comment": {"body": row["content"]},
        "requester": {"name": author["name"], "email": author["email"]},
        "recipient": row["recipient"],
    }
    known = desk.find_user_by_email(author["email"])
    assert desk.admin_id is not None
    act = Act(actor_id=known.id if known else desk.admin_id, at=desk.now(), channel="email")
    ticket, _ = create_ticket(desk, data, act=act)
    del desk.shelves["suspended_tickets"][row["id"]]
    return ticket


def _render(call: Call, row: Json) -> Json:
    return {"url": address(call, f"suspended_tickets/{row['id']}"), **row}


_HERE = f"{API}/suspended_tickets"
_ONE = f"{_HERE}/{{id}}"
_READ, _WRITE = "tickets:read", "tickets:write"

ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_HERE, handler=list_suspended, scope=_READ),
    Route(method="PUT", template=f"{_HERE}/recover_many", handler=recover_many, scope=_WRITE),
    Route(method="DELETE", template=f"{_HERE}/destroy_many", handler=throw_many_away, scope=_WRITE),
    Route(method="GET", template=_ONE, handler=show_suspended, scope=_READ),
    Route(method="PUT", template=f"{_ONE}/recover", handler=recover, scope=_WRITE),
    Route(method="DELETE", template=_ONE, handler=throw_away, scope=_WRITE),
)
