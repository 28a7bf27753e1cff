"""What the desk needs of a record of ticket creations, so that a repeated request never makes a second ticket."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.errors import Code, ZendeskPluginError

CreationState = Literal["pending", "done", "failed", "unknown"]


class IdempotencyKeyReused(ZendeskPluginError):
    """This Idempotency-Key was already used for a ticket with other fields: send a new key, or exactly the same request."""

    code = Code.CONFLICT


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """One recorded attempt to create a ticket. ``zendesk_key`` is the key Zendesk is given, on the first try and on every repeat.

    ``fingerprint`` is the SHA-256 of the ticket's fields; ``created_at`` is when the first attempt began, aware, in UTC.
    """

    zendesk_key: str
    fingerprint: str
    state: CreationState
    created_at: datetime
    ticket_id: int | None = None


class CreationJournal(Protocol):
    """Where creations are recorded before the call is made. Both methods commit before they return."""

    def begin(self, *, caller: Caller, client_key: str | None, zendesk_key: str, fingerprint: str) -> Creation:
        """Record a pending creation, or return the one this caller already made under ``client_key``, unchanged.

        Two simultaneous calls with one ``client_key`` get the same creation. ``client_key`` None is always a new one.
        """

    def finish(self, zendesk_key: str, *, state: CreationState, ticket_id: int | None = None) -> None:
        """Write down how it ended. ``done`` is final: a later, weaker state does not replace it."""
