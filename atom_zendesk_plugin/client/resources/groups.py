"""Groups of agents."""

from __future__ import annotations

from collections.abc import Iterator

from atom_zendesk_plugin.client.pagination import Page, Reading
from atom_zendesk_plugin.client.resources.base import Fields, count_in, listing
from atom_zendesk_plugin.client.resources.verbs import Shown, SlowMoving
from atom_zendesk_plugin.records import Group, User


class Groups(Shown[Group], SlowMoving[Group]):
    """``/api/v2/groups``."""

    root, single, kind = "groups", "group", Group

    def page(self, *, size: int = 100, cursor: str | None = None) -> Page[Group]:
        """Return one page."""
        return self._listing().page(size=size, cursor=cursor)

    def pages(self, *, size: int = 100) -> Iterator[Page[Group]]:
        """Read all groups a page at a time."""
        return self._listing().pages(size=size)

    def list(self, *, size: int = 100) -> Reading[Group]:
        """Read all groups, one at a time."""
        return self._listing().records(size=size)

    def assignable(self) -> Reading[Group]:
        """Read the groups that tickets can be given to by the connected agent."""
        return self._listing(self._path("assignable")).records(size=100)

    def create(self, fields: Fields) -> Group:
        """Make a group; ``fields`` needs ``name``. ``is_public`` false makes it private, which can't be undone."""
        return self._read(self._create(fields))

    def update(self, group_id: int, changes: Fields) -> Group:
        """Change a group."""
        return self._read(self._update(group_id, changes))

    def delete(self, group_id: int) -> None:
        """Delete a group; its open tickets are left without one."""
        self._delete(group_id)

    def count(self) -> int:
        """Return about how many groups there are."""
        return count_in(self._caller.request("GET", self._path("count")))

    def users(self, group_id: int) -> Reading[User]:
        """Read the agents of a group."""
        return listing(self._caller, self._path(group_id, "users"), "users", User).records(size=100)

    def user_count(self, group_id: int) -> int:
        """Return how many agents a group has."""
        return count_in(self._caller.request("GET", self._path(group_id, "users", "count")))
