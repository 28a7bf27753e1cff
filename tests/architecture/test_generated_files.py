"""What is made from the code is what the code says: the manifest, the settings template and the settings tables."""

from __future__ import annotations

import tomllib
from dataclasses import fields
from importlib.metadata import entry_points, requires
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from packaging.requirements import Requirement

from atom_zendesk_plugin import __version__, plugin
from atom_zendesk_plugin.config import Settings
from atom_zendesk_plugin.errors import Code
from atom_zendesk_plugin.options import OPTIONS
from script.lib.generate import outputs, routes
from tests.architecture.tree import ROOT


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    return tomllib.loads((ROOT / "plugin.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def app() -> Flask:
    app = Flask("host")
    assert plugin.register(app)
    return app


@pytest.mark.parametrize("path", list(outputs()), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_file_is_up_to_date(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == outputs()[path], "run script/generate"


def test_settings_has_an_attribute_for_each_option_and_nothing_else() -> None:
    assert [field.name for field in fields(Settings)] == [*(row.attribute for row in OPTIONS), "issues"]


def test_the_manifest_names_the_plugin(manifest: dict[str, Any]) -> None:
    assert (manifest["id"], manifest["version"]) == ("zendesk", __version__)
    entry = manifest["entry_point"]
    found = entry_points(group=entry["group"], name=entry["name"])
    assert {point.value for point in found} == {entry["module"]}


def test_the_manifest_bounds_the_host_as_the_package_does(manifest: dict[str, Any]) -> None:
    required = [Requirement(text) for text in requires("atom-zendesk-plugin") or []]
    assert manifest["host"]["flask"] == next(
        ",".join(sorted(map(str, row.specifier), reverse=True)) for row in required if row.name == "flask"
    )


def test_the_manifest_lists_the_settings(manifest: dict[str, Any]) -> None:
    rows = {row["name"]: row for row in manifest["configuration"]}
    assert list(rows) == [row.name for row in OPTIONS]
    for option in OPTIONS:
        row = rows[option.name]
        assert (row["type"], row.get("default"), row["secret"], row["meaning"]) == (
            option.kind, option.default, option.secret, option.meaning,
        )  # fmt: skip


def test_the_manifest_lists_the_routes(manifest: dict[str, Any], app: Flask) -> None:
    assert [(row["path"], row["methods"]) for row in manifest["route"]] == list(routes(app))
    assert manifest["health_path"] in [row["path"] for row in manifest["route"]]


def test_the_manifest_lists_actions_and_commands(manifest: dict[str, Any], app: Flask) -> None:
    actions = plugin.atom_workflow_actions(app)
    listed = {(row["service"], row["name"]) for row in manifest["workflow_action"]}
    assert listed == {(service, name) for service, found in actions.items() for name in found}
    assert [row["command"] for row in manifest["chat_command"]] == [
        row["command"] for row in plugin.atom_chat_commands()
    ]


def test_the_errors_page_has_each_code_with_its_status() -> None:
    page = (ROOT / "docs/reference/errors.md").read_text(encoding="utf-8")
    for code in Code:
        assert f"| `{code}` | " in page
