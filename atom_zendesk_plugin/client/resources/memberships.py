"""Who belongs where: users in groups, users in organizations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

from atom_zendesk_plugin.client.pagination import Caller, Listing, Page
from atom_zendesk_plugin.client.resources.base import listing, path
from atom_zendesk_plugin.errors import InvalidInput
from atom_zendesk_plugin.records import GroupMembership, OrganizationMembership, Record

R = TypeVar("R", bound=Record)


class _Memberships(Generic[R]):
    """Memberships of one user, of one group or organization, or all of them."""

    key: str
    kind: type[R]

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def _of(self, user_id: int | None, place: tuple[str, int | None, str]) -> Listing[R]:
        collection, place_id, tail = place
        if user_id is not None and place_id is not None:
            raise InvalidInput("Ask for the memberships of one user or of one place, not of both.", field="user_id")
        where = path(self.key)
        if user_id is not None:
            where = path("users", user_id, self.key)
        elif place_id is not None:
            where = path(collection, place_id, tail)
        return listing(self._caller, where, self.key, self.kind)


class GroupMemberships(_Memberships[GroupMembership]):
    """``/api/v2/group_memberships``."""

    key, kind = "group_memberships", GroupMembership

    def page(
        self, *, user_id: int | None = None, group_id: int | None = None, size: int = 100, cursor: str | None = None
    ) -> Page[GroupMembership]:
        """Return one page."""
        return self._of(user_id, ("groups", group_id, "memberships")).page(size=size, cursor=cursor)

    def list(self, *, user_id: int | None = None, group_id: int | None = None) -> Iterator[GroupMembership]:
        """Read all of them, one at a time."""
        return self._of(user_id, ("groups", group_id, "memberships")).records(size=100)


class OrganizationMemberships(_Memberships[OrganizationMembership]):
    """``/api/v2/organization_memberships``."""

    key, kind = "organization_memberships", OrganizationMembership

    def page(
        self,
        *,
        user_id: int | None = None,
        organization_id: int | None = None,
        size: int = 100,
        cursor: str | None = None,
    ) -> Page[OrganizationMembership]:
        """Return one page."""
        return self._of(user_id, ("organizations", organization_id, self.key)).page(size=size, cursor=cursor)

    def list(
        self, *, user_id: int | None = None, organization_id: int | None = None
    ) -> Iterator[OrganizationMembership]:
        """Read all of them, one at a time."""
        return self._of(user_id, ("organizations", organization_id, self.key)).records(size=100)
