"""A Flask app with our routes on a local Zendesk: real client, real desk, only the assembly is made by hand."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from atom_zendesk_plugin.accounts.write_history import WritePage
from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.client.api import ZendeskClient, build_client
from atom_zendesk_plugin.clock import Clock, ManualClock
from atom_zendesk_plugin.config import Settings, load_settings
from atom_zendesk_plugin.desk.bulk.service import Seats
from atom_zendesk_plugin.desk.desk import Desk
from atom_zendesk_plugin.desk.journal import Creation, CreationState
from atom_zendesk_plugin.errors import ConfigError, Forbidden, InvalidInput, NotConnected, NotFound, ZendeskPluginError
from atom_zendesk_plugin.simulator import Simulator
from atom_zendesk_plugin.simulator.adapter import SimulatorAdapter
from atom_zendesk_plugin.web.blueprint import build_blueprints
from atom_zendesk_plugin.write_log import WRITE_OUTCOMES
from tests.integration.web.memory_connections import MemoryConnections

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ADMIN = Caller(user_id="u-1", roles=frozenset({"admin"}), via="bearer")


class MemoryJournal:
    """The journal's contract in a dictionary, with every state that was ever written."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.rows: dict[str, Creation] = {}
        self.owners: dict[tuple[str, str], str] = {}
        self.states: list[CreationState] = []

    def begin(self, *, caller: Caller, client_key: str | None, zendesk_key: str, fingerprint: str) -> Creation:
        if client_key is not None:
            zendesk_key = self.owners.setdefault((caller.user_id, client_key), zendesk_key)
        new = Creation(zendesk_key=zendesk_key, fingerprint=fingerprint, state="pending", created_at=self._clock.now())
        return self.rows.setdefault(zendesk_key, new)

    def finish(self, zendesk_key: str, *, state: CreationState, ticket_id: int | None = None) -> None:
        old = self.rows[zendesk_key]
        self.states.append(state)
        if old.state != "done":
            self.rows[zendesk_key] = Creation(
                zendesk_key=zendesk_key,
                fingerprint=old.fingerprint,
                state=state,
                created_at=old.created_at,
                ticket_id=ticket_id,
            )


class EmptyWrites:
    """The contract of the log of writes, without any. What it holds is told by the tests of the door."""

    def list(self, caller: Caller, *, outcome: str | None = None, cursor: str | None = None, **_: Any) -> WritePage:
        if "admin" not in caller.roles:
            raise Forbidden
        if cursor is not None or outcome not in (None, *WRITE_OUTCOMES):
            raise InvalidInput
        return WritePage(entries=(), cursor=None)


@dataclass(frozen=True, slots=True)
class Row:
    """A capability, as the set-up page reads it."""

    name: str
    on: bool
    why: str
    cure: str


@dataclass
class HandMadeParts:
    """What the assembly would hand to the routes. ``caller`` is who every request comes from."""

    settings: Settings
    clock: Clock
    client: ZendeskClient | None
    journal: MemoryJournal | None
    people: MemoryConnections
    caller: Caller | None = ADMIN
    service_name: str = "zendesk"
    connecting_fails: ZendeskPluginError | None = None
    seats: Seats = field(default_factory=Seats)
    report: Mapping[str, object] = field(
        default_factory=lambda: {
            "ok": True,
            "success": True,
            "status": "healthy",
            "message": "All is well.",
            "checks": {},
        }
    )

    def identify(self, request: flask.Request) -> Caller | None:
        return self.caller

    @property
    def connections(self) -> MemoryConnections:
        if self.connecting_fails is not None:
            raise self.connecting_fails
        return self.people

    @property
    def writes(self) -> EmptyWrites:
        return EmptyWrites()

    def desk(self, caller: Caller, account: str | None = None) -> Desk:
        if self.client is None:
            raise ConfigError
        if account not in (None, "acme"):
            raise NotFound("Your tenant has no such Zendesk account.")
        if "admin" not in caller.roles:
            raise NotConnected
        return Desk(
            self.client.within(seconds=self.settings.deadline),
            caller=caller,
            journal=self.journal,
            clock=self.clock,
            agent_url="https://acme.zendesk.com",
            seats=lambda: self.seats,
        )

    def health(self, *, refresh: bool = False) -> Mapping[str, object]:
        return self.report

    def capabilities(self) -> Sequence[Row]:
        return [Row("Live desk", True, "", ""), Row("Documentation", False, "offapi is missing", "Install offapi.")]


