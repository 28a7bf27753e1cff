"""Rules that run by themselves: triggers, at once when a ticket changes, and automations, about every hour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from atom_zendesk_plugin.client.pagination import Caller, One, read_one
from atom_zendesk_plugin.client.resources.base import Fields, Key, listing, whole
from atom_zendesk_plugin.client.resources.rules import Defined, Ordered
from atom_zendesk_plugin.client.resources.verbs import Editable
from atom_zendesk_plugin.errors import PaginationLoop
from atom_zendesk_plugin.records import Record, Rule


class Triggers(Ordered[Rule], Defined[Rule], Editable[Rule]):
    """``/api/v2/triggers``: rules that run when a ticket is made or changed."""

    root, single, kind = "triggers", "trigger", Rule

    def reorder(self, ids: Sequence[int]) -> None:
        """Put the triggers into this order; all active ones of an account without categories must be named."""
        self._caller.request("PUT", self._path("reorder"), json={"trigger_ids": [*ids]})

    def revisions(self, trigger_id: int) -> Iterator[Record]:
        """Read the earlier forms of a trigger, newest first; a plan without revisions is ZendeskForbidden or ZendeskNotFound."""
        return revisions(self._caller, self._path(trigger_id, "revisions"))

    def revision(self, trigger_id: int, revision_id: Key) -> One[Record]:
        """Return one earlier form of a trigger."""
        reply = self._caller.request("GET", self._path(trigger_id, "revisions", revision_id))
        return read_one(reply, "trigger_revision", Record.parse)


class TriggerCategories(Editable[Record]):
    """``/api/v2/trigger_categories``; their ids are texts."""

    root, single, kind, changes_by = "trigger_categories", "trigger_category", Record, "PATCH"

    def move(self, *, categories: Sequence[Fields] = (), triggers: Sequence[Fields] = ()) -> Record:
        """Change positions of categories, and positions, switches and categories of triggers, all or nothing."""
        items = {"trigger_categories": [dict(row) for row in categories], "triggers": [dict(row) for row in triggers]}
        return whole(
            self._caller.request("POST", self._path("jobs"), json={"job": {"action": "patch", "items": items}})
        )


class Automations(Ordered[Rule], Editable[Rule]):
    """``/api/v2/automations``: rules that run about every hour. ``update`` replaces all conditions and actions."""

    root, single, kind = "automations", "automation", Rule


class _Cursor(msgspec.Struct, frozen=True):
    before_cursor: str | None = None


def revisions(caller: Caller, where: str) -> Iterator[Record]:
    """Read a list of revisions, newest first: ``before_cursor``, at the top of the answer, leads to older ones.

    Raises PaginationLoop on a repeated one.
    """
    seen: set[str] = set()
    cursor: str | None = None
    while True:
        reply = caller.request("GET", where, params={"cursor": cursor, "limit": 100})
        page = listing(caller, where, "trigger_revisions", Record).read(reply)
        cursor = reply.decode(_Cursor).before_cursor if page.records else None
        if cursor in seen:
            raise PaginationLoop(method="GET", endpoint=where)
        yield from page.records
        if cursor is None:
            return
        seen.add(cursor)
