"""Merging tickets over the wire: answered with a job, one result for each source."""

from __future__ import annotations

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Route
from atom_zendesk_plugin.simulator.intake import bad_attribute, check_amount, read_ids
from atom_zendesk_plugin.simulator.jobs import run_job
from atom_zendesk_plugin.simulator.merging import check_merge, merge_into
from atom_zendesk_plugin.simulator.routes.frame import API, act_of
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.visibility import get_ticket


def merge(desk: Desk, call: Call) -> Answer:
    """Refuse at once when one of the tickets can't take part: then none is merged."""
    target = get_ticket(desk, call, call.id())
    body: Json = call.body if isinstance(call.body, dict) else {}
    numbers = read_ids(body, "ids")
    if not numbers:
        raise bad_attribute("ids", "must be a list of numbers")
    check_amount(numbers)
    for number in numbers:
        check_merge(target, get_ticket(desk, call, number))

    def work(number: int) -> Json:
        merge_into(desk, target, desk.tickets[number], body, act=act_of(desk, call))
        return {"action": "update", "id": number, "status": "Updated", "success": True}

    return run_job(
        desk,
        call,
        kind="Ticket Merge",
        doing="Merging tickets",
        rows=numbers,
        work=work,
        failure="TicketMergeFailed",
        id_of=lambda number: number,
    )


ROUTES: tuple[Route, ...] = (
    Route(method="POST", template=f"{API}/tickets/{{id}}/merge", handler=merge, scope="tickets:write"),
)
