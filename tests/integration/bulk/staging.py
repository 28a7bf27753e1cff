"""Bulk runs on a local Zendesk: a real client and a real ledger, time by hand."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.client.api import ZendeskClient, build_client
from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.config import load_settings
from atom_zendesk_plugin.desk.bulk.memory import MemoryLedger
from atom_zendesk_plugin.desk.bulk.model import BulkLedger, Run
from atom_zendesk_plugin.desk.bulk.service import Bulk, Seats
from atom_zendesk_plugin.simulator import Simulator
from atom_zendesk_plugin.simulator.adapter import SimulatorAdapter
from atom_zendesk_plugin.simulator.faults import FaultRule

ANN = Caller(user_id="ann", roles=frozenset({"admin"}), via="bearer")
LONG = 7200.0
MANY = "/api/v2/tickets/create_many"
UPDATE = "/api/v2/tickets/update_many"


@dataclass
class Stage:
    """A local Zendesk and one person's bulk runs on it. ``clock`` moves for both, and moves when somebody waits."""

    simulator: Simulator
    client: ZendeskClient
    clock: ManualClock
    ledger: BulkLedger
    bulk: Bulk

    def go(self, run: Run, *, seconds: float = LONG) -> Run:
        return self.bulk.advance(run.id, seconds=seconds)

    def another(self, *, clock: ManualClock | None = None) -> Bulk:
        """Return what another process would work with."""
        return Bulk(client=self.client, caller=ANN, clock=clock or self.clock, seats=self.bulk.seats)

    def calls(self, method: str | None = None, path: str = "") -> int:
        return sum(call.method == (method or call.method) and path in call.path for call in self.simulator.calls)

    def by_external_id(self) -> Counter[str]:
        """Count the tickets with each external id, deleted ones left out."""
        return Counter(t.external_id for t in self.simulator.desk.tickets.values() if t.external_id is not None)


def build_stage(
    *, tickets: int = 0, plan: str | None = None, faults: Iterable[FaultRule] = (), ledger: BulkLedger | None = None,
    most_jobs: int = 15, **settings: str,
) -> Stage:  # fmt: skip
    clock = ManualClock()
    simulator = Simulator(tickets=tickets, users=20, plan=plan, clock=clock, faults=faults)
    config = {
        "ZENDESK_BASE_URL": "https://acme.zendesk.com", "ZENDESK_ACCESS_TOKEN": simulator.credentials.access_token,
        **settings,
    }  # fmt: skip
    client = build_client(
        load_settings(config, {}), account_key="default/acme", clock=clock, rng=random.Random(1),
        adapter=SimulatorAdapter(simulator.wsgi_app),
    )  # fmt: skip
    kept = ledger or MemoryLedger()
    seats = Seats(durable=kept, most_jobs=most_jobs, rng=random.Random(7))
    simulator.calls.clear()
    bulk = Bulk(client=client, caller=ANN, clock=clock, seats=seats)
    return Stage(simulator, client, clock, kept, bulk)


def new_tickets(number: int) -> list[dict[str, object]]:
    return [{"subject": f"Case {place}", "comment": "Broken.", "external_id": f"case-{place}"} for place in range(number)]


def results(stage: Stage, run: Run) -> list[Any]:
    """Return the outcome of every item, in order."""
    page = stage.bulk.results(run.id, limit=1000)
    found: list[Any] = [result.outcome for result in page.items]
    while page.cursor is not None:
        page = stage.bulk.results(run.id, cursor=page.cursor, limit=1000)
        found += [result.outcome for result in page.items]
    return found


def open_ids(stage: Stage, number: int) -> list[int]:
    """Make tickets that can be changed."""
    run = stage.go(stage.bulk.start("tickets", "create", new_tickets(number)))
    stage.simulator.calls.clear()
    return [outcome.record_id for outcome in results(stage, run)]


def old_tickets(number: int, *, status: str = "solved") -> list[dict[str, object]]:
    return [
        {
            "subject": f"Old {place}", "external_id": f"old-{place}", "status": status, "created_at": "2019-02-03T10:00:00Z",
            "comments": [
                {"value": "It broke.", "created_at": "2019-02-03T10:00:00Z"},
                {"value": "Mended.", "created_at": "2019-02-04T10:00:00Z", "public": False},
            ],
        }
        for place in range(number)
    ]  # fmt: skip
