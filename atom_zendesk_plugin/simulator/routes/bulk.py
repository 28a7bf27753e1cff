"""Bulk work on tickets, users and organizations: up to 100 rows, answered with a job.

Every row stands alone: one that is refused becomes a failed result, the others are carried out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from atom_zendesk_plugin.simulator import directory, lifecycle, organizations
from atom_zendesk_plugin.simulator.exchange import Answer, Call, Handler, Json, Refusal, Route
from atom_zendesk_plugin.simulator.intake import as_id, bad_attribute, id_list, wrapped, wrapped_list
from atom_zendesk_plugin.simulator.jobs import run_job
from atom_zendesk_plugin.simulator.routes.frame import API, act_of, found
from atom_zendesk_plugin.simulator.routes.organizations import drop_organization
from atom_zendesk_plugin.simulator.spam import mark_as_spam
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.visibility import check_may_manage, get_ticket

Creating = Callable[[Desk, Call, Json], int]
Updating = Callable[[Desk, Call, int, Json], None]
Deleting = Callable[[Desk, Call, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Family:
    """What bulk work on one family of objects does with a row; each raises Refusal for a row that fails."""

    one: str
    many: str
    create: Creating
    update: Updating
    delete: Deleting
    too_many: str | None = None


def _creating(family: _Family) -> Handler:
    def handler(desk: Desk, call: Call) -> Answer:
        rows = list(enumerate(wrapped_list(call, family.many, too_many=family.too_many)))

        def work(row: tuple[int, Json]) -> Json:
            made = family.create(desk, call, row[1])
            if family.one == "ticket":
                return {"index": row[0], "id": made, "account_id": desk.account_id}
            return {"id": made, "status": "Created"}

        return run_job(
            desk,
            call,
            kind=f"Bulk Create {family.one.capitalize()}",
            doing=f"Creating {family.many}",
            rows=rows,
            work=work,
            failure=f"{family.one.capitalize()}CreateFailed",
        )

    return handler


def _updating(family: _Family) -> Handler:
    def handler(desk: Desk, call: Call) -> Answer:
        rows = _planned_updates(call, family)

        def work(row: tuple[int, Json]) -> Json:
            family.update(desk, call, row[0], row[1])
            return {"action": "update", "id": row[0], "status": "Updated", "success": True}

        return run_job(
            desk,
            call,
            kind=f"Bulk Update {family.one.capitalize()}",
            doing=f"Updating {family.many}",
            rows=rows,
            work=work,
            failure=f"{family.one.capitalize()}UpdateFailed",
            id_of=lambda row: row[0],
        )

    return handler


def _planned_updates(call: Call, family: _Family) -> list[tuple[int, Json]]:
    """Read both forms: one change for ``ids``, or a list of objects that each carry their id."""
    if "ids" in call.params:
        change = wrapped(call, family.one)
        return [(number, change) for number in id_list(call)]
    rows = []
    for data in wrapped_list(call, family.many, too_many=family.too_many):
        number = as_id(data.get("id"))
        if number is None:
            raise bad_attribute("id", "must be an integer")
        rows.append((number, data))
    return rows


def _deleting(family: _Family) -> Handler:
    def handler(desk: Desk, call: Call) -> Answer:
        def work(number: int) -> Json:
            family.delete(desk, call, number)
            return {"action": "delete", "id": number, "status": "Deleted", "success": True}

        return run_job(
            desk,
            call,
            kind=f"Bulk Delete {family.one.capitalize()}",
            doing=f"Deleting {family.many}",
            rows=id_list(call),
            work=work,
            failure=f"{family.one.capitalize()}DeleteFailed",
            id_of=lambda number: number,
        )

    return handler


def _create_ticket(desk: Desk, call: Call, data: Json) -> int:
    return lifecycle.create_ticket(desk, data, act=act_of(desk, call, data))[0].id


def _update_ticket(desk: Desk, call: Call, number: int, data: Json) -> None:
    lifecycle.update_ticket(desk, get_ticket(desk, call, number), data, act=act_of(desk, call, data), bulk=True)


def _delete_ticket(desk: Desk, call: Call, number: int) -> None:
    lifecycle.delete_ticket(desk, get_ticket(desk, call, number), act=act_of(desk, call))


def _create_user(desk: Desk, call: Call, data: Json) -> int:
    check_may_manage(desk, call, None, data)
    return directory.create_user(desk, data, at=desk.now()).id


def _create_or_update_user(desk: Desk, call: Call, data: Json) -> int:
    user = directory.find_matching_user(desk, data)
    check_may_manage(desk, call, user, data)
    if user is None:
        return directory.create_user(desk, data, at=desk.now()).id
    directory.update_user(desk, user, data, at=desk.now())
    return user.id


def _update_user(desk: Desk, call: Call, number: int, data: Json) -> None:
    user = desk.users.get(number)
    if user is None or not user.active:
        raise Refusal.not_found()
    check_may_manage(desk, call, user, data)
    directory.update_user(desk, user, data, at=desk.now())


def _delete_user(desk: Desk, call: Call, number: int) -> None:
    user = desk.users.get(number)
    if user is None or not user.active:
        raise Refusal.not_found()
    check_may_manage(desk, call, user)
    directory.delete_user(desk, user, at=desk.now())


def _create_organization(desk: Desk, call: Call, data: Json) -> int:
    return organizations.create_organization(desk, data, at=desk.now()).id


def _update_organization(desk: Desk, call: Call, number: int, data: Json) -> None:
    organizations.update_organization(desk, found(desk.organizations.get(number)), data, at=desk.now())


def _delete_organization(desk: Desk, call: Call, number: int) -> None:
    drop_organization(desk, call, found(desk.organizations.get(number)))


_TICKETS = _Family(one="ticket", many="tickets", create=_create_ticket, update=_update_ticket, delete=_delete_ticket)
_USERS = _Family(
    one="user",
    many="users",
    create=_create_user,
    update=_update_user,
    delete=_delete_user,
    too_many="Maximum 100 users may be created per call",
)
_MATCHED_USERS = _Family(
    one="user", many="users", create=_create_or_update_user, update=_update_user, delete=_delete_user
)
_ORGANIZATIONS = _Family(
    one="organization",
    many="organizations",
    create=_create_organization,
    update=_update_organization,
    delete=_delete_organization,
)


def mark_many_as_spam(desk: Desk, call: Call) -> Answer:
    def work(number: int) -> Json:
        mark_as_spam(desk, get_ticket(desk, call, number), act=act_of(desk, call))
        return {"action": "update", "id": number, "status": "Updated", "success": True}

    return run_job(
        desk,
        call,
        kind="Bulk Mark Tickets As Spam",
        doing="Marking tickets as spam",
        rows=id_list(call),
        work=work,
        failure="TicketUpdateFailed",
        id_of=lambda number: number,
    )


def _routes(family: _Family) -> tuple[Route, ...]:
    here, scope = f"{API}/{family.many}", f"{family.many}:write"
    return (
        Route(method="POST", template=f"{here}/create_many", handler=_creating(family), scope=scope),
        Route(method="PUT", template=f"{here}/update_many", handler=_updating(family), scope=scope),
        Route(
            method="DELETE",
            template=f"{here}/destroy_many",
            handler=_deleting(family),
            scope=scope,
            bucket="tickets-delete" if family.one == "ticket" else None,
        ),
    )


ROUTES: tuple[Route, ...] = (
    *_routes(_TICKETS),
    *_routes(_USERS),
    *_routes(_ORGANIZATIONS),
    Route(
        method="PUT",
        template=f"{API}/tickets/mark_many_as_spam",
        handler=mark_many_as_spam,
        scope="tickets:write",
    ),
    Route(
        method="POST",
        template=f"{API}/users/create_or_update_many",
        handler=_creating(_MATCHED_USERS),
        scope="users:write",
    ),
)
