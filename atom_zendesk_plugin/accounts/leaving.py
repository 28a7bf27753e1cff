"""Leaving: the pair is ended at Zendesk and seen dead, then everything of the connection is erased. Or nothing is, and it says why.

Whoever disconnects takes the renewal of the grant first, like somebody who renews it: so no new pair can come up behind the back. A
connection that was made again meanwhile is another one, and stays.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from atom_zendesk_plugin import logs
from atom_zendesk_plugin.accounts.ledger import Ledger
from atom_zendesk_plugin.accounts.pairs import pair_of
from atom_zendesk_plugin.accounts.renewal import CALL, LEASE
from atom_zendesk_plugin.accounts.revoking import ENDED_CODES, revoke
from atom_zendesk_plugin.client.credentials import CURRENT
from atom_zendesk_plugin.client.failures import failure, no_answer
from atom_zendesk_plugin.client.grants import Granted
from atom_zendesk_plugin.client.reply import NoReply
from atom_zendesk_plugin.errors import StorageAway, ZendeskPluginError, ZendeskUnavailable
from atom_zendesk_plugin.store.grants import GrantRow, GrantState

if TYPE_CHECKING:
    from atom_zendesk_plugin.accounts.oauth import TokenEndpoint
    from atom_zendesk_plugin.client.transport import Transport
    from atom_zendesk_plugin.clock import Clock

UNCERTAIN: Final = frozenset({"lost", "client_replaced", "scope_refused", "sealed"})
"""Why a connection may have ended here although a token of it lives at Zendesk."""
TURNS: Final = 3
_BUSY: Final = "The connection is being renewed or made again at this moment: try again in a minute."
_NOT_REVOKED: Final = (
    "Zendesk could not be asked to end the token, so nothing was erased: try again in a minute, or disconnect anyway."
)


@dataclass(frozen=True, slots=True)
class Left:
    """What became of it. ``existed``: there was a connection; ``revoked``: nothing of it works at Zendesk any more."""

    existed: bool
    revoked: bool


class Leaving:
    """Ends one person's connection to one account."""

    def __init__(
        self, ledger: Ledger, endpoint: Callable[[], TokenEndpoint], *, transport: Transport, clock: Clock, patience: float
    ) -> None:
        """``patience`` is the seconds it may take in all."""
        self._ledger, self._endpoint, self._transport = ledger, endpoint, transport
        self._clock, self._patience = clock, patience

    def leave(self, *, anyway: bool) -> Left:
        """Revoke, then erase. Unless ``anyway`` it raises and erases nothing when Zendesk did not confirm or no key opens the tokens."""
        deadline = self._clock.monotonic() + self._patience
        existed, revoked = False, True
        for _ in range(TURNS):
            state = self._ledger.state()
            if state is None:
                self._ledger.erase()  # sign-ins under way end too
                return Left(existed=existed, revoked=revoked)
            existed, revoked, generation = True, True, state.generation
            if not self._ended(state):
                revoked, generation = self._revoked(state, deadline, anyway=anyway)
            if self._ledger.erase(generation=generation):
                return Left(existed=True, revoked=revoked)
            # Renewed, erased or made again by somebody else at this moment: that is looked at anew.
        raise ZendeskUnavailable(_BUSY, method="DELETE", endpoint=CURRENT)

    def _ended(self, state: GrantState) -> bool:
        """Tell whether nothing of the pair works any more, as far as is known here."""
        return state.state == "needs_reconnect" and state.reason not in UNCERTAIN

    def _revoked(self, seen: GrantState, deadline: float, *, anyway: bool) -> tuple[bool, int]:
        """Kill the pair; return whether nothing of it works any more, and its generation: it may be a newer one than was seen."""
        holder, generation = secrets.token_hex(8), seen.generation
        try:
            row = self._taken(holder, deadline)
            if row is None:  # gone meanwhile: the caller looks anew
                return True, generation
            generation, revoked = row.generation, self._dead(row, deadline)
        except ZendeskPluginError as error:
            self._let_go(holder)
            if not anyway or isinstance(error, StorageAway):
                raise
            return False, generation
        if not revoked and not anyway and row.state == "connected":
            self._let_go(holder)
            raise ZendeskUnavailable(_NOT_REVOKED, method="DELETE", endpoint=CURRENT)
        return revoked, generation

    def _dead(self, row: GrantRow, deadline: float) -> bool:
        """Kill the pair; True when nothing of it works any more."""
        if row.state == "needs_reconnect":
            return self._ended(row)
        if row.access_expires_at is None or row.access_expires_at > self._clock.now():
            return revoke(row.access_token, transport=self._transport, deadline=deadline)
        return self._revoked_by_renewal(row, deadline)

    def _taken(self, holder: str, deadline: float) -> GrantRow | None:
        """Take the renewal of the grant, waiting for one that is under way; an ended one is not taken, None is one that is gone."""
        while True:
            row = self._ledger.read()
            if row is None or row.state == "needs_reconnect":
                return row
            now = self._clock.now()
            if self._ledger.begin(row, holder=holder, now=max(now, row.renew_from or now), until=now + timedelta(seconds=LEASE)):
                return row
            if self._clock.monotonic() >= deadline:
                raise ZendeskUnavailable(_BUSY, method="DELETE", endpoint=CURRENT)
            self._clock.sleep(0.1)

    def _revoked_by_renewal(self, row: GrantRow, deadline: float) -> bool:
        """Only a living token can be revoked, so one that has ended is renewed first."""
        if row.refresh_token is None:
            return True
        endpoint = self._endpoint()
        answer = endpoint.refresh(
            row.refresh_token, scopes=row.scopes, deadline=min(deadline, self._clock.monotonic() + CALL)
        )
        if isinstance(answer, Granted):
            pair = pair_of(
                answer, asked=row.scopes, transport=self._transport, clock=self._clock, deadline=deadline, refresh_token=row.refresh_token
            )
            if revoke(pair.access_token, transport=self._transport, deadline=deadline):
                return True
            self._ledger.finish(row.generation, pair)  # it goes on living, so it must not be lost
            return False
        if answer.code in ENDED_CODES:
            return True
        if isinstance(answer.answer, NoReply):
            raise no_answer(answer.answer, method="POST", endpoint=CURRENT)
        raise failure(answer.answer)

    def _let_go(self, holder: str) -> None:
        try:
            self._ledger.give_up(holder=holder, renew_from=self._clock.now())
        except StorageAway as error:
            logs.event("zendesk.renewal_not_given_back", "warning", error=error)
