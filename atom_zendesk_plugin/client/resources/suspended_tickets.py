"""Suspended tickets: mail that Zendesk kept out of the desk, for at most 14 days."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from atom_zendesk_plugin.client.pagination import One, parse_record
from atom_zendesk_plugin.client.reply import Reply
from atom_zendesk_plugin.client.resources.base import Key, settled, whole, within_bulk
from atom_zendesk_plugin.client.resources.verbs import Readable
from atom_zendesk_plugin.records import Record, Ticket

R = TypeVar("R", bound=Record)


class SuspendedTickets(Readable[Record]):
    """``/api/v2/suspended_tickets``."""

    root, single, kind = "suspended_tickets", "suspended_ticket", Record

    def get(self, record_id: Key, *, include: Sequence[str] = ()) -> One[Record]:
        """Return one; recorded under ``suspended_ticket``, documented as a list of one under ``suspended_tickets``."""
        reply = self._caller.request("GET", self._path(record_id), params={"include": include})
        return One(_rows(reply, Record, "suspended_ticket", "suspended_tickets")[0])

    def recover(self, suspended_id: int) -> tuple[Ticket, ...]:
        """Make a ticket of one and return it. Empty when its requester is suspended: Zendesk then leaves it where it is."""
        reply = self._caller.request("PUT", self._path(suspended_id, "recover"), json={})
        return settled(reply, lambda: _rows(reply, Ticket, "ticket", "tickets"))

    def recover_many(self, ids: Sequence[int]) -> tuple[Ticket, ...]:
        """Make tickets of up to 100 and return those that were made."""
        within_bulk(ids, field="ids")
        reply = self._caller.request("PUT", self._path("recover_many"), params={"ids": ids}, json={})
        return settled(reply, lambda: _rows(reply, Ticket, "tickets", "ticket"))

    def delete(self, suspended_id: int) -> None:
        """Throw one away."""
        self._delete(suspended_id)

    def delete_many(self, ids: Sequence[int]) -> None:
        """Throw up to 100 away."""
        within_bulk(ids, field="ids")
        self._caller.request("DELETE", self._path("destroy_many"), params={"ids": ids})

    def export(self) -> Record:
        """Ask for a list of all of them by e-mail; returns what Zendesk says about it."""
        return whole(self._caller.request("POST", self._path("export"), json={}))


def _rows(reply: Reply, kind: type[R], *keys: str) -> tuple[R, ...]:
    """Return the records under the first key that is there, one object or a list of them."""
    top = reply.decode(dict[str, msgspec.Raw])
    raw = next((top[key] for key in keys if key in top), None)
    if raw is None:
        raise reply.unexpected(f"it has no {keys[0]}")
    rows = msgspec.json.decode(raw, type=list[msgspec.Raw]) if bytes(raw)[:1] == b"[" else [raw]
    return tuple(parse_record(reply, row, kind.parse) for row in rows)
