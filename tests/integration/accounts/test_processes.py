"""Eight processes with fifty threads each at the moment a token ends: one asks for the next, and everybody's call succeeds.

Real processes, real sockets, a local Zendesk on a port, both databases. The moment is moved, not awaited.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import flask
import pytest

from atom_zendesk_plugin.clock import OffsetClock
from atom_zendesk_plugin.errors import ReconnectNeeded
from atom_zendesk_plugin.extension import ZendeskExtension, build_extension
from atom_zendesk_plugin.simulator import Simulator
from atom_zendesk_plugin.simulator.server import serve
from tests.databases import NewDatabase
from tests.integration.accounts.staging import ANN, BROWSER, KEYS, REDIRECT

ROOT = Path(__file__).parents[3]
LIFE = 1800
PROCESSES, THREADS = 8, 50


class Gate:
    """A Zendesk whose token endpoint, while the gate is shut, does its work and then holds the answer back."""

    def __init__(self, simulator: Simulator) -> None:
        self._app = simulator.wsgi_app
        self.shut = False
        self.made, self.open = threading.Event(), threading.Event()

    def __call__(self, environ: Any, start_response: Any) -> Any:
        answer = self._app(environ, start_response)
        if self.shut and environ["PATH_INFO"] == "/oauth/tokens":
            self.made.set()
            self.open.wait(60)
        return answer


@dataclass
class Place:
    """A served Zendesk, and Ann connected to it; her token has just ended."""

    simulator: Simulator
    gate: Gate
    clock: OffsetClock
    config: dict[str, str]
    extension: ZendeskExtension


@contextmanager
def connected_host(folder: Path, url: str) -> Iterator[Place]:
    clock = OffsetClock()
    simulator = Simulator(tickets=5, clock=clock, redirect_uris=[REDIRECT])
    gate = Gate(simulator)
    with serve(gate) as running:
        config = {
            "ZENDESK_BASE_URL": running.base_url, "ZENDESK_DATABASE_URL": url, "ZENDESK_ENCRYPTION_KEYS": KEYS,
            "ZENDESK_REDIRECT_URI": REDIRECT, "ZENDESK_DEADLINE": "60",
            "ZENDESK_CLIENT_ID": simulator.credentials.oauth.client_id,
            "ZENDESK_CLIENT_SECRET": simulator.credentials.oauth.client_secret,
        }  # fmt: skip
        app = flask.Flask("host", static_folder=None, instance_path=str(folder / "instance"))
        app.config.update(config)
        extension = build_extension(app, clock=clock, environ={})
        assert extension.create_tables()
        started = extension.connections.start(ANN, browser=BROWSER)
        back = simulator.consent(started.url).partition("?")[2]
        told = dict(pair.split("=") for pair in back.split("&"))
        extension.connections.finish(browser=BROWSER, caller=ANN, state=told["state"], code=told["code"])
        clock.advance(LIFE + 5)
        simulator.calls.clear()
        yield Place(simulator, gate, clock, config, extension)
        extension.close()


@contextmanager
def started(told: dict[str, Any]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.accounts.renewing_process", json.dumps(told)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def pipe(of: IO[str] | None) -> IO[str]:
    assert of is not None
    return of


def go(worker: subprocess.Popen[str]) -> None:
    pipe(worker.stdin).write("go\n")
    pipe(worker.stdin).flush()


@pytest.mark.slow
def test_eight_processes_with_fifty_threads_ask_once(tmp_path: Path, new_database: NewDatabase) -> None:
    with connected_host(tmp_path, new_database()) as place, ExitStack() as stack:
        told = {"offset": LIFE + 5, "threads": THREADS, "config": place.config, "folder": str(tmp_path)}
        workers = [stack.enter_context(started(told)) for _ in range(PROCESSES)]
        assert [pipe(worker.stdout).readline() for worker in workers] == ["ready\n"] * PROCESSES
        for worker in workers:
            go(worker)
        found: Counter[str] = Counter()
        for worker in workers:
            found.update(json.loads(pipe(worker.stdout).readline()))
        tokens = [call for call in place.simulator.calls if call.path == "/oauth/tokens"]
    assert set(found) == {f"user {place.simulator.desk.admin_id}"}
    assert found.total() == PROCESSES * THREADS
    assert len(tokens) == 1


def test_killed_between_the_answer_and_the_commit(tmp_path: Path, new_database: NewDatabase) -> None:
    with connected_host(tmp_path, new_database()) as place:
        told = {"offset": LIFE + 5, "threads": 1, "config": place.config, "folder": str(tmp_path)}
        with started(told) as worker:
            assert pipe(worker.stdout).readline() == "ready\n"
            place.gate.shut = True
            go(worker)
            assert place.gate.made.wait(60)
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        place.gate.shut = False
        place.gate.open.set()
        place.simulator.calls.clear()
        place.clock.advance(25)
        for _ in range(3):
            with pytest.raises(ReconnectNeeded):
                place.extension.desk(ANN).me()
        found = place.extension.connections.one(ANN)
        tokens = [call for call in place.simulator.calls if call.path == "/oauth/tokens"]
    assert (found.state, found.reason) == ("needs_reconnect", "lost")
    assert len(tokens) == 1
