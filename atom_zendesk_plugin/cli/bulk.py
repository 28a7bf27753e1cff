"""``bulk``: many records at once, from a file, through the service account. A run survives this command, and goes on with ``resume``.

Ends with 0 when every row was carried out, with 1 when some were not or the run is paused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import IO, TYPE_CHECKING, Any

import click

from atom_zendesk_plugin.cli.failures import json_option
from atom_zendesk_plugin.cli.host import operator_extension

if TYPE_CHECKING:
    from atom_zendesk_plugin.desk.bulk.model import Run
    from atom_zendesk_plugin.desk.bulk.planning import Plan
    from atom_zendesk_plugin.desk.bulk.service import Bulk
    from atom_zendesk_plugin.extension import ZendeskExtension

LOOK_EVERY = 0.5  # seconds
COLUMNS = ("run", "what", "state", "items")

_kind = click.argument("kind", type=click.Choice(("tickets", "users", "organizations")))
_verb = click.argument(
    "verb", type=click.Choice(("create", "update", "update_each", "delete", "add_tags", "remove_tags", "import"))
)
_file = click.argument("file", type=click.File("r", encoding="utf-8-sig"))
_run = click.argument("run_id", metavar="RUN", type=int)
_format = click.option(
    "--format", "form", type=click.Choice(("csv", "jsonl")), help="By the file's name when left out; jsonl for standard input."
)
_changes = click.option("--changes", metavar="JSON", help='What every record gets, such as {"priority": "high"}.')
_tags = click.option("--tag", "tags", multiple=True, help="A tag for add_tags and remove_tags; may be given several times.")


@click.group(name="bulk")
def bulk_group() -> None:
    """Make, change or delete many records.

    FILE has one item a line: JSON lines (an id, or an object of fields), or CSV with the names of the fields in its first line; - is
    standard input.
    """


@bulk_group.command(name="plan")
@_kind
@_verb
@_file
@_format
@_changes
@_tags
@click.option("--sample", type=click.IntRange(0, 1000), default=10, show_default=True, help="Records to look at.")
@json_option
@click.pass_context
def plan_command(
    ctx: click.Context, /, as_json: bool, kind: str, verb: str, file: IO[str], form: str | None, changes: str | None,
    tags: tuple[str, ...], sample: int,
) -> None:  # fmt: skip
    """Say what a run would cost and change; nothing is changed. Ends with 1 when some items cannot be sent."""
    with _operator_bulk(ctx) as (_, bulk):
        plan = bulk.plan(kind, verb, _items(file, form), changes=_shared(changes, tags), sample=sample)
    _show_plan(plan, as_json=as_json)
    ctx.exit(1 if plan.invalid_count else 0)


@bulk_group.command(name="run")
@_kind
@_verb
@_file
@_format
@_changes
@_tags
@click.option("--skip-invalid", is_flag=True, help="Leave out items that cannot be sent, in place of refusing all.")
@click.option("--idempotency-key", help="Repeating the command with the same key begins no second run.")
@json_option
@click.pass_context
def run_command(
    ctx: click.Context, /, as_json: bool, kind: str, verb: str, file: IO[str], form: str | None, changes: str | None,
    tags: tuple[str, ...], skip_invalid: bool, idempotency_key: str | None,
) -> None:  # fmt: skip
    """Carry out a run and wait for its end. Stopped in the middle, it goes on with ``bulk resume``."""
    with _operator_bulk(ctx) as (extension, bulk):
        run = bulk.start(
            kind, verb, _items(file, form), changes=_shared(changes, tags), skip_invalid=skip_invalid,
            idempotency_key=idempotency_key,
        )  # fmt: skip
        if not run.durable:
            click.echo("Kept in memory, because there is no database or no key: stopping this command ends the run.", err=True)
        click.echo(f"Run {run.id}", err=True)
        ctx.exit(_finish(extension, bulk, run, as_json=as_json))


@bulk_group.command(name="status")
@click.argument("run_id", metavar="[RUN]", type=int, required=False)
@json_option
@click.pass_context
def status_command(ctx: click.Context, as_json: bool, run_id: int | None) -> None:
    """Show how a run stands, or list the latest ones."""
    from atom_zendesk_plugin.cli.printing import print_json, print_table

    with _operator_bulk(ctx) as (_, bulk):
        runs = [bulk.get(run_id)] if run_id is not None else list(bulk.list())
    if as_json:
        print_json({"ok": True, "runs": [_facts(run) for run in runs]})
        return
    print_table(COLUMNS, (_line(run) for run in runs))
    for run in runs:
        if run.reason is not None:
            click.echo(f"{run.id} is paused: {run.reason}", err=True)


@bulk_group.command(name="results")
@_run
@click.option("--state", type=click.Choice(("waiting", "done", "failed", "unknown", "cancelled")), help="Only these.")
@click.option("--upstream", is_flag=True, help="Show what Zendesk said, which may quote people's data.")
@json_option
@click.pass_context
def results_command(ctx: click.Context, as_json: bool, run_id: int, state: Any, upstream: bool) -> None:
    """Print the result of every item, in order; with --json one object a line."""
    from atom_zendesk_plugin.cli.printing import plain, print_json
    from atom_zendesk_plugin.desk.bulk.outcomes import sentence

    with _operator_bulk(ctx) as (_, bulk):
        cursor: str | None = None
        while True:
            page = bulk.results(run_id, cursor=cursor, limit=1000, states=() if state is None else (state,))
            for result in page.items:
                outcome = result.outcome
                told = {
                    "position": result.position, "state": outcome.state, "record_id": outcome.record_id or result.target_id,
                    "code": outcome.code, "zendesk_code": outcome.zendesk_code, "message": sentence(outcome.code),
                } | ({"upstream": outcome.upstream} if upstream else {})  # fmt: skip
                if as_json:
                    print_json(told)
                else:
                    click.echo("\t".join(plain("" if value is None else str(value)) for value in told.values()))
            cursor = page.cursor
            if cursor is None:
                return


@bulk_group.command(name="resume")
@click.argument("run_id", metavar="[RUN]", type=int, required=False)
@json_option
@click.pass_context
def resume_command(ctx: click.Context, as_json: bool, run_id: int | None) -> None:
    """Go on with a run that is paused or was left behind, or with everybody's runs that were left behind, and wait for the end."""
    from atom_zendesk_plugin.cli.printing import print_json

    with _operator_bulk(ctx) as (extension, bulk):
        if run_id is not None:
            ctx.exit(_finish(extension, bulk, bulk.resume(run_id), as_json=as_json))
        taken = extension.bulk_runner.resume()
        while extension.bulk_runner.busy:
            extension.clock.sleep(LOOK_EVERY)
    if as_json:
        print_json({"ok": True, "taken": taken})
    else:
        click.echo(f"{taken} runs were taken up.")


