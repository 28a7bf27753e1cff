"""``config``: what can be set, as a file to fill in, and what is set now."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from atom_zendesk_plugin.cli.failures import json_option
from atom_zendesk_plugin.cli.host import host_config
from atom_zendesk_plugin.options import OPTIONS, Option
from atom_zendesk_plugin.redact import HIDDEN

if TYPE_CHECKING:
    from atom_zendesk_plugin.config import Settings


@click.group(name="config")
def config_group() -> None:
    """Write a settings template; check the settings."""


@config_group.command(name="template")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write it to this new file.")
def template_command(output: Path | None) -> None:
    """Print every setting with its meaning, to be saved as .env.zendesk and filled in."""
    if output is None:
        click.echo(template(), nl=False)
        return
    try:
        output.touch(mode=0o600, exist_ok=False)
        output.write_text(template(), encoding="utf-8")
    except FileExistsError:
        raise click.ClickException(f"{output} exists already: it is left as it is") from None
    except OSError as error:
        raise click.ClickException(f"{output} cannot be written: {error.strerror}") from error
    click.echo(f"Wrote {output}: fill it in, then run atom-zendesk config check", err=True)


@config_group.command(name="check")
@json_option
@click.pass_context
def check_command(ctx: click.Context, as_json: bool) -> None:
    """Say what is set, what is wrong or missing, and how to mend it; ends with 3 when Zendesk cannot be used yet."""
    from atom_zendesk_plugin.cli.printing import print_json, print_table
    from atom_zendesk_plugin.config import load_settings, validate

    config = host_config(ctx)
    settings = load_settings(config, os.environ)
    report = validate(settings, datetime.now(UTC).date())
    rows = [(row.name, _shown(row, settings), _source(row, config, os.environ)) for row in OPTIONS]
    if as_json:
        told = [{"name": name, "value": value, "source": source} for name, value, source in rows]
        print_json({"ok": report.valid and report.configured, **report.as_dict(), "settings": told})
    else:
        print_table(("setting", "value", "from"), rows)
        for kind, texts in (("Issue", report.issues), ("Warning", report.warnings)):
            for text in texts:
                click.echo(f"{kind}: {text}")
        if report.valid and report.configured:
            click.echo("The settings are complete. atom-zendesk doctor tries them.")
    ctx.exit(0 if report.valid and report.configured else 3)


def template() -> str:
    """Return the whole template; every line is a comment, so that an unedited copy changes nothing."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Settings of atom_zendesk_plugin. Save as .env.zendesk, take the # off the lines you need, and keep the file private."
    yield "# The environment wins over this file; inside a host, the host's own configuration wins over both."
    for group, rows in groupby(OPTIONS, key=lambda row: row.group):
        yield ""
        yield f"# --- {group}"
        for row in rows:
            yield ""
            yield f"# {row.meaning}"
            yield from (f"# {fact}" for fact in _facts(row))
            yield f"#{row.name}={row.default or ''}"


def _facts(row: Option) -> Iterator[str]:
    if row.choices:
        yield f"One of: {', '.join(row.choices)}."
    if row.least is not None and row.most is not None:
        yield f"Between {row.least:g} and {row.most:g}."
    if row.aliases:
        yield f"Older name, still read: {', '.join(row.aliases)}."
    if row.secret:
        yield "A secret."


def _shown(row: Option, settings: Settings) -> str:
    value = getattr(settings, row.attribute)
    if value is None:
        return ""
    if row.secret:
        return HIDDEN
    return " ".join(value) if isinstance(value, tuple) else str(value)


def _source(row: Option, config: Mapping[str, object], environ: Mapping[str, str]) -> str:
    for name in (row.name, *row.aliases):
        if str(config.get(name) or "").strip():
            return f"host's configuration ({name})"
        if environ.get(name, "").strip():
            return f"environment ({name})"
    return "default" if row.default is not None else "not set"
