"""Users: one by one, listed, and found by what they are called."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from atom_zendesk_plugin.simulator.directory import create_user, delete_user, find_matching_user, update_user
from atom_zendesk_plugin.simulator.exchange import Answer, Call, Refusal, Route
from atom_zendesk_plugin.simulator.intake import bad_attribute, id_list, name_list, wrapped
from atom_zendesk_plugin.simulator.lifecycle import update_ticket
from atom_zendesk_plugin.simulator.objects import SYSTEM_AUTHOR, Act, Role, Status, User
from atom_zendesk_plugin.simulator.paging import paginate
from atom_zendesk_plugin.simulator.query import parse
from atom_zendesk_plugin.simulator.query_people import record_test
from atom_zendesk_plugin.simulator.render.people import render_nobody, render_user
from atom_zendesk_plugin.simulator.render.sideloads import beside_users
from atom_zendesk_plugin.simulator.routes.frame import API, counted, created, found
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.visibility import actor_of, check_may_manage


def list_users(desk: Desk, call: Call) -> Answer:
    return _page(desk, call, _filtered(desk, call, desk.active_users()))


def count_users(desk: Desk, call: Call) -> Answer:
    return counted(desk, len(_filtered(desk, call, desk.active_users())))


def users_of_group(desk: Desk, call: Call) -> Answer:
    group = found(desk.groups.get(call.id()))
    ids = sorted(membership.user_id for membership in desk.group_memberships.within(group.id))
    return _page(desk, call, _filtered(desk, call, [desk.users[user_id] for user_id in ids]))


def users_of_organization(desk: Desk, call: Call) -> Answer:
    organization = found(desk.organizations.get(call.id()))
    ids = sorted(membership.user_id for membership in desk.organization_memberships.within(organization.id))
    return _page(desk, call, _filtered(desk, call, [desk.users[user_id] for user_id in ids]))


def count_users_of_group(desk: Desk, call: Call) -> Answer:
    return counted(desk, len(desk.group_memberships.within(found(desk.groups.get(call.id())).id)))


def count_users_of_organization(desk: Desk, call: Call) -> Answer:
    return counted(desk, len(desk.organization_memberships.within(found(desk.organizations.get(call.id())).id)))


def show_user(desk: Desk, call: Call) -> Answer:
    """Deleted users can still be shown: inactive, without their address."""
    user = found(desk.users.get(call.id()))
    return Answer(200, {"user": render_user(desk, call, user), **beside_users(desk, call)([user])})


def show_me(desk: Desk, call: Call) -> Answer:
    """Answer 200 with an anonymous user where there are no good credentials, as the service does."""
    token = hashlib.sha256(f"{desk.seed}/{call.actor_id}/{desk.now().isoformat()}".encode()).hexdigest()
    if call.actor_id is None:
        return Answer(200, {"user": render_nobody(token)})
    user = actor_of(desk, call)
    return Answer(200, {"user": {**render_user(desk, call, user), "authenticity_token": token}})


def show_many(desk: Desk, call: Call) -> Answer:
    if "external_ids" in call.params:
        named = (desk.find_user_by_external_id(name) for name in name_list(call, "external_ids"))
    else:
        named = (desk.users.get(user_id) for user_id in id_list(call))
    rows = {user.id: user for user in named if user is not None}
    return _page(desk, call, [rows[user_id] for user_id in sorted(rows)])


def post_user(desk: Desk, call: Call) -> Answer:
    data = wrapped(call, "user")
    check_may_manage(desk, call, None, data)
    user = create_user(desk, data, at=desk.now())
    return created("user", render_user(desk, call, user))


def put_user(desk: Desk, call: Call) -> Answer:
    user = _active(desk, call.id())
    data = wrapped(call, "user")
    check_may_manage(desk, call, user, data)
    update_user(desk, user, data, at=desk.now())
    return Answer(200, {"user": render_user(desk, call, user)})


def create_or_update(desk: Desk, call: Call) -> Answer:
    data = wrapped(call, "user")
    user = find_matching_user(desk, data)
    check_may_manage(desk, call, user, data)
    if user is None:
        return created("user", render_user(desk, call, create_user(desk, data, at=desk.now())))
    update_user(desk, user, data, at=desk.now())
    row = render_user(desk, call, user)
    return Answer(200, {"user": row}, {"location": row["url"]})


def remove_user(desk: Desk, call: Call) -> Answer:
    """Answer with the user, inactive now; nobody can remove themselves or the account's owner."""
    user = _active(desk, call.id())
    check_may_manage(desk, call, user)
    if user.id in (call.actor_id, desk.admin_id):
        raise Refusal.invalid(base="User: you cannot delete yourself or the owner of the account")
    _close_assignments(desk, user)
    delete_user(desk, user, at=desk.now())
    return Answer(200, {"user": render_user(desk, call, user)})


