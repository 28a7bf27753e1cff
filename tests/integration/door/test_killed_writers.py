"""A process that is killed while it writes: its entry stays as evidence, and the same wish again is the same ticket."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.clock import OffsetClock
from atom_zendesk_plugin.extension import ZendeskExtension, build_extension
from atom_zendesk_plugin.simulator import Simulator
from atom_zendesk_plugin.simulator.faults import FaultKind, FaultRule
from atom_zendesk_plugin.simulator.server import serve
from tests.databases import NewDatabase
from tests.integration.door.conftest import NewStand
from tests.integration.door.hosts import new_app

ROOT = Path(__file__).parents[3]
ANN = Caller(user_id="ann", roles=frozenset({"admin"}), via="bearer")


class Deadly:
    """A Zendesk that has one writer killed, before or after it does what was asked; everybody else is served."""

    def __init__(self, simulator: Simulator, *, after: bool) -> None:
        self._app, self._after = simulator.wsgi_app, after
        self.victim: subprocess.Popen[bytes] | None = None

    def __call__(self, environ: Any, start_response: Any) -> Any:
        victim = self.victim if environ["REQUEST_METHOD"] in ("POST", "PUT") else None
        if victim is None:
            return self._app(environ, start_response)
        answer = self._app(environ, start_response) if self._after else None
        victim.kill()
        victim.wait()
        return answer if answer is not None else self._nothing(start_response)

    @staticmethod
    def _nothing(start_response: Any) -> list[bytes]:
        start_response("503 Service Unavailable", [("Content-Type", "text/plain")])
        return [b""]


@contextmanager
def killed(folder: Path, url: str, *, after: bool, ticket: int | None) -> Iterator[tuple[Simulator, ZendeskExtension]]:
    """Let a process make a write and be killed in it, then give the Zendesk and a new host on the same database."""
    simulator = Simulator(tickets=5, clock=OffsetClock())
    deadly = Deadly(simulator, after=after)
    with serve(deadly) as running:
        config = {
            "ZENDESK_BASE_URL": running.base_url, "ZENDESK_DATABASE_URL": url, "ZENDESK_DEADLINE": "60",
            "ZENDESK_ACCESS_TOKEN": simulator.credentials.access_token,
        }  # fmt: skip
        extension = build_extension(new_app(folder, **config), environ={})
        assert extension.create_tables()
        if ticket is not None:
            ticket = extension.desk(ANN).tickets.create(subject="A", comment="x").id
        told = {"folder": str(folder / "other"), "config": config, "ticket": ticket}
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.door.writing_process", json.dumps(told)], cwd=ROOT
        )
        deadly.victim = process
        assert process.wait(60) == -9
        deadly.victim = None
        yield simulator, extension
        extension.close()


@pytest.mark.parametrize("after", [True, False], ids=["done", "not done"])
def test_a_creation_is_one_ticket_after_a_restart(tmp_path: Path, new_database: NewDatabase, after: bool) -> None:
    with killed(tmp_path, new_database(), after=after, ticket=None) as (simulator, extension):
        (entry,) = extension.writes.list(ANN).entries
        assert (entry.outcome, entry.user_id, entry.endpoint, entry.status) == ("sent", "ann", "/tickets", None)
        made = [extension.desk(ANN).tickets.create(subject="Once only", comment="x", idempotency_key="k-1") for _ in range(2)]
        ours = [ticket.id for ticket in simulator.desk.tickets.values() if ticket.subject == "Once only"]
        assert ours == [made[0].id] == [made[1].id]
        assert [row.outcome for row in extension.writes.list(ANN, endpoint="/tickets").entries][-1] == "sent"


def test_a_comment_under_way_leaves_its_evidence(tmp_path: Path, new_database: NewDatabase) -> None:
    with killed(tmp_path, new_database(), after=True, ticket=1) as (simulator, extension):
        entry = extension.writes.list(ANN).entries[0]
        assert (entry.outcome, entry.method, entry.endpoint) == ("sent", "PUT", "/tickets/{id}")
        ticket = simulator.desk.tickets[int(entry.record_id or 0)]
        assert [comment.body for comment in ticket.comments] == ["x", "Once only"]


def test_an_answer_lost_a_hundred_times_is_one_ticket(new_stand: NewStand) -> None:
    stand = new_stand()
    stand.simulator.faults.add(FaultRule(kind=FaultKind.RESET_AFTER, method="POST", path="/api/v2/tickets", count=100))
    body, key = {"subject": "Once only", "comment": "x"}, {"Idempotency-Key": "k-1"}
    answers = []
    while stand.simulator.faults.fired < 100:
        answers.append(stand.post("/api/zendesk/tickets", body, headers=key).status_code)
        stand.clock.advance(60)  # the circuit closes again
    made = stand.post("/api/zendesk/tickets", body, headers=key)
    assert made.status_code == 201
    assert set(answers) <= {502, 503}
    assert [ticket.subject for ticket in stand.simulator.desk.tickets.values()].count("Once only") == 1
