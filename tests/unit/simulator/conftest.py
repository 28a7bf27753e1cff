"""A small account whose people are known by name, and a session for each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.simulator.adapter import SimulatorAdapter
from atom_zendesk_plugin.simulator.directory import create_user, join_group
from atom_zendesk_plugin.simulator.exchange import Json
from atom_zendesk_plugin.simulator.facade import Simulator
from atom_zendesk_plugin.simulator.lifecycle import create_ticket, update_ticket
from atom_zendesk_plugin.simulator.objects import Act, Audit, Group, Organization, Ticket, User
from atom_zendesk_plugin.simulator.organizations import create_organization

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
HOST = "https://acme.zendesk.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer from the wire."""

    status: int
    body: Any
    headers: requests.structures.CaseInsensitiveDict[str]


class Office:
    """An account without tickets, run by hand: the clock stands still until somebody moves it."""

    def __init__(self) -> None:
        self.clock = ManualClock(START)
        self.simulator = Simulator(tickets=0, users=6, organizations=2, clock=self.clock, seed=3)
        self.desk = desk = self.simulator.desk
        assert desk.admin_id is not None
        self.admin: User = desk.users[desk.admin_id]
        self.support: Group = next(group for group in desk.groups.values() if group.default)
        self.billing: Group = next(group for group in desk.groups.values() if group.name == "Billing")
        self.home: Organization = create_organization(desk, {"name": "Hill House"}, at=START)
        self.agent = self._user("Olga Agent", "agent", group=self.support)
        self.other_agent = self._user("Pedro Agent", "agent", group=self.billing)
        self.customer = self._user("Remy Customer", "end-user", organization_id=self.home.id)
        self.stranger = self._user("Sofia Stranger", "end-user")
        self.field = {row["type"]: row["id"] for row in desk.config.ticket_fields.values()}
        self.status = {row["status_category"]: row["id"] for row in desk.config.custom_statuses.values()}

    def act(self, user: User | None = None) -> Act:
        return Act(actor_id=(user or self.agent).id, at=self.desk.now())

    def opened(self, by: User | None = None, **data: Any) -> Ticket:
        """Make a ticket, by the customer unless told otherwise."""
        told: Json = {"subject": "Lamp", "comment": {"body": "It is dark"}, **data}
        return create_ticket(self.desk, told, act=self.act(by or self.customer))[0]

    def write(self, ticket: Ticket, by: User | None = None, **data: Any) -> Audit:
        """Change a ticket a minute later, by the agent unless told otherwise."""
        self.clock.advance(60)
        return update_ticket(self.desk, ticket, data, act=self.act(by))

    def call(self, method: str, path: str, *, by: User | None = None, **more: Any) -> Reply:
        """Call the service as somebody, the admin unless told otherwise; ``json``, ``params`` and ``headers`` as usual."""
        with requests.Session() as session:
            session.mount(HOST, SimulatorAdapter(self.simulator.wsgi_app))
            token = self.simulator.issue_token((by or self.admin).id, ["read", "write"])
            headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
            found = session.request(method, f"{HOST}/api/v2/{path}", timeout=(1, 1), headers=headers, **more)
        body = found.json() if "json" in found.headers.get("content-type", "") else found.text
        return Reply(status=found.status_code, body=body, headers=found.headers)

    def _user(self, name: str, role: str, *, group: Group | None = None, **more: Any) -> User:
        email = f"{name.split()[0].lower()}@acme.example"
        user = create_user(self.desk, {"name": name, "email": email, "role": role, **more}, at=START)
        if group is not None:
            join_group(self.desk, user, group.id, at=START, default=True)
        return user


Call = Callable[..., Reply]


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def call(office: Office) -> Call:
    return office.call
