"""Hosts to put the plugin on: a bare Flask app with the extension's network replaced by a local Zendesk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import flask
import pluggy
import requests
from joserfc import jwt
from joserfc.jwk import OctKey
from requests.adapters import BaseAdapter
from werkzeug.test import TestResponse

from atom_zendesk_plugin import hookspecs, plugin
from atom_zendesk_plugin.clock import Clock, ManualClock
from atom_zendesk_plugin.extension import ZendeskExtension, build_extension
from atom_zendesk_plugin.simulator import Simulator
from atom_zendesk_plugin.simulator.adapter import SimulatorAdapter

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
JWT_SECRET = "a key that is long enough for HS256, made up for tests"


def bearer(clock: Any, *, secret: str = JWT_SECRET, algorithm: str = "HS256", **claims: Any) -> dict[str, str]:
    """Return an Authorization header with a user token; it lives for an hour unless ``exp`` says otherwise (None: no ``exp``)."""
    told = {"sub": "u-1", "roles": ["admin"], "exp": int(clock.now().timestamp()) + 3600, **claims}
    token = jwt.encode(
        {"alg": algorithm}, {name: value for name, value in told.items() if value is not None}, OctKey.import_key(secret),
        algorithms=[algorithm],
    )  # fmt: skip
    return {"Authorization": f"Bearer {token}"}


@dataclass
class Stand:
    """One host with the plugin on it, and the Zendesk behind."""

    app: flask.Flask
    extension: ZendeskExtension
    simulator: Simulator
    clock: ManualClock
    services: dict[str, Any] = field(default_factory=dict)

    def get(self, path: str, **claims: Any) -> TestResponse:
        return self.app.test_client().get(path, headers=bearer(self.clock, **claims))

    def post(self, path: str, body: object, *, headers: dict[str, str] | None = None, **claims: Any) -> TestResponse:
        return self.app.test_client().post(path, json=body, headers={**bearer(self.clock, **claims), **(headers or {})})

    def health(self) -> dict[str, Any]:
        answer = self.app.test_client().get("/api/zendesk/health")
        assert answer.status_code == 200
        assert isinstance(answer.json, dict)
        return answer.json

    def asked(self) -> list[str]:
        """Return what Zendesk was asked so far."""
        return [f"{call.method} {call.path}" for call in self.simulator.calls]


def new_app(folder: Path, **config: Any) -> flask.Flask:
    """Return a bare host: no database, no session key, nobody who knows users."""
    app = flask.Flask("host", static_folder=None, instance_path=str(folder / "instance"))
    app.config.update(config)
    return app


def with_manager(app: flask.Flask, *implementations: object, specs: bool = True) -> pluggy.PluginManager:
    """Give the host a plugin manager with these objects as its own hooks."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    if specs:
        manager.add_hookspecs(hookspecs)
    for implementation in implementations:
        manager.register(implementation)
    app.extensions[hookspecs.MANAGER] = manager
    return manager


class Silent(BaseAdapter):
    """A Zendesk that takes every call and never answers: the caller waits as long as it said it would, by the clock."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self.calls = 0

    def send(  # type: ignore[override]  # what requests passes
        self, request: requests.PreparedRequest, stream: bool = False, timeout: Any = None, **_: Any
    ) -> requests.Response:
        self.calls += 1
        self._clock.sleep(timeout[1] if isinstance(timeout, tuple) else getattr(timeout, "read_timeout", timeout))
        raise requests.ReadTimeout("no answer", request=request)

    def close(self) -> None:
        return


def build_stand(
    folder: Path,
    *hooks: object,
    prepare: Callable[[flask.Flask], None] | None = None,
    silent: bool = False,
    **config: Any,
) -> Stand:
    """Return a host whose users carry ATOM's Bearer tokens and whose service account works on a local Zendesk."""
    clock = ManualClock(START)
    simulator = Simulator(seed=3, tickets=25, clock=clock)
    defaults = {
        "ZENDESK_SUBDOMAIN": "acme", "ZENDESK_ACCESS_TOKEN": simulator.credentials.access_token, "ZENDESK_IDENTITY": "jwt",
        "JWT_SECRET": JWT_SECRET, "ZENDESK_DEADLINE": "20",
    }  # fmt: skip
    app = new_app(folder, **{**defaults, **config})
    if hooks:
        with_manager(app, *hooks)
    if prepare is not None:
        prepare(app)
    adapter = Silent(clock) if silent else SimulatorAdapter(simulator.wsgi_app)
    extension = build_extension(app, clock=clock, adapter=adapter, environ={})
    stand = Stand(app=app, extension=extension, simulator=simulator, clock=clock)
    assert plugin.register(app, stand.services)
    return stand
