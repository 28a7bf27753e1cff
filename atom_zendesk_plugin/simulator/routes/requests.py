"""Requests: tickets as the customer who asked sees them; public words only."""

from __future__ import annotations

from typing import Final

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Refusal, Route
from atom_zendesk_plugin.simulator.intake import read_flag, wrapped
from atom_zendesk_plugin.simulator.lifecycle import create_ticket, update_ticket
from atom_zendesk_plugin.simulator.objects import Comment, Status, Ticket
from atom_zendesk_plugin.simulator.paging import paginate
from atom_zendesk_plugin.simulator.render.frame import address, included, stamp, via
from atom_zendesk_plugin.simulator.render.history import render_comment
from atom_zendesk_plugin.simulator.render.sideloads import users_by_id
from atom_zendesk_plugin.simulator.render.tickets import custom_fields
from atom_zendesk_plugin.simulator.routes.frame import API, act_of, created, found, ticket_id
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.visibility import seen

_FROM_CUSTOMERS: Final[tuple[str, ...]] = (
    "subject",
    "comment",
    "type",
    "custom_fields",
    "ticket_form_id",
    "due_at",
    "email_ccs",
)
_DONE: Final = (Status.SOLVED, Status.CLOSED)
_SOLVABLE: Final = (Status.OPEN, Status.PENDING, Status.HOLD)


def list_requests(desk: Desk, call: Call) -> Answer:
    return _page(desk, call, desk.index.having("requester", call.actor_id))


def list_open(desk: Desk, call: Call) -> Answer:
    rows = desk.index.having("requester", call.actor_id)
    return _page(desk, call, [ticket for ticket in rows if ticket.status not in _DONE])


def list_solved(desk: Desk, call: Call) -> Answer:
    rows = desk.index.having("requester", call.actor_id)
    return _page(desk, call, [ticket for ticket in rows if ticket.status in _DONE])


def list_ccd(desk: Desk, call: Call) -> Answer:
    return _page(desk, call, desk.index.having("cc", call.actor_id))


def search_requests(desk: Desk, call: Call) -> Answer:
    """Find one's own requests by words of subject and description."""
    words = call.params.get("query", "").lower().split()
    rows = desk.index.having("requester", call.actor_id)
    return _page(desk, call, [ticket for ticket in rows if all(word in _text(ticket) for word in words)])


def list_of_user(desk: Desk, call: Call) -> Answer:
    """What an agent sees of one customer's requests."""
    user = found(desk.users.get(call.id()))
    return _page(desk, call, list(seen(desk, call, desk.index.having("requester", user.id))))


def list_of_organization(desk: Desk, call: Call) -> Answer:
    organization = found(desk.organizations.get(call.id()))
    return _page(desk, call, list(seen(desk, call, desk.index.having("organization", organization.id))))


def show_comment(desk: Desk, call: Call) -> Answer:
    ticket = _own(desk, call)
    number = call.id("comment_id")
    comment = found(next((row for row in ticket.comments if row.id == number and row.public), None))
    return Answer(200, {"comment": _render_comment(desk, call, ticket, comment)})


def _page(desk: Desk, call: Call, tickets: list[Ticket]) -> Answer:
    rows = [ticket for ticket in tickets if ticket.is_public]
    return paginate(
        call,
        rows,
        key="requests",
        render=lambda ticket: _render(desk, call, ticket),
        identity=ticket_id,
        sorts={"updated_at": lambda ticket: ticket.updated_at, "created_at": lambda ticket: ticket.created_at},
        presorted=True,
    )


def show_request(desk: Desk, call: Call) -> Answer:
    return Answer(200, {"request": _render(desk, call, _own(desk, call))})


def list_comments(desk: Desk, call: Call) -> Answer:
    """Metadata and channel details are for agents; here they are left out."""
    ticket = _own(desk, call)

    return paginate(
        call,
        [comment for comment in ticket.comments if comment.public],
        key="comments",
        render=lambda comment: _render_comment(desk, call, ticket, comment),
        identity=lambda comment: comment.id,
        default_sort="created_at",
        extra=lambda rows: (
            {"users": users_by_id(desk, call, (row.author_id for row in rows))} if "users" in included(call) else {}
        ),
        presorted=True,
    )


def post_request(desk: Desk, call: Call) -> Answer:
    told = wrapped(call, "request")
    data: Json = {name: told[name] for name in _FROM_CUSTOMERS if name in told}
    ticket, _ = create_ticket(desk, data, act=act_of(desk, call))
    return created("request", _render(desk, call, ticket))


