"""node-zendesk, installed for the moment it is measured; without node or its registry the column is left out, and said to be."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

PACKAGE = "node-zendesk@6.0.1"
PROGRAMS = Path(__file__).with_name("programs_node.js")
PATIENCE = 300


class Missing(Exception):
    """What node-zendesk needs is not here; the message says what."""


class NodePrograms:
    """Runs a task of ``programs_node.js`` against the simulator, on a port."""

    name = "node"

    def __init__(self, node: str, folder: Path, base_url: str, token: str) -> None:
        self._command, self._folder, self._base_url, self._token = [node, str(PROGRAMS)], folder, base_url, token

    def __getattr__(self, task: str) -> Callable[..., object]:
        if f"async {task}(" not in PROGRAMS.read_text(encoding="utf-8"):
            raise AttributeError(task)
        return lambda *arguments: self._run(task, arguments)

    def _run(self, task: str, arguments: tuple[object, ...]) -> object:
        told = {"base_url": self._base_url, "token": self._token, "task": task, "arguments": arguments}
        done = subprocess.run(
            self._command, cwd=self._folder, input=json.dumps(told), capture_output=True, text=True, check=True, timeout=PATIENCE
        )  # fmt: skip
        answer: dict[str, Any] = json.loads(done.stdout)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["found"]


@contextmanager
def installed() -> Iterator[tuple[str, Path]]:
    """Give the node program and a folder that has the package. Raises Missing."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise Missing("node and npm are not installed")
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "package.json").write_text("{}", encoding="utf-8")
        command = [npm, "install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--silent", PACKAGE]
        try:
            subprocess.run(command, cwd=folder, capture_output=True, check=True, timeout=PATIENCE)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            raise Missing(f"npm could not install {PACKAGE}: {type(error).__name__}") from error
        yield node, folder


def complain(missing: Missing) -> None:
    """Say loudly that the column is missing."""
    print(f"NODE-ZENDESK IS NOT MEASURED: {missing}", file=sys.stderr)
