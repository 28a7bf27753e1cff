"""Organizations of end users, their people and tickets, and how two become one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from atom_zendesk_plugin.client.pagination import Page, Reading
from atom_zendesk_plugin.client.resources.base import Fields, Key, count_in, listing, path, record_in
from atom_zendesk_plugin.client.resources.bulk import Bulk
from atom_zendesk_plugin.client.resources.tagging import Tagged
from atom_zendesk_plugin.client.resources.verbs import Shown
from atom_zendesk_plugin.records import Organization, OrganizationMerge, Record, Ticket, User


class Organizations(Shown[Organization], Bulk[Organization], Tagged[Organization]):
    """``/api/v2/organizations``."""

    root, single, kind = "organizations", "organization", Organization

    def page(self, *, size: int = 100, cursor: str | None = None, include: Sequence[str] = ()) -> Page[Organization]:
        """Return one page."""
        return self._listing().page(size=size, cursor=cursor, params={"include": include})

    def pages(self, *, size: int = 100, include: Sequence[str] = ()) -> Iterator[Page[Organization]]:
        """Read all organizations a page at a time."""
        return self._listing().pages(size=size, params={"include": include})

    def list(self, *, size: int = 100, include: Sequence[str] = ()) -> Reading[Organization]:
        """Read all organizations, one at a time."""
        return self._listing().records(size=size, params={"include": include})

    def show_many(self, ids: Iterable[int], *, include: Sequence[str] = ()) -> Page[Organization]:
        """Return the organizations with these ids, any number of them, in this order; those Zendesk doesn't show are left out."""
        return self._show_many(ids, include)

    def create(self, fields: Fields) -> Organization:
        """Make an organization. Raises ZendeskInvalid (``DuplicateValue``) when the name is taken."""
        return self._read(self._create(fields))

    def update(self, organization_id: int, changes: Fields) -> Organization:
        """Change an organization. ``domain_names`` replaces the whole list."""
        return self._read(self._update(organization_id, changes))

    def delete(self, organization_id: int) -> None:
        """Delete an organization; its users and tickets lose it."""
        self._delete(organization_id)

    def create_or_update(self, fields: Fields) -> Organization:
        """Make an organization, or change the one with the same ``id`` or ``external_id``; a ``name`` finds nothing."""
        where = self._path("create_or_update")
        return self._read(self._caller.request("POST", where, json={"organization": dict(fields)}))

    def count(self) -> int:
        """Return about how many there are; above 100,000 Zendesk's number can be a day old."""
        return count_in(self._caller.request("GET", self._path("count")))

    def related(self, organization_id: int) -> Record:
        """Return how many tickets and users an organization has."""
        reply = self._caller.request("GET", self._path(organization_id, "related"))
        return record_in(reply, "organization_related", Record.parse)

    def search(self, *, external_id: str | None = None, name: str | None = None) -> Page[Organization]:
        """Return the organizations with exactly this external id or name, in any case of letters."""
        where = self._path("search")
        reply = self._caller.request("GET", where, params={"external_id": external_id, "name": name})
        return self._listing(where).read(reply)

    def autocomplete(self, name: str) -> Page[Organization]:
        """Return the organizations whose name begins with a text of two or more letters."""
        where = self._path("autocomplete")
        return self._listing(where).read(self._caller.request("GET", where, params={"name": name}))

    def users(self, organization_id: int) -> Reading[User]:
        """Read the users of an organization."""
        return listing(self._caller, self._path(organization_id, "users"), "users", User).records(size=100)

    def user_count(self, organization_id: int) -> int:
        """Return how many users an organization has."""
        return count_in(self._caller.request("GET", self._path(organization_id, "users", "count")))

    def tickets(self, organization_id: int, *, include: Sequence[str] = ()) -> Reading[Ticket]:
        """Read the tickets of an organization, archived ones left out."""
        where = self._path(organization_id, "tickets")
        return listing(self._caller, where, "tickets", Ticket).records(size=100, params={"include": include})

    def ticket_count(self, organization_id: int) -> int:
        """Return how many tickets an organization has."""
        return count_in(self._caller.request("GET", self._path(organization_id, "tickets", "count")))

    def merge(self, organization_id: int, *, into: int) -> OrganizationMerge:
        """Start merging an organization into another one, which keeps its own fields. It can't be undone."""
        reply = self._caller.request(
            "POST", self._path(organization_id, "merge"), json={"organization_merge": {"winner_id": into}}
        )
        return record_in(reply, "organization_merge", OrganizationMerge.parse)

    def merge_status(self, merge_id: Key) -> OrganizationMerge:
        """Return how far a merge is: ``new``, ``in_progress``, ``error`` or ``complete``."""
        reply = self._caller.request("GET", path("organization_merges", merge_id))
        return record_in(reply, "organization_merge", OrganizationMerge.parse)

    def merges(self, organization_id: int) -> Reading[OrganizationMerge]:
        """Read the merges an organization was the loser of."""
        where = self._path(organization_id, "merges")
        return listing(self._caller, where, "organization_merges", OrganizationMerge).records(size=100)
