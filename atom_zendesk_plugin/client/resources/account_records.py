"""Smaller kinds of records that have no more verbs than all: told here by their path and keys alone."""

from __future__ import annotations

from collections.abc import Sequence

from atom_zendesk_plugin.client.pagination import Caller, Reading
from atom_zendesk_plugin.client.resources.base import Key, count_in, listing, path, whole
from atom_zendesk_plugin.client.resources.verbs import Editable, Listed, Readable
from atom_zendesk_plugin.records import Record


class Activities(Readable[Record]):
    """``/api/v2/activities``: what happened around the connected agent in 30 days; filter ``since``."""

    root, single, kind = "activities", "activity", Record

    def count(self) -> int:
        """Return about how many there are."""
        return count_in(self._caller.request("GET", self._path("count")))


class SharingAgreements(Editable[Record]):
    """``/api/v2/sharing_agreements``: with which accounts tickets are shared."""

    root, single, kind, paged = "sharing_agreements", "sharing_agreement", Record, "number"


class AuditLogs(Readable[Record]):
    """``/api/v2/audit_logs``: who changed the account's settings; Enterprise plans."""

    root, single, kind = "audit_logs", "audit_log", Record


class Workspaces(Editable[Record]):
    """``/api/v2/workspaces``: contextual workspaces."""

    root, single, kind, paged = "workspaces", "workspace", Record, "number"

    def reorder(self, ids: Sequence[int]) -> None:
        """Put the workspaces into this order."""
        self._caller.request("PUT", self._path("reorder"), json={"ids": [*ids]})

    def delete_many(self, ids: Sequence[int]) -> None:
        """Delete several at once."""
        self._caller.request("DELETE", self._path("destroy_many"), params={"ids": ids})


class Queues(Editable[Record]):
    """``/api/v2/queues``: omnichannel queues; ids are texts."""

    root, single, kind, paged = "queues", "queue", Record, "number"


class DeletionSchedules(Editable[Record]):
    """``/api/v2/deletion_schedules``: what Zendesk deletes by itself after a time."""

    root, single, kind, paged = "deletion_schedules", "deletion_schedule", Record, "number"


class Bookmarks(Listed[Record]):
    """``/api/v2/bookmarks``: tickets the connected agent keeps at hand."""

    root, single, kind, paged = "bookmarks", "bookmark", Record, "number"

    def add(self, ticket_id: int) -> Record:
        """Keep a ticket at hand."""
        return self._read(self._create({"ticket_id": ticket_id}))

    def delete(self, bookmark_id: Key) -> None:
        """Let a ticket go."""
        self._delete(bookmark_id)


class Tags:
    """``/api/v2/tags``: the tags of the whole account; those of one record are with tickets, users and organizations."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def list(self) -> Reading[Record]:
        """Read the up to 20,000 most used tags of the last 60 days, each with ``name`` and ``count``."""
        return listing(self._caller, path("tags"), "tags", Record).records(size=100)

    def count(self) -> int:
        """Return about how many tags are in use."""
        return count_in(self._caller.request("GET", path("tags", "count")))

    def autocomplete(self, name: str) -> Record:
        """Return the tags that begin with a text of two or more letters, under ``tags``."""
        return whole(self._caller.request("GET", path("autocomplete", "tags"), params={"name": name}))
