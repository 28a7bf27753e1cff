"""Bulk runs at rest: the run, its lease and its key, in the caller's unit, for its user. Functions never commit.

What is sent for an item is people's data: it is sealed with a key of the run's own, and that key with the key ring, so changing keys
touches one row a run. Whoever moves a run on names its lease in every change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import delete, or_, select, update

from atom_zendesk_plugin.errors import NotFound
from atom_zendesk_plugin.keyring import Key, KeyRing, RandomBytes
from atom_zendesk_plugin.store.bulk_rows import DATA_KEY, Fields, Vault, change_run, fields_in, of_run, own, text_of
from atom_zendesk_plugin.store.failures import account_kept
from atom_zendesk_plugin.store.models import BulkChunk, BulkItem, BulkRun
from atom_zendesk_plugin.store.statements import affected, insert_into
from atom_zendesk_plugin.store.tenancy import OperatorUnit, Unit

RunState = Literal["loading", "running", "paused", "cancelling", "cancelled", "done"]

ENDED: Final = ("cancelled", "done")
COUNTED: Final = ("done", "failed", "unknown", "cancelled")


class NoLease(Exception):
    """The run's lease is somebody else's by now; nothing was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """A run as it is begun."""

    id: int
    kind: str
    verb: str
    own: bool
    changes: Fields = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """A stored run without what is sealed. Moments are aware, in UTC."""

    id: int
    tenant_id: str
    account_id: int
    user_id: str
    kind: str
    verb: str
    state: RunState
    reason: str | None
    own: bool
    total: int
    done: int
    failed: int
    unknown: int
    cancelled: int
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None


def begin(
    unit: Unit, *, account_id: int, run: NewRun, keys: KeyRing, random: RandomBytes, now: datetime
) -> RunRow | None:
    """Store a new run and return None, or return the one this user has under its id. NotFound when the account is gone."""
    found = find_run(unit, run_id=run.id)
    if found is not None:
        return found
    secret = random(32)
    vault = Vault(run.id, KeyRing([Key(DATA_KEY, secret)]))
    values = {
        "id": run.id, "tenant_id": unit.tenancy.tenant, "account_id": account_id, "user_id": unit.tenancy.user, "kind": run.kind,
        "verb": run.verb, "state": "loading", "own": run.own, "total": 0, **dict.fromkeys(COUNTED, 0), "chunks": 0,
        "changes": vault.seal(text_of(run.changes), "changes", -1), **sealed_key(secret.hex(), keys, unit.tenancy.tenant, run.id),
        "generation": 1, "created_at": now, "updated_at": now,
    }  # fmt: skip
    statement = insert_into(BulkRun, on=unit.session).values(values)
    with account_kept():
        made = unit.session.scalar(statement.on_conflict_do_nothing(index_elements=["id"]).returning(BulkRun.id))
    if made is not None:
        return None
    found = find_run(unit, run_id=run.id)
    if found is None:
        raise NotFound("This id of a bulk run is taken: begin it anew.")
    return found


def discard(unit: Unit, *, run_id: int) -> None:
    """Erase a run."""
    for model in (BulkItem, BulkChunk):
        affected(unit.session, delete(model).where(of_run(unit, model, run_id)))
    affected(unit.session, delete(BulkRun).where(own(unit, BulkRun), BulkRun.id == run_id))


def purge(unit: Unit, *, account_id: int, before: datetime) -> int:
    """Erase the user's runs on the account that ended, or never came to a beginning, and are older than that moment; return how many."""
    old = select(BulkRun.id).where(
        own(unit, BulkRun), BulkRun.account_id == account_id, BulkRun.created_at < before,
        BulkRun.state.in_((*ENDED, "loading")),
    )
    found = list(unit.session.scalars(old))
    for run_id in found:
        discard(unit, run_id=run_id)
    return len(found)


def find_run(unit: Unit, *, run_id: int) -> RunRow | None:
    """Return the user's run of that id, None when there is none."""
    query = select(BulkRun).where(own(unit, BulkRun), BulkRun.id == run_id)
    found = unit.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    return None if found is None else _run(found)


def list_runs(unit: Unit, *, account_id: int, limit: int) -> tuple[RunRow, ...]:
    """Return the user's latest runs on the account, the newest first."""
    query = select(BulkRun).where(own(unit, BulkRun), BulkRun.account_id == account_id)
    return tuple(map(_run, unit.session.scalars(query.order_by(BulkRun.created_at.desc(), BulkRun.id).limit(limit))))