@dataclass
class Stage:
    """An app under test and everything behind it."""

    app: flask.Flask
    parts: HandMadeParts
    simulator: Simulator
    clock: ManualClock

    @property
    def people(self) -> MemoryConnections:
        return self.parts.people

    @property
    def http(self) -> FlaskClient:
        return self.app.test_client()

    def calls(self) -> list[str]:
        """Return method and path of what Zendesk was asked since ``simulator.calls.clear()``."""
        return [f"{call.method} {call.path}" for call in self.simulator.calls]

    def get(self, path: str, **query: object) -> TestResponse:
        given = {name: str(value) for name, value in query.items()}
        return self.http.get(path, query_string=given or None)

    def post(self, path: str, body: object | None = None, **headers: str) -> TestResponse:
        return self.http.post(path, json=body, headers=named(headers))

    def put(self, path: str, body: object) -> TestResponse:
        return self.http.put(path, json=body)

    def ticket(self, **fields: object) -> dict[str, Any]:
        """Create a ticket through the API and return it."""
        answer = self.post("/api/zendesk/tickets", {"subject": "A ticket", "comment": "It is broken.", **fields})
        assert answer.status_code == 201, answer.json
        return data(answer)["ticket"]  # type: ignore[no-any-return]  # JSON


def named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def data(answer: TestResponse) -> dict[str, Any]:
    """Return what is under ``data``, having looked at the envelope around it."""
    body = answer.json
    assert isinstance(body, dict)
    assert body["ok"] is body["success"] is True, body
    assert body["service"] == "zendesk"
    assert datetime.fromisoformat(body["timestamp"]).tzinfo is not None
    assert answer.headers["Cache-Control"] == "no-store"
    return body["data"]  # type: ignore[no-any-return]  # JSON


def failure(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    """Return the error of an answer, having looked at the envelope around it."""
    body = answer.json
    assert isinstance(body, dict)
    assert (answer.status_code, body["error"]["code"]) == (status, code), body
    assert body["ok"] is body["success"] is False
    assert body["status_code"] == status
    assert body["message"] == body["error"]["message"]
    assert answer.headers["Cache-Control"] == "no-store"
    return body["error"]  # type: ignore[no-any-return]  # JSON


def build_stage(*, tickets: int = 40, journal: bool = True, **options: str) -> Stage:
    clock = ManualClock(START)
    simulator = Simulator(seed=7, tickets=tickets, clock=clock)
    settings = load_settings(
        {
            "ZENDESK_SUBDOMAIN": "acme",
            "ZENDESK_ACCESS_TOKEN": simulator.credentials.access_token,
            "ZENDESK_DEADLINE": "20",
            **options,
        },
        {},
    )
    parts = HandMadeParts(settings, clock, None, MemoryJournal(clock) if journal else None, MemoryConnections(clock))
    if settings.account_url is not None:
        parts.client = build_client(
            settings,
            account_key="default/acme",
            clock=clock,
            rng=random.Random(1),
            adapter=SimulatorAdapter(simulator.wsgi_app),
        )
    return Stage(app=build_app(parts), parts=parts, simulator=simulator, clock=clock)


def build_app(parts: HandMadeParts) -> flask.Flask:
    app = flask.Flask("host", static_folder=None)
    for blueprint in build_blueprints(parts):
        app.register_blueprint(blueprint)
    return app
