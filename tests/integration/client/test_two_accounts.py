"""Two accounts in one process: a hundred threads, and one account that Zendesk has stopped for the time being."""

from __future__ import annotations

import random
import threading
from concurrent.futures import Future, ThreadPoolExecutor

from atom_zendesk_plugin.client.api import ZendeskClient, build_client
from atom_zendesk_plugin.client.pacing import MemoryPace
from atom_zendesk_plugin.clock import Clock, ManualClock
from atom_zendesk_plugin.config import load_settings
from atom_zendesk_plugin.pace import PaceStore
from atom_zendesk_plugin.simulator.adapter import SimulatorAdapter
from atom_zendesk_plugin.simulator.facade import Simulator
from atom_zendesk_plugin.simulator.faults import FaultKind, FaultRule

EACH = 50
PATIENCE = 30.0


class GatedClock(ManualClock):
    """A clock on which a wait takes until the gate opens: whoever waits holds its thread, as with a real clock."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.all_wait = threading.Event()
        self._counting = threading.Lock()
        self._waiting = 0

    def sleep(self, seconds: float) -> None:
        with self._counting:
            self._waiting += 1
            if self._waiting == EACH:
                self.all_wait.set()
        assert self.gate.wait(PATIENCE)
        super().sleep(seconds)


def _client(simulator: Simulator, name: str, *, clock: Clock, pace: PaceStore) -> ZendeskClient:
    told = {"ZENDESK_SUBDOMAIN": name, "ZENDESK_ACCESS_TOKEN": simulator.credentials.access_token}
    return build_client(
        load_settings(told, {}),
        account_key=f"default/{name}",
        clock=clock,
        rng=random.Random(1),
        pace=pace,
        adapter=SimulatorAdapter(simulator.wsgi_app),
    ).within()


def test_an_account_that_must_wait_does_not_hold_up_the_other() -> None:
    clock, pace = GatedClock(), MemoryPace()
    acme, other = (
        Simulator(clock=clock, tickets=20, seed=seed, subdomain=name) for seed, name in ((1, "acme"), (2, "other"))
    )
    acme.faults.add(FaultRule(kind=FaultKind.STATUS, status=429, retry_after=60, count=EACH))
    stopped = _client(acme, "acme", clock=clock, pace=pace)
    free = _client(other, "other", clock=clock, pace=pace)
    mine, theirs = _wanted(acme), _wanted(other)

    with ThreadPoolExecutor(2 * EACH) as pool:
        waiting = [pool.submit(_subject, stopped, number) for number, _ in mine]
        try:
            assert clock.all_wait.wait(PATIENCE), "not every call of the stopped account was told to wait"
            served = [pool.submit(_subject, free, number) for number, _ in theirs]
            assert _results(served) == [subject for _, subject in theirs]
            assert not any(call.done() for call in waiting)
        finally:
            acme.faults.clear()  # who waited for a turn has not been refused yet, and must not be now
            clock.gate.set()
        assert _results(waiting) == [subject for _, subject in mine]


def _wanted(simulator: Simulator) -> list[tuple[int, str | None]]:
    there = [(ticket.id, ticket.subject) for ticket in simulator.desk.listed_tickets()]
    return [there[number % len(there)] for number in range(EACH)]


def _subject(client: ZendeskClient, number: int) -> str | None:
    return client.tickets.get(number).record.subject


def _results(calls: list[Future[str | None]]) -> list[str | None]:
    return [call.result(timeout=PATIENCE) for call in calls]
