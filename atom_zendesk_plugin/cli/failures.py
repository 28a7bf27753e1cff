"""How the command line tells an error, and its exit codes.

1 something did not work; 2 the command or a value is wrong; 3 the set-up is not complete; 4 no such record;
5 Zendesk could not be asked or wants a pause: the same command may work later.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click

from atom_zendesk_plugin.errors import Code, ZendeskPluginError

AS_JSON = "atom_zendesk_plugin.as_json"  # the key in click's meta

EXIT_CODES: Mapping[Code, int] = {
    Code.VALIDATION_ERROR: 2,
    Code.CONFIG_ERROR: 3,
    Code.DEPENDENCY_MISSING: 3,
    Code.ZENDESK_NOT_CONNECTED: 3,
    Code.NOT_FOUND: 4,
    Code.RATE_LIMITED: 5,
    Code.UPSTREAM_ERROR: 5,
}


def tell(error: ZendeskPluginError, *, as_json: bool) -> int:
    """Print the error as a line on standard error, and as JSON on standard output when that is asked for; return the exit code."""
    facts = "; ".join(f"{name}: {value}" for name, value in error.public.items() if not _nested(value))
    click.echo(f"Error: {error.message}" + (f" ({facts})" if facts else ""), err=True)
    if as_json:
        told = {"code": error.code, "message": error.message, "details": error.public}
        click.echo(json.dumps({"ok": False, "error": told}, default=str))
    return EXIT_CODES.get(error.code, 1)


def _nested(value: object) -> bool:
    """Tell what is too much for a line: objects, and lists of them. With --json it is told all the same."""
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(row, dict) for row in value))


def json_option(command: Any) -> Any:
    """Add ``--json``: the command prints JSON, and its errors are told as JSON too."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Print JSON.", is_eager=True, expose_value=True, callback=_remember
    )(command)


def _remember(ctx: click.Context, _parameter: click.Parameter, value: bool) -> bool:
    ctx.meta[AS_JSON] = value
    return value
