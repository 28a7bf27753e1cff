"""Moving a run on: the one function that sends chunks, looks after jobs and writes results down, for whoever holds the run's lease.

The order of writing is what keeps rows from being sent twice. A chunk is ``sending`` in the ledger before its call goes out, and whoever
finds it so without a job (a killed process, a lost answer) first waits until no job can still carry it, then reads back what happened.
A call's deadline lies before the lease's end, so a process that wakes up late sends nothing any more.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from atom_zendesk_plugin.clock import Clock
from atom_zendesk_plugin.desk.bulk.lookup import Found, imported_before, read_back
from atom_zendesk_plugin.desk.bulk.model import (
    MOST_TRIES,
    PER_JOB,
    BulkLedger,
    Chunk,
    Item,
    Lease,
    LeaseLost,
    Outcome,
    Run,
)  # fmt: skip
from atom_zendesk_plugin.desk.bulk.outcomes import PASSING, REFUSED, judge, lost, refusal
from atom_zendesk_plugin.desk.bulk.sending import is_repeatable, send
from atom_zendesk_plugin.errors import (
    Code,
    ConfigError,
    Forbidden,
    InvalidInput,
    NotConnected,
    OutcomeUnknown,
    StorageAway,
    ZendeskBadRequest,
    ZendeskCallFailed,
    ZendeskConflict,
    ZendeskForbidden,
    ZendeskInvalid,
    ZendeskNotFound,
    ZendeskPluginError,
    ZendeskTooLarge,
    ZendeskUnauthorized,
)
from atom_zendesk_plugin.logs import event
from atom_zendesk_plugin.records import JobStatus

if TYPE_CHECKING:
    from atom_zendesk_plugin.client.api import ZendeskClient

CALL: Final = 30.0
"""Seconds one call may take, waits and retries included."""
LEASE: Final = 120.0
"""Seconds a run is one process's own without a sign of life; longer than a call, the wait before it and the commits around it."""
IN_DOUBT: Final = 60.0
"""Seconds after which a call that was about to be made has been made, or never will be: its deadline, and what clocks may differ."""
SEARCH_LAG: Final = 600.0
"""Seconds after which search shows an archived ticket that was imported."""
LONGEST_DOUBT: Final = 1800.0
"""Seconds for which foreign jobs are waited for before what is not found counts as unknown."""
SHORTEST: Final = 1.0
GROWTH: Final = 1.5
LONGEST: Final = 15.0
SLICE: Final = 0.5
"""Seconds of one sleep: so soon a pause notices that it should stop."""

_DONE: Final = frozenset({"completed", "failed", "killed"})
_STOPPING: Final = (ZendeskUnauthorized, ZendeskForbidden, NotConnected, Forbidden, ConfigError)
"""What no waiting cures: the run pauses, and says why."""
_REFUSING: Final = (InvalidInput, ZendeskInvalid, ZendeskBadRequest, ZendeskTooLarge, ZendeskNotFound, ZendeskConflict)
"""What Zendesk, or our own client, says of a whole chunk; which of its rows is meant is found by cutting it in two."""


