"""The group of commands: a cheap help, errors in one line, exit codes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from atom_zendesk_plugin import __version__, errors
from atom_zendesk_plugin.cli.failures import EXIT_CODES, json_option, tell
from atom_zendesk_plugin.cli.root import COMMANDS, CommandGroup, root_group
from tests.architecture.tree import ROOT

ERRORS = [
    (errors.InvalidInput("No such status.", field="status"), 2, "Error: No such status. (field: status)"),
    (errors.ConfigError(), 3, "Error: The Zendesk integration is not set up"),
    (errors.DependencyMissing("rich", "a table"), 3, "'rich'"),
    (errors.NotConnected(), 3, "Error: You have no Zendesk connection"),
    (errors.ZendeskNotFound(method="GET", endpoint="/api/v2/tickets/1", status=404), 4, "no such record"),
    (
        errors.ZendeskUnavailable(method="GET", endpoint="/api/v2/tickets/1", upstream="<html>secret</html>"),
        5,
        "try again",
    ),
    (errors.ZendeskRateLimited(method="GET", endpoint="/x", retry_after=7.0), 5, "retry_after: 7"),
    (errors.Forbidden(), 1, "may not do this"),
]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_can_be_had_and_helps(name: str) -> None:
    done = CliRunner().invoke(root_group("atom-zendesk"), [name, "--help"])
    assert done.exit_code == 0, done.output
    assert done.output.startswith(f"Usage: atom-zendesk {name} ")


def test_help_lists_the_commands_without_importing_them() -> None:
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom atom_zendesk_plugin.cli.root import root_group\n"
        "print(CliRunner().invoke(root_group('x'), ['--help']).output)\n"
        "heavy = {'flask', 'requests', 'rich', 'sqlalchemy', 'msgspec', 'spectree'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    shown = " ".join(done.stdout.split())  # folded to the width of the terminal
    assert all(row.summary in shown for row in COMMANDS.values())


def test_version() -> None:
    assert CliRunner().invoke(root_group("x"), ["--version"]).output == f"{__version__}\n"


@pytest.mark.parametrize(("error", "code", "text"), ERRORS, ids=lambda value: type(value).__name__)
def test_an_error_is_one_line_and_an_honest_exit_code(
    error: errors.ZendeskPluginError, code: int, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tell(error, as_json=False) == code
    shown = capsys.readouterr()
    assert text in shown.err
    assert shown.err.count("\n") == 1
    assert "secret" not in shown.err
    assert shown.out == ""


def test_with_json_an_error_is_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    tell(errors.InvalidInput("No.", field="status"), as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert told == {
        "ok": False, "error": {"code": "VALIDATION_ERROR", "message": "No.", "details": {"field": "status"}},
    }  # fmt: skip


def test_errors_of_a_command_end_with_their_exit_code() -> None:
    class Failing(CommandGroup):
        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
            return failing

    @click.command()
    @json_option
    def failing(as_json: bool) -> None:
        raise errors.ConfigError

    done = CliRunner().invoke(Failing(name="x"), ["failing", "--json"])
    assert done.exit_code == 3
    # The oldest click puts standard error in front.
    assert json.loads(done.stdout.splitlines()[-1])["error"]["code"] == "CONFIG_ERROR"


def test_a_missing_package_is_one_line() -> None:
    code = (
        "import sys\nsys.modules['rich'] = None\nfrom atom_zendesk_plugin.cli import main\n"
        "sys.argv = ['atom-zendesk', 'config', 'check']\nmain()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert done.stderr.startswith("Error: atom-zendesk config needs the Python package 'rich")
    assert done.stderr.count("\n") == 1


def test_unknown_commands_are_usage_errors() -> None:
    assert CliRunner().invoke(root_group("x"), ["nonsense"]).exit_code == 2


def test_the_file_fills_what_the_environment_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZENDESK_TENANT", "from-environment")
    # Set and taken away, so that what the command writes is undone after the test.
    monkeypatch.setenv("ZENDESK_SUBDOMAIN", "x")
    monkeypatch.delenv("ZENDESK_SUBDOMAIN")
    Path(".env.zendesk").write_text("ZENDESK_SUBDOMAIN=from-file\nZENDESK_TENANT=from-file\n", encoding="utf-8")
    done = CliRunner().invoke(root_group("x"), ["config", "check", "--json"])
    rows = {row["name"]: row["value"] for row in json.loads(done.stdout)["settings"]}
    assert rows["ZENDESK_SUBDOMAIN"] == "from-file"
    assert rows["ZENDESK_TENANT"] == "from-environment"


def test_the_reference_has_every_command_and_exit_code() -> None:
    page = (ROOT / "docs/reference/cli.md").read_text(encoding="utf-8")
    group = root_group("atom-zendesk")
    ctx = click.Context(group)
    for name in COMMANDS:
        command = group.get_command(ctx, name)
        children = command.commands if isinstance(command, click.Group) else ()
        names = [f"{name} {child}" for child in children] or [name]
        assert [found for found in names if f"`atom-zendesk {found}`" not in page] == []
    listed = set(re.findall(r"`atom-zendesk ([\w-]+)", page)) - {"zendesk"}
    assert listed <= set(COMMANDS)
    codes = {int(found) for found in re.findall(r"^\| (\d) \|", page, re.MULTILINE)}
    assert codes == {0, 1, *EXIT_CODES.values()}
