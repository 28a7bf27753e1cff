"""Bulk runs in the assembly: their ledger in the database, the memory of those that have none, and the thread that moves them on.

One thread per process is enough: a run waits for Zendesk most of the time. It begins with the first run, and a scheduler that calls
``BulkRunner.resume`` takes up what a stopped process has left behind.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from atom_zendesk_plugin.desk.bulk.memory import MemoryLedger
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
from atom_zendesk_plugin.errors import NotConnected, ZendeskPluginError
from atom_zendesk_plugin.logs import event
from atom_zendesk_plugin.store import bulk, bulk_items
from atom_zendesk_plugin.store.accounts import ensure_account, find_account, find_account_by_id
from atom_zendesk_plugin.store.tenancy import Tenancy, Unit

if TYPE_CHECKING:
    from atom_zendesk_plugin.accounts.facts import AccountFacts
    from atom_zendesk_plugin.caller import Caller
    from atom_zendesk_plugin.clock import Clock
    from atom_zendesk_plugin.desk.bulk.advancing import Advance
    from atom_zendesk_plugin.desk.bulk.service import Bulk
    from atom_zendesk_plugin.keyring import KeyRing
    from atom_zendesk_plugin.storage import Storage
    from atom_zendesk_plugin.store.bulk_rows import Vault

KEPT: Final = timedelta(days=30)
"""How long an ended run is kept, counted from its beginning."""
TURN: Final = 5.0
"""Seconds one run is moved on before the next one's turn."""
ASIDE: Final = 30.0
"""Seconds a run is left alone after an error that has nothing to do with its items."""
STOPPING: Final = 5.0
"""Seconds that closing waits for the thread."""


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


@dataclass(frozen=True, slots=True)
class Started:
    """A run to move on, and for whom: the roles are those that its beginning was allowed with."""

    caller: Caller
    account: str
    run_id: int
    own: bool


class BulkRunner:
    """Moves the runs of one app on. ``open_bulk`` gives a caller's runs on an account. Safe to share between threads."""

    def __init__(
        self, open_bulk: Callable[[Caller, str], Bulk], *, storage: Storage, caller_of: Callable[[bulk.RunRow], Caller], clock: Clock
    ) -> None:
        """``caller_of`` says for whom an abandoned run goes on."""
        self._bulk, self._storage, self._caller_of, self._clock = open_bulk, storage, caller_of, clock
        self._memory: dict[tuple[str, str, str], MemoryLedger] = {}
        self._lock = threading.Lock()
        self._work = threading.Condition(self._lock)
        self._waiting: dict[int, Started] = {}
        self._aside: dict[int, float] = {}
        self._movers: dict[int, Advance] = {}
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._pid = os.getpid()

    def memory_of(self, tenant_id: str, account: str, user_id: str) -> MemoryLedger:
        """Return what holds a user's runs that are not written down."""
        with self._lock:
            return self._memory.setdefault((tenant_id, account, user_id), MemoryLedger())

    def begun(self, started: Started) -> None:
        """Take a run on, unless it is being moved on already; starts the thread when there is none."""
        with self._work:
            if self._pid != os.getpid():  # the parent's thread did not come along
                self._pid, self._thread, self._stop = os.getpid(), None, threading.Event()
            self._waiting[started.run_id] = started
            self._aside.pop(started.run_id, None)
            if self._thread is None:
                self._stop.clear()
                self._thread = threading.Thread(target=self._loop, name="atom-zendesk-bulk", daemon=True)
                self._thread.start()
            self._work.notify_all()

    def resume(self, *, limit: int = 100) -> int:
        """Take on up to ``limit`` runs that nobody moves on, of everybody, and return how many those were. Raises StorageAway."""
        with self._storage.operator_unit() as operator:
            rows = bulk.list_abandoned(operator, now=self._clock.now(), limit=limit)
        for row in rows:
            with self._storage.reading(Tenancy(row.tenant_id)) as unit:
                account = find_account_by_id(unit, account_id=row.account_id)
            if account is not None:
                self.begun(Started(self._caller_of(row), account.subdomain, row.id, row.own))
        return len(rows)

    @property
    def busy(self) -> int:
        """How many runs this process moves on at the moment."""
        with self._lock:
            return len(self._waiting)

    @property
    def running(self) -> bool:
        """Whether this process has a thread for it."""
        return self._thread is not None

    def close(self) -> None:
        """Stop moving runs on, within some seconds; their leases are let go, so that another process can go on at once."""
        with self._work:
            self._stop.set()
            thread, self._thread = self._thread, None
            self._work.notify_all()
        if thread is not None:
            thread.join(STOPPING)

    def _loop(self) -> None:
        stop = self._stop
        while not stop.is_set():
            started = self._next(stop)
            if started is not None:
                self._turn(started, stop)

    def _next(self, stop: threading.Event) -> Started | None:
        with self._work:
            now = self._clock.monotonic()
            ready = [run_id for run_id in self._waiting if self._aside.get(run_id, now) <= now]
            if not ready:
                if not stop.is_set():
                    self._work.wait(1.0)
                return None
            started = self._waiting.pop(ready[0])
            self._waiting[started.run_id] = started  # its next turn comes after everybody else's
            return started

    def _turn(self, started: Started, stop: threading.Event) -> None:
        run_id = started.run_id
        try:
            mover = self._movers.get(run_id) or self._mover(started, stop)
            run = mover.until(self._clock.monotonic() + TURN)
            if run.ended or run.state == "paused":
                self._drop(run_id)
        except (LeaseLost, NoSuchRun):
            self._drop(run_id)
        except ZendeskPluginError as error:
            event("zendesk.bulk_waits", "warning", error=error, run=run_id)
            self._put_aside(run_id)
        except Exception as error:
            # A mistake of ours must not end the other runs; the lease passes, and the ledger knows what was being done.
            event("zendesk.bulk_failed", "error", run=run_id, kind=type(error).__name__)
            self._drop(run_id)

    def _mover(self, started: Started, stop: threading.Event) -> Advance:
        runs = self._bulk(started.caller, started.account)
        if started.own and not runs.own:
            raise NotConnected("The connection that this bulk run was begun with is gone: connect again, or cancel the run.")
        mover = self._movers[started.run_id] = runs.mover(started.run_id, stop=stop.is_set)
        return mover

    def _put_aside(self, run_id: int) -> None:
        with self._lock:
            self._movers.pop(run_id, None)
            self._aside[run_id] = self._clock.monotonic() + ASIDE

    def _drop(self, run_id: int) -> None:
        with self._lock:
            self._waiting.pop(run_id, None)
            self._aside.pop(run_id, None)
            self._movers.pop(run_id, None)


def _outcome_row(outcome: Outcome) -> bulk_items.OutcomeRow:
    return bulk_items.OutcomeRow(
        state=outcome.state, record_id=outcome.record_id, code=outcome.code, zendesk_code=outcome.zendesk_code,
        upstream=outcome.upstream,
    )  # fmt: skip


def _outcome(row: bulk_items.OutcomeRow) -> Outcome:
    return Outcome(
        state=row.state, record_id=row.record_id, code=row.code, zendesk_code=row.zendesk_code, upstream=row.upstream
    )
