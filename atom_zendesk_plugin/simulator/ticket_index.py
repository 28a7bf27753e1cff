"""Which tickets belong to whom, kept up to date with each write so that no list walks the whole account.

The index is told about a ticket by ``add``, ``remove`` and ``move``; it never looks at the clock, ``listed`` is given
the time. Add a look-up by adding a bucket to ``_keys``.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final

from atom_zendesk_plugin.simulator.objects import Status, Ticket

ARCHIVED_AFTER: Final = timedelta(days=120)

Bucket = dict[int, Ticket]
Key = tuple[str, object]


class TicketIndex:
    """Buckets of the tickets that exist (not deleted), and the sorted list of those that are not archived."""

    def __init__(self) -> None:
        self._buckets: dict[Key, Bucket] = defaultdict(dict)
        self._listed: list[Ticket] = []
        self._closing: list[tuple[datetime, int, Ticket]] = []
        self.tag_counts: Counter[str] = Counter()

    def add(self, ticket: Ticket) -> None:
        for key in _keys(ticket):
            self._buckets[key][ticket.id] = ticket
        self.tag_counts.update(ticket.tags)
        if self._listed and self._listed[-1].id > ticket.id:
            self._listed.insert(bisect_left(self._listed, ticket.id, key=_by_id), ticket)
        else:
            self._listed.append(ticket)
        if ticket.closed_at is not None:
            self._watch_archive(ticket, ticket.closed_at)

    def remove(self, ticket: Ticket) -> None:
        for key in _keys(ticket):
            self._drop(key, ticket)
        self._uncount(ticket.tags)
        self._unlist(ticket)

    def move(self, ticket: Ticket, planned: Ticket) -> None:
        """Carry a change of ``ticket`` before it is made: ``planned`` is a copy that shows how the ticket will be."""
        if _placed(ticket) != _placed(planned):
            old, new = _keys(ticket), _keys(planned)
            for key in old - new:
                self._drop(key, ticket)
            for key in new - old:
                self._buckets[key][ticket.id] = ticket
        if ticket.tags != planned.tags:
            self._uncount(ticket.tags)
            self.tag_counts.update(planned.tags)
        if planned.closed_at is not None and ticket.closed_at != planned.closed_at:
            self._watch_archive(ticket, planned.closed_at)

    def listed(self, now: datetime) -> list[Ticket]:
        """Return the tickets that lists show, by id: neither deleted nor closed for 120 days. Not to be changed."""
        while self._closing and self._closing[0][0] + ARCHIVED_AFTER <= now:
            self._unlist(heapq.heappop(self._closing)[2])
        return self._listed

    def having(self, kind: str, value: object) -> list[Ticket]:
        """Return the tickets of one bucket by id, archived ones too."""
        bucket = self._buckets.get((kind, value))
        return sorted(bucket.values(), key=_by_id) if bucket else []

    def in_states(self, states: Iterable[Status]) -> list[Ticket]:
        """Return the tickets in any of these states, by id, archived ones too."""
        found: Bucket = {}
        for state in states:
            found |= self._buckets.get(("status", state), {})
        return sorted(found.values(), key=_by_id)

    def size(self, kind: str, value: object) -> int:
        return len(self._buckets.get((kind, value), ()))

    def is_archived(self, ticket: Ticket, now: datetime) -> bool:
        return ticket.closed_at is not None and ticket.closed_at + ARCHIVED_AFTER <= now

    def _drop(self, key: Key, ticket: Ticket) -> None:
        bucket = self._buckets[key]
        bucket.pop(ticket.id, None)
        if not bucket:
            del self._buckets[key]

    def _uncount(self, tags: tuple[str, ...]) -> None:
        self.tag_counts.subtract(tags)
        for tag in tags:
            if self.tag_counts[tag] <= 0:
                del self.tag_counts[tag]

    def _watch_archive(self, ticket: Ticket, closed_at: datetime) -> None:
        heapq.heappush(self._closing, (closed_at, ticket.id, ticket))

    def _unlist(self, ticket: Ticket) -> None:
        at = bisect_left(self._listed, ticket.id, key=_by_id)
        if at < len(self._listed) and self._listed[at] is ticket:
            del self._listed[at]


_by_id = attrgetter("id")
_placed = attrgetter(
    "requester_id",
    "status",
    "assignee_id",
    "organization_id",
    "external_id",
    "problem_id",
    "type",
    "email_cc_ids",
    "follower_ids",
)
"""Everything that ``_keys`` looks at."""


def _keys(ticket: Ticket) -> set[Key]:
    keys: set[Key] = {("requester", ticket.requester_id), ("status", ticket.status)}
    if ticket.assignee_id is not None:
        keys.add(("assignee", ticket.assignee_id))
    if ticket.organization_id is not None:
        keys.add(("organization", ticket.organization_id))
    if ticket.external_id is not None:
        keys.add(("external_id", ticket.external_id))
    if ticket.problem_id is not None:
        keys.add(("problem", ticket.problem_id))
    if ticket.type == "problem":
        keys.add(("type", ticket.type))
    keys.update(("cc", user_id) for user_id in ticket.email_cc_ids)
    keys.update(("follower", user_id) for user_id in ticket.follower_ids)
    return keys
