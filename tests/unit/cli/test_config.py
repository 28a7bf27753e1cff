"""``config``: the template changes nothing until it is edited, and the check shows no secret."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from atom_zendesk_plugin.cli.config import template
from atom_zendesk_plugin.cli.root import root_group
from atom_zendesk_plugin.config import load_settings
from atom_zendesk_plugin.envfile import read_env_file
from atom_zendesk_plugin.options import OPTIONS

COMPLETE = {"ZENDESK_SUBDOMAIN": "acme", "ZENDESK_CLIENT_ID": "atom", "ZENDESK_CLIENT_SECRET": "hunter2"}


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for row in OPTIONS:
        for name in (row.name, *row.aliases):
            monkeypatch.delenv(name, raising=False)


def run(*arguments: str, env: Mapping[str, str] | None = None) -> Result:
    return CliRunner().invoke(root_group("atom-zendesk"), list(arguments), env=dict(env or {}))


def test_the_template_is_inert_until_it_is_edited() -> None:
    path = Path("template")
    path.write_text(template(), encoding="utf-8")
    assert read_env_file(path) == {}


def test_the_template_with_every_line_taken_in_gives_the_defaults() -> None:
    lines = template().splitlines()
    taken = "\n".join(line[1:] for line in lines if line.startswith("#") and line[1:2].isupper())
    path = Path("template")
    path.write_text(taken, encoding="utf-8")
    assert load_settings({}, read_env_file(path)) == load_settings({}, {})
    assert all(f"{row.name}={row.default or ''}" in taken.splitlines() for row in OPTIONS)


def test_a_written_template_is_private_and_never_overwrites() -> None:
    assert run("config", "template", "--output", ".env.zendesk").exit_code == 0
    path = Path(".env.zendesk")
    assert path.read_text(encoding="utf-8") == template()
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600
    again = run("config", "template", "--output", ".env.zendesk")
    assert again.exit_code == 1
    assert "exists already" in again.output


def test_a_template_that_cannot_be_written_is_told() -> None:
    assert "cannot be written" in run("config", "template", "--output", "no/such/folder").output


def test_check_without_settings_says_what_to_set() -> None:
    done = run("config", "check")
    assert done.exit_code == 3
    assert "Issue: ZENDESK_SUBDOMAIN: not set" in done.output


def test_check_with_complete_settings_is_content_and_shows_no_secret() -> None:
    done = run("config", "check", env=COMPLETE)
    assert done.exit_code == 0
    assert "The settings are complete" in done.output
    assert "hunter2" not in done.output
    assert "environment (ZENDESK_SUBDOMAIN)" in " ".join(done.output.split())


def test_check_names_a_wrong_value_and_its_older_name() -> None:
    done = run(
        "config", "check", "--json", env=COMPLETE | {"ZENDESK_DEADLINE": "soon", "ZENDESK_USERNAME": "a@example.com"}
    )
    told = json.loads(done.stdout)
    assert done.exit_code == 3
    assert told["issues"] == ["ZENDESK_DEADLINE: must be a number"]
    sources = {row["name"]: row["source"] for row in told["settings"]}
    assert sources["ZENDESK_EMAIL"] == "environment (ZENDESK_USERNAME)"
