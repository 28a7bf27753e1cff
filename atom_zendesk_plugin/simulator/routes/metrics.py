"""Ticket metrics, computed from the history when asked for."""

from __future__ import annotations

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Route
from atom_zendesk_plugin.simulator.metrics import find_by_metric_id, metrics_of
from atom_zendesk_plugin.simulator.paging import paginate
from atom_zendesk_plugin.simulator.render.metrics import render_metrics
from atom_zendesk_plugin.simulator.routes.frame import API, found, ticket_id
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.visibility import get_ticket, seen


def list_metrics(desk: Desk, call: Call) -> Answer:
    """Archived tickets are left out."""
    return paginate(
        call,
        seen(desk, call, desk.listed_tickets()),
        key="ticket_metrics",
        render=lambda ticket: render_metrics(call, metrics_of(desk, ticket)),
        identity=ticket_id,
        presorted=True,
    )


def metrics_of_ticket(desk: Desk, call: Call) -> Answer:
    ticket = get_ticket(desk, call, call.id())
    return Answer(200, {"ticket_metric": render_metrics(call, metrics_of(desk, ticket))})


def show_metrics(desk: Desk, call: Call) -> Answer:
    ticket = get_ticket(desk, call, found(find_by_metric_id(desk, call.id())).id)
    return Answer(200, {"ticket_metric": render_metrics(call, metrics_of(desk, ticket))})


ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=f"{API}/ticket_metrics", handler=list_metrics),
    Route(method="GET", template=f"{API}/ticket_metrics/{{id}}", handler=show_metrics),
    Route(method="GET", template=f"{API}/tickets/{{id}}/metrics", handler=metrics_of_ticket),
)
