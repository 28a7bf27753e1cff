"""Bulk runs as callers use them: plan, start, look, cancel, and move on for a while.

A run begins only when all its items were looked at: what is invalid is told with its place, and nothing has been sent.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import msgspec

from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.clock import Clock
from atom_zendesk_plugin.desk import checks
from atom_zendesk_plugin.desk.bulk.advancing import CALL, Advance
from atom_zendesk_plugin.desk.bulk.memory import MemoryLedger
from atom_zendesk_plugin.desk.bulk.model import (
    MAKING,
    MOST_ITEMS,
    BulkLedger,
    Fields,
    ItemResult,
    ItemState,
    NewItem,
    NoSuchRun,
    Run,
    StillLoading,
)  # fmt: skip
from atom_zendesk_plugin.desk.bulk.outcomes import REFUSED, refusal
from atom_zendesk_plugin.desk.bulk.planning import (
    MOST_SAMPLED,
    Budget,
    Invalid,
    Plan,
    Sample,
    calls_for,
    minutes_for,
    preview,
    read_budget,
)  # fmt: skip
from atom_zendesk_plugin.desk.bulk.rows import Rows, check_kind, shared_changes
from atom_zendesk_plugin.desk.custom_fields import CustomFields
from atom_zendesk_plugin.desk.vocabulary import Kind
from atom_zendesk_plugin.errors import InvalidInput, ZendeskForbidden

if TYPE_CHECKING:
    from atom_zendesk_plugin.client.api import ZendeskClient

MOST_JOBS: Final = 15
"""Jobs of one run in flight when nobody says otherwise: half of Zendesk's thirty, the rest is for everybody else."""
LOADING: Final = timedelta(hours=1)
"""How long the items of a run may take to be read."""
TOLD_INVALID: Final = 20
PAGE: Final = 100
MOST_PAGE: Final = 1_000
_BATCH: Final = 1_000
_ID_BITS: Final = 52  # every JSON reader keeps such a number whole


