"""Operations on users under /api/zendesk."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from atom_zendesk_plugin.desk.values import Email, Id, Line, Prose, Tags
from atom_zendesk_plugin.web.fields import (
    Body,
    Cursor,
    FieldsByName,
    Limit,
    Query,
    Role,
    RoleFilter,
    chosen,
    given,
)
from atom_zendesk_plugin.web.operations import API, Answer, AnyOperation, Call, Operation
from atom_zendesk_plugin.web.present.lists import Deleted
from atom_zendesk_plugin.web.present.people import MeData, UserData, UsersData, me_data, user_data, users_data

TAG = "Users"


class UsersQuery(Query, kw_only=True, frozen=True):
    limit: Limit = 30
    role: RoleFilter | None = None
    cursor: Cursor | None = None


class NewUser(Body, kw_only=True, frozen=True):
    name: Line
    email: Email | None = None
    phone: Line | None = None
    role: Role = "end-user"
    organization_id: Id | None = None
    external_id: Line | None = None
    tags: Tags | None = None
    verified: bool | None = None
    suspended: bool | None = None
    time_zone: Line | None = None
    notes: Prose | None = None
    custom_fields: FieldsByName | None = None


class UserChanges(Body, kw_only=True, frozen=True):
    """Fields left out stay as they are; null clears where Zendesk can."""

    name: Line | UnsetType = UNSET
    email: Email | UnsetType = UNSET
    phone: Line | UnsetType | None = UNSET
    role: Role | UnsetType = UNSET
    organization_id: Id | UnsetType | None = UNSET
    external_id: Line | UnsetType | None = UNSET
    tags: Tags | UnsetType | None = UNSET
    verified: bool | UnsetType = UNSET
    suspended: bool | UnsetType = UNSET
    time_zone: Line | UnsetType = UNSET
    notes: Prose | UnsetType | None = UNSET
    custom_fields: FieldsByName | UnsetType = UNSET


def list_users(call: Call[UsersQuery, Body]) -> Answer:
    query = call.query
    listing = call.desk().users.list(limit=query.limit, role=chosen(query.role), cursor=query.cursor or None)
    return Answer(data=users_data(listing))


def show_user(call: Call[Query, Body]) -> Answer:
    return Answer(data=user_data(call.desk().users.get(call.ids["id"])))


def create_user(call: Call[Query, NewUser]) -> Answer:
    user = call.desk().users.create(**given(call.body))  # type: ignore[arg-type]  # same names
    return Answer(data=user_data(user), status=201, message=f"User {user.id} was created.")


def update_user(call: Call[Query, UserChanges]) -> Answer:
    user = call.desk().users.update(call.ids["id"], given(call.body))
    return Answer(data=user_data(user), message=f"User {user.id} was changed.")


def delete_user(call: Call[Query, Body]) -> Answer:
    call.desk().users.delete(call.ids["id"])
    return Answer(data=Deleted(id=call.ids["id"]), message=f"User {call.ids['id']} was deleted.")


def me(call: Call[Query, Body]) -> Answer:
    return Answer(data=me_data(call.desk().me()))


OPERATIONS: tuple[AnyOperation, ...] = (
    Operation(
        method="GET", path=f"{API}/users", handler=list_users, tag=TAG, query=UsersQuery, body=Body, reply=UsersData,
        summary="List users",
    ),
    Operation(
        method="POST", path=f"{API}/users", handler=create_user, tag=TAG, query=Query, body=NewUser, reply=UserData, status=201,
        summary="Create a user", description="Zendesk sends a verification mail unless `verified` is true.",
        example={"name": "Ann Example", "email": "ann@example.com", "role": "end-user"},
    ),
    Operation(
        method="GET", path=f"{API}/users/{{id}}", handler=show_user, tag=TAG, query=Query, body=Body, reply=UserData,
        summary="Show a user",
    ),
    Operation(
        method="PUT", path=f"{API}/users/{{id}}", handler=update_user, tag=TAG, query=Query, body=UserChanges, reply=UserData,
        summary="Change a user",
        description="Fields left out stay as they are; null clears. A new `email` is added beside the primary address.",
        example={"phone": "+1 555 0100", "tags": ["vip"]},
    ),
    Operation(
        method="DELETE", path=f"{API}/users/{{id}}", handler=delete_user, tag=TAG, query=Query, body=Body, reply=Deleted,
        summary="Delete a user",
    ),
    Operation(
        method="GET", path=f"{API}/me", handler=me, tag=TAG, query=Query, body=Body, reply=MeData,
        summary="Show who you are in Zendesk",
        description="The user with the e-mail address ATOM vouches for, else the service account (`own` is false).",
    ),
)  # fmt: skip
