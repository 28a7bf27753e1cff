"""Merging organizations over the wire, and how merges go on. For admins."""

from __future__ import annotations

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Route
from atom_zendesk_plugin.simulator.intake import as_id, invalid, wrapped
from atom_zendesk_plugin.simulator.objects import OrganizationMerge
from atom_zendesk_plugin.simulator.organization_merging import merge_organizations, state_of
from atom_zendesk_plugin.simulator.render.frame import address
from atom_zendesk_plugin.simulator.routes.frame import API, act_of, found
from atom_zendesk_plugin.simulator.state import Desk


def merge(desk: Desk, call: Call) -> Answer:
    """The organization in the path goes up in the one that the body names."""
    loser = found(desk.organizations.get(call.id()))
    winner = desk.organizations.get(as_id(wrapped(call, "organization_merge").get("winner_id")) or 0)
    if winner is None:
        raise invalid("winner_id", "Winner: does not exist")
    begun = merge_organizations(desk, loser, winner, act=act_of(desk, call))
    return Answer(200, {"organization_merge": _render(desk, call, begun)})


def show_merge(desk: Desk, call: Call) -> Answer:
    begun = found(desk.organization_merges.get(call.ids["id"]))
    begun.looks += 1
    return Answer(200, {"organization_merge": _render(desk, call, begun)})


def list_merges(desk: Desk, call: Call) -> Answer:
    """The merges that an organization won."""
    number = found(desk.organizations.get(call.id())).id
    rows = [row for row in desk.organization_merges.values() if row.winner_id == number]
    return Answer(200, {"organization_merges": [_render(desk, call, row) for row in rows]})


def _render(desk: Desk, call: Call, merge: OrganizationMerge) -> Json:
    return {
        "id": merge.id,
        "url": address(call, f"organization_merges/{merge.id}"),
        "winner_id": merge.winner_id,
        "loser_id": merge.loser_id,
        "status": state_of(desk, merge),
    }


_ONE = f"{API}/organizations/{{id}}"
_READ, _WRITE = "organizations:read", "organizations:write"

ROUTES: tuple[Route, ...] = (
    Route(method="POST", template=f"{_ONE}/merge", handler=merge, scope=_WRITE, admins_only=True),
    Route(method="GET", template=f"{_ONE}/merges", handler=list_merges, scope=_READ, admins_only=True),
    Route(
        method="GET",
        template=f"{API}/organization_merges/{{id}}",
        handler=show_merge,
        scope=_READ,
        admins_only=True,
    ),
)
