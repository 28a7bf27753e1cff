"""What happened to a ticket since a moment, read from its audits: who changed which fields, and who said something.

Audits are the only exact history Zendesk has, and their moments are whole seconds, as a ticket's ``updated_at`` is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from atom_zendesk_plugin.records import Audit

if TYPE_CHECKING:
    from atom_zendesk_plugin.client.api import ZendeskClient

PAGE: Final = 25
_MOST_PAGES: Final = 8
_PEOPLE: Final = {"EmailCcChange": "email_ccs", "FollowerChange": "followers"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedComment:
    """A comment by its ids; what it says is read with the conversation. ``public`` is False for an internal note."""

    id: int | None
    author_id: int | None
    public: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignChange:
    """A write of somebody else. ``fields`` are names of ticket fields, ``custom_fields.ID`` for one of the account's own.

    ``author_id`` is a Zendesk user, -1 for Zendesk's own rules; ``at`` is aware, in UTC, in whole seconds.
    """

    audit_id: int
    author_id: int | None
    at: datetime | None
    fields: tuple[str, ...]
    comments: tuple[AddedComment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The audits from a stamp on, that second included, oldest first. ``complete`` False: there were too many to read them all."""

    stamp: datetime
    audits: tuple[Audit, ...]
    complete: bool = True

    def unseen(self, *, known: Collection[int] | None = None, mine: int | None = None) -> tuple[Audit, ...]:
        """Return the audits that somebody who saw the ticket with this stamp need not have seen, up to their own write ``mine``.

        ``known`` are ids of audits they have seen. None: they saw at least the first one of the second, which made the stamp; any
        other one of that second may have come after they looked.
        """
        if known is None:
            known = [audit.id for audit in self.audits[:1] if audit.created_at == self.stamp]
        before = [audit.id for audit in self.audits]
        end = before.index(mine) if mine in before else len(before)
        return tuple(audit for audit in self.audits[:end] if audit.id not in known)


def read_history(client: ZendeskClient, ticket_id: int, since: datetime) -> History:
    """Return what happened since a stamp, mostly with one call. Raises what the client raises."""
    stamp = since.replace(microsecond=0)
    found: list[Audit] = []
    cursor: str | None = None
    for _ in range(_MOST_PAGES):
        page = client.tickets.audits_page(ticket_id, size=PAGE, cursor=cursor, sort="-created_at")
        recent = [audit for audit in page if audit.created_at is not None and audit.created_at >= stamp]
        found += recent
        cursor = page.cursor
        if cursor is None or len(recent) < len(page):
            return History(stamp=stamp, audits=tuple(reversed(found)))
    return History(stamp=stamp, audits=tuple(reversed(found)), complete=False)


def foreign(audit: Audit) -> ForeignChange:
    """Return an audit as a write of somebody else."""
    return ForeignChange(
        audit_id=audit.id,
        author_id=audit.author_id,
        at=audit.created_at,
        fields=tuple(dict.fromkeys(_fields(audit))),
        comments=tuple(
            AddedComment(
                id=event.id,
                author_id=event.author_id if isinstance(event.author_id, int) else audit.author_id,
                public=event.public is True,
            )
            for event in audit.events
            if (event.type or "").endswith("Comment")
        ),
    )


def field_of(name: str | None) -> str:
    """Return the name of the field that an audit tells: those of the account's own are told by their number."""
    return f"custom_fields.{name}" if name is not None and name.isdecimal() else name or ""


def _fields(audit: Audit) -> Iterator[str]:
    for event in audit.events:
        if event.type in ("Create", "Change") and event.field_name:
            yield field_of(event.field_name)
        elif event.type in _PEOPLE:
            yield _PEOPLE[event.type]
