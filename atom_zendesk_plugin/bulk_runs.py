"""The thread that moves bulk runs on, and the memory of those that are not written down.

One thread per process is enough: a run waits for Zendesk most of the time. It begins with the first run, and a scheduler that calls
``BulkRunner.resume`` takes up what a stopped process has left behind.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from atom_zendesk_plugin.desk.bulk.memory import MemoryLedger
from atom_zendesk_plugin.desk.bulk.model import LeaseLost, NoSuchRun
from atom_zendesk_plugin.errors import NotConnected, ZendeskPluginError
from atom_zendesk_plugin.logs import event
from atom_zendesk_plugin.store import bulk
from atom_zendesk_plugin.store.accounts import find_account_by_id
from atom_zendesk_plugin.store.tenancy import Tenancy

if TYPE_CHECKING:
    from atom_zendesk_plugin.caller import Caller
    from atom_zendesk_plugin.clock import Clock
    from atom_zendesk_plugin.desk.bulk.advancing import Advance
    from atom_zendesk_plugin.desk.bulk.service import Bulk
    from atom_zendesk_plugin.storage import Storage

TURN: Final = 5.0
"""Seconds one run is moved on before the next one's turn."""
ASIDE: Final = 30.0
"""Seconds a run is left alone after an error that has nothing to do with its items."""
STOPPING: Final = 5.0
"""Seconds that closing waits for the thread."""


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
