"""Who the caller is in Zendesk, and the users of the account: list, get, create, update, delete."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.client import querytext
from atom_zendesk_plugin.desk import checks, cursors
from atom_zendesk_plugin.desk.custom_fields import CustomFields
from atom_zendesk_plugin.desk.listing import Listing, collect
from atom_zendesk_plugin.desk.vocabulary import ROLES, one_of
from atom_zendesk_plugin.errors import InvalidInput
from atom_zendesk_plugin.records import User

if TYPE_CHECKING:
    from atom_zendesk_plugin.client.api import ZendeskClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Myself:
    """A Zendesk user, and whether it is the caller in person (``own``) or the service account that works for them."""

    user: User
    own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """Finds the caller among Zendesk's users. ``own``: the client works with the caller's own grant."""

    client: ZendeskClient
    caller: Caller
    own: bool = False

    def find(self) -> Myself:
        """Return whose grant it is, else the user with the caller's verified e-mail address, else the service account's."""
        if self.own:
            return Myself(user=self.client.users.me(), own=True)
        address = self.caller.email.strip().lower() if self.caller.email and self.caller.email_verified else None
        if address:
            for user in self.client.users.search(query=querytext.clause("email", address)):
                # Search also finds addresses that merely contain this one.
                if (user.email or "").lower() == address:
                    return Myself(user=user, own=True)
        return Myself(user=self.client.users.me(), own=False)


_CHECKS: Mapping[str, Callable[[object, str], object]] = {
    "name": checks.line,
    "email": checks.email,
    "phone": checks.line,
    "role": lambda value, field: one_of(value, ROLES, field),
    "organization_id": checks.identifier,
    "external_id": checks.line,
    "tags": checks.tags,
    "verified": checks.switch,
    "suspended": checks.switch,
    "time_zone": checks.line,
    "notes": checks.prose,
    "custom_fields": checks.named_fields,
}
_CLEARED: Mapping[str, object] = {
    "phone": None, "organization_id": None, "external_id": None, "tags": [], "notes": "",
}  # fmt: skip


def new_user(given: Mapping[str, object]) -> dict[str, object]:
    """Return the fields of a user to create; a value of None counts as absent. Raises InvalidInput."""
    present = {key: value for key, value in given.items() if value is not None}
    return checks.fields(present, _CHECKS, {}, "a user")


def user_changes(changes: Mapping[str, object]) -> dict[str, object]:
    """Return what an update of a user sends; None clears. Raises InvalidInput."""
    fields = checks.fields(changes, _CHECKS, _CLEARED, "a user")
    if not fields:
        raise InvalidInput("Nothing to change: give at least one field.", accepted=sorted(_CHECKS))
    return fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Users:
    """The users of one caller's desk."""

    client: ZendeskClient
    custom: CustomFields

    def list(self, *, limit: int = 30, role: str | None = None, cursor: str | None = None) -> Listing[User]:
        """Return up to ``limit`` (1..1000) users by id, with their organizations; ``role`` is end-user, agent or admin."""
        role = None if role is None else one_of(role, ROLES, "role")
        return collect(
            lambda size, after: self.client.users.page(size=size, cursor=after, role=role, include=("organizations",)),
            limit=checks.limit(limit), cursor=cursor, scope=cursors.scope_of("users", role=role),
        )  # fmt: skip

    def get(self, user_id: int) -> User:
        """Return one user. Raises ZendeskNotFound."""
        return self.client.users.get(checks.identifier(user_id, "user_id")).record

    def create(
        self,
        *,
        name: str,
        email: str | None = None,
        phone: str | None = None,
        role: str = "end-user",
        organization_id: int | None = None,
        external_id: str | None = None,
        tags: Sequence[str] | None = None,
        verified: bool | None = None,
        suspended: bool | None = None,
        time_zone: str | None = None,
        notes: str | None = None,
        custom_fields: Mapping[str, object] | None = None,
    ) -> User:
        """Create a user. An e-mail address that is taken raises ZendeskInvalid with DuplicateValue for ``email``.

        ``custom_fields`` takes keys or titles and values, ``{"job_title": "Baker"}``, checked against the account's user fields. Zendesk
        sends a verification mail unless ``verified`` is True. Never repeated by itself: OutcomeUnknown means look first.
        """
        given = {
            "name": name, "email": email, "phone": phone, "role": role, "organization_id": organization_id,
            "external_id": external_id, "tags": tags, "verified": verified, "suspended": suspended, "time_zone": time_zone, "notes": notes,
            "custom_fields": custom_fields,
        }  # fmt: skip
        return self.client.users.create(self.custom.of_kind("users", new_user(given)))

    def update(self, user_id: int, changes: Mapping[str, object]) -> User:
        """Change a user: fields left out stay as they are, None clears. A new ``email`` is added beside the primary one."""
        fields = user_changes(changes)
        return self.client.users.update(checks.identifier(user_id, "user_id"), self.custom.of_kind("users", fields))

    def delete(self, user_id: int) -> None:
        """Delete a user (Zendesk keeps the record, inactive and without address). Raises ZendeskNotFound."""
        self.client.users.delete(checks.identifier(user_id, "user_id"))
