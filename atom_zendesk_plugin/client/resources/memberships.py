"""Who belongs where: users in groups, users in organizations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from atom_zendesk_plugin.client.pagination import Listing, Page, Reading
from atom_zendesk_plugin.client.resources.base import Fields, job_in, page_in, path, record_in, within_bulk
from atom_zendesk_plugin.client.resources.verbs import Shown
from atom_zendesk_plugin.errors import InvalidInput
from atom_zendesk_plugin.records import GroupMembership, JobStatus, OrganizationMembership, Record

R = TypeVar("R", bound=Record)


class _Memberships(Shown[R]):
    """Memberships of one user, of one group or organization, or all of them."""

    def create(self, fields: Fields) -> R:
        """Put a user into a place; ``fields`` are ``user_id`` and the id of the place. Zendesk refuses one that exists."""
        return self._read(self._create(fields))

    def delete(self, membership_id: int) -> None:
        """Take a user out of a place; the user's working tickets there may be changed by Zendesk."""
        self._delete(membership_id)

    def create_many(self, rows: Sequence[Fields]) -> JobStatus:
        """Start a job that makes up to 100 memberships."""
        within_bulk(rows, field=self.root)
        body = {self.root: [dict(row) for row in rows]}
        return job_in(self._caller.request("POST", self._path("create_many"), json=body))

    def delete_many(self, ids: Sequence[int]) -> JobStatus:
        """Start a job that ends up to 100 memberships."""
        within_bulk(ids, field="ids")
        return job_in(self._caller.request("DELETE", self._path("destroy_many"), params={"ids": ids}))

    def make_default(self, user_id: int, membership_id: int) -> tuple[R, ...]:
        """Make a membership the user's default, and return all of the user's memberships."""
        where = path("users", user_id, self.root, membership_id, "make_default")
        return page_in(self._listing(where), self._caller.request("PUT", where, json={})).records

    def _of(self, user_id: int | None, place: tuple[str, int | None, str]) -> Listing[R]:
        collection, place_id, tail = place
        if user_id is not None and place_id is not None:
            raise InvalidInput("Ask for the memberships of one user or of one place, not of both.", field="user_id")
        if user_id is not None:
            return self._listing(path("users", user_id, self.root))
        return self._listing(None if place_id is None else path(collection, place_id, tail))


class GroupMemberships(_Memberships[GroupMembership]):
    """``/api/v2/group_memberships``."""

    root, single, kind = "group_memberships", "group_membership", GroupMembership

    def page(
        self, *, user_id: int | None = None, group_id: int | None = None, size: int = 100, cursor: str | None = None
    ) -> Page[GroupMembership]:
        """Return one page."""
        return self._of(user_id, ("groups", group_id, "memberships")).page(size=size, cursor=cursor)

    def list(self, *, user_id: int | None = None, group_id: int | None = None) -> Reading[GroupMembership]:
        """Read all of them, one at a time."""
        return self._of(user_id, ("groups", group_id, "memberships")).records(size=100)

    def assignable(self, *, group_id: int | None = None) -> Reading[GroupMembership]:
        """Read the memberships of agents that tickets can be given to, of all groups or of one."""
        where = self._path("assignable") if group_id is None else path("groups", group_id, "memberships", "assignable")
        return self._listing(where).records(size=100)


class OrganizationMemberships(_Memberships[OrganizationMembership]):
    """``/api/v2/organization_memberships``."""

    root, single, kind = "organization_memberships", "organization_membership", OrganizationMembership

    def page(
        self,
        *,
        user_id: int | None = None,
        organization_id: int | None = None,
        size: int = 100,
        cursor: str | None = None,
    ) -> Page[OrganizationMembership]:
        """Return one page."""
        return self._of(user_id, ("organizations", organization_id, self.root)).page(size=size, cursor=cursor)

    def list(
        self, *, user_id: int | None = None, organization_id: int | None = None
    ) -> Reading[OrganizationMembership]:
        """Read all of them, one at a time."""
        return self._of(user_id, ("organizations", organization_id, self.root)).records(size=100)

    def make_organization_default(self, user_id: int, organization_id: int) -> OrganizationMembership:
        """Make an organization the user's default, by its own id instead of the membership's."""
        where = path("users", user_id, "organizations", organization_id, "make_default")
        reply = self._caller.request("PUT", where, json={})
        return record_in(reply, self.single, OrganizationMembership.parse)
