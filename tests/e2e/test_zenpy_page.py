"""The page about Zenpy: its program runs in a host, against a local Zendesk."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from atom_zendesk_plugin import register_zendesk_integration
from atom_zendesk_plugin.simulator import Simulator
from tests.architecture.tree import ROOT
from tests.e2e.test_readme import blocks

pytest.importorskip("zenpy", reason="zenpy is needed: install the extra [test]")


def test_the_program_of_the_page_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    simulator = Simulator(tickets=20)
    with simulator.serve() as running:
        app = Flask("host", instance_path=str(tmp_path))
        app.config.update(ZENDESK_BASE_URL=running.base_url, ZENDESK_ACCESS_TOKEN=simulator.credentials.access_token)
        assert register_zendesk_integration(app)
        names: dict[str, object] = {"app": app}
        page = blocks(ROOT / "docs/how-to/use-zenpy.md", "python")
        try:
            for block in page:
                exec(block, names)  # noqa: S102 - the page is ours
        finally:
            app.extensions["zendesk"].close()
    made = next(ticket for ticket in simulator.desk.tickets.values() if ticket.subject == "Printer")
    printed = capsys.readouterr().out.splitlines()
    assert len(page) == 2
    assert f"{made.id} {simulator.desk.users[made.requester_id].name}" in printed
    assert printed[-1].startswith("404 GET /api/v2/tickets/999999.json; Zendesk has no such record")
