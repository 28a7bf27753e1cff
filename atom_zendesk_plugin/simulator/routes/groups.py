"""Groups, and who sits in them."""

from __future__ import annotations

from collections.abc import Sequence

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Refusal, Route
from atom_zendesk_plugin.simulator.intake import wrapped
from atom_zendesk_plugin.simulator.lifecycle import leave_group_of_ticket
from atom_zendesk_plugin.simulator.objects import Group, Status
from atom_zendesk_plugin.simulator.organizations import create_group, delete_group, update_group
from atom_zendesk_plugin.simulator.paging import paginate
from atom_zendesk_plugin.simulator.render.people import render_group
from atom_zendesk_plugin.simulator.routes.frame import API, act_of, counted, created, found
from atom_zendesk_plugin.simulator.state import Desk


def list_groups(desk: Desk, call: Call) -> Answer:
    """Deleted groups are shown only to those who ask with ``exclude_deleted=false``."""
    everything = call.params.get("exclude_deleted", "true").lower() == "false"
    return _page(call, list(desk.groups.values()) if everything else desk.active_groups())


def list_assignable(desk: Desk, call: Call) -> Answer:
    return _page(call, desk.active_groups())


def groups_of_user(desk: Desk, call: Call) -> Answer:
    user = found(desk.users.get(call.id()))
    return _page(call, [desk.groups[key] for key in sorted(desk.group_ids_of(user.id))])


def count_groups(desk: Desk, call: Call) -> Answer:
    return counted(desk, len(desk.active_groups()))


def count_groups_of_user(desk: Desk, call: Call) -> Answer:
    return counted(desk, len(desk.group_ids_of(found(desk.users.get(call.id())).id)))


def show_group(desk: Desk, call: Call) -> Answer:
    return Answer(200, {"group": render_group(call, found(desk.groups.get(call.id())))})


def post_group(desk: Desk, call: Call) -> Answer:
    return created("group", render_group(call, create_group(desk, wrapped(call, "group"), at=desk.now())))


def put_group(desk: Desk, call: Call) -> Answer:
    group = _active(desk, call)
    update_group(desk, group, wrapped(call, "group"), at=desk.now())
    return Answer(200, {"group": render_group(call, group)})


def remove_group(desk: Desk, call: Call) -> Answer:
    """Tickets of the group that are not closed belong to no group afterwards, and say so in their history."""
    group = _active(desk, call)
    delete_group(desk, group, at=desk.now())
    for ticket in desk.index.in_states(state for state in Status if state is not Status.CLOSED):
        if ticket.group_id == group.id:
            leave_group_of_ticket(desk, ticket, act=act_of(desk, call))
    return Answer(204)


def _active(desk: Desk, call: Call) -> Group:
    group = found(desk.groups.get(call.id()))
    if group.deleted:
        raise Refusal.not_found()
    return group


def _page(call: Call, rows: Sequence[Group]) -> Answer:
    return paginate(
        call,
        rows,
        key="groups",
        render=lambda group: render_group(call, group),
        identity=lambda group: group.id,
        sorts={"name": lambda group: group.name},
        presorted=True,
    )


_HERE = f"{API}/groups"
_READ, _WRITE = "groups:read", "groups:write"

ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_HERE, handler=list_groups, scope=_READ),
    Route(method="POST", template=_HERE, handler=post_group, scope=_WRITE, admins_only=True),
    Route(method="GET", template=f"{_HERE}/assignable", handler=list_assignable, scope=_READ),
    Route(method="GET", template=f"{_HERE}/count", handler=count_groups, scope=_READ),
    Route(method="GET", template=f"{_HERE}/{{id}}", handler=show_group, scope=_READ),
    Route(method="PUT", template=f"{_HERE}/{{id}}", handler=put_group, scope=_WRITE, admins_only=True),
    Route(method="DELETE", template=f"{_HERE}/{{id}}", handler=remove_group, scope=_WRITE, admins_only=True),
    Route(method="GET", template=f"{API}/users/{{id}}/groups/count", handler=count_groups_of_user, scope=_READ),
    Route(method="GET", template=f"{API}/users/{{id}}/groups", handler=groups_of_user, scope=_READ),
)
