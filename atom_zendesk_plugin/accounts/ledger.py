"""One person's grant on one account as the database keeps it: each step is one short transaction, committed when the method returns.

All methods raise StorageAway while the database cannot be used, and ConfigError when its secrets cannot be opened with the keys there are.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from atom_zendesk_plugin.store import grants
from atom_zendesk_plugin.store.grants import GrantRow, GrantState, TokenPair

if TYPE_CHECKING:
    from atom_zendesk_plugin.clock import Clock
    from atom_zendesk_plugin.keyring import KeyRing
    from atom_zendesk_plugin.store.tenancy import OperatorUnit, Tenancy, Unit


class Units(Protocol):
    """What opens transactions: the database while it can be used, else StorageAway."""

    def unit(self, tenancy: Tenancy) -> AbstractContextManager[Unit]: ...

    def reading(self, tenancy: Tenancy) -> AbstractContextManager[Unit]:
        """Open one that only reads, and so waits for nobody who writes."""

    def operator_unit(self) -> AbstractContextManager[OperatorUnit]:
        """Open one across tenants and users."""


class Ledger:
    """The grant of ``tenancy``'s user on the account with ``account_id``; there may be none."""

    def __init__(
        self, units: Units, *, tenancy: Tenancy, account_id: int, keys: Callable[[], KeyRing], clock: Clock
    ) -> None:
        self._units, self._keys, self._clock = units, keys, clock
        self.tenancy, self.account_id = tenancy, account_id

    def read(self) -> GrantRow | None:
        """Return the grant as it is now, its tokens opened."""
        keys = self._keys()
        with self._units.reading(self.tenancy) as unit:
            return grants.find_grant(unit, account_id=self.account_id, keys=keys)

    def state(self) -> GrantState | None:
        """Return what needs no key of the grant, None when there is none."""
        with self._units.reading(self.tenancy) as unit:
            return grants.find_state(unit, account_id=self.account_id)

    def begin(self, row: GrantState, *, holder: str, now: datetime, until: datetime) -> bool:
        """Take the right to renew this very pair until a moment; False when somebody else has it, or the pair is no longer the last."""
        with self._units.unit(self.tenancy) as unit:
            return grants.begin_renewal(
                unit, account_id=self.account_id, generation=row.generation, holder=holder, now=now, until=until
            )

    def finish(self, generation: int, pair: TokenPair) -> bool:
        """Put the new pair in the place of that generation's; False when a newer one is there already."""
        keys = self._keys()
        with self._units.unit(self.tenancy) as unit:
            return grants.finish_renewal(
                unit, account_id=self.account_id, generation=generation, pair=pair, keys=keys, now=self._clock.now()
            )

    def give_up(self, *, holder: str, renew_from: datetime) -> None:
        """Let others try, but nobody before ``renew_from``."""
        with self._units.unit(self.tenancy) as unit:
            grants.give_up_renewal(
                unit, account_id=self.account_id, holder=holder, renew_from=renew_from, now=self._clock.now()
            )

    def end(self, row: GrantRow, *, reason: str) -> bool:
        """Note that only the person can mend this pair. True for one caller of all: the one who has to tell them."""
        now, generation = self._clock.now(), row.generation
        with self._units.unit(self.tenancy) as unit:
            grants.mark_needs_reconnect(
                unit, account_id=self.account_id, generation=generation, reason=reason, now=now
            )
            return grants.claim_telling(unit, account_id=self.account_id, generation=generation, now=now)

    def erase(self, *, generation: int | None = None) -> int:
        """Remove the grant and the sign-ins under way on this account, and return how many rows those were.

        With a ``generation`` nothing is removed when a newer one is there: somebody has connected again meanwhile.
        """
        with self._units.unit(self.tenancy) as unit:
            return grants.erase_grant(unit, account_id=self.account_id, generation=generation)
