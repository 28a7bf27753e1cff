"""What the documents tell people to do works."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from atom_zendesk_plugin.cli.root import root_group
from tests.architecture.tree import ROOT

PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def test_the_loader_of_the_readme_loads(tmp_path: Path) -> None:
    (loader,) = blocks(ROOT / "README.md", "python")
    assert len([line for line in loader.splitlines() if line.strip()]) <= 10
    check = (
        "answer = app.test_client().get('/api/zendesk/health')\n"
        "assert answer.status_code == 200, answer.data\n"
        "assert answer.json['status'] == 'degraded', answer.json\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", loader + check], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_call_of_the_how_to_registers(tmp_path: Path) -> None:
    (call,) = blocks(ROOT / "docs/how-to/install-into-a-host.md", "python")
    code = f"from flask import Flask\napp = Flask('host')\n{call}\nassert app.test_client().get('/api/zendesk/health').json['ok']"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_in_the_documents_exist(page: Path) -> None:
    for block in blocks(page, "console"):
        for line in block.splitlines():
            words = line.removeprefix("$ ").split("#")[0].split()
            if words[:1] == ["atom-zendesk"]:
                arguments = [word for word in words[1:] if not word.startswith("-")]
                options = [word for word in words[1:] if word.startswith("--")]
                shown = help_of(arguments)
                assert all(option in shown for option in options), line
            elif words and words[0].startswith("script/"):
                assert (ROOT / words[0]).is_file(), line


def help_of(arguments: list[str]) -> str:
    done = CliRunner().invoke(root_group("atom-zendesk"), [*arguments[:2], "--help"])
    if done.exit_code != 0:
        done = CliRunner().invoke(root_group("atom-zendesk"), [*arguments[:1], "--help"])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_between_documents_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).is_file(), target