class InvalidItems(InvalidInput):
    """Some items cannot be sent, so nothing was: mend them, or leave them out by skip_invalid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seats:
    """Where runs are written down and who is told of new ones.

    ``durable`` None: there is no database or no key, and runs live in ``memory``. ``begun`` is called with each run that starts.
    """

    durable: BulkLedger | None = None
    memory: BulkLedger = field(default_factory=MemoryLedger)
    begun: Callable[[Run], None] = lambda run: None
    most_jobs: int = MOST_JOBS
    reserve: float = 0.0
    rng: random.Random = field(default_factory=random.SystemRandom, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """A piece of the results, in the order of the items. ``cursor`` leads to the next piece, None at the end."""

    items: tuple[ItemResult, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulk:
    """The bulk runs of one caller's desk. ``own``: the client works with the caller's own grant."""

    client: ZendeskClient
    caller: Caller
    clock: Clock
    seats: Seats = field(default_factory=Seats)
    own: bool = False

    def _named(self, kind: Kind, fields: Fields) -> Fields:
        return CustomFields(client=self.client).of_kind(kind, fields)

    def start(
        self,
        kind: str,
        verb: str,
        items: Iterable[object],
        *,
        changes: Mapping[str, object] | None = None,
        skip_invalid: bool = False,
        idempotency_key: str | None = None,
    ) -> Run:
        """Begin a run and return it at once; ``get`` tells how it goes. Up to 1,000,000 items, read one by one.

        ``kind`` is tickets, users or organizations. ``verb`` and its items: ``create`` (fields), ``update`` (ids, all get ``changes``),
        ``update_each`` (``id`` and fields), ``delete`` (ids), and for tickets ``add_tags`` and ``remove_tags`` (ids, ``changes`` with
        ``tags``) and ``import`` (old tickets with ``comments`` and dates). What makes a record gets an ``external_id`` when it has
        none. Repeating a call with the same ``idempotency_key`` returns the run that the first one began.

        Raises InvalidItems when an item cannot be sent, unless ``skip_invalid``: then such an item has failed from the start.
        """
        known, done = check_kind(kind, verb)
        shared = shared_changes(known, done, changes, named=self._named)
        ledger = self.seats.durable or self.seats.memory
        run_id = self._run_id(idempotency_key)
        now = self.clock.now()
        new = Run(
            id=run_id, kind=known, verb=done, state="loading", total=0, own=self.own, durable=ledger.durable, changes=shared,
            created_at=now, updated_at=now,
        )  # fmt: skip
        there = ledger.begin(new)
        if there is not None and there.state != "loading":
            return there
        if there is not None:
            if now - there.created_at < LOADING:
                raise StillLoading
            ledger.discard(run_id)  # its request never came to an end, so nothing of it was sent
            ledger.begin(new)
        try:
            self._load(ledger, Rows(known, done, run_id=run_id, named=self._named), run_id, items, skip_invalid=skip_invalid)
        except BaseException:
            ledger.discard(run_id)
            raise
        run = ledger.open(run_id, now=self.clock.now())
        self.seats.begun(run)
        return run

    def plan(
        self,
        kind: str,
        verb: str,
        items: Iterable[object],
        *,
        changes: Mapping[str, object] | None = None,
        sample: int = 10,
    ) -> Plan:
        """Say what such a run would cost and change, and change nothing: reads the records of up to ``sample`` (0..1000) items."""
        known, done = check_kind(kind, verb)
        shared = shared_changes(known, done, changes, named=self._named)
        if not 0 <= sample <= MOST_SAMPLED:
            raise InvalidInput(f"sample takes a whole number from 0 to {MOST_SAMPLED}.", field="sample")
        kept, invalid, counted, bad = Sample(sample), list[Invalid](), 0, 0
        for item in _checked(Rows(known, done, run_id=0, named=self._named), items):
            counted += 1
            if isinstance(item, NewItem):
                kept.offer(item)
                continue
            bad += 1
            if len(invalid) < TOLD_INVALID:
                invalid.append(item)
        jobs, calls = calls_for(done, counted - bad, most_jobs=self.seats.most_jobs)
        budget = self._budget()
        previews = preview(self._fresh, known, done, kept.items, shared)
        spent = 1 + (math.ceil(len(previews) / 100) if done not in MAKING else 0)
        return Plan(
            kind=known, verb=done, total=counted, jobs=jobs, calls=calls, spent=spent, invalid_count=bad, invalid=tuple(invalid),
            minutes=minutes_for(calls, budget.limit, reserve=self.seats.reserve), limit_per_minute=budget.limit,
            remaining=budget.remaining, jobs_in_flight=budget.in_flight, previews=previews,
        )  # fmt: skip

    def get(self, run_id: int) -> Run:
        """Return how a run stands. Raises NoSuchRun."""
        return self._home(run_id).get(run_id)

    def list(self, *, limit: int = 30) -> Sequence[Run]:
        """Return the caller's latest runs on this account, the newest first."""
        checks.limit(limit)
        found = [
            *(self.seats.durable.runs(limit=limit) if self.seats.durable else ()),
            *self.seats.memory.runs(limit=limit),
        ]
        return sorted(found, key=lambda run: run.created_at, reverse=True)[:limit]

    def results(
        self, run_id: int, *, cursor: str | None = None, limit: int = PAGE, states: Sequence[ItemState] = ()
    ) -> Results:
        """Return up to ``limit`` (1..1000) results in the order of the items; ``states`` keeps those in one of these states."""
        checks.limit(limit, most=MOST_PAGE)
        found = self._home(run_id).results(run_id, after=_after(cursor), limit=limit + 1, states=states)
        shown = tuple(found[:limit])
        return Results(items=shown, cursor=str(shown[-1].position) if len(found) > limit else None)

    def advance(self, run_id: int, *, seconds: float, stop: Callable[[], bool] = lambda: False) -> Run:
        """Move a run on for up to so many seconds, in this thread, and return how it stands then.

        Raises NoSuchRun, LeaseLost while another process is at it, StorageAway.
        """
        return self.mover(run_id, stop=stop).until(self.clock.monotonic() + seconds)

    def mover(self, run_id: int, *, stop: Callable[[], bool] = lambda: False) -> Advance:
        """Return what moves a run on, to be called again and again. Raises NoSuchRun."""
        return Advance(
            ledger=self._home(run_id), client=self.client, clock=self.clock, run_id=run_id, most_jobs=self.seats.most_jobs,
            stop=stop,
        )  # fmt: skip

    def cancel(self, run_id: int) -> Run:
        """Send nothing more of a run. Jobs in flight end by themselves, and their results are still written down."""
        run = self._home(run_id).cancel(run_id, now=self.clock.now())
        if not run.ended:
            self.seats.begun(run)  # somebody has to see to its end
        return run

    def resume(self, run_id: int) -> Run:
        """Let a paused run go on, or have one taken up again that nobody moves on."""
        run = self._home(run_id).resume(run_id, now=self.clock.now())
        if not run.ended:
            self.seats.begun(run)
        return run

    def _load(
        self, ledger: BulkLedger, rows: Rows, run_id: int, items: Iterable[object], *, skip_invalid: bool
    ) -> None:
        batch, invalid, bad, counted = list[NewItem](), list[Invalid](), 0, 0
        for item in _checked(rows, items):
            counted += 1
            if isinstance(item, Invalid):
                bad += 1
                invalid += [item] if len(invalid) < TOLD_INVALID else []
                item = NewItem(position=item.position, failed=refusal(REFUSED, upstream=item.message))
            batch.append(item)
            if len(batch) == _BATCH and (skip_invalid or not bad):
                ledger.add(run_id, batch)
                batch.clear()
            elif len(batch) == _BATCH:
                batch.clear()  # nothing of it will be sent: go on only to tell what else is wrong
        if bad and not skip_invalid:
            told = [{"position": one.position, "message": one.message, "field": one.field} for one in invalid]
            raise InvalidItems(field="items", invalid_count=bad, invalid=told)
        if counted == 0:
            raise InvalidInput("A run needs at least one item.", field="items")
        ledger.add(run_id, batch)

    def _budget(self) -> Budget:
        try:
            return read_budget(self._fresh)
        except ZendeskForbidden:
            return Budget(limit=None, remaining=None, in_flight=None)

    def _fresh(self) -> ZendeskClient:
        # The items may have taken their time to come: what is asked afterwards has time of its own.
        return self.client.within(seconds=CALL)

    def _home(self, run_id: int) -> BulkLedger:
        """Return the ledger that has this run."""
        checks.identifier(run_id, "run")
        if self.seats.durable is not None:
            try:
                self.seats.durable.get(run_id)
            except NoSuchRun:
                pass
            else:
                return self.seats.durable
        self.seats.memory.get(run_id)
        return self.seats.memory

    def _run_id(self, key: str | None) -> int:
        if key is None:
            return self.seats.rng.getrandbits(_ID_BITS) or 1
        who = (self.client.account.key, self.caller.tenant_id, self.caller.user_id, checks.idempotency_key(key))
        return int.from_bytes(sha256(msgspec.json.encode(who)).digest()) >> (256 - _ID_BITS) or 1


def _checked(rows: Rows, items: Iterable[object]) -> Iterator[NewItem | Invalid]:
    for position, given in enumerate(items):
        if position >= MOST_ITEMS:
            raise InvalidInput(f"A run takes at most {MOST_ITEMS:,} items: make several runs.", field="items")
        try:
            yield rows.item(position, given)
        except InvalidInput as error:
            yield Invalid(position=position, message=error.message, field=error.field)


def _after(cursor: str | None) -> int:
    if cursor is None:
        return -1
    if cursor.isascii() and cursor.isdecimal() and len(cursor) <= 10:
        return int(cursor)
    raise InvalidInput("cursor takes the cursor of the answer before.", field="cursor")
