"""One host with the plugin, a database and one or two local Zendesks, and people who connect to them without a browser."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import flask
import pluggy
import requests
from requests.adapters import BaseAdapter

from atom_zendesk_plugin import hookspecs
from atom_zendesk_plugin.accounts.connections import Connections
from atom_zendesk_plugin.accounts.model import Connection, ConnectionRefused
from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.extension import ZendeskExtension, build_extension
from atom_zendesk_plugin.simulator import Simulator
from atom_zendesk_plugin.simulator.adapter import SimulatorAdapter

START = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
KEYS = "one:" + "A" * 43 + "="
OTHER_KEYS = "two:" + "B" * 42 + "A="
REDIRECT = "https://atom.example/auth/zendesk/callback"
BROWSER = "b" * 43

ANN = Caller(user_id="ann", via="bearer")
BOB = Caller(user_id="bob", via="cookie")
BOSS = Caller(user_id="boss", roles=frozenset({"admin"}), via="bearer")


class Switchboard(BaseAdapter):
    """Carries each call to the local Zendesk of its host, and fails for any other: nothing may be sent there."""

    def __init__(self, simulators: Mapping[str, Simulator]) -> None:
        super().__init__()
        self.lines: dict[str, Any] = {host: SimulatorAdapter(simulator.wsgi_app) for host, simulator in simulators.items()}
        self.hosts: list[str] = []

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        host = urlsplit(request.url or "").hostname or ""
        self.hosts.append(host)
        answer: requests.Response = self.lines[host].send(request, *args, **options)
        return answer

    def close(self) -> None:
        return


class Notebook:
    """A host that writes down what it tells people."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, Mapping[str, Any]]] = []

    @hookspecs.hookimpl
    def atom_notify(self, user_id: str, message: str, metadata: Mapping[str, Any]) -> None:
        self.told.append((user_id, message, metadata))


@dataclass
class Stage:
    """The host and everything behind it. ``zendesk`` is the configured account, acme; ``other`` another one, globex."""

    extension: ZendeskExtension
    clock: ManualClock
    zendesk: Simulator
    other: Simulator
    notebook: Notebook
    board: Switchboard
    app: flask.Flask
    url: str
    folder: Path
    config: Mapping[str, str]
    twins: list[ZendeskExtension] = field(default_factory=list)

    @property
    def connections(self) -> Connections:
        return self.extension.connections

    def begin(self, caller: Caller = ANN, *, browser: str = BROWSER, account: str | None = None) -> str:
        """Start a sign-in and return the address of the consent page."""
        return self.connections.start(caller, browser=browser, account=account).url

    def consent(self, url: str, *, user_id: int | None = None, deny: bool = False) -> dict[str, str]:
        """Answer the consent page and return the parameters of the redirect."""
        simulator = self.zendesk if "acme." in url else self.other
        back = simulator.consent(url, user_id=user_id, deny=deny)
        assert back.startswith(REDIRECT)
        return {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}

    def complete(
        self, back: Mapping[str, str], caller: Caller | None = ANN, *, browser: str | None = BROWSER, **more: str
    ) -> Connection:
        return self.connections.finish(
            browser=browser, caller=caller, state=back.get("state"), code=back.get("code"), error=back.get("error"), **more
        )  # fmt: skip

    def connect(self, caller: Caller = ANN, *, account: str | None = None, user_id: int | None = None) -> Connection:
        """Go through the whole sign-in."""
        return self.complete(self.consent(self.begin(caller, account=account), user_id=user_id), caller)

    def refusal(self, back: Mapping[str, str], caller: Caller | None = ANN, **options: Any) -> str:
        """Complete a sign-in that must be refused, and return the reason."""
        try:
            self.complete(back, caller, **options)
        except ConnectionRefused as refused:
            return str(refused.reason)
        raise AssertionError("the sign-in was accepted")

    def twin(self, **config: str) -> ZendeskExtension:
        """Return the plugin of another process: the same database, keys and Zendesk, nothing in memory."""
        made = _extension(new_app(self.folder, self.url, **{**self.config, **config}), self.clock, self.board, self.notebook)
        self.twins.append(made)
        return made

    def calls(self, *, of: Simulator | None = None) -> list[str]:
        """Return method and path of what Zendesk was asked, and start counting anew."""
        simulator = of or self.zendesk
        asked = [f"{call.method} {call.path}" for call in simulator.calls]
        simulator.calls.clear()
        return asked

    def settle(self) -> None:
        """Wait for the renewals under way, and for those who are told."""
        for extension in (self.extension, *self.twins):
            threads = extension._threads.peek()
            if threads is not None:
                threads.close()

    def close(self) -> None:
        for extension in (self.extension, *self.twins):
            extension.close()


def new_app(folder: Path, url: str, **config: str) -> flask.Flask:
    app = flask.Flask("host", static_folder=None, instance_path=str(folder / "instance"))
    defaults = {
        "ZENDESK_SUBDOMAIN": "acme", "ZENDESK_DATABASE_URL": url, "ZENDESK_ENCRYPTION_KEYS": KEYS, "ZENDESK_REDIRECT_URI": REDIRECT,
        "ZENDESK_DEADLINE": "20",
    }  # fmt: skip
    app.config.update({name: value for name, value in {**defaults, **config}.items() if value})
    return app


def _extension(app: flask.Flask, clock: ManualClock, board: Switchboard, notebook: Notebook) -> ZendeskExtension:
    manager = app.extensions[hookspecs.MANAGER] = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(notebook)
    return build_extension(app, clock=clock, adapter=board, environ={}, rng=random.Random(1))


def build_stage(folder: Path, url: str, *, public: bool = False, **config: str) -> Stage:
    clock = ManualClock(START)
    zendesk = Simulator(seed=7, tickets=12, clock=clock, redirect_uris=[REDIRECT])
    other = Simulator(seed=8, tickets=5, clock=clock, subdomain="globex", redirect_uris=[REDIRECT])
    board = Switchboard({"acme.zendesk.com": zendesk, "globex.zendesk.com": other})
    found = zendesk.credentials.public_oauth if public else zendesk.credentials.oauth
    client = {"ZENDESK_CLIENT_ID": found.client_id}
    if not public:
        client["ZENDESK_CLIENT_SECRET"] = zendesk.credentials.oauth.client_secret
    notebook = Notebook()
    config = {**client, **config}
    app = new_app(folder, url, **config)
    extension = _extension(app, clock, board, notebook)
    assert extension.create_tables()
    return Stage(extension, clock, zendesk, other, notebook, board, app, url, folder, config)


NewStage = Callable[..., Stage]


def stages(folder: Path, new_url: Callable[[], str]) -> Iterator[NewStage]:
    """Yield what makes stages, and close them afterwards."""
    made: list[Stage] = []

    def new(**config: Any) -> Stage:
        made.append(build_stage(folder / f"host{len(made)}", new_url(), **config))
        return made[-1]

    yield new
    for stage in made:
        stage.close()
