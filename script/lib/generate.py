"""Which files are made from the code: the manifest, the settings template and the settings tables. A test compares them.

Run it as ``script/generate``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from flask import Flask

from atom_zendesk_plugin import __version__, plugin
from atom_zendesk_plugin.cli.config import template
from atom_zendesk_plugin.cli.root import COMMANDS
from atom_zendesk_plugin.options import OPTIONS, Option
from atom_zendesk_plugin.web.routes import every_operation
from atom_zendesk_plugin.web.tools import Tool, tools

ROOT = Path(__file__).resolve().parents[2]
SETTINGS_TABLE = re.compile(
    r"(?<=<!-- settings: written by script/generate -->\n).*?(?=<!-- end of settings -->)", re.DOTALL
)


def outputs() -> dict[Path, str]:
    """Return each generated file with the text it should have."""
    readme = ROOT / "README.md"
    return {
        ROOT / "plugin.toml": "\n".join(manifest_lines()) + "\n",
        ROOT / ".env.zendesk.template": template(),
        ROOT / "docs/reference/configuration.md": "\n".join(configuration_page()) + "\n",
        ROOT / "docs/reference/operations.md": "\n".join(operations_page()) + "\n",
        readme: SETTINGS_TABLE.sub(lambda _: "\n".join(settings_table()) + "\n", readme.read_text(encoding="utf-8")),
    }


def settings_table() -> Iterator[str]:
    """Yield the README's table: name, default, meaning."""
    yield "| setting | default | meaning |"
    yield "|---|---|---|"
    for row in OPTIONS:
        yield f"| `{row.name}` | {_code(row.default)} | {row.meaning} |"


def configuration_page() -> Iterator[str]:
    """Yield the reference page of all settings."""
    yield "# Settings"
    yield ""
    yield "From the host's `app.config`, else the environment; an empty value counts as unset. The command line also reads"
    yield "`.env.zendesk` in the current folder. A value that cannot be used is replaced by its default and reported: the host"
    yield "starts, and health says what to mend."
    for group, rows in groupby(OPTIONS, key=lambda row: row.group):
        yield from ("", f"## {group}", "", "| setting | takes | default | meaning |", "|---|---|---|---|")
        for row in rows:
            yield f"| `{row.name}` | {_takes(row)} | {_code(row.default)} | {row.meaning}{_more(row)} |"


def operations_page() -> Iterator[str]:
    """Yield the reference page of everything that can be done at the desk."""
    yield "# Operations"
    yield ""
    yield "Everything that can be done at the desk, told once in `desk/operations` and offered five times: as a route, a command, a"
    yield "workflow action and an agent tool of the name in the first column, and in process. Those marked *everyday* are workflow actions"
    yield "and are listed to agents; the others set an account up. `GET /api/zendesk/tools` has the JSON Schema of each one's arguments,"
    yield "`POST /api/zendesk/tools/{name}` runs one with `{\"arguments\": {...}}`. A path's variables are arguments of the same name; a"
    yield "user of Zendesk is `zendesk_user_id`, because `user_id` only ever confirms who you are. Commands of the second kind lie under"
    yield "`atom-zendesk admin`."
    by_tag: dict[str, list[Tool]] = {}
    for tool in tools().values():
        by_tag.setdefault(tool.operation.tag, []).append(tool)
    for tag, found in by_tag.items():
        yield from ("", f"## {tag}", "", "| name | what it does | route | command | |", "|---|---|---|---|---|")
        for tool in found:
            marks = ", ".join(mark for mark, on in (("everyday", tool.everyday), ("takes away", tool.destroys)) if on)
            group = tool.command.partition(" ")[0]
            command = f"`{tool.command}`" if group in COMMANDS else f"`admin {tool.command}`"
            route = f"`{tool.operation.method} {tool.operation.path}`"
            yield f"| `{tool.name}` | {tool.operation.summary} | {route} | {command} | {marks} |"


def manifest_lines() -> Iterator[str]:
    """Yield the manifest: what a registry can know without importing the plugin."""
    app = Flask("manifest")
    plugin.register(app)
    info = plugin.atom_plugin_info()
    yield "# The manifest for registries: what the plugin is, without importing it. Written by script/generate; never read at run time."
    yield from _pairs({
        "id": info["id"], "name": info["name"], "version": __version__, "description": info["description"], "license": "MIT",
        "health_path": info["health_path"], "scopes": ["read", "write"],
    })  # fmt: skip
    yield from _table("entry_point", {"group": "atom", "name": "zendesk", "module": plugin.__name__})
    yield from _table("host", {"python": ">=3.11", "flask": ">=2.3,<4"})
    for row in OPTIONS:
        yield from _table("[configuration]", _option(row))
    for name in sorted({feature["name"] for feature in _capabilities(app)}):
        yield from _table("[capability]", {"name": name})
    for rule, methods in routes(app):
        yield from _table("[route]", {"path": rule, "methods": methods})
    for service, actions in sorted(plugin.atom_workflow_actions(app).items()):
        for name in sorted(actions):
            yield from _table("[workflow_action]", {"service": service, "name": name})
    for command in plugin.atom_chat_commands():
        yield from _table("[chat_command]", {name: command[name] for name in ("command", "usage", "description")})


def routes(app: Flask) -> Sequence[tuple[str, list[str]]]:
    """Return the plugin's routes on an app: path and methods, without those Flask adds; for the one that stands for many, those."""
    found: dict[str, set[str]] = {}
    for operation in every_operation():
        found.setdefault(operation.path.replace("{", "<").replace("}", ">"), set()).add(operation.method)
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("atom_zendesk") and "<path:" not in rule.rule:
            found.setdefault(rule.rule, set()).update((rule.methods or set()) - {"HEAD", "OPTIONS"})
    return sorted((path, sorted(methods)) for path, methods in found.items())


def _capabilities(app: Flask) -> Iterator[Mapping[str, Any]]:
    for row in app.extensions["zendesk"].capabilities():
        yield {"name": row.name}


def _option(row: Option) -> dict[str, object]:
    told: dict[str, object] = {"name": row.name, "type": row.kind}
    if row.default is not None:
        told["default"] = row.default
    told |= {"secret": row.secret, "meaning": row.meaning}
    if row.choices:
        told["choices"] = list(row.choices)
    if row.aliases:
        told["aliases"] = list(row.aliases)
    return told


def _table(name: str, values: Mapping[str, object]) -> Iterator[str]:
    yield ""
    yield f"[{name}]"
    yield from _pairs(values)


def _pairs(values: Mapping[str, object]) -> Iterator[str]:
    # JSON's strings, booleans and lists of strings are written the same way in TOML.
    for name, value in values.items():
        yield f"{name} = {json.dumps(value, ensure_ascii=False)}"


def _takes(row: Option) -> str:
    if row.choices:
        return ", ".join(f"`{choice}`" for choice in row.choices)
    if row.least is not None and row.most is not None:
        return f"{row.least:g} to {row.most:g}"
    return {"words": "words, separated by spaces", "switch": "true or false", "url": "an address"}.get(row.kind, "text")


def _more(row: Option) -> str:
    secret = " A secret." if row.secret else ""
    older = f" Older name, still read: {', '.join(f'`{name}`' for name in row.aliases)}." if row.aliases else ""
    return secret + older


def _code(value: str | None) -> str:
    return f"`{value}`" if value is not None else ""


if __name__ == "__main__":
    for path, text in outputs().items():
        path.write_text(text, encoding="utf-8")
