"""Changing a ticket so that nothing goes wrong unnoticed: conflicts are told or merged, lost answers looked up, unseen changes reported.

An update costs one call. With an expected stamp it costs one more, for the audits, because stamps are whole seconds: a change of
somebody else in the very second of the stamp does not stop the update, but it is found there. A conflict costs two calls to tell, and
each round of a merge three. A lost answer costs two to four.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from atom_zendesk_plugin.desk import read_back
from atom_zendesk_plugin.desk.conflicts import Fields, TicketConflict, read_conflict
from atom_zendesk_plugin.desk.history import ForeignChange, foreign, read_history
from atom_zendesk_plugin.desk.merging import MERGES, Merge, merged
from atom_zendesk_plugin.desk.ticket_sets import SetChanges
from atom_zendesk_plugin.desk.vocabulary import one_of
from atom_zendesk_plugin.errors import InvalidInput, OutcomeUnknown, ZendeskCallFailed, ZendeskConflict
from atom_zendesk_plugin.records import Audit, Ticket

if TYPE_CHECKING:
    from atom_zendesk_plugin.client.api import ZendeskClient

ROUNDS: Final = 3
"""How often a change is merged and tried again; who writes as fast as that all the time has to be told by a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Updated:
    """A ticket after a change, and what others did meanwhile.

    ``unseen`` are changes of others in the second of the expected stamp, which the caller need not have seen and may have written over:
    compare them. None: they could not be looked for, or no stamp was expected. ``merged`` are changes of others that this one was merged
    with. ``read_back``: the answer was lost, and the change was found on the ticket.
    """

    ticket: Ticket
    audit: Audit | None = None
    unseen: tuple[ForeignChange, ...] | None = None
    merged: tuple[ForeignChange, ...] = ()
    read_back: bool = False


def _random_mark() -> str:
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True, kw_only=True)
class Updater:
    """Changes tickets with one client. ``new_mark`` makes the mark by which a change is found again; it has to be unique."""

    client: ZendeskClient
    new_mark: Callable[[], str] = _random_mark

    def update(
        self, ticket_id: int, fields: Fields, *, expected_updated_at: datetime | None, merge: str = "fail"
    ) -> Updated:
        """Change a ticket's fields, told as Zendesk takes them. Raises TicketConflict, OutcomeUnknown, InvalidInput for a bad ``merge``."""
        policy = _policy(merge, expected_updated_at)
        if expected_updated_at is None:
            return self._write(ticket_id, fields, None)
        wanted, stamp = fields, expected_updated_at
        known: frozenset[int] | None = None
        others: tuple[ForeignChange, ...] = ()
        for left in reversed(range(ROUNDS + 1)):
            try:
                done = self._write(ticket_id, wanted, stamp)
            except ZendeskConflict as error:
                conflict = self._conflict(ticket_id, fields, expected_updated_at, error)
                again = merged(policy, conflict) if left else None
                if again is None or conflict.ticket.updated_at is None:
                    raise conflict from error
                wanted, stamp, others = again, conflict.ticket.updated_at, conflict.changes
                known = conflict.known
            else:
                break
        unseen = self._unseen(ticket_id, stamp, done.audit, known)
        return replace(done, unseen=unseen, merged=others)

    def change_tags(self, ticket_id: int, sets: SetChanges) -> tuple[str, ...] | None:
        """Add tags and take tags away, and return all there are then; None when there is nothing to do. One call for each of the two.

        Others' tags stay, those added at the same moment too. A lost answer is read back with one call more.
        """
        tags: tuple[str, ...] | None = None
        tickets = self.client.tickets
        if sets.add_tags:
            tags = self._tags(ticket_id, lambda: tickets.add_tags(ticket_id, sets.add_tags), wanted=sets.add_tags)
        if sets.remove_tags:
            gone = sets.remove_tags
            tags = self._tags(ticket_id, lambda: tickets.remove_tags(ticket_id, gone), unwanted=gone)
        return tags

    def _write(self, ticket_id: int, fields: Fields, stamp: datetime | None) -> Updated:
        mark = self.new_mark()
        try:
            written = self.client.tickets.update(
                ticket_id, read_back.marked(fields, mark), expected_updated_at=stamp
            )  # fmt: skip
        except OutcomeUnknown as error:
            return self._read_back(ticket_id, mark, error)
        return Updated(ticket=written.ticket, audit=written.audit)

    def _read_back(self, ticket_id: int, mark: str, error: OutcomeUnknown) -> Updated:
        client = read_back.with_time(self.client)
        looked = read_back.look_for(client, ticket_id, mark)
        if looked.audit is None:
            raise read_back.still_unknown(error, looked) from error
        try:
            ticket = client.tickets.get(ticket_id).record
        except ZendeskCallFailed as failed:
            raise read_back.still_unknown(error, looked) from failed
        return Updated(ticket=ticket, audit=looked.audit, read_back=True)

    def _conflict(
        self, ticket_id: int, fields: Fields, expected: datetime, error: ZendeskConflict
    ) -> TicketConflict:
        try:
            return read_conflict(self.client, ticket_id, expected=expected, wanted=fields, error=error)
        except ZendeskCallFailed as failed:
            raise error from failed  # that it was refused is known, only not by what

    def _unseen(
        self, ticket_id: int, stamp: datetime, mine: Audit | None, known: Collection[int] | None
    ) -> tuple[ForeignChange, ...] | None:
        # Also when nothing was changed: somebody may have written the very same, as two do who add one to the same number.
        try:
            history = read_history(self.client, ticket_id, stamp)
        except ZendeskCallFailed:
            return None  # the change is made: what could not be read must not hide that
        return tuple(map(foreign, history.unseen(known=known, mine=mine.id if mine is not None else None)))

    def _tags(
        self, ticket_id: int, change: Callable[[], tuple[str, ...]], *, wanted: Collection[str] = (), unwanted: Collection[str] = ()
    ) -> tuple[str, ...]:
        try:
            return change()
        except OutcomeUnknown as error:
            try:
                tags = read_back.with_time(self.client).tickets.tags(ticket_id)
            except ZendeskCallFailed as failed:
                raise error from failed
            lowered = {tag.lower() for tag in tags}
            if lowered.issuperset(map(str.lower, wanted)) and lowered.isdisjoint(map(str.lower, unwanted)):
                return tags
            raise


def _policy(merge: str, expected: datetime | None) -> Merge:
    policy = one_of(merge, MERGES, "merge")
    if policy != "fail" and expected is None:
        raise InvalidInput(
            "merge needs expected_updated_at: without it nobody else's change is noticed, and there is nothing to merge.", field="merge"
        )
    return next(known for known in MERGES if known == policy)


def with_tags(updated: Updated, tags: tuple[str, ...] | None) -> Updated:
    """Return the result with the tags that the ticket has by now."""
    if tags is None:
        return updated
    return replace(updated, ticket=updated.ticket.merged({"tags": list(tags)}))
