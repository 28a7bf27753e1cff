"""What common tasks cost: calls to Zendesk, which are the scarce thing, and time on the simulator in memory, the simulator's included."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.client.api import build_client
from atom_zendesk_plugin.clock import Clock, SystemClock
from atom_zendesk_plugin.config import load_settings
from atom_zendesk_plugin.desk.desk import Desk
from atom_zendesk_plugin.simulator.adapter import SimulatorAdapter
from atom_zendesk_plugin.simulator.facade import Simulator
from benchmarks.figures import Figure, milliseconds

TICKETS = 2000


@dataclass(frozen=True, slots=True)
class Bench:
    """A desk on a simulator."""

    simulator: Simulator
    desk: Desk

    def calls(self, work: Callable[[], object]) -> int:
        """Return how many calls ``work`` makes."""
        self.simulator.calls.clear()
        work()
        return len(list(self.simulator.calls))


def build(clock: Clock) -> Bench:
    """Seed a simulator and put a desk on it; waiting is done on ``clock``."""
    simulator = Simulator(tickets=TICKETS)
    config = {"ZENDESK_SUBDOMAIN": "acme", "ZENDESK_ACCESS_TOKEN": simulator.credentials.access_token}
    client = build_client(
        load_settings(config, {}),
        account_key="bench",
        clock=clock,
        rng=random.Random(1),
        adapter=SimulatorAdapter(simulator.wsgi_app),
    )
    caller = Caller(user_id="bench", roles=frozenset({"admin"}), via="internal")
    desk = Desk(client, caller=caller, journal=None, clock=clock, agent_url="https://acme.zendesk.com")
    return Bench(simulator, desk)


def measure() -> Iterator[Figure]:
    """Measure each task."""
    bench = build(SystemClock())
    desk = bench.desk

    def thousand() -> object:
        return desk.tickets.list(limit=1000)

    def create() -> object:
        return desk.tickets.create(subject="Bench", comment="One of many.")

    first = desk.tickets.list(limit=1).records[0].id
    tasks: tuple[tuple[str, Callable[[], object], int], ...] = (
        ("1,000 tickets with all their names", thousand, 3),
        ("30 tickets with all their names", lambda: desk.tickets.list(limit=30), 30),
        ("30 tickets by a filter", lambda: desk.tickets.list(limit=30, status="open"), 30),
        ("one ticket with its conversation", lambda: desk.tickets.get(first), 30),
        ("one ticket created", create, 30),
    )
    for name, work, times in tasks:
        calls = bench.calls(work)
        yield Figure(f"{name}: calls", calls, "calls" if calls != 1 else "call")
        yield Figure(
            f"{name}: time", milliseconds(work, times=times), "ms", f"simulator with {TICKETS:,} tickets in memory"
        )
