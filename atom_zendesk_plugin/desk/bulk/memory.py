"""Runs in the memory of one process: where there is no database, or no key to seal people's data with. They end with the process.

Safe to share between threads. It keeps the contract of ``BulkLedger`` to the letter, so that a run behaves the same until a restart.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from atom_zendesk_plugin.desk.bulk.model import (
    ENDED,
    PER_JOB,
    Chunk,
    ChunkState,
    Fields,
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

KEPT: Final = 20
"""Ended runs of one user that are kept; older ones go when a new one begins."""
_WAITING: Final = Outcome(state="waiting")


@dataclass(slots=True)
class _Row:
    target_id: int | None
    fields: Fields | None
    external_id: str | None
    outcome: Outcome = _WAITING
    chunk: int | None = None
    tries: int = 0


@dataclass(slots=True)
class _Kept:
    run: Run
    rows: list[_Row] = field(default_factory=list)
    chunks: list[Chunk] = field(default_factory=list)
    members: list[list[int]] = field(default_factory=list)
    pool: list[int] = field(default_factory=list)
    lease: Lease | None = None


class MemoryLedger:
    """One user's runs on one account, in memory."""

    durable = False

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._runs: dict[int, _Kept] = {}

    def begin(self, run: Run) -> Run | None:
        with self._lock:
            if run.id in self._runs:
                return self._runs[run.id].run
            ended = [kept.run.id for kept in self._runs.values() if kept.run.ended]
            for run_id in ended[: max(0, len(ended) - KEPT + 1)]:
                del self._runs[run_id]
            self._runs[run.id] = _Kept(run=replace(run, durable=False))
            return None

    def add(self, run_id: int, items: Sequence[NewItem]) -> None:
        with self._lock:
            kept = self._kept(run_id)
            failed = 0
            for item in items:
                if item.position != len(kept.rows):
                    raise ValueError("items are added in order, without a gap")
                row = _Row(target_id=item.target_id, fields=item.fields, external_id=item.external_id)
                if item.failed is not None:
                    row.outcome, row.fields, failed = item.failed, None, failed + 1
                kept.rows.append(row)
            kept.run = replace(kept.run, total=len(kept.rows), failed=kept.run.failed + failed)

    def open(self, run_id: int, *, now: datetime) -> Run:
        with self._lock:
            kept = self._kept(run_id)
            waiting = [place for place, row in enumerate(kept.rows) if row.outcome.state == "waiting"]
            for start in range(0, len(waiting), PER_JOB):
                self._cut(kept, waiting[start : start + PER_JOB])
            kept.run = replace(kept.run, state="running", updated_at=now)
            return kept.run

    def discard(self, run_id: int) -> None:
        with self._lock:
            self._runs.pop(run_id, None)

    def get(self, run_id: int) -> Run:
        with self._lock:
            return self._kept(run_id).run

    def runs(self, *, limit: int) -> Sequence[Run]:
        with self._lock:
            return [kept.run for kept in reversed(self._runs.values())][:limit]

    def results(self, run_id: int, *, after: int, limit: int, states: Sequence[ItemState] = ()) -> Sequence[ItemResult]:
        with self._lock:
            rows = self._kept(run_id).rows
            found = []
            for position in range(after + 1, len(rows)):
                row = rows[position]
                if not states or row.outcome.state in states:
                    found.append(ItemResult(position=position, outcome=row.outcome, target_id=row.target_id))
                if len(found) == limit:
                    break
            return found

    def take(self, run_id: int, lease: Lease, *, now: datetime) -> bool:
        with self._lock:
            kept = self._kept(run_id)
            held = kept.lease
            if held is not None and held.holder != lease.holder and held.until > now:
                return False
            kept.lease = lease
            return True

    def release(self, run_id: int, holder: str) -> None:
        with self._lock:
            kept = self._runs.get(run_id)
            if kept is not None and kept.lease is not None and kept.lease.holder == holder:
                kept.lease = None

    def chunks(self, run_id: int, state: ChunkState, *, limit: int) -> Sequence[Chunk]:
        with self._lock:
            return [chunk for chunk in self._kept(run_id).chunks if chunk.state == state][:limit]

    def items(self, run_id: int, chunk: int) -> Sequence[Item]:
        with self._lock:
            kept = self._kept(run_id)
            return list(_items(kept, kept.members[chunk]))

    def pooled(self, run_id: int, *, limit: int) -> Sequence[Item]:
        with self._lock:
            kept = self._kept(run_id)
            return list(_items(kept, sorted(kept.pool)[:limit]))

    def sending(self, run_id: int, chunk: int, lease: Lease, *, now: datetime) -> None:
        with self._lock:
            kept = self._held(run_id, lease)
            kept.lease = lease
            kept.chunks[chunk] = replace(kept.chunks[chunk], state="sending", sent_at=now, job_id=None)
            self._tried(kept, chunk, 1)

    def unsent(self, run_id: int, chunk: int, lease: Lease) -> None:
        with self._lock:
            kept = self._held(run_id, lease)
            kept.chunks[chunk] = replace(kept.chunks[chunk], state="waiting", sent_at=None)
            self._tried(kept, chunk, -1)

    def sent(self, run_id: int, chunk: int, lease: Lease, *, job_id: str) -> None:
        with self._lock:
            kept = self._held(run_id, lease)
            kept.chunks[chunk] = replace(kept.chunks[chunk], state="sent", job_id=job_id)

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
        with self._lock:
            kept = self._held(run_id, lease)
            for position, outcome in outcomes.items():
                self._end(kept, position, outcome)
            moved = {*outcomes, *pool, *(position for group in again for position in group)}
            kept.pool = [position for position in kept.pool if position not in moved] + list(pool)
            for group in again:
                self._cut(kept, group)
            if chunk is not None:
                kept.chunks[chunk] = replace(kept.chunks[chunk], state="settled")
            kept.run = replace(kept.run, updated_at=now)

    def close(self, run_id: int, lease: Lease, state: RunState, *, reason: str | None = None, now: datetime) -> None:
        with self._lock:
            kept = self._held(run_id, lease)
            if state in ENDED:
                for position in range(len(kept.rows)):
                    self._end(kept, position, Outcome(state="cancelled", code="CANCELLED"))
            finished = now if state in ENDED else None
            kept.run = replace(kept.run, state=state, reason=reason, finished_at=finished, updated_at=now)

    def cancel(self, run_id: int, *, now: datetime) -> Run:
        with self._lock:
            kept = self._kept(run_id)
            if not kept.run.ended:
                kept.run = replace(kept.run, state="cancelling", updated_at=now)
            return kept.run

    def resume(self, run_id: int, *, now: datetime) -> Run:
        with self._lock:
            kept = self._kept(run_id)
            if kept.run.state == "paused":
                kept.run = replace(kept.run, state="running", reason=None, updated_at=now)
            return kept.run

    def imported(self, external_ids: Sequence[str]) -> Mapping[str, int]:
        wanted = set(external_ids)
        with self._lock:
            return {
                row.external_id: row.outcome.record_id
                for kept in self._runs.values()
                for row in kept.rows
                if row.external_id is not None and row.external_id in wanted and row.outcome.record_id is not None
            }

    def _kept(self, run_id: int) -> _Kept:
        kept = self._runs.get(run_id)
        if kept is None:
            raise NoSuchRun
        return kept

    def _held(self, run_id: int, lease: Lease) -> _Kept:
        kept = self._kept(run_id)
        if kept.lease is None or kept.lease.holder != lease.holder:
            raise LeaseLost
        return kept

    @staticmethod
    def _cut(kept: _Kept, positions: Sequence[int]) -> None:
        number = len(kept.chunks)
        kept.chunks.append(Chunk(number=number, state="waiting"))
        kept.members.append(list(positions))
        for position in positions:
            kept.rows[position].chunk = number

    @staticmethod
    def _tried(kept: _Kept, chunk: int, more: int) -> None:
        for position in kept.members[chunk]:
            kept.rows[position].tries += more

    @staticmethod
    def _end(kept: _Kept, position: int, outcome: Outcome) -> None:
        row = kept.rows[position]
        if row.outcome.state != "waiting":
            return
        row.outcome, row.fields = outcome, None
        if outcome.state in ("done", "failed", "unknown", "cancelled"):
            kept.run = replace(kept.run, **{outcome.state: getattr(kept.run, outcome.state) + 1})


def _items(kept: _Kept, positions: Iterable[int]) -> Iterable[Item]:
    for position in positions:
        row = kept.rows[position]
        if row.outcome.state == "waiting":
            yield Item(position=position, target_id=row.target_id, fields=row.fields or {}, tries=row.tries)
