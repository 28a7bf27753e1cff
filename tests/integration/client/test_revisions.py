"""The revisions of a trigger, all of them, past the first page."""

from __future__ import annotations

import random

from atom_zendesk_plugin.client.api import build_client
from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.config import load_settings
from atom_zendesk_plugin.simulator.adapter import SimulatorAdapter
from atom_zendesk_plugin.simulator.facade import Simulator

CHANGES = 130


def test_the_oldest_revision_is_reached() -> None:
    clock = ManualClock()
    simulator = Simulator(clock=clock, tickets=1)
    settings = load_settings({"ZENDESK_SUBDOMAIN": "acme", "ZENDESK_ACCESS_TOKEN": simulator.credentials.access_token}, {})
    client = build_client(
        settings, account_key="default/acme", clock=clock, rng=random.Random(1), adapter=SimulatorAdapter(simulator.wsgi_app)
    )
    fields = {
        "title": "Version 0",
        "conditions": {"all": [{"field": "status", "operator": "is", "value": "open"}]},
        "actions": [{"field": "status", "value": "pending"}],
    }
    trigger = client.triggers.create(fields)
    for number in range(1, CHANGES + 1):
        clock.advance(60)
        client.triggers.update(trigger.id, {"title": f"Version {number}"})
    titles = [row.payload()["snapshot"]["title"] for row in client.triggers.revisions(int(trigger.id))]
    assert titles == [f"Version {number}" for number in range(CHANGES, -1, -1)]