def search_users(desk: Desk, call: Call) -> Answer:
    """Find by ``external_id``, or by a query in the search language; bare words are looked for everywhere."""
    external_id = call.params.get("external_id")
    if external_id is not None:
        user = desk.find_user_by_external_id(external_id)
        return _page(desk, call, [user] if user else [])
    text = call.params.get("query")
    if text is None:
        raise bad_attribute("query", "is missing")
    query = parse(text)
    if query.kinds is not None and "user" not in query.kinds:
        return _page(desk, call, [])
    test = record_test(desk, query, "user")
    return _page(desk, call, [user for user in desk.active_users() if test(user)])


def autocomplete(desk: Desk, call: Call) -> Answer:
    """Return users in whose name a word begins with the text, or whose e-mail address does."""
    start = call.params.get("name", "").strip().lower()
    if len(start) < 2:
        raise bad_attribute("name", "must have two characters or more")
    rows = [
        user
        for user in desk.active_users()
        if f" {user.name.lower()}".find(f" {start}") >= 0 or (user.email or "").lower().startswith(start)
    ]
    return _page(desk, call, rows)


def show_related(desk: Desk, call: Call) -> Answer:
    user = found(desk.users.get(call.id()))
    related = {
        "assigned_tickets": desk.index.size("assignee", user.id),
        "requested_tickets": desk.index.size("requester", user.id),
        "ccd_tickets": desk.index.size("cc", user.id),
        "organization_subscriptions": 0,
    }
    return Answer(200, {"user_related": related})


def _page(desk: Desk, call: Call, rows: Sequence[User]) -> Answer:
    return paginate(
        call,
        rows,
        key="users",
        render=lambda user: render_user(desk, call, user),
        identity=lambda user: user.id,
        sorts={"name": lambda user: user.name, "created_at": lambda user: user.created_at},
        extra=beside_users(desk, call),
        presorted=True,
    )


def _filtered(desk: Desk, call: Call, rows: list[User]) -> list[User]:
    """Apply ``role``, ``role[]`` and ``external_id``; an unknown role finds nobody."""
    roles = {*call.params.getlist("role"), *call.params.getlist("role[]")}
    if roles:
        rows = [user for user in rows if user.role in roles]
    external_id = call.params.get("external_id")
    if external_id is not None:
        rows = [user for user in rows if (user.external_id or "").lower() == external_id.lower()]
    return rows


def _active(desk: Desk, user_id: int) -> User:
    user = found(desk.users.get(user_id))
    if not user.active:
        raise Refusal.not_found()
    return user


def _close_assignments(desk: Desk, user: User) -> None:
    """Solved tickets of an agent who leaves close; ``delete_user`` refuses unsolved ones."""
    if user.role is Role.END_USER:
        return
    act = Act(actor_id=SYSTEM_AUTHOR, at=desk.now(), channel="rule")
    mine = desk.index.having("assignee", user.id)
    if all(ticket.status in (Status.SOLVED, Status.CLOSED) for ticket in mine):
        for ticket in mine:
            if ticket.status is Status.SOLVED:
                update_ticket(desk, ticket, {"status": "closed"}, act=act)


_READ, _WRITE, _BUCKET = "users:read", "users:write", "create-update-user"

ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=f"{API}/users", handler=list_users, scope=_READ),
    Route(method="POST", template=f"{API}/users", handler=post_user, scope=_WRITE),
    Route(
        method="GET",
        template=f"{API}/users/me",
        handler=show_me,
        scope=_READ,
        agents_only=False,
        anonymous=True,
    ),
    Route(method="GET", template=f"{API}/users/count", handler=count_users, scope=_READ),
    Route(method="GET", template=f"{API}/users/search", handler=search_users, scope=_READ),
    Route(method="GET", template=f"{API}/users/autocomplete", handler=autocomplete, scope=_READ),
    Route(method="GET", template=f"{API}/users/show_many", handler=show_many, scope=_READ),
    Route(
        method="POST",
        template=f"{API}/users/create_or_update",
        handler=create_or_update,
        scope=_WRITE,
        bucket=_BUCKET,
    ),
    Route(method="GET", template=f"{API}/users/{{id}}", handler=show_user, scope=_READ),
    Route(method="PUT", template=f"{API}/users/{{id}}", handler=put_user, scope=_WRITE, bucket=_BUCKET),
    Route(method="DELETE", template=f"{API}/users/{{id}}", handler=remove_user, scope=_WRITE),
    Route(method="GET", template=f"{API}/users/{{id}}/related", handler=show_related, scope=_READ),
    Route(method="GET", template=f"{API}/groups/{{id}}/users/count", handler=count_users_of_group, scope=_READ),
    Route(
        method="GET",
        template=f"{API}/organizations/{{id}}/users/count",
        handler=count_users_of_organization,
        scope=_READ,
    ),
    Route(method="GET", template=f"{API}/groups/{{id}}/users", handler=users_of_group, scope=_READ),
    Route(method="GET", template=f"{API}/organizations/{{id}}/users", handler=users_of_organization, scope=_READ),
)
