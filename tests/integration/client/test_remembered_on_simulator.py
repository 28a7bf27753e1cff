"""Remembered lists on the local Zendesk: renewed without a body, changed by others, and read again after our own writes."""

from __future__ import annotations

import random

import pytest

from atom_zendesk_plugin.client.api import ZendeskClient, build_client
from atom_zendesk_plugin.client.observe import CallEvent
from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.config import load_settings
from atom_zendesk_plugin.simulator import Simulator
from atom_zendesk_plugin.simulator.adapter import SimulatorAdapter

LISTS = ("ticket_fields", "user_fields", "organization_fields", "ticket_forms", "custom_statuses", "groups", "brands", "sla_policies",
         "schedules", "locales")  # fmt: skip


class World:
    def __init__(self) -> None:
        self.clock = ManualClock()
        self.simulator = Simulator(clock=self.clock, tickets=5)
        self.events: list[CallEvent] = []

    def client(self) -> ZendeskClient:
        """Return a client with a memory of its own, as another process has."""
        token = self.simulator.credentials.access_token
        settings = load_settings({"ZENDESK_SUBDOMAIN": "acme", "ZENDESK_ACCESS_TOKEN": token}, {})
        return build_client(
            settings,
            account_key="default/acme",
            clock=self.clock,
            rng=random.Random(1),
            adapter=SimulatorAdapter(self.simulator.wsgi_app),
            observer=self.events.append,
        )

    def statuses(self) -> list[int | None]:
        """Return how the attempts since the last time ended."""
        told = [event.status for event in self.events if event.kind == "attempt"]
        self.events.clear()
        return told


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_renewed_without_a_body_while_nothing_changes(name: str) -> None:
    world = World()
    family = getattr(world.client(), name)
    first = family.all()
    assert world.statuses() == [200]
    assert [record.raw for record in first] == [record.raw for record in family.list()]
    world.statuses()
    world.clock.advance(301)
    again = family.all()
    assert world.statuses() == [304]
    assert all(new is old for new, old in zip(again, first, strict=True))
    assert family.all() is again
    assert world.statuses() == []


def test_what_another_process_changes_shows_after_the_lifetime_and_own_changes_at_once() -> None:
    world = World()
    ours, theirs = world.client(), world.client()
    ours.groups.all()
    made = theirs.groups.create({"name": "Theirs"})
    assert made.id not in {group.id for group in ours.groups.all()}
    world.clock.advance(301)
    assert made.id in {group.id for group in ours.groups.all()}
    for number in range(20):
        own = ours.groups.create({"name": f"Ours {number}"})
        assert own.id in {group.id for group in ours.groups.all()}
        ours.groups.update(own.id, {"name": f"Renamed {number}"})
        assert f"Renamed {number}" in {group.name for group in ours.groups.all()}
        ours.groups.delete(own.id)
        assert own.id not in {group.id for group in ours.groups.all()}
