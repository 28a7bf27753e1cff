"""The items of bulk runs at rest, and the chunks they go out in. Functions work in the caller's unit, for its user, and never commit.

An item's payload is erased in the statement that writes its result, and a result is never written over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, cast

from sqlalchemy import and_, bindparam, insert, select, update

from atom_zendesk_plugin.keyring import KeyRing
from atom_zendesk_plugin.store.bulk_rows import Fields, Vault, change_run, fields_in, of_run, own, text_of
from atom_zendesk_plugin.store.models import BulkChunk, BulkItem, BulkRun
from atom_zendesk_plugin.store.statements import affected
from atom_zendesk_plugin.store.tenancy import Unit

ItemState = Literal["waiting", "done", "failed", "unknown", "cancelled"]
ChunkState = Literal["waiting", "sending", "sent", "settled"]

PER_CHUNK: Final = 100
COUNTED: Final = ("done", "failed", "unknown", "cancelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRow:
    """How an item ended. ``upstream`` is opened, None when there is nothing or it was not asked for."""

    state: ItemState
    record_id: int | None = None
    code: str | None = None
    zendesk_code: str | None = None
    upstream: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRow:
    """An item as it is added; ``failed`` is the result of one that cannot be sent."""

    position: int
    target_id: int | None
    fields: Fields | None = field(repr=False)
    external_id: str | None = field(repr=False)
    failed: OutcomeRow | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """An item without a result, opened."""

    position: int
    target_id: int | None
    fields: Fields = field(repr=False)
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    position: int
    target_id: int | None
    outcome: OutcomeRow


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkRow:
    number: int
    state: ChunkState
    job_id: str | None
    sent_at: datetime | None


def add(unit: Unit, *, account_id: int, run_id: int, rows: Sequence[NewRow], vault: Vault, keys: KeyRing) -> None:
    """Add items to a loading run, each to its chunk: the waiting ones go out a hundred at a time, in order."""
    tenant, user = unit.tenancy.tenant, unit.tenancy.user
    waiting = _waiting(unit, run_id)
    values = []
    for row in rows:
        chunk = None if row.failed is not None else waiting // PER_CHUNK
        waiting += row.failed is None
        index = None if row.external_id is None else keys.blind(row.external_id, about=_index_about(tenant, account_id))
        values.append({
            "run_id": run_id, "position": row.position, "tenant_id": tenant, "account_id": account_id, "user_id": user, "tries": 0,
            "target_id": row.target_id, "chunk": chunk, "external_index": index, **_new_values(row, vault),
        })  # fmt: skip
    if not values:
        return
    unit.session.execute(insert(BulkItem), values)
    failed = sum(row.failed is not None for row in rows)
    change_run(unit, run_id, total=BulkRun.total + len(rows), failed=BulkRun.failed + failed)


def open_run(unit: Unit, *, account_id: int, run_id: int, now: datetime) -> None:
    """Make the chunks that the items were added to, and let the run go."""
    chunks = -(-_waiting(unit, run_id) // PER_CHUNK)
    _add_chunks(unit, account_id, run_id, range(chunks))
    change_run(unit, run_id, state="running", chunks=chunks, updated_at=now)


def results(
    unit: Unit, *, run_id: int, after: int, limit: int, states: Sequence[ItemState], vault: Vault
) -> tuple[ResultRow, ...]:
    """Return results in the order of the items, from behind a position."""
    condition = of_run(unit, BulkItem, run_id, BulkItem.position > after)
    if states:
        condition = and_(condition, BulkItem.state.in_(states))
    found = unit.session.scalars(select(BulkItem).where(condition).order_by(BulkItem.position).limit(limit))
    return tuple(_result(row, vault) for row in found)


def chunks_in(unit: Unit, *, run_id: int, state: ChunkState, limit: int) -> tuple[ChunkRow, ...]:
    """Return chunks of a run in one state, in order."""
    query = select(BulkChunk).where(of_run(unit, BulkChunk, run_id, BulkChunk.state == state))
    found = unit.session.scalars(query.order_by(BulkChunk.number).limit(limit))
    return tuple(
        ChunkRow(number=row.number, state=cast(ChunkState, row.state), job_id=row.job_id, sent_at=row.sent_at) for row in found
    )


def items_of(unit: Unit, *, run_id: int, chunk: int | None, limit: int, vault: Vault) -> tuple[ItemRow, ...]:
    """Return the items of a chunk without a result, in order; ``chunk`` None: those that are in none."""
    inside = BulkItem.chunk.is_(None) if chunk is None else BulkItem.chunk == chunk
    query = select(BulkItem).where(of_run(unit, BulkItem, run_id, BulkItem.state == "waiting", inside))
    return tuple(
        ItemRow(position=row.position, target_id=row.target_id, fields=_payload(row, vault), tries=row.tries)
        for row in unit.session.scalars(query.order_by(BulkItem.position).limit(limit))
    )


def mark_chunk(
    unit: Unit, *, run_id: int, chunk: int, state: ChunkState, job_id: str | None = None, sent_at: datetime | None = None
) -> None:
    """Change the state of a chunk; ``sending`` needs the moment, ``sent`` the job."""
    values: dict[str, object] = {"state": state}
    if state in ("sending", "waiting"):
        values |= {"sent_at": sent_at, "job_id": None}
    if state == "sent":
        values["job_id"] = job_id
    affected(unit.session, update(BulkChunk).where(of_run(unit, BulkChunk, run_id, BulkChunk.number == chunk)).values(values))


def count_try(unit: Unit, *, run_id: int, chunk: int, more: int) -> None:
    """Count one try more, or less, for the waiting items of a chunk."""
    condition = of_run(unit, BulkItem, run_id, BulkItem.chunk == chunk, BulkItem.state == "waiting")
    affected(unit.session, update(BulkItem).where(condition).values(tries=BulkItem.tries + more))


def write_outcomes(
    unit: Unit, *, run_id: int, outcomes: Mapping[int, OutcomeRow], vault: Vault, now: datetime
) -> None:
    """Write down results, once and for all, and erase what was to be sent."""
    before = _states(unit, run_id, outcomes)
    fresh = {position: outcome for position, outcome in outcomes.items() if before.get(position) == "waiting"}
    if fresh:
        item = BulkItem.__table__.c
        statement = (
            update(BulkItem.__table__)  # type: ignore[arg-type]  # a table
            .where(item.run_id == run_id, item.tenant_id == unit.tenancy.tenant, item.user_id == unit.tenancy.user)
            .where(item.position == bindparam("at"), item.state == "waiting")
            .values(payload=None, **{name: bindparam(f"new_{name}") for name in ("state", "record_id", "code", "zendesk_code", "upstream")})
        )  # fmt: skip
        unit.session.connection().execute(statement, [_ended_values(at, outcome, vault) for at, outcome in fresh.items()])
    counted = [outcome.state for outcome in fresh.values()]
    change_run(unit, run_id, updated_at=now, **{name: getattr(BulkRun, name) + counted.count(name) for name in COUNTED})


def regroup(
    unit: Unit, *, account_id: int, run_id: int, groups: Sequence[Sequence[int]], pool: Sequence[int]
) -> None:
    """Make a new chunk of each group of positions, and take the pooled ones out of theirs."""
    if pool:
        _move(unit, run_id, pool, None)
    if not groups:
        return
    first = unit.session.scalar(select(BulkRun.chunks).where(own(unit, BulkRun), BulkRun.id == run_id)) or 0
    _add_chunks(unit, account_id, run_id, range(first, first + len(groups)))
    for number, group in enumerate(groups, start=first):
        _move(unit, run_id, group, number)
    change_run(unit, run_id, chunks=first + len(groups))


def imported(unit: Unit, *, account_id: int, external_ids: Sequence[str], keys: KeyRing) -> dict[str, int]:
    """Return the records that the user's earlier imports made under these external ids; also while keys are being changed."""
    about = _index_about(unit.tenancy.tenant, account_id)
    named = {blind: external_id for external_id in external_ids for blind in keys.blinds(external_id, about=about)}
    query = select(BulkItem.external_index, BulkItem.record_id).where(
        own(unit, BulkItem), BulkItem.account_id == account_id, BulkItem.external_index.in_(list(named)),
        BulkItem.record_id.is_not(None),
    )  # fmt: skip
    return {named[index]: record_id for index, record_id in unit.session.execute(query) if index and record_id}


