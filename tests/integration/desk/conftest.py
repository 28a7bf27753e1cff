"""Desks of several people on one local Zendesk whose clock a test moves."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.client.api import ZendeskClient, build_client
from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.config import load_settings
from atom_zendesk_plugin.desk.desk import Desk
from atom_zendesk_plugin.records import Ticket
from atom_zendesk_plugin.simulator.adapter import SimulatorAdapter
from atom_zendesk_plugin.simulator.facade import Simulator
from atom_zendesk_plugin.simulator.faults import FaultKind, FaultRule


@dataclass
class Office:
    """Who works on one Zendesk. Every desk has the same service account behind it: at Zendesk all are one user."""

    clock: ManualClock = field(default_factory=ManualClock)
    simulator: Simulator = field(init=False)

    def __post_init__(self) -> None:
        self.simulator = Simulator(clock=self.clock, tickets=10)

    def client(self, **settings: Any) -> ZendeskClient:
        told = {"ZENDESK_SUBDOMAIN": "acme", "ZENDESK_ACCESS_TOKEN": self.simulator.credentials.access_token}
        told |= {f"ZENDESK_{name.upper()}": str(value) for name, value in settings.items()}
        return build_client(
            load_settings(told, {}), account_key="default/acme", clock=self.clock, rng=random.Random(1),
            adapter=SimulatorAdapter(self.simulator.wsgi_app),
        )  # fmt: skip

    def desk(self, user: str = "ann", *, seconds: float | None = None, **settings: Any) -> Desk:
        client = self.client(**settings)
        return Desk(
            client if seconds is None else client.within(seconds=seconds),
            caller=Caller(user_id=user), journal=None, clock=self.clock, agent_url="https://acme.zendesk.com",
        )  # fmt: skip

    def ticket(self, **fields: Any) -> Ticket:
        """Make a ticket, and let five seconds pass."""
        ticket = self.desk().tickets.create(subject="Printer", comment="It burns", **fields)
        self.clock.advance(5)
        return ticket

    def fail(self, kind: FaultKind, path: str, *, method: str = "PUT", **more: Any) -> None:
        self.simulator.faults.add(FaultRule(kind=kind, method=method, path=path, **more))

    def hurry(self, desk: Desk, before: Callable[[str, str], None], sent: list[bytes]) -> None:
        """Let something happen before each call of a desk, told its method and path; ``sent`` collects the bodies."""
        simulator = self.simulator

        class Hurried(SimulatorAdapter):
            def send(self, request: Any, **more: Any) -> Any:  # type: ignore[override]  # what requests passes
                sent.append(request.body or b"")
                before(request.method, request.path_url.partition("?")[0])
                return super().send(request, **more)

        desk.tickets.client._caller.transport.connections._session.mount("https://", Hurried(simulator.wsgi_app))

    def calls(self) -> list[str]:
        """Return what was asked since the last time."""
        told = [f"{call.method} {call.path}" for call in self.simulator.calls]
        self.simulator.calls.clear()
        return told


@pytest.fixture
def office() -> Office:
    return Office()
