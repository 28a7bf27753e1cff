"""The thread that moves runs on in an app: it starts with the first run, stops within seconds, and leaves what another can take up."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flask
import pytest

from atom_zendesk_plugin.bulk_runs import STOPPING
from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.clock import SystemClock
from atom_zendesk_plugin.desk.bulk.model import NoSuchRun, Run
from atom_zendesk_plugin.extension import ZendeskExtension, build_extension
from atom_zendesk_plugin.keyring import Key
from atom_zendesk_plugin.simulator import Simulator
from atom_zendesk_plugin.simulator.adapter import SimulatorAdapter
from tests.integration.bulk.bulk_process import HurriedClock
from tests.integration.bulk.staging import ANN, new_tickets

KEYS = Key("k1", b"1" * 32).line
MANY = "/api/v2/tickets/create_many"


class Gated(SimulatorAdapter):
    """Holds back the call with a number, before it is made."""

    def __init__(self, simulator: Simulator, *, number: int = 0) -> None:
        super().__init__(simulator.wsgi_app)
        self._left = number
        self.reached, self.open = threading.Event(), threading.Event()

    def send(self, request: Any, *args: Any, **named: Any) -> Any:
        if request.path_url.startswith(MANY):
            self._left -= 1
            if self._left == 0:
                self.reached.set()
                self.open.wait(60)
        return super().send(request, *args, **named)


def app(folder: Path, simulator: Simulator, adapter: SimulatorAdapter, **more: str) -> ZendeskExtension:
    host = flask.Flask("host", static_folder=None, instance_path=str(folder / "instance"))
    host.config.update(
        {
            "ZENDESK_SUBDOMAIN": "acme", "ZENDESK_ACCESS_TOKEN": simulator.credentials.access_token, "ZENDESK_BULK_JOBS": "2",
            "ZENDESK_ENCRYPTION_KEYS": KEYS, "ZENDESK_DATABASE_URL": f"sqlite:///{folder / 'bulk.db'}", **more,
        }
    )  # fmt: skip
    return build_extension(host, clock=HurriedClock(), adapter=adapter, environ={})


def until(look: Callable[[], bool]) -> None:
    """Wait for another thread."""
    moment, begun = threading.Event(), SystemClock().monotonic()
    while not look():
        assert SystemClock().monotonic() - begun < 60
        moment.wait(0.01)


def ended(extension: ZendeskExtension, run: Run) -> Run:
    bulk = extension.desk(ANN).bulk
    until(lambda: bulk.get(run.id).ended)
    return bulk.get(run.id)


@pytest.mark.parametrize("keys", [KEYS, ""])
def test_runs_go_on_by_themselves(tmp_path: Path, keys: str) -> None:
    simulator = Simulator(tickets=0, users=5)
    extension = app(tmp_path, simulator, Gated(simulator), ZENDESK_ENCRYPTION_KEYS=keys)
    runs = [
        extension.desk(ANN).bulk.start("tickets", "create", [{"subject": f"{name}", "comment": "x"}] * 120) for name in "ab"
    ]
    assert [ended(extension, run).done for run in runs] == [120, 120]
    assert [run.durable for run in runs] == [bool(keys)] * 2
    until(lambda: extension.bulk_runner.busy == 0)
    extension.close()
    assert not extension.bulk_runner.running


def test_closing_stops_it_at_once_and_another_process_goes_on(tmp_path: Path) -> None:
    simulator = Simulator(tickets=0, users=5)
    adapter = Gated(simulator, number=3)
    extension = app(tmp_path, simulator, adapter)
    run = extension.desk(ANN).bulk.start("tickets", "create", new_tickets(600))
    assert adapter.reached.wait(60)
    begun = SystemClock().monotonic()
    closing = threading.Thread(target=extension.close)
    runner = extension.bulk_runner
    closing.start()
    until(lambda: not runner.running)
    adapter.open.set()
    closing.join()
    assert SystemClock().monotonic() - begun < STOPPING + 10
    other = app(tmp_path, simulator, Gated(simulator))
    halfway = other.desk(ANN).bulk.get(run.id)
    assert halfway.state == "running"
    assert halfway.done < 600
    assert other.bulk_runner.resume() == 1  # at once: its lease was let go
    assert ended(other, run).done == 600
    assert len({ticket.external_id for ticket in simulator.desk.tickets.values()}) == len(simulator.desk.tickets) == 600
    assert other.bulk_runner.resume() == 0
    other.close()


def test_who_has_no_rights_any_more_has_nothing_sent(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A run of one's own grant never goes on through the service account."""
    simulator = Simulator(tickets=0, users=5)
    adapter = Gated(simulator)
    extension = app(tmp_path, simulator, adapter, ZENDESK_SERVICE_ROLES="*")
    begun = extension.desk(ANN).bulk
    mine = type(begun)(client=begun.client, caller=ANN, clock=begun.clock, seats=begun.seats, own=True)
    simulator.calls.clear()
    with caplog.at_level(logging.WARNING, "atom_zendesk_plugin"):
        run = mine.start("tickets", "create", new_tickets(5))
        until(lambda: "bulk_waits" in caplog.text)
    assert extension.desk(ANN).bulk.get(run.id).done == 0
    assert len(simulator.calls) == 0
    extension.close()


def test_somebody_else_sees_nothing_of_a_run(tmp_path: Path) -> None:
    simulator = Simulator(tickets=0, users=5)
    extension = app(tmp_path, simulator, Gated(simulator), ZENDESK_SERVICE_ROLES="*")
    run = extension.desk(ANN).bulk.start("tickets", "create", new_tickets(3))
    bob = extension.desk(Caller(user_id="bob", via="bearer")).bulk
    assert list(bob.list()) == []
    with pytest.raises(NoSuchRun):
        bob.get(run.id)
    ended(extension, run)
    extension.close()