def _waiting(unit: Unit, run_id: int) -> int:
    """Return how many items of a loading run can be sent."""
    query = select(BulkRun.total - BulkRun.failed).where(own(unit, BulkRun), BulkRun.id == run_id)
    return unit.session.scalar(query) or 0


def _new_values(row: NewRow, vault: Vault) -> dict[str, object]:
    if row.failed is not None:
        ended = _ended_values(row.position, row.failed, vault)
        return {"payload": None, **{name.removeprefix("new_"): value for name, value in ended.items() if name != "at"}}
    payload = None if row.fields is None else vault.seal(text_of(row.fields), "payload", row.position)
    return {"payload": payload, "state": "waiting", **dict.fromkeys(("record_id", "code", "zendesk_code", "upstream"))}


def _ended_values(position: int, outcome: OutcomeRow, vault: Vault) -> dict[str, object]:
    upstream = None if outcome.upstream is None else vault.seal(outcome.upstream, "upstream", position)
    return {
        "at": position, "new_state": outcome.state, "new_record_id": outcome.record_id, "new_code": outcome.code,
        "new_zendesk_code": outcome.zendesk_code, "new_upstream": upstream,
    }  # fmt: skip


def _states(unit: Unit, run_id: int, positions: Iterable[int]) -> dict[int, str]:
    query = select(BulkItem.position, BulkItem.state).where(of_run(unit, BulkItem, run_id, BulkItem.position.in_(list(positions))))
    return {row.position: row.state for row in unit.session.execute(query)}


def _move(unit: Unit, run_id: int, positions: Sequence[int], chunk: int | None) -> None:
    condition = of_run(unit, BulkItem, run_id, BulkItem.position.in_(list(positions)), BulkItem.state == "waiting")
    affected(unit.session, update(BulkItem).where(condition).values(chunk=chunk))


def _add_chunks(unit: Unit, account_id: int, run_id: int, numbers: range) -> None:
    whose = {"tenant_id": unit.tenancy.tenant, "account_id": account_id, "user_id": unit.tenancy.user, "run_id": run_id}
    rows = [{**whose, "number": number, "state": "waiting", "job_id": None, "sent_at": None} for number in numbers]
    if rows:
        unit.session.execute(insert(BulkChunk), rows)


def _payload(row: BulkItem, vault: Vault) -> Fields:
    return {} if row.payload is None else fields_in(vault.open(row.payload, "payload", row.position))


def _result(row: BulkItem, vault: Vault) -> ResultRow:
    upstream = None if row.upstream is None else vault.open(row.upstream, "upstream", row.position)
    outcome = OutcomeRow(
        state=cast(ItemState, row.state), record_id=row.record_id, code=row.code, zendesk_code=row.zendesk_code, upstream=upstream
    )
    return ResultRow(position=row.position, target_id=row.target_id, outcome=outcome)


def _index_about(tenant_id: str, account_id: int) -> tuple[str, ...]:
    return "zendesk_bulk_items", "external_index", tenant_id, str(account_id)
