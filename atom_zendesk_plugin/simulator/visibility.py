"""Who sees which ticket: end users their own, restricted agents what their restriction leaves, everybody else all."""

from __future__ import annotations

from collections.abc import Sequence

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Refusal
from atom_zendesk_plugin.simulator.objects import Comment, Role, Ticket, User
from atom_zendesk_plugin.simulator.state import Desk


def actor_of(desk: Desk, call: Call) -> User:
    """Return who calls; the shell has checked that somebody does."""
    assert call.actor_id is not None
    return desk.users[call.actor_id]


def sees_whole_account(user: User) -> bool:
    return user.role is Role.ADMIN or (user.is_staff and user.ticket_restriction is None)


def sees_ticket(desk: Desk, user: User, ticket: Ticket) -> bool:
    if sees_whole_account(user):
        return True
    if user.id in (ticket.requester_id, ticket.assignee_id) or user.id in ticket.collaborator_ids:
        return True
    match user.ticket_restriction:
        case "groups":
            return ticket.group_id in desk.group_ids_of(user.id)
        case "organization":
            return ticket.organization_id is not None and ticket.organization_id == user.organization_id
        case _:
            return False


def seen(desk: Desk, call: Call, tickets: Sequence[Ticket]) -> Sequence[Ticket]:
    """Return those of the tickets that the caller sees; the very same list when that is all of them."""
    user = actor_of(desk, call)
    if sees_whole_account(user):
        return tickets
    return [ticket for ticket in tickets if sees_ticket(desk, user, ticket)]


def seen_comments(desk: Desk, call: Call, ticket: Ticket) -> list[Comment]:
    if actor_of(desk, call).is_staff:
        return ticket.comments
    return [comment for comment in ticket.comments if comment.public]


def get_ticket(desk: Desk, call: Call, ticket_id: int) -> Ticket:
    """Return a ticket that the caller may see: 404 when there is none, 403 when it is not for them."""
    ticket = desk.tickets.get(ticket_id)
    if ticket is None:
        raise Refusal.not_found()
    if not sees_ticket(desk, actor_of(desk, call), ticket):
        told = "You do not have access to this ticket. Please ask an administrator of this help desk for access."
        raise Refusal(Answer(403, {"error": {"title": "Forbidden", "message": told}}))
    return ticket


def check_may_manage(desk: Desk, call: Call, user: User | None, data: Json | None = None) -> None:
    """Refuse what only admins may do to people: changing staff other than oneself, or making somebody staff.

    ``user`` None is somebody who is about to be made; ``data`` is what is written, None for a deletion.
    """
    actor = actor_of(desk, call)
    if actor.role is Role.ADMIN:
        return
    others_staff = user is not None and user.is_staff and user is not actor
    before = Role.END_USER if user is None else user.role
    if others_staff or (data or {}).get("role", before) not in (before, None):
        told = "You do not have access to this page. Only administrators manage the staff of this help desk."
        raise Refusal(Answer(403, {"error": {"title": "Forbidden", "message": told}}))
