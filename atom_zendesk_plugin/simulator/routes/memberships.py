"""Who belongs where: memberships in groups and in organizations, listed from every side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from atom_zendesk_plugin.simulator import directory
from atom_zendesk_plugin.simulator.exchange import Answer, Call, Handler, Json, Refusal, Route
from atom_zendesk_plugin.simulator.intake import id_list, invalid, read_flag, read_id, wrapped, wrapped_list
from atom_zendesk_plugin.simulator.jobs import run_job
from atom_zendesk_plugin.simulator.objects import Membership, User
from atom_zendesk_plugin.simulator.paging import paginate
from atom_zendesk_plugin.simulator.render.people import render_group_membership, render_organization_membership
from atom_zendesk_plugin.simulator.render.sideloads import beside_memberships
from atom_zendesk_plugin.simulator.routes.frame import API, created, found
from atom_zendesk_plugin.simulator.state import Desk, Memberships


@dataclass(frozen=True, slots=True, kw_only=True)
class _Family:
    """One kind of membership: how it is called, kept, shown, begun and ended."""

    one: str
    home: str
    kept: Callable[[Desk], Memberships]
    render: Callable[[Desk, Call, Membership], Json]
    join: Callable[[Desk, User, int, datetime, bool], Membership]
    leave: Callable[[Desk, Membership], None]
    admits: Callable[[Desk, User, int], bool]

    @property
    def many(self) -> str:
        return f"{self.one}s"


def _page(desk: Desk, call: Call, family: _Family, rows: list[Membership]) -> Answer:
    return paginate(
        call,
        sorted(rows, key=lambda row: row.id),
        key=family.many,
        render=lambda row: family.render(desk, call, row),
        identity=lambda row: row.id,
        extra=beside_memberships(desk, call, family.home),
        presorted=True,
    )


def _list_all(family: _Family) -> Handler:
    return lambda desk, call: _page(desk, call, family, list(family.kept(desk).all.values()))


def _list_of_user(family: _Family) -> Handler:
    def handler(desk: Desk, call: Call) -> Answer:
        user = found(desk.users.get(call.id()))
        return _page(desk, call, family, family.kept(desk).of_user(user.id))

    return handler


def _list_within(family: _Family) -> Handler:
    def handler(desk: Desk, call: Call) -> Answer:
        homes = desk.groups if family.home == "groups" else desk.organizations
        if call.id() not in homes:
            raise Refusal.not_found()
        return _page(desk, call, family, family.kept(desk).within(call.id()))

    return handler


def _show(family: _Family) -> Handler:
    def handler(desk: Desk, call: Call) -> Answer:
        row = found(family.kept(desk).all.get(call.id()))
        return Answer(200, {family.one: family.render(desk, call, row)})

    return handler


def _join(desk: Desk, family: _Family, data: Json) -> Membership:
    """Begin the membership that a write asks for."""
    user = desk.users.get(read_id(data, "user_id") or 0)
    if user is None or not user.active:
        raise invalid("user_id", "User: does not exist")
    home_id = read_id(data, f"{family.home.removesuffix('s')}_id") or 0
    if not family.admits(desk, user, home_id):
        raise invalid(f"{family.home.removesuffix('s')}_id", "This user cannot be a member there")
    if family.kept(desk).find(user.id, home_id) is not None:
        told = f" This user is already a member of this {family.home.removesuffix('s')}."
        raise invalid("user_id", told, "DuplicateValue")
    default = read_flag(data, "default") if "default" in data else False
    return family.join(desk, user, home_id, desk.now(), default)


def _create(family: _Family) -> Handler:
    def handler(desk: Desk, call: Call) -> Answer:
        row = _join(desk, family, wrapped(call, family.one))
        return created(family.one, family.render(desk, call, row))

    return handler


def _create_for_user(family: _Family) -> Handler:
    """The user is the one in the path, whatever the body says."""

    def handler(desk: Desk, call: Call) -> Answer:
        row = _join(desk, family, {**wrapped(call, family.one), "user_id": call.id()})
        return created(family.one, family.render(desk, call, row))

    return handler


def _create_many(family: _Family) -> Handler:
    def handler(desk: Desk, call: Call) -> Answer:
        rows = list(enumerate(wrapped_list(call, family.many)))

        def work(row: tuple[int, Json]) -> Json:
            return {"index": row[0], "id": _join(desk, family, row[1]).id, "status": "Created"}

        told = family.one.replace("_", " ").title()
        return run_job(
            desk,
            call,
            kind=f"Bulk Create {told}",
            doing=f"Creating {family.many.replace('_', ' ')}",
            rows=rows,
            work=work,
            failure=f"{told.replace(' ', '')}CreateFailed",
        )

    return handler


def _destroy_many(family: _Family) -> Handler:
    def handler(desk: Desk, call: Call) -> Answer:
        def work(number: int) -> Json:
            family.leave(desk, found(family.kept(desk).all.get(number)))
            return {"action": "delete", "id": number, "status": "Deleted", "success": True}

        told = family.one.replace("_", " ").title()
        return run_job(
            desk,
            call,
            kind=f"Bulk Delete {told}",
            doing=f"Deleting {family.many.replace('_', ' ')}",
            rows=id_list(call),
            work=work,
            failure=f"{told.replace(' ', '')}DeleteFailed",
            id_of=lambda number: number,
        )

    return handler


def _remove(family: _Family) -> Handler:
    def handler(desk: Desk, call: Call) -> Answer:
        family.leave(desk, found(family.kept(desk).all.get(call.id())))
        return Answer(204)

    return handler


def _of_user(desk: Desk, call: Call, family: _Family) -> Membership:
    row = found(family.kept(desk).all.get(call.id("membership_id")))
    if row.user_id != call.id():
        raise Refusal.not_found()
    return row


def _show_of_user(family: _Family) -> Handler:
    return lambda desk, call: Answer(200, {family.one: family.render(desk, call, _of_user(desk, call, family))})


def _remove_of_user(family: _Family) -> Handler:
    def handler(desk: Desk, call: Call) -> Answer:
        family.leave(desk, _of_user(desk, call, family))
        return Answer(204)

    return handler


def _membership_at(desk: Desk, call: Call) -> Membership:
    return found(desk.organization_memberships.find(call.id(), call.id("organization_id")))


def leave_organization(desk: Desk, call: Call) -> Answer:
    directory.leave_organization(desk, _membership_at(desk, call))
    return Answer(204)


def make_organization_default(desk: Desk, call: Call) -> Answer:
    row = _membership_at(desk, call)
    directory.join_organization(desk, desk.users[row.user_id], row.of_id, at=desk.now(), default=True)
    return Answer(200, {"organization_membership": render_organization_membership(desk, call, row)})


def list_assignable(desk: Desk, call: Call) -> Answer:
    """Memberships of agents who can be given tickets."""
    return _page(desk, call, _GROUPS, _assignable(desk, list(desk.group_memberships.all.values())))


def list_assignable_within(desk: Desk, call: Call) -> Answer:
    group = found(desk.groups.get(call.id()))
    return _page(desk, call, _GROUPS, _assignable(desk, desk.group_memberships.within(group.id)))


def _assignable(desk: Desk, rows: list[Membership]) -> list[Membership]:
    return [row for row in rows if not desk.users[row.user_id].suspended and not desk.groups[row.of_id].deleted]


def _make_default(family: _Family) -> Handler:
    """Answer with all memberships of the user, as the service does."""

    def handler(desk: Desk, call: Call) -> Answer:
        user = found(desk.users.get(call.id()))
        row = _of_user(desk, call, family)
        family.join(desk, user, row.of_id, desk.now(), True)
        return _page(desk, call, family, family.kept(desk).of_user(user.id))

    return handler


_GROUPS = _Family(
    one="group_membership",
    home="groups",
    kept=lambda desk: desk.group_memberships,
    render=lambda _, call, row: render_group_membership(call, row),
    join=lambda desk, user, home, at, default: directory.join_group(desk, user, home, at=at, default=default),
    leave=directory.leave_group,
    admits=lambda desk, user, home: user.is_staff and home in desk.groups and not desk.groups[home].deleted,
)
_ORGANIZATIONS = _Family(
    one="organization_membership",
    home="organizations",
    kept=lambda desk: desk.organization_memberships,
    render=render_organization_membership,
    join=lambda desk, user, home, at, default: directory.join_organization(desk, user, home, at=at, default=default),
    leave=directory.leave_organization,
    admits=lambda desk, _, home: home in desk.organizations,
)


def _routes(family: _Family, *, within: str, scope: str, admins_only: bool) -> tuple[Route, ...]:
    here, read, write = f"{API}/{family.many}", f"{scope}:read", f"{scope}:write"
    one, of_user = f"{here}/{{id}}", f"{API}/users/{{id}}/{family.many}"
    one_of_user = f"{of_user}/{{membership_id}}"
    default = f"{one_of_user}/make_default"
    create, drop = f"{here}/create_many", f"{here}/destroy_many"
    return (
        Route(method="GET", template=here, handler=_list_all(family), scope=read),
        Route(method="POST", template=here, handler=_create(family), scope=write, admins_only=admins_only),
        Route(method="GET", template=one, handler=_show(family), scope=read),
        Route(method="DELETE", template=one, handler=_remove(family), scope=write, admins_only=admins_only),
        Route(method="GET", template=of_user, handler=_list_of_user(family), scope=read),
        Route(method="PUT", template=default, handler=_make_default(family), scope=write, admins_only=admins_only),
        Route(method="GET", template=f"{API}/{within}", handler=_list_within(family), scope=read),
        Route(method="POST", template=create, handler=_create_many(family), scope=write, admins_only=admins_only),
        Route(method="DELETE", template=drop, handler=_destroy_many(family), scope=write, admins_only=admins_only),
        Route(method="POST", template=of_user, handler=_create_for_user(family), scope=write, admins_only=admins_only),
        Route(method="GET", template=one_of_user, handler=_show_of_user(family), scope=read),
        Route(
            method="DELETE",
            template=one_of_user,
            handler=_remove_of_user(family),
            scope=write,
            admins_only=admins_only,
        ),
    )


ROUTES: tuple[Route, ...] = (
    *_routes(_GROUPS, within="groups/{id}/memberships", scope="groups", admins_only=True),
    *_routes(
        _ORGANIZATIONS,
        within="organizations/{id}/organization_memberships",
        scope="organizations",
        admins_only=False,
    ),
    Route(
        method="GET", template=f"{API}/group_memberships/assignable", handler=list_assignable, scope="groups:read"
    ),
    Route(
        method="GET",
        template=f"{API}/groups/{{id}}/memberships/assignable",
        handler=list_assignable_within,
        scope="groups:read",
    ),
    Route(
        method="DELETE",
        template=f"{API}/users/{{id}}/organizations/{{organization_id}}",
        handler=leave_organization,
        scope="organizations:write",
    ),
    Route(
        method="PUT",
        template=f"{API}/users/{{id}}/organizations/{{organization_id}}/make_default",
        handler=make_organization_default,
        scope="organizations:write",
    ),
)
