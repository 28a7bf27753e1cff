"""The rules of writing people: users with their identities, organizations, groups and who belongs where.

Functions take the desk, what the client sent and the moment; they change the desk or raise ``Refusal`` having changed
nothing.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from atom_zendesk_plugin.simulator.exchange import Json, Refusal
from atom_zendesk_plugin.simulator.intake import (
    invalid,
    read_choice,
    read_flag,
    read_id,
    read_tags,
    read_text,
    read_time,
    shown,
)
from atom_zendesk_plugin.simulator.objects import Identity, Membership, Role, Status, User
from atom_zendesk_plugin.simulator.profile_values import read_values
from atom_zendesk_plugin.simulator.state import Desk

_ROLES: Final = tuple(role.value for role in Role)
_RESTRICTIONS: Final = ("organization", "groups", "assigned", "requested")
_EMAIL: Final = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+")
_TEXTS: Final = ("phone", "alias", "details", "notes", "signature", "time_zone", "iana_time_zone", "locale")
_FLAGS: Final = ("verified", "suspended", "moderator", "only_private_comments")


def create_user(desk: Desk, data: Json, *, at: datetime) -> User:
    """Add a user. Needs a name; e-mail and external id must be free."""
    values = _user_values(desk, data, user=None)
    if not values.get("name"):
        raise invalid("name", "Name: is too short (minimum one character)", "ValueTooShort")
    email = read_email(data)
    _check_free_email(desk, email, owner=None)
    role = values.pop("role", Role.END_USER)
    user = User(id=desk.new_id(), role=role, created_at=at, updated_at=at, email=email, **values)
    if user.role is Role.END_USER and user.ticket_restriction is None:
        user.ticket_restriction = "requested"
    user.moderator = user.moderator or user.role is Role.ADMIN
    desk.keep_earlier(user, existed=False)
    desk.users[user.id] = user
    if email:
        add_identity(desk, user, kind="email", value=email, verified=user.verified, at=at)
    if user.phone:
        add_identity(desk, user, kind="phone_number", value=user.phone, verified=False, at=at)
    if user.external_id:
        desk.user_by_external_id[user.external_id.lower()] = user.id
    if user.organization_id is not None:
        join_organization(desk, user, user.organization_id, at=at, default=True)
    if user.is_staff:
        _join_some_group(desk, user, at=at)
    return user


def update_user(desk: Desk, user: User, data: Json, *, at: datetime) -> None:
    """Change a user. An e-mail that is new becomes a second identity; the primary one stays."""
    values = _user_values(desk, data, user=user)
    if "name" in data and not values.get("name"):
        raise invalid("name", "Name: is too short (minimum one character)", "ValueTooShort")
    email = read_email(data)
    _check_free_email(desk, email, owner=user)
    desk.keep_earlier(user)
    if "external_id" in values:
        if user.external_id:
            desk.user_by_external_id.pop(user.external_id.lower(), None)
        if values["external_id"]:
            desk.user_by_external_id[values["external_id"].lower()] = user.id
    moved_to = values.pop("organization_id", user.organization_id)
    for name, value in values.items():
        setattr(user, name, value)
    if user.is_staff and user.ticket_restriction == "requested" and "ticket_restriction" not in values:
        user.ticket_restriction = None
    if moved_to != user.organization_id:
        _move_organization(desk, user, moved_to, at=at)
    if email and desk.find_user_by_email(email) is None:
        add_identity(desk, user, kind="email", value=email, verified=False, at=at)
    if user.is_staff:
        _join_some_group(desk, user, at=at)
    else:
        for membership in desk.group_memberships.of_user(user.id):
            leave_group(desk, membership)
    user.updated_at = at


def find_matching_user(desk: Desk, data: Json) -> User | None:
    """Return whom ``create_or_update`` means: by id, else external id, else e-mail."""
    number = read_id(data, "id")
    if number is not None and number in desk.users and desk.users[number].active:
        return desk.users[number]
    external_id = read_text(data, "external_id")
    found = desk.find_user_by_external_id(external_id) if external_id else None
    if found is None and (email := read_email(data)):
        found = desk.find_user_by_email(email)
    return found


def delete_user(desk: Desk, user: User, *, at: datetime) -> None:
    """Make a user inactive: addresses are freed, memberships end. Unsolved tickets of an agent prevent it."""
    unsolved = (Status.NEW, Status.OPEN, Status.PENDING, Status.HOLD)
    if any(ticket.status in unsolved for ticket in desk.index.having("assignee", user.id)):
        raise invalid("base", "User: is assigned to tickets that are not solved; assign them to somebody else first")
    desk.keep_earlier(user)
    for identity in user.identities:
        if identity.kind == "email":
            desk.user_by_email.pop(identity.value.lower(), None)
    if user.external_id:
        desk.user_by_external_id.pop(user.external_id.lower(), None)
    for memberships in (desk.group_memberships, desk.organization_memberships):
        for membership in memberships.of_user(user.id):
            memberships.remove(membership)
    user.identities, user.email, user.active = (), None, False
    user.organization_id = user.default_group_id = user.external_id = None
    user.updated_at = at


def add_identity(desk: Desk, user: User, *, kind: str, value: str, verified: bool, at: datetime) -> Identity:
    """Give a user another address. The caller has checked that it is free."""
    first = not any(identity.kind == kind for identity in user.identities)
    identity = Identity(
        id=desk.new_id(),
        user_id=user.id,
        kind=kind,
        value=value,
        primary=first,
        verified=verified,
        created_at=at,
        updated_at=at,
    )
    user.identities = (*user.identities, identity)
    if kind == "email":
        desk.user_by_email[value.lower()] = user.id
        if first:
            user.email = value
    return identity


def remove_identity(desk: Desk, user: User, identity: Identity) -> None:
    user.identities = tuple(kept for kept in user.identities if kept is not identity)
    if identity.kind == "email":
        desk.user_by_email.pop(identity.value.lower(), None)
        if identity.primary:
            user.email = None


def make_primary(user: User, identity: Identity) -> None:
    for kept in user.identities:
        if kept.kind == identity.kind:
            kept.primary = kept is identity
    if identity.kind == "email":
        user.email = identity.value


def read_email(data: Json) -> str | None:
    email = read_text(data, "email")
    if email is not None and not _EMAIL.fullmatch(email):
        raise invalid("email", f"Email:  {shown(email)} is not properly formatted")
    return email


def join_organization(
    desk: Desk, user: User, organization_id: int, *, at: datetime, default: bool = False
) -> Membership:
    """Make a user a member; the first membership is always the default one."""
    theirs = desk.organization_memberships.of_user(user.id)
    chosen = default or not any(membership.default for membership in theirs)
    if chosen:
        for membership in theirs:
            membership.default = False
        user.organization_id, user.updated_at = organization_id, at
    found = desk.organization_memberships.find(user.id, organization_id)
    if found is None:
        found = _membership(desk, user, organization_id, at=at)
        desk.organization_memberships.add(found)
    found.default = chosen
    return found


def leave_organization(desk: Desk, membership: Membership) -> None:
    """End a membership; another one becomes the default when the default ended."""
    desk.organization_memberships.remove(membership)
    user = desk.users[membership.user_id]
    if user.organization_id == membership.of_id:
        left = desk.organization_memberships.of_user(user.id)
        for other in left[:1]:
            other.default = True
        user.organization_id = left[0].of_id if left else None
        user.updated_at = desk.now()


def join_group(desk: Desk, user: User, group_id: int, *, at: datetime, default: bool = False) -> Membership:
    """Put an agent into a group; the first group is always the default one."""
    theirs = desk.group_memberships.of_user(user.id)
    chosen = default or not theirs
    if chosen:
        for membership in theirs:
            membership.default = False
        user.default_group_id, user.updated_at = group_id, at
    found = desk.group_memberships.find(user.id, group_id)
    if found is None:
        found = _membership(desk, user, group_id, at=at)
        desk.group_memberships.add(found)
    found.default = chosen
    return found


def leave_group(desk: Desk, membership: Membership) -> None:
    desk.group_memberships.remove(membership)
    user = desk.users[membership.user_id]
    if user.default_group_id == membership.of_id:
        left = desk.group_memberships.of_user(user.id)
        for other in left[:1]:
            other.default = True
        user.default_group_id = left[0].of_id if left else None
        user.updated_at = desk.now()


def _user_values(desk: Desk, data: Json, *, user: User | None) -> dict[str, Any]:
    """Read and check every field but the e-mail; only fields that were sent are in the answer."""
    values: dict[str, Any] = {}
    if "name" in data:
        values["name"] = read_text(data, "name")
    for name in _TEXTS:
        if name in data:
            values[name] = read_text(data, name)
    for name in ("time_zone", "iana_time_zone", "locale"):
        if name in values and values[name] is None:
            del values[name]
    for name in _FLAGS:
        if name in data:
            values[name] = read_flag(data, name)
    if role := read_choice(data, "role", _ROLES):
        values["role"] = Role(role)
    if "ticket_restriction" in data:
        values["ticket_restriction"] = read_choice(data, "ticket_restriction", _RESTRICTIONS)
    if "tags" in data:
        values["tags"] = read_tags(data["tags"])
    if "last_login_at" in data:
        values["last_login_at"] = read_time(data, "last_login_at")
    if "user_fields" in data:
        old = user.user_fields if user else {}
        values["user_fields"] = read_values(old, data, "user_fields", rows=desk.config.user_fields.values())
    values |= _references(desk, data)
    if "external_id" in data:
        values["external_id"] = _free_external_id(desk, data, owner=user)
    return values


def _references(desk: Desk, data: Json) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if "organization_id" in data:
        organization_id = read_id(data, "organization_id")
        if organization_id is not None and organization_id not in desk.organizations:
            raise invalid("organization_id", "Organization: does not exist")
        values["organization_id"] = organization_id
    if "default_group_id" in data:
        group_id = read_id(data, "default_group_id")
        if group_id is not None and (group_id not in desk.groups or desk.groups[group_id].deleted):
            raise invalid("default_group_id", "Default group: does not exist")
        values["default_group_id"] = group_id
    return values


def _free_external_id(desk: Desk, data: Json, *, owner: User | None) -> str | None:
    external_id = read_text(data, "external_id")
    taken = desk.find_user_by_external_id(external_id) if external_id else None
    if taken is not None and taken is not owner:
        raise invalid("external_id", "External: has already been taken", "DuplicateValue")
    return external_id


def _check_free_email(desk: Desk, email: str | None, *, owner: User | None) -> None:
    taken = desk.find_user_by_email(email) if email else None
    if taken is not None and taken is not owner:
        raise Refusal.invalid(email=(f"Email: {email} is already being used by another user", "DuplicateValue"))


def _move_organization(desk: Desk, user: User, organization_id: int | None, *, at: datetime) -> None:
    current = (
        desk.organization_memberships.find(user.id, user.organization_id) if user.organization_id is not None else None
    )
    if current is not None:
        desk.organization_memberships.remove(current)
    user.organization_id = None
    if organization_id is not None:
        join_organization(desk, user, organization_id, at=at, default=True)


def _join_some_group(desk: Desk, user: User, *, at: datetime) -> None:
    """Staff always sit in a group: the one named as their default, else the account's default one."""
    wanted = user.default_group_id
    if wanted is None and not desk.group_memberships.of_user(user.id):
        wanted = next((group.id for group in desk.active_groups() if group.default), None)
    if wanted is not None:
        join_group(desk, user, wanted, at=at, default=True)


def _membership(desk: Desk, user: User, of_id: int, *, at: datetime) -> Membership:
    return Membership(id=desk.new_id(), user_id=user.id, of_id=of_id, default=False, created_at=at, updated_at=at)
