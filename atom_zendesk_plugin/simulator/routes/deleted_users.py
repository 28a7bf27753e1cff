"""Users that are no more: merged into others, listed, and forgotten for good."""

from __future__ import annotations

from atom_zendesk_plugin.simulator.directory import find_matching_user
from atom_zendesk_plugin.simulator.exchange import Answer, Call, Refusal, Route
from atom_zendesk_plugin.simulator.intake import wrapped
from atom_zendesk_plugin.simulator.objects import User
from atom_zendesk_plugin.simulator.paging import paginate
from atom_zendesk_plugin.simulator.render.frame import stamp
from atom_zendesk_plugin.simulator.render.people import render_deleted_user, render_user
from atom_zendesk_plugin.simulator.routes.frame import API, act_of, counted, found
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.user_merging import forget_user, merge_users
from atom_zendesk_plugin.simulator.visibility import check_may_manage


def merge(desk: Desk, call: Call) -> Answer:
    """The user in the path goes up in the one that the body names."""
    loser, winner = found(desk.users.get(call.id())), find_matching_user(desk, wrapped(call, "user"))
    if winner is None or not loser.active:
        raise Refusal.not_found()
    check_may_manage(desk, call, loser)
    merge_users(desk, loser, winner, act=act_of(desk, call))
    return Answer(200, {"user": render_user(desk, call, winner)})


def list_deleted(desk: Desk, call: Call) -> Answer:
    return paginate(
        call,
        _deleted(desk),
        key="deleted_users",
        render=lambda user: render_deleted_user(call, user),
        identity=lambda user: user.id,
        presorted=True,
    )


def count_deleted(desk: Desk, call: Call) -> Answer:
    return counted(desk, len(_deleted(desk)))


def show_deleted(desk: Desk, call: Call) -> Answer:
    return Answer(200, {"deleted_user": render_deleted_user(call, _find(desk, call))})


def forget(desk: Desk, call: Call) -> Answer:
    user = _find(desk, call)
    forget_user(desk, user, act=act_of(desk, call))
    return Answer(200, {"deleted_user": render_deleted_user(call, user)})


def list_compliance(desk: Desk, call: Call) -> Answer:
    """Say how forgetting somebody goes, for each part of the service; there is one part here."""
    user = found(desk.users.get(call.id()))
    if user.forgotten_at is None:
        raise Refusal.not_found()
    row = {
        "action": "request_deletion",
        "application": "all",
        "account_subdomain": desk.subdomain,
        "executer_id": user.forgotten_by,
        "user_id": user.id,
        "created_at": stamp(user.forgotten_at),
    }
    done = {**row, "action": "complete", "application": "support"}
    return Answer(200, {"compliance_deletion_statuses": [row, done]})


def _deleted(desk: Desk) -> list[User]:
    return [user for user in desk.users.values() if not user.active and user.forgotten_at is None]


def _find(desk: Desk, call: Call) -> User:
    user = found(desk.users.get(call.id()))
    if user.active or user.forgotten_at is not None:
        raise Refusal.not_found()
    return user


_HERE = f"{API}/deleted_users"
_READ, _WRITE = "users:read", "users:write"

ROUTES: tuple[Route, ...] = (
    Route(method="PUT", template=f"{API}/users/{{id}}/merge", handler=merge, scope=_WRITE),
    Route(method="GET", template=_HERE, handler=list_deleted, scope=_READ),
    Route(method="GET", template=f"{_HERE}/count", handler=count_deleted, scope=_READ),
    Route(method="GET", template=f"{_HERE}/{{id}}", handler=show_deleted, scope=_READ),
    Route(
        method="DELETE",
        template=f"{_HERE}/{{id}}",
        handler=forget,
        scope=_WRITE,
        bucket="deleted-users-destroy",
        admins_only=True,
    ),
    Route(
        method="GET",
        template=f"{API}/users/{{id}}/compliance_deletion_statuses",
        handler=list_compliance,
        scope=_READ,
        admins_only=True,
    ),
)
