"""How one organization goes up in another. The work is done when it begins; what it tells about itself follows.

Like a job: new at first, in progress for a moment, then complete; time or another look moves it on.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from atom_zendesk_plugin.simulator.directory import join_organization
from atom_zendesk_plugin.simulator.exchange import Refusal
from atom_zendesk_plugin.simulator.history import change_events
from atom_zendesk_plugin.simulator.lifecycle import commit
from atom_zendesk_plugin.simulator.objects import Act, Organization, OrganizationMerge
from atom_zendesk_plugin.simulator.organizations import delete_organization
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.ulids import new_ulid

WORKS_FOR: Final = timedelta(seconds=2)
LOOKS_NEEDED: Final = 2


def merge_organizations(desk: Desk, loser: Organization, winner: Organization, *, act: Act) -> OrganizationMerge:
    """Move people, tickets and domain names of ``loser`` to ``winner`` and delete it."""
    if loser is winner:
        raise Refusal.invalid(winner_id="Winner: cannot be the organization that is merged")
    for ticket in desk.index.having("organization", loser.id):
        draft = ticket.draft()
        draft.organization_id = winner.id
        commit(desk, ticket, draft, None, change_events(ticket, draft), act=act)
    for membership in desk.organization_memberships.within(loser.id):
        user = desk.users[membership.user_id]
        join_organization(desk, user, winner.id, at=act.at, default=membership.default)
    desk.keep_earlier(winner)
    winner.domain_names = tuple(sorted({*winner.domain_names, *loser.domain_names}))
    winner.updated_at = act.at
    delete_organization(desk, loser, at=act.at)
    merge = OrganizationMerge(id=new_ulid(desk), winner_id=winner.id, loser_id=loser.id, began_at=act.at)
    desk.organization_merges[merge.id] = merge
    return merge


def state_of(desk: Desk, merge: OrganizationMerge) -> str:
    """Return how a merge goes, without moving it on."""
    if merge.looks >= LOOKS_NEEDED or desk.now() - merge.began_at >= WORKS_FOR:
        return "complete"
    return "in_progress" if merge.looks else "new"
