"""What the routes of all resources share: who acts, how counts, creations and lists by id are answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Refusal
from atom_zendesk_plugin.simulator.objects import Act, Ticket
from atom_zendesk_plugin.simulator.paging import paginate
from atom_zendesk_plugin.simulator.render.sideloads import beside_tickets, ticket_row
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.visibility import seen

T = TypeVar("T")

API: Final = "/api/v2"
CLIENT_MAX: Final = 255


def act_of(desk: Desk, call: Call, data: Json | None = None) -> Act:
    """Return the act of this call; a write's own ``metadata`` goes into its audit."""
    assert call.actor_id is not None
    custom = (data or {}).get("metadata")
    return Act(
        actor_id=call.actor_id,
        at=desk.now(),
        client=call.headers.get("User-Agent", "")[:CLIENT_MAX] or None,
        custom=custom if isinstance(custom, dict) else None,
    )


def found(row: T | None) -> T:
    if row is None:
        raise Refusal.not_found()
    return row


def counted(desk: Desk, number: int) -> Answer:
    return Answer(200, {"count": {"value": number, "refreshed_at": f"{desk.now():%Y-%m-%dT%H:%M:%S}+00:00"}})


def created(key: str, row: Json, **beside: Any) -> Answer:
    """Answer a creation: 201 with the object's address as location."""
    return Answer(201, {key: row, **beside}, {"location": row["url"]})


def ticket_page(desk: Desk, call: Call, tickets: Sequence[Ticket], *, presorted: bool = True) -> Answer:
    """Answer a page of those of the tickets that the caller sees, with side-loads; ``tickets`` come by id."""
    return paginate(
        call,
        seen(desk, call, tickets),
        key="tickets",
        render=ticket_row(desk, call),
        identity=ticket_id,
        sorts=ticket_sorts(desk, call),
        extra=beside_tickets(desk, call),
        presorted=presorted,
    )


def ticket_sorts(desk: Desk, call: Call) -> dict[str, Callable[[Ticket], Any]]:
    """Return what this call may sort tickets by: cursors know less than offsets."""

    def name_of(user_id: int | None) -> str | None:
        return desk.users[user_id].name if user_id is not None else None

    sorts: dict[str, Callable[[Ticket], Any]] = {
        "updated_at": lambda ticket: ticket.updated_at,
        "status": lambda ticket: list(type(ticket.status)).index(ticket.status),
    }
    if any(name.startswith("page[") for name in call.params):
        return sorts
    return sorts | {
        "created_at": lambda ticket: ticket.created_at,
        "subject": lambda ticket: ticket.subject,
        "group": lambda ticket: desk.groups[ticket.group_id].name if ticket.group_id is not None else None,
        "requester": lambda ticket: ticket.requester_id,
        "requester.name": lambda ticket: name_of(ticket.requester_id),
        "assignee": lambda ticket: ticket.assignee_id,
        "assignee.name": lambda ticket: name_of(ticket.assignee_id),
    }


def ticket_id(ticket: Ticket) -> int:
    return ticket.id
