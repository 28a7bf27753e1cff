"""The demo as a person runs it: in a process of its own, over HTTP."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from atom_zendesk_plugin.cli.http import Caller
from atom_zendesk_plugin.options import OPTIONS
from atom_zendesk_plugin.simulator.facade import Simulator

COMMAND = [sys.executable, "-c", "from atom_zendesk_plugin.cli import main; main()", "demo"]


def environment(**extra: str) -> dict[str, str]:
    """This process's environment without any setting of ours, so that the demo finds no account by accident."""
    ours = {name for row in OPTIONS for name in (row.name, *row.aliases)}
    return {name: value for name, value in os.environ.items() if name not in ours} | extra


def once(folder: Path, *arguments: str, **extra: str) -> tuple[int, dict[str, Any], str]:
    done = subprocess.run(
        [*COMMAND, "--once", "--json", *arguments],
        cwd=folder, env=environment(**extra), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    lines = done.stdout.splitlines()
    assert len(lines) == 1, done.stdout + done.stderr
    told: dict[str, Any] = json.loads(lines[0])
    return done.returncode, told, done.stderr


@contextmanager
def running(folder: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        COMMAND,
        cwd=folder,
        env=environment(PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_once_goes_well_from_start_to_end(tmp_path: Path) -> None:
    code, told, stderr = once(tmp_path)
    assert (code, told["ok"]) == (0, True), told
    assert [step["name"] for step in told["steps"] if not step["ok"]] == []
    assert told["steps"][-1]["name"] == "outage and recovery"
    assert len(told["steps"]) >= 15
    assert "Traceback" not in stderr
    assert list(tmp_path.iterdir()) == []


def test_once_on_a_given_account_leaves_it_as_it_was(tmp_path: Path) -> None:
    """Another simulator stands in for the real account: the demo is told of it in the way it is told of a real one."""
    simulator = Simulator(tickets=30)
    before = {ticket.id for ticket in simulator.desk.tickets.values()}
    with simulator.serve() as zendesk:
        code, told, _ = once(
            tmp_path, ZENDESK_BASE_URL=zendesk.base_url, ZENDESK_ACCESS_TOKEN=simulator.credentials.access_token
        )
    assert (code, told["ok"]) == (0, True), told
    assert "outage and recovery" not in [step["name"] for step in told["steps"]]
    written = [call for call in simulator.calls if call.method != "GET"]
    touched = {found for call in written for found in re.findall(r"/tickets/(\d+)", call.path)}
    assert not {int(found) for found in touched} & before
    assert {ticket.id for ticket in simulator.desk.tickets.values()} <= before | {int(found) for found in touched}


def test_once_fails_honestly_when_the_account_is_not_there(tmp_path: Path) -> None:
    code, told, stderr = once(
        tmp_path, ZENDESK_BASE_URL="http://127.0.0.1:9", ZENDESK_ACCESS_TOKEN="x", ZENDESK_DEADLINE="2"
    )
    assert (code, told["ok"]) == (1, False)
    failed = {step["name"]: step.get("error") for step in told["steps"] if not step["ok"]}
    assert "list" in failed
    assert all(failed.values())
    assert "Traceback" not in stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_it_prints_lines_that_work_and_stops_on_request(tmp_path: Path) -> None:
    with running(tmp_path) as process:
        assert process.stdout is not None
        shown = ""
        for line in process.stdout:
            shown += line
            if "Ctrl-C" in line:
                break
        host = re.search(r"Health +(http://127\.0\.0\.1:\d+)/api", shown)
        token = re.search(r"^export TOKEN=(\S+)$", shown, re.MULTILINE)
        assert host, shown
        assert token, shown
        health = Caller(base_url=host[1], token=None, timeout=30).call("GET", "/api/zendesk/health")
        assert health.body["ok"] is True
        lines = [line for line in shown.splitlines() if line.startswith("curl ")]
        assert 4 <= len(lines) <= 6
        for line in lines:
            done = subprocess.run(
                ["bash", "-c", line], env=environment(TOKEN=token[1]), capture_output=True, text=True, check=True
            )
            assert json.loads(done.stdout)["ok"] is True, line
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
