"""Deleted users: those deactivated, until they are removed for good with everything personal about them."""

from __future__ import annotations

from atom_zendesk_plugin.client.pagination import Reading
from atom_zendesk_plugin.client.resources.base import Key, count_in, numbered, path
from atom_zendesk_plugin.client.resources.verbs import Readable
from atom_zendesk_plugin.records import Record, User


class DeletedUsers(Readable[User]):
    """``/api/v2/deleted_users``."""

    root, single, kind = "deleted_users", "deleted_user", User

    def count(self) -> int:
        """Return how many there are."""
        return count_in(self._caller.request("GET", self._path("count")))

    def purge(self, user_id: Key) -> User:
        """Remove a deleted user for good, and return what was left. Zendesk allows 700 in ten minutes."""
        return self._read(self._caller.request("DELETE", self._path(user_id)))

    def progress(self, user_id: Key) -> Reading[Record]:
        """Read how far each Zendesk product is with removing a user."""
        where = path("users", user_id, "compliance_deletion_statuses")
        return numbered(self._caller, where, "compliance_deletion_statuses", Record).records(size=100)
