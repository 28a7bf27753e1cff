"""What a bulk run is made of, and what it needs of the place where it is written down (``BulkLedger``).

Everything that decides whether a row may be sent again is in the ledger, never in a process: chunk, state, job, result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, Protocol

from atom_zendesk_plugin.desk.vocabulary import Kind
from atom_zendesk_plugin.errors import Code, NotFound, ZendeskPluginError

Verb = Literal["create", "update", "update_each", "delete", "add_tags", "remove_tags", "import"]
RunState = Literal["loading", "running", "paused", "cancelling", "cancelled", "done"]
ChunkState = Literal["waiting", "sending", "sent", "settled"]
ItemState = Literal["waiting", "done", "failed", "unknown", "cancelled"]
Fields = Mapping[str, object]

KINDS: Final[tuple[Kind, ...]] = ("tickets", "users", "organizations")
VERBS: Final[tuple[Verb, ...]] = ("create", "update", "update_each", "delete", "add_tags", "remove_tags", "import")
ENDED: Final[tuple[RunState, ...]] = ("cancelled", "done")
MAKING: Final[tuple[Verb, ...]] = ("create", "import")
"""Verbs whose rows make a record: each row has an external id by which it is found again."""

PER_JOB: Final = 100
MOST_ITEMS: Final = 1_000_000
MOST_TRIES: Final = 3
"""How often one row is sent at most."""


class NoSuchRun(NotFound):
    """There is no bulk run with this id here, or it is somebody else's."""


class LeaseLost(ZendeskPluginError):
    """Another process goes on with this bulk run: ask for its state instead."""

    code = Code.CONFLICT


class StillLoading(ZendeskPluginError):
    """An earlier request with this Idempotency-Key is still being read: ask again in a minute."""

    code = Code.CONFLICT


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One bulk run. Moments are aware, in UTC.

    ``total`` counts the items, ``done`` and its neighbours how they ended; the rest waits. ``durable`` False: it is kept in the memory
    of one process, and ends with it. ``reason`` says why a run is paused. ``own``: begun with the caller's own grant, not through the
    service account. ``changes`` are those that all its records get.
    """

    id: int
    kind: Kind
    verb: Verb
    state: RunState
    total: int
    done: int = 0
    failed: int = 0
    unknown: int = 0
    cancelled: int = 0
    reason: str | None = None
    own: bool = False
    durable: bool = True
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None = None
    changes: Fields = field(default_factory=dict, repr=False)

    @property
    def waiting(self) -> int:
        """How many items have no result yet."""
        return self.total - self.done - self.failed - self.unknown - self.cancelled

    @property
    def ended(self) -> bool:
        return self.state in ENDED


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """An item as it is written down: ``target_id`` is the record to change or delete, ``fields`` what is sent for it.

    ``failed`` is the result of one that cannot be sent at all. ``external_id`` is remembered for imports, in a form that shows nothing.
    """

    position: int
    target_id: int | None = None
    fields: Fields | None = field(default=None, repr=False)
    external_id: str | None = field(default=None, repr=False)
    failed: Outcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item without a result. ``tries`` is how often it was sent."""

    position: int
    target_id: int | None
    fields: Fields = field(repr=False)
    tries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an item ended. ``zendesk_code`` is Zendesk's word for the failure; ``upstream`` its sentence, which may quote people's data."""

    state: ItemState
    record_id: int | None = None
    code: str | None = None
    zendesk_code: str | None = None
    upstream: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemResult:
    """The outcome of one item, for its caller; ``waiting`` when there is none yet. ``position`` counts from 0."""

    position: int
    outcome: Outcome
    target_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Up to a hundred items that go out in one job. ``sent_at`` is when its call was about to be made."""

    number: int
    state: ChunkState
    job_id: str | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to move a run on: whose it is, and until when. Every change names it; who has lost it changes nothing any more."""

    holder: str
    until: datetime


class BulkLedger(Protocol):
    """One user's runs on one account. Each method commits before it returns.

    All may raise StorageAway; those that take a ``run_id`` raise NoSuchRun, those with a ``lease`` LeaseLost when it is another's by now.
    """

    durable: bool

    def begin(self, run: Run) -> Run | None:
        """Write down a new run, ``loading``, and return None; or return the one that is there already under this id."""

    def add(self, run_id: int, items: Sequence[NewItem]) -> None:
        """Add items to a run that is loading, in order."""

    def open(self, run_id: int, *, now: datetime) -> Run:
        """Cut the items that have no result into chunks, and let the run go."""

    def discard(self, run_id: int) -> None:
        """Erase a run with all its items."""

    def get(self, run_id: int) -> Run:
        """Return a run."""

    def runs(self, *, limit: int) -> Sequence[Run]:
        """Return the latest runs, the newest first."""

    def results(self, run_id: int, *, after: int, limit: int, states: Sequence[ItemState] = ()) -> Sequence[ItemResult]:
        """Return results in the order of the items, from behind a position; ``states`` keeps those in one of these states."""

    def take(self, run_id: int, lease: Lease, *, now: datetime) -> bool:
        """Take the lease, or make one's own longer; False while it is another's."""

    def release(self, run_id: int, holder: str) -> None:
        """Let go of the lease, if it is still one's own."""

    def chunks(self, run_id: int, state: ChunkState, *, limit: int) -> Sequence[Chunk]:
        """Return chunks in a state, in order."""

    def items(self, run_id: int, chunk: int) -> Sequence[Item]:
        """Return the items of a chunk that have no result yet, in order."""

    def pooled(self, run_id: int, *, limit: int) -> Sequence[Item]:
        """Return the first items that wait for another try and are in no chunk."""

    def sending(self, run_id: int, chunk: int, lease: Lease, *, now: datetime) -> None:
        """Mark a waiting chunk as about to be sent, its items as tried once more, and make the lease longer."""

    def unsent(self, run_id: int, chunk: int, lease: Lease) -> None:
        """Take back ``sending``: its call was provably not carried out."""

    def sent(self, run_id: int, chunk: int, lease: Lease, *, job_id: str) -> None:
        """Write down the job that carries the chunk out."""

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
        """Write down results by position, once and for all, and forget what was sent for them.

        ``again`` are groups of positions that become new chunks, ``pool`` those that wait for another try. ``chunk`` (None: the items
        were pooled) is settled by it.
        """

    def close(self, run_id: int, lease: Lease, state: RunState, *, reason: str | None = None, now: datetime) -> None:
        """Change the state of a run. Into an ended one: items without a result are ``cancelled``."""

    def cancel(self, run_id: int, *, now: datetime) -> Run:
        """Ask for the end of a run, whoever moves it on."""

    def resume(self, run_id: int, *, now: datetime) -> Run:
        """Let a paused run go on."""

    def imported(self, external_ids: Sequence[str]) -> Mapping[str, int]:
        """Return the records that earlier imports of this user made, by external id."""