@dataclass(slots=True, kw_only=True)
class Advance:
    """Moves one run on. ``fresh_client`` gives a client without a deadline; ``stop`` tells that the process is closing.

    ``most_jobs`` is how many jobs of the run may be in flight at the same time; Zendesk allows 30 for the whole account.
    """

    ledger: BulkLedger
    client: ZendeskClient
    clock: Clock
    run_id: int
    most_jobs: int
    stop: Callable[[], bool] = lambda: False
    holder: str = field(default_factory=lambda: secrets.token_hex(8))
    _pause: float = SHORTEST
    _unsaved: dict[int, str] = field(default_factory=dict)
    _suspects: dict[int, frozenset[str]] = field(default_factory=dict)
    _lease: Lease | None = None

    def until(self, moment: float) -> Run:
        """Work until the run has ended or paused, or until a moment on the clock's monotonic scale, and return the run.

        Raises NoSuchRun, and LeaseLost when another process is at it. A database that goes away is waited for; StorageAway when it
        is still away at that moment.
        """
        while True:
            try:
                run = self._step()
                if run.ended or run.state == "paused" or self.stop() or self.clock.monotonic() >= moment:
                    self.ledger.release(self.run_id, self.holder)
                    return run
                self._wait(moment)
            except StorageAway:
                # What was sent is known here, and written down as soon as that is possible again.
                if self.stop() or self.clock.monotonic() >= moment:
                    raise
                self._wait(moment)

    def _step(self) -> Run:
        """Do everything that can be done now, and say how the run stands."""
        run = self.ledger.get(self.run_id)
        if run.ended or run.state in ("paused", "loading"):
            return run
        self._renew()
        try:
            moved = self._work(run)
        except _STOPPING as error:
            return self._pause_for(error)
        except ZendeskCallFailed as error:
            # Everything is as the ledger says; what was to be asked is asked again in a while.
            event("zendesk.bulk_waits", "warning", error=error, run=self.run_id)
            self._slow(error.retry_after)
            return self.ledger.get(self.run_id)
        self._pause = SHORTEST if moved else min(self._pause * GROWTH, LONGEST)
        return self._ended_or_not()

    def _work(self, run: Run) -> bool:
        """Return whether anything moved."""
        self._save_jobs()
        moved = self._recover(run)
        moved |= self._settle_jobs(run)
        if run.state == "running":
            moved |= self._send_waiting(run)
            if not self.ledger.chunks(run.id, "waiting", limit=1):
                moved |= self._gather(run)
        return moved

    def _ended_or_not(self) -> Run:
        run = self.ledger.get(self.run_id)
        if any(self.ledger.chunks(run.id, state, limit=1) for state in ("sending", "sent")):
            return run
        if run.state == "cancelling":
            self.ledger.close(run.id, self._held(), "cancelled", now=self.clock.now())
        elif run.waiting == 0:
            self.ledger.close(run.id, self._held(), "done", now=self.clock.now())
        return self.ledger.get(run.id)

    # Sending

    def _send_waiting(self, run: Run) -> bool:
        moved = False
        while not self.stop():
            going = len(self.ledger.chunks(run.id, "sent", limit=self.most_jobs))
            going += len(self.ledger.chunks(run.id, "sending", limit=self.most_jobs))
            waiting = self.ledger.chunks(run.id, "waiting", limit=1)
            if going >= self.most_jobs or not waiting or self.ledger.get(run.id).state != "running":
                break
            if not self._send(run, waiting[0]):
                break
            moved = True
        return moved

    def _send(self, run: Run, chunk: Chunk) -> bool:
        """Send one chunk; False when Zendesk takes no more for now."""
        items = self._not_imported_yet(run, chunk, self.ledger.items(run.id, chunk.number))
        if not items:
            return True  # it is settled: there was nothing left to send
        # Made before the mark: from then on the deadline runs, also while this process stands still.
        client = self._fresh()
        self.ledger.sending(run.id, chunk.number, self._longer(), now=self.clock.now())
        try:
            job = send(client, run, items)
        except OutcomeUnknown as error:
            event("zendesk.bulk_answer_lost", "warning", error=error, run=run.id, chunk=chunk.number)
            return False
        except _REFUSING as error:
            self._refused(run, chunk, items, error)
            return True
        except ZendeskPluginError as error:
            # Not carried out: everything that might have been is an OutcomeUnknown.
            self._take_back(chunk)
            if isinstance(error, ZendeskCallFailed) and error.zendesk_code == "TooManyJobs":
                self._slow(error.retry_after)
                return False
            raise
        self._unsaved[chunk.number] = job.id
        self._save_jobs()
        return True

    def _take_back(self, chunk: Chunk) -> None:
        try:
            self.ledger.unsent(self.run_id, chunk.number, self._held())
        except StorageAway as error:
            # It stays in doubt, which costs reading back, and does no harm.
            event("zendesk.bulk_unrecorded", "warning", error=error, run=self.run_id, chunk=chunk.number)

    def _save_jobs(self) -> None:
        for number, job_id in list(self._unsaved.items()):
            self.ledger.sent(self.run_id, number, self._held(), job_id=job_id)
            del self._unsaved[number]

    def _refused(self, run: Run, chunk: Chunk, items: Sequence[Item], error: ZendeskPluginError) -> None:
        """Find the row that is meant by halving; alone, it has failed."""
        now = self.clock.now()
        if len(items) > 1:
            half = len(items) // 2
            parts = [[item.position for item in items[:half]], [item.position for item in items[half:]]]
            self.ledger.settle(run.id, chunk.number, self._held(), {}, again=parts, now=now)
            return
        outcome = refusal(REFUSED)
        if isinstance(error, ZendeskCallFailed):
            code = error.code if error.code in (Code.NOT_FOUND, Code.CONFLICT) else REFUSED
            outcome = refusal(code, zendesk_code=error.zendesk_code, upstream=error.upstream)
        self.ledger.settle(run.id, chunk.number, self._held(), {items[0].position: outcome}, now=now)

    def _not_imported_yet(self, run: Run, chunk: Chunk, items: Sequence[Item]) -> Sequence[Item]:
        """Leave out old tickets that are there: an import that is begun anew adds nothing."""
        if run.verb != "import":
            return items
        by_id = {str(item.fields["external_id"]): item for item in items}
        known = dict(self.ledger.imported(list(by_id)))
        known |= imported_before(self._fresh_and_held, [name for name in by_id if name not in known])
        if not known:
            return items
        done = {by_id[name].position: Outcome(state="done", record_id=number) for name, number in known.items()}
        rest = [item for item in items if item.position not in done]
        groups = [[item.position for item in rest]] if rest else []
        # A chunk of its own for what is left: its turn comes next.
        self.ledger.settle(run.id, chunk.number, self._longer(), done, again=groups, now=self.clock.now())
        return ()

    # Jobs in flight

    def _settle_jobs(self, run: Run) -> bool:
        sent = {chunk.job_id: chunk for chunk in self.ledger.chunks(run.id, "sent", limit=PER_JOB) if chunk.job_id}
        if not sent:
            return False
        jobs = {job.id: job for job in self._fresh_and_held().jobs.show_many(sent)}
        moved = False
        for job_id, chunk in sent.items():
            job = jobs.get(job_id) or self._job(job_id)
            if job is None or job.status in _DONE:
                self._settle(run, chunk, job)
                moved = True
        return moved

    def _job(self, job_id: str) -> JobStatus | None:
        """Ask for one job that a list has left out; None when Zendesk has forgotten it, which it does after a day."""
        try:
            return self._fresh_and_held().jobs.get(job_id)
        except ZendeskNotFound:
            return None

    def _settle(self, run: Run, chunk: Chunk, job: JobStatus | None) -> None:
        items = self.ledger.items(run.id, chunk.number)
        verdicts = judge(items, job.results if job is not None else None)
        ended, missing = dict(verdicts.ended), list[int]()
        silent = [item for item in items if item.position in verdicts.silent]
        if silent:
            found = read_back(self._fresh_and_held, run, silent)
            ended |= _done(found)
            missing = self._still_missing(found, silent, ended)
        self.ledger.settle(
            run.id, chunk.number, self._longer(), ended, again=[missing] if missing else [], pool=verdicts.again,
            now=self.clock.now(),
        )  # fmt: skip

    def _still_missing(self, found: Found, items: Sequence[Item], ended: dict[int, Outcome]) -> list[int]:
        """Return what may be sent again; what was sent too often has failed."""
        tries = {item.position: item.tries for item in items}
        for position in found.missing:
            if tries[position] >= MOST_TRIES:
                ended[position] = refusal(PASSING)
        return [position for position in found.missing if position not in ended]

    def _gather(self, run: Run) -> bool:
        """Make a new chunk of items that failed for a passing reason, after a look whether they did not come through all the same."""
        if self.ledger.chunks(run.id, "sent", limit=1) or self.ledger.chunks(run.id, "sending", limit=1):
            return False  # more of them may come; full chunks cost fewer jobs
        items = self.ledger.pooled(run.id, limit=PER_JOB)
        if not items:
            return False
        unsafe = [item for item in items if not is_repeatable(run, item)]
        ended = _done(read_back(self._fresh_and_held, run, unsafe)) if unsafe else {}
        rest = [item.position for item in items if item.position not in ended]
        self.ledger.settle(run.id, None, self._longer(), ended, again=[rest] if rest else [], now=self.clock.now())
        return True

    # What was being sent when its answer, or its process, got lost

    def _recover(self, run: Run) -> bool:
        moved = False
        for chunk in self.ledger.chunks(run.id, "sending", limit=PER_JOB):
            items = self.ledger.items(run.id, chunk.number)
            age = (self.clock.now() - chunk.sent_at).total_seconds() if chunk.sent_at else LONGEST_DOUBT
            if age < (SEARCH_LAG if _may_be_archived(run, items) else IN_DOUBT):
                continue
            quiet = self._nothing_in_flight(run, chunk)
            if not quiet and age < LONGEST_DOUBT:
                continue
            self._read_back(run, chunk, items, certain=quiet)
            moved = True
        return moved

    def _nothing_in_flight(self, run: Run, chunk: Chunk) -> bool:
        """Tell whether no job that could be this chunk's is queued or working any more.

        Only those of the first look count: the call was made before it, or never.
        """
        own = {sent.job_id for sent in self.ledger.chunks(run.id, "sent", limit=PER_JOB)}
        going = {job.id for job in self._recent_jobs() if job.status not in _DONE and job.id not in own}
        suspects = self._suspects.setdefault(chunk.number, frozenset(going)) & going
        return not suspects

    def _recent_jobs(self) -> Iterator[JobStatus]:
        for number, job in enumerate(self._fresh_and_held().jobs.list()):
            if number >= PER_JOB:  # those in flight are the newest, and at most thirty
                return
            yield job

    def _read_back(self, run: Run, chunk: Chunk, items: Sequence[Item], *, certain: bool) -> None:
        found = read_back(self._fresh_and_held, run, items)
        ended = _done(found)
        if certain or all(is_repeatable(run, item) for item in items):
            missing = self._still_missing(found, items, ended)
        else:
            missing = []
            ended |= {item.position: lost(item) for item in items if item.position in found.missing}
        event("zendesk.bulk_read_back", run=run.id, chunk=chunk.number, done=len(found.done), again=len(missing))
        self._suspects.pop(chunk.number, None)
        self.ledger.settle(
            run.id, chunk.number, self._longer(), ended, again=[missing] if missing else [], now=self.clock.now()
        )

    # The lease, the pauses

    def _renew(self) -> None:
        if not self.ledger.take(self.run_id, self._longer(), now=self.clock.now()):
            self._lease = None
            raise LeaseLost

    def _longer(self) -> Lease:
        self._lease = Lease(holder=self.holder, until=self.clock.now() + timedelta(seconds=LEASE))
        return self._lease

    def _held(self) -> Lease:
        return self._lease or self._longer()

    def _fresh(self) -> ZendeskClient:
        return self.client.within(seconds=CALL, lane="background")

    def _fresh_and_held(self) -> ZendeskClient:
        """Return a client for one more call of many, and keep the lease meanwhile."""
        lease = self._held()
        if lease.until - self.clock.now() < timedelta(seconds=LEASE / 2):
            self._renew()
        return self._fresh()

    def _pause_for(self, error: ZendeskPluginError) -> Run:
        event("zendesk.bulk_paused", "warning", error=error, run=self.run_id)
        self.ledger.close(self.run_id, self._held(), "paused", reason=error.message, now=self.clock.now())
        return self.ledger.get(self.run_id)

    def _slow(self, retry_after: float | None) -> None:
        self._pause = max(retry_after or 0.0, min(self._pause * GROWTH, LONGEST))

    def _wait(self, moment: float) -> None:
        end = min(self.clock.monotonic() + self._pause, moment)
        while not self.stop() and (left := end - self.clock.monotonic()) > 0:
            self.clock.sleep(min(left, SLICE))


def _done(found: Found) -> dict[int, Outcome]:
    return {position: Outcome(state="done", record_id=record_id) for position, record_id in found.done.items()}


def _may_be_archived(run: Run, items: Sequence[Item]) -> bool:
    return run.verb == "import" and any(item.fields.get("status") == "closed" for item in items)
