"""The direction of imports: the contracts of setup.cfg hold, and each of them notices when it is broken."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGE, ROOT

LINT = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"]

BREAKS = {
    "upwards": ("client/retry.py", "import atom_zendesk_plugin.desk.desk", "Imports go down only"),
    "between siblings": ("client/retry.py", "import atom_zendesk_plugin.store.database", "Imports go down only"),
    "a floor skipped by the ground": ("pace.py", "import atom_zendesk_plugin.web.parts", "Imports go down only"),
    "the simulator leans on the client": (
        "simulator/calls.py", "import atom_zendesk_plugin.client.reply", "The simulator knows the ground floor only",
    ),
    "the desk leans on the simulator": (
        "desk/checks.py", "import atom_zendesk_plugin.simulator.calls", "Nothing but the command line uses the simulator",
    ),
    "flask in the desk": ("desk/checks.py", "import flask", "Flask stays on the upper floors"),
    "requests in the routes": ("web/parts.py", "import requests", "HTTP to Zendesk only in the client"),
    "sqlalchemy in the desk": ("desk/checks.py", "import sqlalchemy", "SQL only in the store"),
    "pluggy in the routes": ("web/parts.py", "import pluggy", "The plugin system only at the door"),
    "authlib in the client": ("client/retry.py", "import authlib", "Authlib only where OAuth is spoken"),
    "authlib beside its one module": ("accounts/scopes.py", "import authlib", "Authlib only where OAuth is spoken"),
    "accounts lean on the desk": ("accounts/scopes.py", "import atom_zendesk_plugin.desk.desk", "Imports go down only"),
    "flask in accounts": ("accounts/scopes.py", "import flask", "Flask stays on the upper floors"),
}  # fmt: skip


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(LINT, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(PACKAGE, tmp_path / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "migrations", tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "setup.cfg", tmp_path)
    return tmp_path


def test_every_contract_is_kept() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("broken", BREAKS)
def test_a_broken_contract_is_noticed(broken: str, copy: Path) -> None:
    file, line, contract = BREAKS[broken]
    with (copy / PACKAGE.name / file).open("a", encoding="utf-8") as source:
        source.write(f"\n{line}\n")
    done = lint(copy)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"{contract} BROKEN" in done.stdout


def test_a_module_without_a_floor_is_noticed(copy: Path) -> None:
    (copy / PACKAGE.name / "attic.py").write_text('"""Nobody said where this belongs."""\n', encoding="utf-8")
    done = lint(copy)
    assert done.returncode == 1
    assert "attic" in done.stdout
