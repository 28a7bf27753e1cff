"""Where people belong: organizations of end users, and groups of agents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from atom_zendesk_plugin.client.pagination import Page
from atom_zendesk_plugin.client.resources.base import Fields, Kind, record_in
from atom_zendesk_plugin.records import Group, Organization


class Organizations(Kind[Organization]):
    """``/api/v2/organizations``."""

    root, single, kind = "organizations", "organization", Organization

    def page(self, *, size: int = 100, cursor: str | None = None, include: Sequence[str] = ()) -> Page[Organization]:
        """Return one page."""
        return self._listing().page(size=size, cursor=cursor, params={"include": include})

    def pages(self, *, size: int = 100, include: Sequence[str] = ()) -> Iterator[Page[Organization]]:
        """Read all organizations a page at a time."""
        return self._listing().pages(size=size, params={"include": include})

    def list(self, *, size: int = 100, include: Sequence[str] = ()) -> Iterator[Organization]:
        """Read all organizations, one at a time."""
        return self._listing().records(size=size, params={"include": include})

    def show_many(self, ids: Iterable[int], *, include: Sequence[str] = ()) -> Page[Organization]:
        """Return the organizations with these ids, any number of them, in this order; those Zendesk doesn't show are left out."""
        return self._show_many(ids, include)

    def create(self, fields: Fields) -> Organization:
        """Make an organization. Raises ZendeskInvalid (``DuplicateValue``) when the name is taken."""
        return record_in(self._create(fields), "organization", Organization.parse)

    def update(self, organization_id: int, changes: Fields) -> Organization:
        """Change an organization. ``domain_names`` replaces the whole list."""
        return record_in(self._update(organization_id, changes), "organization", Organization.parse)

    def delete(self, organization_id: int) -> None:
        """Delete an organization; its users and tickets lose it."""
        self._delete(organization_id)


class Groups(Kind[Group]):
    """``/api/v2/groups``."""

    root, single, kind = "groups", "group", Group

    def page(self, *, size: int = 100, cursor: str | None = None) -> Page[Group]:
        """Return one page."""
        return self._listing().page(size=size, cursor=cursor)

    def pages(self, *, size: int = 100) -> Iterator[Page[Group]]:
        """Read all groups a page at a time."""
        return self._listing().pages(size=size)

    def list(self, *, size: int = 100) -> Iterator[Group]:
        """Read all groups, one at a time."""
        return self._listing().records(size=size)