def put_request(desk: Desk, call: Call) -> Answer:
    """A customer can write, and may say that it is solved; nothing else."""
    ticket = _own(desk, call)
    told = wrapped(call, "request")
    if not told.get("comment"):
        said = "A comment is required to update your request."
        raise Refusal(Answer(406, {"error": "CommentRequired", "description": said}))
    data: Json = {"comment": told["comment"]}
    if "solved" in told and read_flag(told, "solved") and _can_be_solved(ticket):
        data["status"] = Status.SOLVED.value
    update_ticket(desk, ticket, data, act=act_of(desk, call))
    return Answer(200, {"request": _render(desk, call, ticket)})


def _own(desk: Desk, call: Call) -> Ticket:
    ticket = desk.tickets.get(call.id())
    if ticket is None or not ticket.is_public:
        raise Refusal.not_found()
    if call.actor_id not in (ticket.requester_id, *ticket.email_cc_ids):
        raise Refusal.not_found()
    return ticket


def _render_comment(desk: Desk, call: Call, ticket: Ticket, comment: Comment) -> Json:
    row = render_comment(desk, call, ticket, comment)
    return {name: value for name, value in row.items() if name not in ("metadata", "via")}


def _text(ticket: Ticket) -> str:
    return f"{ticket.subject or ''} {ticket.description}".lower()


def _can_be_solved(ticket: Ticket) -> bool:
    return ticket.assignee_id is not None and ticket.status in _SOLVABLE


def _render(desk: Desk, call: Call, ticket: Ticket) -> Json:
    # Customers never see that a ticket is on hold: to them it is open.
    status = Status.OPEN if ticket.status is Status.HOLD else ticket.status
    fields = custom_fields(desk, ticket)
    return {
        "url": address(call, f"requests/{ticket.id}"),
        "id": ticket.id,
        "status": status.value,
        "custom_status_id": ticket.custom_status_id,
        "priority": ticket.priority,
        "type": ticket.type,
        "subject": ticket.subject,
        "description": ticket.description,
        "organization_id": ticket.organization_id,
        "via": via(ticket.channel, ticket.source),
        "custom_fields": fields,
        "requester_id": ticket.requester_id,
        "collaborator_ids": list(ticket.collaborator_ids),
        "email_cc_ids": list(ticket.email_cc_ids),
        "is_public": ticket.is_public,
        "due_at": stamp(ticket.due_at),
        "can_be_solved_by_me": _can_be_solved(ticket),
        "created_at": stamp(ticket.created_at),
        "updated_at": stamp(ticket.updated_at),
        "recipient": ticket.recipient,
        "followup_source_id": None,
        "assignee_id": ticket.assignee_id,
        "group_id": ticket.group_id,
        "ticket_form_id": ticket.ticket_form_id,
        "fields": fields,
    }


_HERE = f"{API}/requests"
_READ, _WRITE = "requests:read", "requests:write"

ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_HERE, handler=list_requests, scope=_READ, agents_only=False),
    Route(method="POST", template=_HERE, handler=post_request, scope=_WRITE, agents_only=False),
    Route(method="GET", template=f"{_HERE}/open", handler=list_open, scope=_READ, agents_only=False),
    Route(method="GET", template=f"{_HERE}/solved", handler=list_solved, scope=_READ, agents_only=False),
    Route(method="GET", template=f"{_HERE}/ccd", handler=list_ccd, scope=_READ, agents_only=False),
    Route(method="GET", template=f"{_HERE}/search", handler=search_requests, scope=_READ, agents_only=False),
    Route(method="GET", template=f"{API}/users/{{id}}/requests", handler=list_of_user, scope=_READ),
    Route(method="GET", template=f"{API}/organizations/{{id}}/requests", handler=list_of_organization, scope=_READ),
    Route(
        method="GET",
        template=f"{_HERE}/{{id}}/comments/{{comment_id}}",
        handler=show_comment,
        scope=_READ,
        agents_only=False,
    ),
    Route(method="GET", template=f"{_HERE}/{{id}}", handler=show_request, scope=_READ, agents_only=False),
    Route(method="PUT", template=f"{_HERE}/{{id}}", handler=put_request, scope=_WRITE, agents_only=False),
    Route(method="GET", template=f"{_HERE}/{{id}}/comments", handler=list_comments, scope=_READ, agents_only=False),
)
