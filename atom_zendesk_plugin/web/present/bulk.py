"""Bulk runs as they appear in answers. What Zendesk said about a row is not among it: it may quote other people's data."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from atom_zendesk_plugin.desk.bulk.outcomes import sentence

if TYPE_CHECKING:
    from atom_zendesk_plugin.desk.bulk.model import ItemResult, Run
    from atom_zendesk_plugin.desk.bulk.planning import Plan, Preview
    from atom_zendesk_plugin.desk.bulk.service import Results


class RunData(msgspec.Struct, kw_only=True, frozen=True):
    """A bulk run. ``durable`` false: it lives in one process, and a restart ends it. ``reason`` says why a run is paused."""

    id: int
    kind: str
    verb: str
    state: str
    ended: bool
    total: int
    done: int
    failed: int
    unknown: int
    cancelled: int
    waiting: int
    reason: str | None
    durable: bool
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None


class RunsData(msgspec.Struct, kw_only=True, frozen=True):
    """The latest runs, the newest first."""

    runs: list[RunData]


class RowError(msgspec.Struct, kw_only=True, frozen=True):
    """Why a row has no record: a code for programs, a sentence for people, and Zendesk's own code."""

    code: str
    message: str
    zendesk_code: str | None


class RowData(msgspec.Struct, kw_only=True, frozen=True):
    """One item's result; ``position`` counts from 0. ``record_id`` is the record made, changed or deleted."""

    position: int
    state: str
    record_id: int | None
    error: RowError | None


class RowsData(msgspec.Struct, kw_only=True, frozen=True):
    """Results in the order of the items; ``cursor`` leads to the next ones, null at the end."""

    results: list[RowData]
    cursor: str | None
    has_more: bool


class InvalidData(msgspec.Struct, kw_only=True, frozen=True):
    position: int
    message: str
    field: str | None


class ChangeData(msgspec.Struct, kw_only=True, frozen=True):
    """A field that would change, with its value now and then."""

    field: str
    now: Any
    then: Any


class PreviewData(msgspec.Struct, kw_only=True, frozen=True):
    """What would become of one item; ``found`` false: no such record, or not to be seen. ``comment``: one would be added."""

    position: int
    target_id: int
    found: bool
    comment: bool
    changes: list[ChangeData]


class PlanData(msgspec.Struct, kw_only=True, frozen=True):
    """What a run would cost and change. ``minutes`` null: Zendesk did not say what its limit is."""

    kind: str
    verb: str
    total: int
    jobs: int
    calls: int
    minutes: float | None
    limit_per_minute: int | None
    remaining: int | None
    jobs_in_flight: int | None
    spent: int
    invalid_count: int
    invalid: list[InvalidData]
    previews: list[PreviewData]


class BulkData(msgspec.Struct, kw_only=True, frozen=True):
    """The run that was begun, or the plan of a dry run; the other one is null."""

    run: RunData | None
    plan: PlanData | None


def run_data(run: Run) -> RunData:
    return RunData(
        id=run.id, kind=run.kind, verb=run.verb, state=run.state, ended=run.ended, total=run.total, done=run.done, failed=run.failed,
        unknown=run.unknown, cancelled=run.cancelled, waiting=run.waiting, reason=run.reason, durable=run.durable,
        created_at=run.created_at, updated_at=run.updated_at, finished_at=run.finished_at,
    )  # fmt: skip


def rows_data(results: Results) -> RowsData:
    rows = [row_data(result) for result in results.items]
    return RowsData(results=rows, cursor=results.cursor, has_more=results.cursor is not None)


def row_data(result: ItemResult) -> RowData:
    outcome = result.outcome
    told = sentence(outcome.code)
    error = None
    if outcome.code is not None and told is not None:
        error = RowError(code=outcome.code, message=told, zendesk_code=outcome.zendesk_code)
    return RowData(
        position=result.position, state=outcome.state, record_id=outcome.record_id or result.target_id, error=error
    )


def plan_data(plan: Plan) -> PlanData:
    return PlanData(
        kind=plan.kind, verb=plan.verb, total=plan.total, jobs=plan.jobs, calls=plan.calls, minutes=plan.minutes,
        limit_per_minute=plan.limit_per_minute, remaining=plan.remaining, jobs_in_flight=plan.jobs_in_flight, spent=plan.spent,
        invalid_count=plan.invalid_count,
        invalid=[InvalidData(position=one.position, message=one.message, field=one.field) for one in plan.invalid],
        previews=[_preview(preview) for preview in plan.previews],
    )  # fmt: skip


def _preview(preview: Preview) -> PreviewData:
    changes = [ChangeData(field=change.field, now=change.now, then=change.then) for change in preview.changes]
    return PreviewData(
        position=preview.position, target_id=preview.target_id, found=preview.found, comment=preview.comment, changes=changes
    )
