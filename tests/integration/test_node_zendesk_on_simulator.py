"""node-zendesk, unchanged, finds a Zendesk here: an ordinary program of its users, run by node."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from atom_zendesk_plugin.clock import OffsetClock
from atom_zendesk_plugin.simulator import Simulator
from tests.other_clients import node_modules

PROGRAM = Path(__file__).with_name("node_zendesk_program.cjs")
TICKETS = 230


def test_an_ordinary_program_runs(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    modules = node_modules(tmp_path_factory.getbasetemp())
    clock = OffsetClock()
    simulator = Simulator(tickets=TICKETS, clock=clock)
    # Out of the minute that no export shows.
    clock.advance(120)
    desk = simulator.desk
    before, history = list(desk.tickets), sum(len(ticket.audits) for ticket in desk.tickets.values())
    listed = [ticket.id for ticket in desk.listed_tickets()]
    note = tmp_path / "note.txt"
    note.write_text("a tangled note", encoding="utf-8")
    node = shutil.which("node")
    assert node is not None
    with simulator.serve() as running:
        environment = {
            "PATH": os.environ["PATH"],
            "NODE_PATH": str(modules),
            "ENDPOINT": f"{running.base_url}/api/v2",
            "TOKEN": simulator.credentials.access_token,
            "FILE": str(note),
        }
        done = subprocess.run(
            [node, str(PROGRAM)], env=environment, capture_output=True, text=True, timeout=60, check=False
        )
    assert done.returncode == 0, done.stderr[-3000:]
    seen = json.loads(done.stdout)

    assert seen["tickets"] == listed
    assert len(listed) > 100
    user = desk.find_user_by_external_id("n-1")
    assert user is not None
    assert seen["users"] == [user.id, user.id, "Nora Renamed"]
    assert seen["members"] == [user.id]
    assert desk.users[user.id].organization_id == seen["organization"]
    assert seen["shown"] == {"status": "open", "priority": "high", "tags": ["tangled"]}
    assert [(row["body"], row["shown"]) for row in seen["comments"]] == [("All of them", True), ("Untangling", False)]
    file = seen["comments"][0]["attachments"][0]
    assert (file["file_name"], file["size"]) == ("note.txt", len("a tangled note"))
    assert desk.attachments[file["id"]].content == b"a tangled note"
    assert seen["audits"] == 3
    assert seen["found"] == [seen["ticket"]]
    assert seen["job"]["status"] == "completed"
    assert [desk.tickets[number].subject for number in seen["job"]["made"]] == ["Row 1", "Row 2", "Row 3"]
    assert "(404)" in seen["gone"]
    # What the program wrote is younger than a minute, so no export shows it.
    assert sorted(seen["exported"]) == before
    assert seen["people"] == len(desk.users) - 1
    assert seen["events"] == min(history, 1000)
