"""The whole desk on the command line: a command for every tool, made from the tool, with a table for people and ``--json`` for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import click

from atom_zendesk_plugin.cli.failures import json_option
from atom_zendesk_plugin.cli.host import operator_caller, operator_extension
from atom_zendesk_plugin.errors import InvalidInput
from atom_zendesk_plugin.web.tools import Tool, tools

_COLUMNS = (
    "id", "name", "title", "agent_label", "key", "subject", "email", "value", "type", "job_type", "status", "priority", "role", "score",
    "active", "requester", "assignee", "author", "author_id", "user_id", "group_id", "organization_id", "public", "body", "message",
    "cause", "count", "updated_at", "created_at",
)  # fmt: skip
"""The fields of a record that a table shows, in this order, where records have them."""
_MOST_COLUMNS = 6
_LONGEST_CELL = 400


class DeskGroup(click.Group):
    """The commands of one group of tools, beside those that are written by hand in it, which go first."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *_verbs(self.name or "")})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        written = super().get_command(ctx, cmd_name)
        tool = _verbs(self.name or "").get(cmd_name)
        return written if written is not None or tool is None else _command(tool, cmd_name)


class AdminGroup(click.Group):
    """The groups of tools that set an account up."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        from atom_zendesk_plugin.cli.root import COMMANDS

        return sorted(name for name in _groups() if name not in COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return desk_group(cmd_name) if cmd_name in self.list_commands(ctx) else None


def desk_group(name: str) -> click.Group:
    """Return the group of a name, with a command for each of its tools."""
    from atom_zendesk_plugin.cli.root import COMMANDS

    return DeskGroup(name=name,
        help=COMMANDS[name].summary if name in COMMANDS else f"{name.replace('-', ' ').capitalize()} of the account.")


admin_group = AdminGroup(name="admin", help="Set the Zendesk account up: fields, forms, rules, schedules, roles and the like.")


@cache
def _groups() -> Mapping[str, Mapping[str, Tool]]:
    found: dict[str, dict[str, Tool]] = {}
    for tool in tools().values():
        group, _, verb = tool.command.partition(" ")
        found.setdefault(group, {})[verb] = tool
    return found


def _verbs(group: str) -> Mapping[str, Tool]:
    return _groups().get(group, {})


def _command(tool: Tool, name: str) -> click.Command:
    schema = tool.schema()
    ids = list(tool.arguments().values())
    needed = set(schema.get("required", ()))
    params: list[click.Parameter] = [click.Argument([argument], required=True) for argument in ids]
    for field, told in schema["properties"].items():
        if field not in ids:
            params.append(_option(field, told, required=field in needed, parts=schema.get("$defs", {})))
    if tool.destroys:
        params.append(click.Option(["--yes"], is_flag=True, help="Do not ask first."))

    @click.pass_context
    def run(ctx: click.Context, /, as_json: bool, yes: bool = False, **given: Any) -> None:
        if tool.destroys and not yes:
            _ask(tool)
        arguments = {field: _read(value, schema["properties"][field], field) for field, value in given.items() if value not in (None, ())}
        with operator_extension(ctx) as extension:
            data = tool.run(extension, operator_caller(extension), arguments)
        _show(data, as_json=as_json)

    command: click.Command = json_option(click.Command(name, params=params, callback=run, help=_help(tool),
        short_help=tool.operation.summary))
    return command


def _help(tool: Tool) -> str:
    return tool.description.replace("`", "")


def _option(field: str, told: Mapping[str, Any], *, required: bool, parts: Mapping[str, Any]) -> click.Option:
    kinds = _kinds(told)
    flag = f"--{field.replace('_', '-')}"
    help_ = _told(told)
    if "boolean" in kinds:
        return click.Option([f"{flag}/--no-{field.replace('_', '-')}", field], default=None, required=required, help=help_)
    if "array" in kinds and "object" not in _item_kinds(told):
        return click.Option([flag, field], multiple=True, required=required, help=f"{help_} May be given several times.".strip())
    if "object" in kinds or "array" in kinds:
        return click.Option([flag, field], required=required, metavar="JSON", help=f"{help_} JSON, @FILE, or - for standard input.".strip())
    return click.Option([flag, field], required=required, help=help_ or None)


def _kinds(told: Mapping[str, Any]) -> set[str]:
    options = [told, *told.get("anyOf", ())]
    return {"object" if "$ref" in option else str(option.get("type", "")) for option in options} - {"", "null"}


def _item_kinds(told: Mapping[str, Any]) -> set[str]:
    found: set[str] = set()
    for option in (told, *told.get("anyOf", ())):
        items = option.get("items")
        if isinstance(items, dict):
            found |= _kinds(items) or {"object"}
    return found


def _told(told: Mapping[str, Any]) -> str:
    options = [told, *told.get("anyOf", ())]
    text = next((str(option["description"]) for option in options if option.get("description")), "").replace("`", "")
    words = next((option["enum"] for option in options if option.get("enum")), ())
    return f"{text} One of {', '.join(map(str, words))}.".strip() if words else text


def _read(value: Any, told: Mapping[str, Any], field: str) -> Any:
    """Return the value of an option as a tool takes it: JSON where that is asked for, texts otherwise."""
    if isinstance(value, tuple):
        return [part for text in value for part in str(text).split(",") if part] if "string" not in _item_kinds(told) else list(value)
    if not isinstance(value, str) or not _kinds(told) & {"object", "array"}:
        return value
    text = sys.stdin.read() if value == "-" else _file(value[1:], field) if value.startswith("@") else value
    try:
        return json.loads(text)
    except ValueError:
        raise InvalidInput(f"--{field.replace('_', '-')} takes JSON, @FILE with JSON, or - for standard input.", field=field) from None


def _file(name: str, field: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise InvalidInput("The file cannot be read as text: check its name and encoding.", field=field) from None


def _ask(tool: Tool) -> None:
    if not sys.stdin.isatty():
        raise click.UsageError("Nobody is there to be asked: say --yes to go on without a question.")
    click.confirm(f"{tool.operation.summary}: go on?", abort=True, err=True)


def _show(data: Any, *, as_json: bool) -> None:
    from atom_zendesk_plugin.cli.printing import print_json, print_table

    if as_json or not isinstance(data, dict):
        print_json({"ok": True, **data} if isinstance(data, dict) else {"ok": True, "result": data})
        return
    rows = next((value for value in data.values() if isinstance(value, list)), None)
    if rows is not None and "has_more" in data:
        _show_rows(rows)
        if data.get("cursor"):
            click.echo(f"There is more: --cursor {data['cursor']}", err=True)
        return
    for name, value in data.items():
        if isinstance(value, dict):
            print_table((name.replace("_", " "), ""), [(key, _cell(told)) for key, told in value.items() if told not in (None, [], {})])
        else:
            click.echo(f"{name.replace('_', ' ')}: {_cell(value)}")


def _show_rows(rows: Sequence[Any]) -> None:
    from atom_zendesk_plugin.cli.printing import plain, print_table

    if not rows:
        click.echo("Nothing found.", err=True)
        return
    if not all(isinstance(row, dict) for row in rows):
        click.echo("\n".join(plain(str(row)) for row in rows))
        return
    known = [name for name in _COLUMNS if any(row.get(name) is not None for row in rows)]
    columns = (known if len(known) > 1 else list(rows[0]))[:_MOST_COLUMNS]
    print_table([name.replace("_", " ") for name in columns], [[_cell(row.get(name)) for name in columns] for row in rows])


def _cell(value: Any) -> str:
    """Return one value as a table shows it: of a person or a place the name, of a long text the beginning."""
    if value is None:
        return ""
    if isinstance(value, dict) and "name" in value:
        value = value["name"] or ""
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_CELL else value[: _LONGEST_CELL - 1] + "\N{HORIZONTAL ELLIPSIS}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return json.dumps(value, ensure_ascii=False)