def list_abandoned(operator: OperatorUnit, *, now: datetime, limit: int) -> tuple[RunRow, ...]:
    """Return runs that are to go on and that nobody moves on, the oldest first."""
    free = or_(BulkRun.lease_holder.is_(None), BulkRun.lease_until <= now)
    query = select(BulkRun).where(BulkRun.state.in_(("running", "cancelling")), free)
    return tuple(map(_run, operator.session.scalars(query.order_by(BulkRun.created_at).limit(limit))))


def open_vault(unit: Unit, *, run_id: int, keys: KeyRing) -> tuple[Vault, Fields] | None:
    """Return what opens a run's items, and its shared changes; None when there is no such run. Raises Unsealable."""
    query = select(BulkRun).where(own(unit, BulkRun), BulkRun.id == run_id)
    found = unit.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        return None
    secret = bytes.fromhex(opened_key(found, keys))
    vault = Vault(run_id, KeyRing([Key(DATA_KEY, secret)]))
    return vault, fields_in(vault.open(found.changes, "changes", -1))


def take(unit: Unit, *, run_id: int, holder: str, until: datetime, now: datetime) -> bool:
    """Take a run's lease, or make one's own longer; False while it is another's."""
    free = or_(BulkRun.lease_holder.is_(None), BulkRun.lease_holder == holder, BulkRun.lease_until <= now)
    statement = update(BulkRun).where(own(unit, BulkRun), BulkRun.id == run_id, free)
    return affected(unit.session, statement.values(lease_holder=holder, lease_until=until, updated_at=now)) == 1


def release(unit: Unit, *, run_id: int, holder: str) -> None:
    """Let go of a lease of one's own."""
    statement = update(BulkRun).where(own(unit, BulkRun), BulkRun.id == run_id, BulkRun.lease_holder == holder)
    affected(unit.session, statement.values(lease_holder=None, lease_until=None))


def hold(unit: Unit, *, run_id: int, holder: str, until: datetime) -> None:
    """Make sure, inside the transaction of a change, that the lease is still one's own, and make it longer. Raises NoLease."""
    statement = update(BulkRun).where(own(unit, BulkRun), BulkRun.id == run_id, BulkRun.lease_holder == holder)
    if affected(unit.session, statement.values(lease_until=until)) != 1:
        raise NoLease


def close(unit: Unit, *, run_id: int, state: RunState, reason: str | None, now: datetime) -> None:
    """Change the state of a run; in an ended one the items without a result are cancelled."""
    values: dict[str, Any] = {"state": state, "reason": reason, "updated_at": now}
    if state in ENDED:
        waiting = of_run(unit, BulkItem, run_id, BulkItem.state == "waiting")
        left = affected(unit.session, update(BulkItem).where(waiting).values(state="cancelled", code="CANCELLED", payload=None))
        values |= {"cancelled": BulkRun.cancelled + left, "finished_at": now}
    change_run(unit, run_id, **values)


def ask_for(unit: Unit, *, run_id: int, state: RunState, of: Sequence[RunState], now: datetime) -> None:
    """Change the state of a run that is in one of these states, whoever moves it on."""
    statement = update(BulkRun).where(own(unit, BulkRun), BulkRun.id == run_id, BulkRun.state.in_(of))
    affected(unit.session, statement.values(state=state, reason=None, updated_at=now))


def key_about(tenant_id: str, run_id: int) -> tuple[str, ...]:
    """Name the place a run's own key is sealed for."""
    return "zendesk_bulk_runs", "data_key", tenant_id, str(run_id)


def sealed_key(secret: str, keys: KeyRing, tenant_id: str, run_id: int) -> dict[str, str]:
    """Seal a run's own key, and name what it is sealed with."""
    return {"data_key": keys.seal(secret, about=key_about(tenant_id, run_id)), "key_id": keys.writing_id}


def opened_key(run: BulkRun, keys: KeyRing) -> str:
    """Open a run's own key; raises Unsealable."""
    return keys.open(run.data_key, about=key_about(run.tenant_id, run.id))


def _run(row: BulkRun) -> RunRow:
    return RunRow(**{name: getattr(row, name) for name in RunRow.__dataclass_fields__})
