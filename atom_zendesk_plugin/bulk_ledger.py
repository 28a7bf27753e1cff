"""Bulk runs in the database, as the desk's ``BulkLedger``: each step is one short transaction of one user's.

Old runs go when a new one begins. A run's own key is opened once for each ledger, and held no longer than that.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from atom_zendesk_plugin.desk.bulk.model import (
    Chunk,
    ChunkState,
    Item,
    ItemResult,
    ItemState,
    Lease,
    LeaseLost,
    NewItem,
    NoSuchRun,
    Outcome,
    Run,
    RunState,
)  # fmt: skip
from atom_zendesk_plugin.store import bulk, bulk_items
from atom_zendesk_plugin.store.accounts import ensure_account, find_account

if TYPE_CHECKING:
    from atom_zendesk_plugin.accounts.facts import AccountFacts
    from atom_zendesk_plugin.clock import Clock
    from atom_zendesk_plugin.keyring import KeyRing
    from atom_zendesk_plugin.storage import Storage
    from atom_zendesk_plugin.store.bulk_rows import Vault
    from atom_zendesk_plugin.store.tenancy import Tenancy, Unit

KEPT: Final = timedelta(days=30)
"""How long an ended run is kept, counted from its beginning."""


class StoredRuns:
    """One caller's ``BulkLedger`` in the database, for one account."""

    durable = True

    def __init__(
        self, storage: Storage, *, tenancy: Tenancy, account: AccountFacts, keys: Callable[[], KeyRing], clock: Clock
    ) -> None:
        self._storage, self._tenancy, self._on, self._keys, self._clock = storage, tenancy, account, keys, clock
        self._account_id: int | None = None
        self._vaults: dict[int, tuple[Vault, Mapping[str, object]]] = {}

    def begin(self, run: Run) -> Run | None:
        new = bulk.NewRun(id=run.id, kind=run.kind, verb=run.verb, own=run.own, changes=run.changes)
        with self._unit() as unit:
            account_id = self._account(unit)
            bulk.purge(unit, account_id=account_id, before=run.created_at - KEPT)
            found = bulk.begin(
                unit, account_id=account_id, run=new, keys=self._keys(), random=os.urandom, now=run.created_at
            )
        return None if found is None else self._shaped(found)

    def add(self, run_id: int, items: Sequence[NewItem]) -> None:
        rows = [
            bulk_items.NewRow(
                position=item.position, target_id=item.target_id, fields=item.fields, external_id=item.external_id,
                failed=None if item.failed is None else _outcome_row(item.failed),
            )
            for item in items
        ]  # fmt: skip
        vault = self._vault(run_id)
        with self._unit() as unit:
            bulk_items.add(
                unit, account_id=self._account(unit), run_id=run_id, rows=rows, vault=vault, keys=self._keys()
            )

    def open(self, run_id: int, *, now: datetime) -> Run:
        with self._unit() as unit:
            bulk_items.open_run(unit, account_id=self._account(unit), run_id=run_id, now=now)
        return self.get(run_id)

    def discard(self, run_id: int) -> None:
        self._vaults.pop(run_id, None)
        with self._unit() as unit:
            bulk.discard(unit, run_id=run_id)

    def get(self, run_id: int) -> Run:
        with self._reading() as unit:
            found = bulk.find_run(unit, run_id=run_id)
            if found is None or found.account_id != self._known_account(unit):
                raise NoSuchRun
        return self._shaped(found)

    def runs(self, *, limit: int) -> Sequence[Run]:
        with self._reading() as unit:
            account_id = self._known_account(unit)
            found = () if account_id is None else bulk.list_runs(unit, account_id=account_id, limit=limit)
        return [self._shaped(row) for row in found]

    def results(self, run_id: int, *, after: int, limit: int, states: Sequence[ItemState] = ()) -> Sequence[ItemResult]:
        vault = self._vault(run_id)
        with self._reading() as unit:
            rows = bulk_items.results(unit, run_id=run_id, after=after, limit=limit, states=states, vault=vault)
        return [
            ItemResult(position=row.position, target_id=row.target_id, outcome=_outcome(row.outcome)) for row in rows
        ]

    def take(self, run_id: int, lease: Lease, *, now: datetime) -> bool:
        with self._unit() as unit:
            return bulk.take(unit, run_id=run_id, holder=lease.holder, until=lease.until, now=now)

    def release(self, run_id: int, holder: str) -> None:
        with self._unit() as unit:
            bulk.release(unit, run_id=run_id, holder=holder)

    def chunks(self, run_id: int, state: ChunkState, *, limit: int) -> Sequence[Chunk]:
        with self._reading() as unit:
            rows = bulk_items.chunks_in(unit, run_id=run_id, state=state, limit=limit)
        return [Chunk(number=row.number, state=row.state, job_id=row.job_id, sent_at=row.sent_at) for row in rows]

    def items(self, run_id: int, chunk: int) -> Sequence[Item]:
        return self._items(run_id, chunk, limit=bulk_items.PER_CHUNK)

    def pooled(self, run_id: int, *, limit: int) -> Sequence[Item]:
        return self._items(run_id, None, limit=limit)

    def sending(self, run_id: int, chunk: int, lease: Lease, *, now: datetime) -> None:
        with self._held(run_id, lease) as unit:
            bulk_items.mark_chunk(unit, run_id=run_id, chunk=chunk, state="sending", sent_at=now)
            bulk_items.count_try(unit, run_id=run_id, chunk=chunk, more=1)

    def unsent(self, run_id: int, chunk: int, lease: Lease) -> None:
        with self._held(run_id, lease) as unit:
            bulk_items.mark_chunk(unit, run_id=run_id, chunk=chunk, state="waiting")
            bulk_items.count_try(unit, run_id=run_id, chunk=chunk, more=-1)

    def sent(self, run_id: int, chunk: int, lease: Lease, *, job_id: str) -> None:
        with self._held(run_id, lease) as unit:
            bulk_items.mark_chunk(unit, run_id=run_id, chunk=chunk, state="sent", job_id=job_id)

    def settle(
        self,
        run_id: int,
        chunk: int | None,
        lease: Lease,
        outcomes: Mapping[int, Outcome],
        *,
        again: Sequence[Sequence[int]] = (),
        pool: Sequence[int] = (),
        now: datetime,
    ) -> None:
        rows = {position: _outcome_row(outcome) for position, outcome in outcomes.items()}
        vault = self._vault(run_id)
        with self._held(run_id, lease) as unit:
            bulk_items.write_outcomes(unit, run_id=run_id, outcomes=rows, vault=vault, now=now)
            bulk_items.regroup(unit, account_id=self._account(unit), run_id=run_id, groups=again, pool=pool)
            if chunk is not None:
                bulk_items.mark_chunk(unit, run_id=run_id, chunk=chunk, state="settled")

    def close(self, run_id: int, lease: Lease, state: RunState, *, reason: str | None = None, now: datetime) -> None:
        with self._held(run_id, lease) as unit:
            bulk.close(unit, run_id=run_id, state=state, reason=reason, now=now)

    def cancel(self, run_id: int, *, now: datetime) -> Run:
        self.get(run_id)
        with self._unit() as unit:
            bulk.ask_for(unit, run_id=run_id, state="cancelling", of=("running", "paused"), now=now)
        return self.get(run_id)

    def resume(self, run_id: int, *, now: datetime) -> Run:
        self.get(run_id)
        with self._unit() as unit:
            bulk.ask_for(unit, run_id=run_id, state="running", of=("paused",), now=now)
        return self.get(run_id)

    def imported(self, external_ids: Sequence[str]) -> Mapping[str, int]:
        with self._unit() as unit:
            return bulk_items.imported(
                unit, account_id=self._account(unit), external_ids=external_ids, keys=self._keys()
            )

    def _items(self, run_id: int, chunk: int | None, *, limit: int) -> Sequence[Item]:
        vault = self._vault(run_id)
        with self._reading() as unit:
            rows = bulk_items.items_of(unit, run_id=run_id, chunk=chunk, limit=limit, vault=vault)
        return [Item(position=row.position, target_id=row.target_id, fields=row.fields, tries=row.tries) for row in rows]

    def _shaped(self, row: bulk.RunRow) -> Run:
        return Run(
            id=row.id, kind=row.kind, verb=row.verb, state=row.state, total=row.total, done=row.done,  # type: ignore[arg-type]  # as written
            failed=row.failed, unknown=row.unknown, cancelled=row.cancelled, reason=row.reason, own=row.own, durable=True,
            created_at=row.created_at, updated_at=row.updated_at, finished_at=row.finished_at, changes=self._opened(row.id)[1],
        )  # fmt: skip

    def _vault(self, run_id: int) -> Vault:
        return self._opened(run_id)[0]

    def _opened(self, run_id: int) -> tuple[Vault, Mapping[str, object]]:
        known = self._vaults.get(run_id)
        if known is None:
            with self._reading() as unit:
                known = bulk.open_vault(unit, run_id=run_id, keys=self._keys())
            if known is None:
                raise NoSuchRun
            self._vaults[run_id] = known
        return known

    @contextmanager
    def _held(self, run_id: int, lease: Lease) -> Iterator[Unit]:
        """Open a unit that commits only if the lease is still its holder's."""
        try:
            with self._unit() as unit:
                bulk.hold(unit, run_id=run_id, holder=lease.holder, until=lease.until)
                yield unit
        except bulk.NoLease:
            raise LeaseLost from None

    @contextmanager
    def _unit(self) -> Iterator[Unit]:
        with self._storage.unit(self._tenancy) as unit:
            yield unit

    @contextmanager
    def _reading(self) -> Iterator[Unit]:
        with self._storage.reading(self._tenancy) as unit:
            yield unit

    def _account(self, unit: Unit) -> int:
        if self._account_id is None:
            now = self._clock.now()
            self._account_id = ensure_account(unit, subdomain=self._on.name, base_url=self._on.url, now=now).id
        return self._account_id

    def _known_account(self, unit: Unit) -> int | None:
        """Return the account's id, None while nothing of it is stored: a unit that only reads makes nothing."""
        if self._account_id is None:
            found = find_account(unit, subdomain=self._on.name)
            self._account_id = None if found is None else found.id
        return self._account_id


def _outcome_row(outcome: Outcome) -> bulk_items.OutcomeRow:
    return bulk_items.OutcomeRow(
        state=outcome.state, record_id=outcome.record_id, code=outcome.code, zendesk_code=outcome.zendesk_code,
        upstream=outcome.upstream,
    )  # fmt: skip


def _outcome(row: bulk_items.OutcomeRow) -> Outcome:
    return Outcome(
        state=row.state, record_id=row.record_id, code=row.code, zendesk_code=row.zendesk_code, upstream=row.upstream
    )
