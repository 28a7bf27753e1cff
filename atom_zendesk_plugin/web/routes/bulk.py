"""Operations on many records at once, under /api/zendesk/bulk: a run is begun here and goes on by itself."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from atom_zendesk_plugin.desk.bulk.model import KINDS, VERBS
from atom_zendesk_plugin.desk.values import Id
from atom_zendesk_plugin.errors import InvalidInput
from atom_zendesk_plugin.web.fields import (
    Body,
    Limit,
    Query,
)
from atom_zendesk_plugin.web.operations import API, Answer, AnyOperation, Call, Operation
from atom_zendesk_plugin.web.present.bulk import (
    BulkData,
    RowsData,
    RunData,
    RunsData,
    plan_data,
    rows_data,
    run_data,
)  # fmt: skip

TAG = "Bulk"
MOST = 5_000
"""Items of one request; the body's limit of one mebibyte comes first for long ones."""

Word = Annotated[str, Meta(max_length=40)]
State = Literal["waiting", "done", "failed", "unknown", "cancelled"]


class NewBulk(Body, kw_only=True, frozen=True):
    """``ids`` for update, delete, add_tags and remove_tags; ``items`` (objects) for create, import and update_each."""

    kind: Annotated[Word, Meta(extra_json_schema={"enum": list(KINDS)})]
    verb: Annotated[Word, Meta(extra_json_schema={"enum": list(VERBS)})]
    ids: Annotated[list[Id], Meta(max_length=MOST)] | None = None
    items: Annotated[list[dict[str, Any]], Meta(max_length=MOST)] | None = None
    changes: Annotated[dict[str, Any], Meta(description="What every record of ids gets.")] | None = None
    dry_run: Annotated[bool, Meta(description="Only say what it would cost and change.")] = False
    sample: Annotated[int, Meta(ge=0, le=100, description="How many items a dry run looks at.")] = 10
    skip_invalid: Annotated[
        bool, Meta(description="Leave out items that cannot be sent, in place of refusing all.")
    ] = False


class ResultsQuery(Query, kw_only=True, frozen=True):
    limit: Annotated[int, Meta(ge=1, le=1000, description="How many results at most.")] = 100
    cursor: Annotated[str, Meta(max_length=20, description="`data.cursor` of the answer before.")] | None = None
    state: Annotated[State, Meta(description="Only results in this state.")] | None = None


class RunsQuery(Query, kw_only=True, frozen=True):
    limit: Limit = 30


def begin_bulk(call: Call[Query, NewBulk]) -> Answer:
    body = call.body
    if (body.ids is None) == (body.items is None):
        raise InvalidInput("Give ids or items, not both.", field="items")
    items: list[Any] = body.items if body.items is not None else body.ids or []
    bulk = call.desk().bulk
    if body.dry_run:
        plan = bulk.plan(body.kind, body.verb, items, changes=body.changes, sample=body.sample)
        return Answer(data=BulkData(run=None, plan=plan_data(plan)), message="Nothing was changed: this was a dry run.")
    run = bulk.start(
        body.kind,
        body.verb,
        items,
        changes=body.changes,
        skip_invalid=body.skip_invalid,
        idempotency_key=call.idempotency_key,
    )
    kept = "" if run.durable else " It is kept in memory: a restart ends it, because there is no database or no key."
    return Answer(data=BulkData(run=run_data(run), plan=None), status=202, message=f"The run was begun.{kept}")


def list_runs(call: Call[RunsQuery, Body]) -> Answer:
    return Answer(data=RunsData(runs=[run_data(run) for run in call.desk().bulk.list(limit=call.query.limit)]))


def show_run(call: Call[Query, Body]) -> Answer:
    return Answer(data=run_data(call.desk().bulk.get(call.ids["id"])))


def show_results(call: Call[ResultsQuery, Body]) -> Answer:
    query = call.query
    states = () if query.state is None else (query.state,)
    found = call.desk().bulk.results(call.ids["id"], cursor=query.cursor or None, limit=query.limit, states=states)
    return Answer(data=rows_data(found))


def cancel_run(call: Call[Query, Body]) -> Answer:
    run = call.desk().bulk.cancel(call.ids["id"])
    told = "The run has ended before." if run.ended else "Nothing more is sent; jobs in flight end by themselves."
    return Answer(data=run_data(run), message=told)


def resume_run(call: Call[Query, Body]) -> Answer:
    return Answer(data=run_data(call.desk().bulk.resume(call.ids["id"])), status=202, message="The run goes on.")


OPERATIONS: tuple[AnyOperation, ...] = (
    Operation(
        method="POST", path=f"{API}/bulk", handler=begin_bulk, tag=TAG, query=Query, body=NewBulk, reply=BulkData, status=202, also=(200,),
        keyed=True,
        summary="Change many records, or find out what that would cost",
        description=f"Up to {MOST:,} items in a body of at most one mebibyte; longer lists go through the command line or the "
        "in-process API. The run goes on by itself: ask for it until it has `ended`, then read its results, one for each item. A row is "
        "never sent twice unless it is certain that the first try was not carried out. Send an `Idempotency-Key` header and repeat the "
        "request with it when an answer gets lost: there will be one run. A `dry_run` answers 200 and changes nothing.",
        example={"kind": "tickets", "verb": "add_tags", "ids": [35436, 35437], "changes": {"tags": ["recall"]}, "dry_run": True},
    ),
    Operation(
        method="GET", path=f"{API}/bulk", handler=list_runs, tag=TAG, query=RunsQuery, body=Body, reply=RunsData,
        summary="List your bulk runs, the newest first",
        description="Runs that have ended are kept for 30 days.",
    ),
    Operation(
        method="GET", path=f"{API}/bulk/{{id}}", handler=show_run, tag=TAG, query=Query, body=Body, reply=RunData,
        summary="Show how a bulk run stands",
    ),
    Operation(
        method="DELETE", path=f"{API}/bulk/{{id}}", handler=cancel_run, tag=TAG, query=Query, body=Body, reply=RunData,
        summary="Cancel a bulk run",
        description="What was carried out stays carried out.",
    ),
    Operation(
        method="GET", path=f"{API}/bulk/{{id}}/results", handler=show_results, tag=TAG, query=ResultsQuery, body=Body, reply=RowsData,
        summary="Read the results of a bulk run, one for each item",
    ),
    Operation(
        method="POST", path=f"{API}/bulk/{{id}}/resume", handler=resume_run, tag=TAG, query=Query, body=Body, reply=RunData, status=202,
        summary="Let a paused bulk run go on",
    ),
)  # fmt: skip
