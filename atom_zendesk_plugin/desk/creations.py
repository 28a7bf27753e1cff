"""Creating a ticket exactly once, however often the request for it is repeated.

Zendesk remembers an ``Idempotency-Key`` for two hours and answers a repeat with the first ticket. A caller's own key is turned into
one Zendesk key, always the same, and written to the journal before the call. After those two hours the journal remembers instead,
and a creation whose answer was lost is looked for by the ``external_id`` it was sent with. Without a journal the two hours are all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.clock import Clock
from atom_zendesk_plugin.desk import checks
from atom_zendesk_plugin.desk.journal import Creation, CreationJournal, CreationState, IdempotencyKeyReused
from atom_zendesk_plugin.errors import ZendeskBadRequest, ZendeskCallFailed, ZendeskInvalid, ZendeskTooLarge
from atom_zendesk_plugin.records import Ticket

if TYPE_CHECKING:
    from atom_zendesk_plugin.client.api import ZendeskClient

KEY_KEPT = timedelta(minutes=110)
"""How long Zendesk's memory of a key is relied on: its two hours, less ten minutes for clocks and slow calls."""
_SKEW = timedelta(minutes=5)
_REFUSED = (ZendeskBadRequest, ZendeskInvalid, ZendeskTooLarge)


class _Found(msgspec.Struct):
    tickets: list[msgspec.Raw] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Creator:
    """Creates tickets for one caller. ``new_key`` makes the key of a creation that cannot be repeated."""

    client: ZendeskClient
    caller: Caller
    journal: CreationJournal | None
    clock: Clock
    new_key: Callable[[], str]

    def create(self, fields: Mapping[str, object], *, client_key: str | None = None) -> Ticket:
        """Create the ticket, or return the one an earlier call with this ``client_key`` created.

        Raises IdempotencyKeyReused when the key was used for other fields, OutcomeUnknown when the answer was lost.
        """
        zendesk_key = self._zendesk_key(client_key)
        fields = dict(fields)
        if client_key is not None:
            fields.setdefault("external_id", zendesk_key)
        if self.journal is None:
            return self._send(fields, zendesk_key)
        fingerprint = sha256(msgspec.json.encode(fields, order="sorted")).hexdigest()
        creation = self.journal.begin(
            caller=self.caller, client_key=client_key, zendesk_key=zendesk_key, fingerprint=fingerprint
        )
        if creation.fingerprint != fingerprint:
            raise IdempotencyKeyReused
        return self._earlier(creation, fields) or self._recorded(creation, fields, self.journal)

    def _zendesk_key(self, client_key: str | None) -> str:
        """Return a key nobody else's can equal: the same for the same account, tenant, user and client key."""
        if client_key is None:
            return f"atom-{self.new_key()}"
        who = (self.client.account.key, self.caller.tenant_id, self.caller.user_id, checks.idempotency_key(client_key))
        return f"atom-{sha256(msgspec.json.encode(who)).hexdigest()}"

    def _earlier(self, creation: Creation, fields: Mapping[str, object]) -> Ticket | None:
        """Return the ticket that was already made; None when it has to be (or may safely be) asked for."""
        if creation.ticket_id is not None:
            return self.client.tickets.get(creation.ticket_id).record
        forgotten = self.clock.now() - creation.created_at > KEY_KEPT
        if not forgotten or creation.state == "failed":
            return None
        found = self._look_up(creation, fields)
        if found is not None and self.journal is not None:
            self.journal.finish(creation.zendesk_key, state="done", ticket_id=found.id)
        return found

    def _look_up(self, creation: Creation, fields: Mapping[str, object]) -> Ticket | None:
        """Find the ticket of a creation whose answer was lost. Read from the list, because search lags behind."""
        external_id = fields.get("external_id")
        if not isinstance(external_id, str):
            return None
        reply = self.client.request("GET", "/api/v2/tickets", params={"external_id": external_id})
        found = [
            ticket for ticket in map(Ticket.parse, reply.decode(_Found).tickets) if ticket.external_id == external_id
        ]
        if external_id == creation.zendesk_key:
            # Nobody else's ticket carries our key; its subject may have been changed since.
            return found[0] if found else None
        return next((ticket for ticket in found if _fits(ticket, creation, fields)), None)

    def _recorded(self, creation: Creation, fields: Mapping[str, object], journal: CreationJournal) -> Ticket:
        try:
            ticket = self._send(fields, creation.zendesk_key)
        except ZendeskCallFailed as error:
            # Only a refusal of the values proves that nothing was made: a 429 or 401 may follow an attempt whose answer was lost.
            state: CreationState = "failed" if isinstance(error, _REFUSED) else "unknown"
            journal.finish(creation.zendesk_key, state=state)
            raise
        journal.finish(creation.zendesk_key, state="done", ticket_id=ticket.id)
        return ticket

    def _send(self, fields: Mapping[str, object], zendesk_key: str) -> Ticket:
        try:
            return self.client.tickets.create(fields, idempotency_key=zendesk_key).ticket
        except ZendeskBadRequest as error:
            if error.zendesk_code == "IdempotentRequestError":
                raise IdempotencyKeyReused from error
            raise


def _fits(ticket: Ticket, creation: Creation, fields: Mapping[str, object]) -> bool:
    """Tell whether a ticket with the caller's own external id, which need not be unique, can be the one of this creation."""
    same = ticket.subject == fields.get("subject", ticket.subject)
    return same and ticket.created_at is not None and ticket.created_at >= creation.created_at - _SKEW
