"""A bulk run whose process is killed: another one goes on with it, every item has its result, and no record is made twice.

Real processes, real sockets, a local Zendesk on a port, both databases.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import flask
import pytest

from atom_zendesk_plugin.extension import build_extension
from atom_zendesk_plugin.keyring import Key
from atom_zendesk_plugin.simulator import Simulator
from atom_zendesk_plugin.simulator.faults import FaultKind, FaultRule
from atom_zendesk_plugin.simulator.server import serve
from tests.databases import NewDatabase
from tests.integration.bulk.staging import ANN

ROOT = Path(__file__).parents[3]
ITEMS = 10_000
FAULTS = 0.03
KEYS = Key("k1", b"1" * 32).line
MANY = "/api/v2/tickets/create_many"


class Gate:
    """A Zendesk that does the work of one call and then holds its answer back for good: the moment at which a process is killed."""

    def __init__(self, simulator: Simulator, *, path: str, number: int) -> None:
        self._app, self._path, self._left = simulator.wsgi_app, path, number
        self.reached, self.open = threading.Event(), threading.Event()

    def __call__(self, environ: Any, start_response: Any) -> Any:
        answer = self._app(environ, start_response)
        if environ["PATH_INFO"].startswith(self._path):
            self._left -= 1
            if self._left == 0:
                self.reached.set()
                self.open.wait(60)
        return answer


@contextmanager
def started(told: dict[str, Any]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.bulk.bulk_process", json.dumps(told)],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def line(of: IO[str] | None) -> dict[str, Any]:
    assert of is not None
    found = json.loads(of.readline())
    assert isinstance(found, dict)
    return found


KILLED = {
    "while a job's answer is on its way": (MANY, 40),
    "while it looks after its jobs": ("/api/v2/job_statuses/show_many", 5),
    "with the first job": (MANY, 1),
}


@pytest.mark.slow
@pytest.mark.parametrize("moment", KILLED)
def test_killed_in_the_middle(tmp_path: Path, new_database: NewDatabase, moment: str) -> None:
    items = ITEMS if moment == "while a job's answer is on its way" else 2_000
    simulator = Simulator(tickets=0, users=5, faults=[FaultRule(kind=FaultKind.ROWS, path=MANY, share=FAULTS)])
    path, number = KILLED[moment]
    gate = Gate(simulator, path=path, number=number)
    with serve(gate) as running:
        config = {
            "ZENDESK_BASE_URL": running.base_url, "ZENDESK_DATABASE_URL": new_database(), "ZENDESK_ENCRYPTION_KEYS": KEYS,
            "ZENDESK_ACCESS_TOKEN": simulator.credentials.access_token, "ZENDESK_DEADLINE": "60",
        }  # fmt: skip
        app = flask.Flask("host", static_folder=None, instance_path=str(tmp_path / "instance"))
        app.config.update(config)
        extension = build_extension(app, environ={})
        assert extension.create_tables()
        told = {"offset": 0, "items": items, "run": None, "config": config, "folder": str(tmp_path)}
        with started(told) as worker:
            run_id = line(worker.stdout)["run"]
            assert gate.reached.wait(120)
            worker.kill()
            worker.wait()
        gate.open.set()
        bulk = extension.desk(ANN).bulk
        halfway = bulk.get(run_id)
        assert halfway.state == "running"
        assert halfway.done < items
        with started({**told, "run": run_id, "offset": 3600}) as other:
            assert line(other.stdout) == {"run": run_id, "taken": 1}
            assert line(other.stdout) == {"state": "done", "done": items, "failed": 0, "unknown": 0}
        page = bulk.results(run_id, limit=1000)
        outcomes = [result.outcome for result in page.items]
        while page.cursor is not None:
            page = bulk.results(run_id, cursor=page.cursor, limit=1000)
            outcomes += [result.outcome for result in page.items]
        extension.close()
    kept = simulator.desk.tickets
    assert len(outcomes) == items
    assert [kept[outcome.record_id or 0].external_id for outcome in outcomes] == [f"case-{place}" for place in range(items)]
    assert Counter(ticket.external_id for ticket in kept.values()) == {f"case-{place}": 1 for place in range(items)}
