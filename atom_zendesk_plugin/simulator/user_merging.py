"""How two customers become one, and how a deleted one is forgotten for good. Neither can be undone."""

from __future__ import annotations

from typing import Final

from atom_zendesk_plugin.simulator.directory import delete_user, join_organization
from atom_zendesk_plugin.simulator.exchange import Refusal
from atom_zendesk_plugin.simulator.history import change_events
from atom_zendesk_plugin.simulator.lifecycle import commit
from atom_zendesk_plugin.simulator.objects import Act, Ticket, User
from atom_zendesk_plugin.simulator.state import Desk

MOST_TICKETS: Final = 10_000
FORGOTTEN_NAME: Final = "Permanently Deleted User"


def merge_users(desk: Desk, loser: User, winner: User, *, act: Act) -> None:
    """Let ``winner`` take over what ``loser`` has: tickets, addresses, memberships, tags; ``loser`` is deleted."""
    check_merge(desk, loser, winner)
    for ticket in _tickets_of(desk, loser):
        _hand_over(desk, ticket, loser, winner, act=act)
    for rating in desk.ratings.values():
        if rating.requester_id == loser.id:
            rating.requester_id = winner.id
    homes = [membership.of_id for membership in desk.organization_memberships.of_user(loser.id)]
    identities, external_id = loser.identities, loser.external_id
    desk.keep_earlier(winner)
    winner.tags = tuple(sorted({*winner.tags, *loser.tags}))
    delete_user(desk, loser, at=act.at)
    for identity in identities:
        identity.user_id, identity.primary = winner.id, False
        if identity.kind == "email":
            desk.user_by_email[identity.value.lower()] = winner.id
    winner.identities = (*winner.identities, *identities)
    if external_id and not winner.external_id:
        winner.external_id = external_id
        desk.user_by_external_id[external_id.lower()] = winner.id
    for home in homes:
        join_organization(desk, winner, home, at=act.at)
    winner.updated_at = act.at


def check_merge(desk: Desk, loser: User, winner: User) -> None:
    """Refuse a merge that the service refuses: of staff, of one with itself, of somebody with too many tickets."""
    if loser is winner:
        raise Refusal.invalid(base="A user cannot be merged with itself")
    if loser.is_staff or winner.is_staff:
        raise Refusal.invalid(base="Only end users can be merged")
    if desk.index.size("requester", loser.id) > MOST_TICKETS:
        raise Refusal.invalid(base=f"A user with more than {MOST_TICKETS} tickets cannot be merged")


def forget_user(desk: Desk, user: User, *, act: Act) -> None:
    """Wipe everything personal from a deleted user; what they wrote stays, under nobody's name."""
    desk.keep_earlier(user)
    user.name = FORGOTTEN_NAME
    user.phone = user.alias = user.details = user.notes = user.signature = None
    user.tags, user.user_fields = (), {}
    user.forgotten_at, user.forgotten_by, user.updated_at = act.at, act.actor_id, act.at


def _tickets_of(desk: Desk, user: User) -> list[Ticket]:
    rows = {ticket.id: ticket for kind in ("requester", "cc") for ticket in desk.index.having(kind, user.id)}
    return [rows[number] for number in sorted(rows)]


def _hand_over(desk: Desk, ticket: Ticket, loser: User, winner: User, *, act: Act) -> None:
    draft = ticket.draft()
    if draft.requester_id == loser.id:
        draft.requester_id = winner.id
    copied = (winner.id if one == loser.id else one for one in ticket.email_cc_ids)
    draft.email_cc_ids = tuple(dict.fromkeys(one for one in copied if one != draft.requester_id))
    commit(desk, ticket, draft, None, change_events(ticket, draft), act=act)
