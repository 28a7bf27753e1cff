"""Importing any module of the package does nothing: no file is written, nothing is connected, read from the environment or printed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGE, ROOT, module_name, python_files

# migrations/env.py is a script that Alembic runs; it is not for importing.
MODULES = [
    module_name(path)
    for path in python_files()
    if (PACKAGE in path.parents or ROOT / "migrations" in path.parents) and path != ROOT / "migrations/env.py"
]

SPY = Path(__file__).with_name("import_spy.py")


def spy(*modules: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(SPY), *modules], cwd=ROOT, capture_output=True, text=True, check=False)


def test_importing_every_module_has_no_effect() -> None:
    done = spy(*MODULES)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("import socket; socket.socket().connect_ex(('127.0.0.1', 9))", "socket.connect"),
        ("import sqlite3; sqlite3.connect(':memory:')", "sqlite3.connect"),
        ("open('written', 'w').close()", "writes"),
        ("import os; os.environ.get('HOME')", "environment"),
        ("import os; os.getenv('HOME')", "environment"),
        ("import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()", "thread"),
        ("import subprocess, sys; subprocess.run([sys.executable, '-c', ''])", "subprocess.Popen"),
        ("print('hello')", "hello"),
    ],
)
def test_the_spy_sees(source: str, seen: str, tmp_path: Path) -> None:
    (tmp_path / "atom_zendesk_plugin_spied.py").write_text(source + "\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(SPY), "atom_zendesk_plugin_spied"],
        cwd=tmp_path, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(tmp_path), "HOME": "x"},
    )  # fmt: skip
    assert seen in done.stdout + done.stderr


def test_the_door_costs_the_standard_library_and_pluggy() -> None:
    code = (
        "import sys; before = set(sys.modules)\n"
        "import atom_zendesk_plugin.plugin\n"
        "given = {*sys.stdlib_module_names, 'pluggy', 'atom_zendesk_plugin'}\n"
        "print(sorted({name.partition('.')[0] for name in set(sys.modules) - before} - given))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")
