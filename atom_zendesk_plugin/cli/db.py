"""``db``: the plugin's own tables, brought up to date or taken back; the host's tables and history are not touched."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import click

from atom_zendesk_plugin.cli.failures import json_option

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from atom_zendesk_plugin.store.migrate import Move

Result = TypeVar("Result")

_url_option = click.option(
    "--database-url", metavar="URL", help="Use this database, not that of ZENDESK_DATABASE_URL. Other users of this machine can read a "
    "command line: for a URL with a password, set the variable.",
)  # fmt: skip


@click.group(name="db")
def db_group() -> None:
    """Bring the plugin's own tables up to date, or take them back."""


@db_group.command(name="upgrade")
@_url_option
@click.option(
    "--sql", is_flag=True, help="Change nothing; print the SQL that makes the tables from nothing, for a DBA to run."
)
@json_option
@click.pass_context
def upgrade_command(ctx: click.Context, database_url: str | None, sql: bool, as_json: bool) -> None:
    """Bring the tables to what this version needs; an up-to-date database is left as it is."""
    from atom_zendesk_plugin.store import migrate
    from atom_zendesk_plugin.store.engines import dialect_of

    if sql:
        url = _database_url(ctx, database_url)
        script = migrate.script_sql(dialect_of(url) if url else "postgresql")
        _tell({"sql": script}, script.rstrip("\n"), as_json=as_json)
        return
    _tell_move(_on_engine(ctx, database_url, migrate.upgrade), as_json=as_json)


@db_group.command(name="downgrade")
@click.argument("revision")
@_url_option
@click.option("--yes", is_flag=True, help="Do not ask: what the newer tables and columns hold is lost.")
@json_option
@click.pass_context
def downgrade_command(ctx: click.Context, revision: str, database_url: str | None, yes: bool, as_json: bool) -> None:
    """Take the tables back to REVISION; base removes them all."""
    from atom_zendesk_plugin.store import migrate

    if not yes:
        click.confirm(
            f"Take the Zendesk tables back to {revision}? What the newer ones hold is lost", abort=True, err=True
        )
    _tell_move(_on_engine(ctx, database_url, lambda engine: migrate.downgrade(engine, revision)), as_json=as_json)


@db_group.command(name="current")
@_url_option
@json_option
@click.pass_context
def current_command(ctx: click.Context, database_url: str | None, as_json: bool) -> None:
    """Tell the database's revision and the one this version needs; ends with 3 when they differ."""
    from atom_zendesk_plugin.store import migrate

    found, needed = _on_engine(ctx, database_url, migrate.current), migrate.head()
    told = "up to date" if found == needed else f"this version needs {needed}: run atom-zendesk db upgrade"
    _tell(
        {"revision": found, "needed": needed, "up_to_date": found == needed},
        f"{found or 'no tables'} ({told})",
        as_json=as_json,
    )
    ctx.exit(0 if found == needed else 3)


def _on_engine(ctx: click.Context, given: str | None, work: Callable[[Engine], Result]) -> Result:
    """Do the work on an engine of our own and close it again."""
    from atom_zendesk_plugin.store.engines import make_engine

    url = _database_url(ctx, given)
    if url is None:
        raise click.UsageError("no database is named: set ZENDESK_DATABASE_URL or give --database-url")
    engine = make_engine(url)
    try:
        return work(engine)
    finally:
        engine.dispose()


def _database_url(ctx: click.Context, given: str | None) -> str | None:
    from atom_zendesk_plugin.cli.host import host_config
    from atom_zendesk_plugin.config import load_settings

    return given or load_settings(host_config(ctx), os.environ).database_url


def _tell_move(move: Move, *, as_json: bool) -> None:
    before, after = move.before or "no tables", move.after or "no tables"
    text = f"{before} -> {after}" if move.changed else f"{after}: nothing to do"
    _tell({"before": move.before, "after": move.after, "changed": move.changed}, text, as_json=as_json)


def _tell(facts: dict[str, object], text: str, *, as_json: bool) -> None:
    from atom_zendesk_plugin.cli.printing import print_json

    if as_json:
        print_json({"ok": True, **facts})
    else:
        click.echo(text)