@bulk_group.command(name="cancel")
@_run
@json_option
@click.pass_context
def cancel_command(ctx: click.Context, as_json: bool, run_id: int) -> None:
    """Send nothing more of a run; what was carried out stays. Waits until its jobs in flight have ended."""
    with _operator_bulk(ctx) as (extension, bulk):
        _finish(extension, bulk, bulk.cancel(run_id), as_json=as_json)


@contextmanager
def _operator_bulk(ctx: click.Context) -> Iterator[tuple[ZendeskExtension, Bulk]]:
    from atom_zendesk_plugin.caller import Caller

    with operator_extension(ctx) as extension:
        settings = extension.settings
        roles = frozenset(settings.service_roles)
        operator = Caller(user_id="operator", tenant_id=settings.tenant, roles=roles, via="internal")
        yield extension, extension.desk(operator).bulk


def _finish(extension: ZendeskExtension, bulk: Bulk, run: Run, *, as_json: bool) -> int:
    """Wait for the end of a run and tell how it stands; return the exit code."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from atom_zendesk_plugin.cli.printing import print_json, print_table

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=as_json) as progress:
        task = progress.add_task(f"{run.verb} {run.kind}", total=run.total)
        while not run.ended and run.state != "paused":
            extension.clock.sleep(LOOK_EVERY)
            run = bulk.get(run.id)
            progress.update(task, completed=run.total - run.waiting)
    if as_json:
        print_json({"ok": run.done == run.total, "run": _facts(run)})
    else:
        print_table(COLUMNS, [_line(run)])
    if run.reason is not None:
        click.echo(f"The run is paused: {run.reason} It goes on with: atom-zendesk bulk resume {run.id}", err=True)
    elif run.failed or run.unknown:
        click.echo(f"What became of each row: atom-zendesk bulk results {run.id}", err=True)
    return 0 if run.done == run.total else 1


def _items(file: IO[str], form: str | None) -> Iterator[object]:
    from atom_zendesk_plugin.cli.bulk_files import read_items

    name = getattr(file, "name", "")
    return read_items(file, form=form or ("csv" if str(name).lower().endswith(".csv") else "jsonl"))


def _shared(changes: str | None, tags: tuple[str, ...]) -> dict[str, object] | None:
    told: dict[str, object] = {}
    if changes is not None:
        try:
            found = json.loads(changes)
        except ValueError as error:
            raise click.BadParameter(f"it is not JSON ({error})", param_hint="--changes") from None
        if not isinstance(found, dict):
            raise click.BadParameter("it takes a JSON object", param_hint="--changes")
        told |= found
    if tags:
        told["tags"] = list(tags)
    return told or None


def _facts(run: Run) -> dict[str, object]:
    facts = asdict(run)
    del facts["changes"]
    return facts | {"waiting": run.waiting, "ended": run.ended}


def _line(run: Run) -> tuple[object, ...]:
    counted = {"done": run.done, "failed": run.failed, "unknown": run.unknown, "cancelled": run.cancelled, "waiting": run.waiting}
    outcome = ", ".join(f"{number} {name}" for name, number in counted.items() if number)
    return run.id, f"{run.verb} {run.kind}", run.state, outcome


def _show_plan(plan: Plan, *, as_json: bool) -> None:
    from atom_zendesk_plugin.cli.printing import print_json, print_table

    if as_json:
        print_json({"ok": not plan.invalid_count, "plan": asdict(plan)})
        return
    facts = {
        "jobs": plan.jobs, "calls, about": plan.calls,
        "minutes, about": "unknown: Zendesk did not tell its limit" if plan.minutes is None else plan.minutes,
        "limit per minute": plan.limit_per_minute, "left of it now": plan.remaining, "jobs in flight now": plan.jobs_in_flight,
        "calls this look has cost": plan.spent, "items that cannot be sent": plan.invalid_count,
    }  # fmt: skip
    print_table((f"{plan.verb} {plan.kind}", f"{plan.total} items"), facts.items())
    if plan.previews:
        print_table(
            ("item", "record", "changes"),
            [(preview.position + 1, preview.target_id, _changes_of(preview)) for preview in plan.previews],
        )
    for one in plan.invalid:
        click.echo(f"Item {one.position + 1}: {one.message}", err=True)


def _changes_of(preview: Any) -> str:
    if not preview.found:
        return "there is no such record, or it may not be seen"
    told = [f"{change.field}: {change.now!r} becomes {change.then!r}" for change in preview.changes]
    return "; ".join([*told, *(["a comment is added"] if preview.comment else [])]) or "nothing"
