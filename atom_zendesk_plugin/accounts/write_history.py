"""What was changed at Zendesk, for those who answer for it: a tenant's log of writes, read a page at a time, and purged when it is old."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from atom_zendesk_plugin.accounts.administrators import administers
from atom_zendesk_plugin.accounts.ledger import Units
from atom_zendesk_plugin.errors import Forbidden, InvalidInput
from atom_zendesk_plugin.store import writes
from atom_zendesk_plugin.store.tenancy import Tenancy
from atom_zendesk_plugin.store.writes import Entry
from atom_zendesk_plugin.write_log import WRITE_OUTCOMES, WriteOutcome

if TYPE_CHECKING:
    from atom_zendesk_plugin.caller import Caller
    from atom_zendesk_plugin.clock import Clock
    from atom_zendesk_plugin.config import Settings

MOST: Final = 1000
_AT_ONCE: Final = 2000
"""Rows deleted in one transaction: on SQLite everybody who writes waits for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WritePage:
    """Entries, the latest first. ``cursor`` leads on and is None at the end."""

    entries: tuple[Entry, ...]
    cursor: str | None


class WriteHistory:
    """The log of writes. ``units`` raise StorageAway while the database cannot be used."""

    def __init__(self, settings: Settings, *, units: Units, clock: Clock) -> None:
        self._settings, self._units, self._clock = settings, units, clock

    def list(
        self,
        caller: Caller,
        *,
        account: str | None = None,
        limit: int = 30,
        user: str | None = None,
        endpoint: str | None = None,
        outcome: str | None = None,
        since: datetime | None = None,
        cursor: str | None = None,
    ) -> WritePage:
        """Return up to ``limit`` (1..1000) entries of the caller's tenant, the latest first.

        ``account`` is the short name of an account, which may be gone by now, ``user`` an ATOM user's id, ``endpoint`` the beginning of
        one such as ``/tickets``, ``outcome`` one of ``WRITE_OUTCOMES``, ``since`` an aware moment.

        Raises Forbidden for who does not administer, InvalidInput, StorageAway.
        """
        if not administers(caller, self._settings):
            raise Forbidden("Only administrators may see what was changed at Zendesk.")
        if not 1 <= limit <= MOST:
            raise InvalidInput(f"limit takes a whole number from 1 to {MOST}.", field="limit")
        wanted = writes.Wanted(account=account, user_id=user, endpoint=endpoint, outcome=_outcome(outcome), since=since)
        with self._units.reading(Tenancy(tenant_id=caller.tenant_id)) as unit:
            entries, following = writes.list_entries(unit, wanted, limit=limit, cursor=cursor)
        return WritePage(entries=tuple(entries), cursor=following)

    def purge(self, *, days: int | None = None) -> int:
        """Delete every tenant's entries that are older than so many days (None: as set), and return how many those were.

        For an operator. A few thousand go in one transaction; interrupted, it goes on where it was. Raises StorageAway.
        """
        kept = timedelta(days=self._settings.write_log_days if days is None else days)
        before = self._clock.now() - kept
        gone = 0
        while True:
            with self._units.operator_unit() as operator:
                some = writes.purge(operator, before=before, most=_AT_ONCE)
            gone += some
            if some < _AT_ONCE:
                return gone


def _outcome(word: str | None) -> WriteOutcome | None:
    if word is None:
        return None
    for known in WRITE_OUTCOMES:
        if known == word:
            return known
    raise InvalidInput(f"outcome takes one of: {', '.join(WRITE_OUTCOMES)}.", field="outcome", accepted=list(WRITE_OUTCOMES))
