"""The Singer tap, unchanged and in a venv of its own, copies a whole account from the simulator, and again what changed."""

from __future__ import annotations

import json
import os
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from atom_zendesk_plugin.clock import OffsetClock
from atom_zendesk_plugin.simulator import Simulator
from atom_zendesk_plugin.simulator.lifecycle import delete_ticket, update_ticket
from atom_zendesk_plugin.simulator.metric_events import metric_events
from atom_zendesk_plugin.simulator.objects import Act, Status
from tests.other_clients import NAMES, certificate, singer_tap

HOST = "acme.zendesk.com"
TICKETS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What a sync wrote: its records by stream, and where the next one goes on."""

    records: dict[str, list[dict[str, Any]]]
    state: dict[str, Any]


class Tap:
    """Runs the tap's command against the simulator, which stands in for its host name."""

    def __init__(self, command: Path, home: Path, environment: dict[str, str], token: str) -> None:
        self._command, self._home, self._environment = command, home, environment
        config = {"subdomain": "acme", "access_token": token, "start_date": "2000-01-01T00:00:00Z"}
        self._config = self._write("config.json", config)

    def catalog(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self._run("--discover"))
        return told

    def sync(self, catalog: dict[str, Any], state: dict[str, Any]) -> Copied:
        """Copy all streams of a catalog."""
        for stream in catalog["streams"]:
            top = next((row for row in stream["metadata"] if row["breadcrumb"] == []), None)
            assert top is not None
            top["metadata"]["selected"] = True
        files = self._write("catalog.json", catalog), self._write("state.json", state)
        lines = self._run("--catalog", str(files[0]), "--state", str(files[1])).splitlines()
        records: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        for told in map(json.loads, lines):
            if told["type"] == "RECORD":
                records[told["stream"]].append(told["record"])
            elif told["type"] == "STATE":
                state = told["value"]
        return Copied(records=dict(records), state=state)

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [str(self._command), "--config", str(self._config), *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def _write(self, name: str, content: Any) -> Path:
        path = self._home / name
        path.write_text(json.dumps(content), encoding="utf-8")
        return path


@pytest.fixture
def simulator() -> Simulator:
    clock = OffsetClock()
    simulator = Simulator(tickets=TICKETS, clock=clock)
    # Out of the minute that no export shows.
    clock.advance(120)
    return simulator


@pytest.fixture
def tap(simulator: Simulator, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tap]:
    command = singer_tap(tmp_path_factory.getbasetemp())
    trusted, context = certificate(tmp_path, HOST)
    (tmp_path / "sitecustomize.py").write_text(NAMES, encoding="utf-8")
    with simulator.serve(tls=context) as running:
        environment = {
            **{name: value for name, value in os.environ.items() if "proxy" not in name.lower()},
            "PYTHONPATH": str(tmp_path),
            "STANDS_FOR": HOST,
            "STANDS_AT": str(running.port),
            "REQUESTS_CA_BUNDLE": str(trusted),
            "SSL_CERT_FILE": str(trusted),
        }
        yield Tap(command, tmp_path, environment, simulator.credentials.access_token)


def by_id(rows: list[dict[str, Any]]) -> dict[Any, dict[str, Any]]:
    return {row["id"]: row for row in rows}


def test_it_copies_the_whole_account_and_then_what_changed(tap: Tap, simulator: Simulator) -> None:
    desk = simulator.desk
    catalog = tap.catalog()
    names = {stream["tap_stream_id"] for stream in catalog["streams"]}
    assert {"tickets", "users", "organizations", "ticket_audits", "ticket_comments", "ticket_metric_events"} <= names
    # The account has no Talk; the tap leaves out what is refused.
    assert "talk_phone_numbers" not in names
    first = tap.sync(catalog, {})
    # Everything but policies, of which the account has none at first.
    assert set(first.records) == names - {"sla_policies"}
    assert set(by_id(first.records["tickets"])) == set(desk.tickets)
    assert set(by_id(first.records["users"])) == set(desk.users)
    assert set(by_id(first.records["organizations"])) == set(desk.organizations)
    audits = {audit.id for ticket in desk.tickets.values() for audit in ticket.audits}
    assert set(by_id(first.records["ticket_audits"])) == audits
    comments = {comment.id for ticket in desk.tickets.values() for comment in ticket.comments}
    assert set(by_id(first.records["ticket_comments"])) == comments
    assert {row["ticket_id"] for row in first.records["ticket_metrics"]} == set(desk.tickets)
    events = {event.id for ticket in desk.tickets.values() for event in metric_events(desk, ticket)}
    assert set(by_id(first.records["ticket_metric_events"])) == events

    assert isinstance(simulator.clock, OffsetClock)
    simulator.clock.advance(3600)
    changed, deleted = [ticket for ticket in desk.tickets.values() if ticket.status is not Status.CLOSED][:2]
    assert desk.admin_id is not None
    act = Act(actor_id=desk.admin_id, at=desk.now())
    update_ticket(desk, changed, {"subject": "Changed since"}, act=act)
    delete_ticket(desk, deleted, act=act)
    simulator.clock.advance(3600)
    second = tap.sync(catalog, first.state)
    rows = by_id(second.records["tickets"])
    assert (rows[changed.id]["subject"], rows[deleted.id]["status"]) == ("Changed since", "deleted")
    # What was at the bookmark comes again; everything older does not.
    assert len(rows) < 5
    assert changed.audits[-1].id in by_id(second.records["ticket_audits"])
