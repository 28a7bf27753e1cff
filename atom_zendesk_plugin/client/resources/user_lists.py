"""The lists that start at one user: groups, organizations, tickets by the user's part in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from atom_zendesk_plugin.client.pagination import Page, Reading
from atom_zendesk_plugin.client.resources.base import count_in, listing, path
from atom_zendesk_plugin.client.resources.verbs import Shown
from atom_zendesk_plugin.records import Group, Organization, Ticket, User

Part = Literal["requested", "assigned", "ccd", "followed"]


class UserLists(Shown[User]):
    """What belongs to a user."""

    def groups(self, user_id: int) -> Reading[Group]:
        """Read the groups of an agent."""
        return listing(self._caller, path("users", user_id, "groups"), "groups", Group).records(size=100)

    def group_count(self, user_id: int) -> int:
        """Return how many groups an agent is in."""
        return count_in(self._caller.request("GET", path("users", user_id, "groups", "count")))

    def organizations(self, user_id: int) -> Reading[Organization]:
        """Read the organizations of a user."""
        where = path("users", user_id, "organizations")
        return listing(self._caller, where, "organizations", Organization).records(size=100)

    def organization_count(self, user_id: int) -> int:
        """Return how many organizations a user is in."""
        return count_in(self._caller.request("GET", path("users", user_id, "organizations", "count")))

    def leave_organization(self, user_id: int, organization_id: int) -> None:
        """Take a user out of an organization; the user's open tickets lose it."""
        self._caller.request("DELETE", path("users", user_id, "organizations", organization_id))

    def tickets_page(
        self, user_id: int, part: Part, *, size: int = 100, cursor: str | None = None, include: Sequence[str] = ()
    ) -> Page[Ticket]:
        """Return one page of the tickets a user ``requested``, is ``assigned``, is copied on (``ccd``) or has ``followed``."""
        where = path("users", user_id, "tickets", part)
        return listing(self._caller, where, "tickets", Ticket).page(
            size=size, cursor=cursor, params={"include": include}
        )

    def tickets(self, user_id: int, part: Part, *, include: Sequence[str] = ()) -> Reading[Ticket]:
        """Read the tickets of a user by the part in them; archived ones are left out of ``assigned``."""
        where = path("users", user_id, "tickets", part)
        return listing(self._caller, where, "tickets", Ticket).records(size=100, params={"include": include})

    def ticket_count(self, user_id: int, part: Literal["assigned", "ccd"]) -> int:
        """Return how many tickets a user is assigned, or copied on."""
        return count_in(self._caller.request("GET", path("users", user_id, "tickets", part, "count")))
