"""``demo``: the plugin in a small host against a local Zendesk, or against a real one when the environment has credentials."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from atom_zendesk_plugin.cli.failures import json_option
from atom_zendesk_plugin.hookspecs import MANAGER

if TYPE_CHECKING:
    from flask import Flask

    from atom_zendesk_plugin.cli.demo_people import DemoPeople
    from atom_zendesk_plugin.cli.scenario import Result
    from atom_zendesk_plugin.clock import Clock
    from atom_zendesk_plugin.simulator.facade import Simulator

OPERATOR, PERSON = "sample-user", "alex"
"""Who plays the main part of the scenario, and who connects to Zendesk in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What a demo plays on. ``simulator`` is None when Zendesk is the real one. ``app`` is to be served on ``port`` of 127.0.0.1."""

    app: Flask
    people: DemoPeople
    simulator: Simulator | None
    zendesk_url: str
    port: int
    deadline: float
    clock: Clock

    @property
    def token(self) -> str:
        """A token of the sample user, for twelve hours."""
        return self.people.token(OPERATOR)


@click.command(name="demo")
@click.option("--once", is_flag=True, help="Run the main scenario over HTTP, say how each step went, and end.")
@click.option("--local", is_flag=True, help="Use the local Zendesk even when the environment has credentials.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default="a free one", help="Port of the host.")
@json_option
@click.pass_context
def demo_command(ctx: click.Context, once: bool, local: bool, port: int, as_json: bool) -> None:
    """Run the plugin in a small host against a local Zendesk, until Ctrl-C.

    With ZENDESK_SUBDOMAIN and credentials in the environment it works on that account instead: --once then touches only a ticket
    that it makes and deletes, and no outage is played.
    """
    with demo_stage(local=local, port=port) as stage:
        if once:
            ctx.exit(0 if _play(stage, as_json=as_json) else 1)
        _stay(stage, as_json=as_json)


@contextmanager
def demo_stage(*, local: bool, port: int = 0) -> Iterator[Stage]:
    """Build everything on free ports and in a folder that is removed at the end; the keys for secrets are made there too."""
    from atom_zendesk_plugin.cli.demo_people import DemoPeople, serve_people
    from atom_zendesk_plugin.clock import OffsetClock
    from atom_zendesk_plugin.config import load_settings
    from atom_zendesk_plugin.simulator.facade import Simulator
    from atom_zendesk_plugin.standalone import create_app

    found = load_settings({}, os.environ)
    real = not local and found.account_url is not None and found.credentials_kind() is not None
    port = port or free_port()
    callback, clock = f"http://127.0.0.1:{port}/auth/zendesk/callback", OffsetClock()
    # One clock for both: whoever moves the local Zendesk's time moves the host's with it.
    simulator = None if real else Simulator(tickets=100, clock=clock, redirect_uris=[callback])
    with (
        TemporaryDirectory(prefix="atom-zendesk-demo-") as folder,
        simulator.serve() if simulator else nullcontext() as running,
    ):
        config = _config(Path(folder))
        if simulator is not None and running is not None:
            config |= _local_account(simulator, running.base_url) | {"ZENDESK_REDIRECT_URI": callback}
        app = create_app(config, env_file=None, instance_path=Path(folder), parts={"clock": clock})
        people = DemoPeople(secrets.token_urlsafe(48), clock=clock)
        app.extensions[MANAGER].register(people)
        serve_people(app)
        settings = load_settings(config, os.environ)
        yield Stage(
            app=app, people=people, simulator=simulator, zendesk_url=settings.account_url or "", port=port,
            deadline=settings.deadline, clock=clock,
        )  # fmt: skip


def free_port() -> int:
    """Return a port nobody listens on now: the address people come back to from Zendesk has to be known before the host runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _config(folder: Path) -> dict[str, str]:
    from atom_zendesk_plugin.keyring import generate_key, write_key_file

    write_key_file(folder / "demo.keys", [generate_key()])
    return {
        "ZENDESK_IDENTITY": "host",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "ZENDESK_SERVICE_ROLES": "admin",
        "ZENDESK_DATABASE_URL": f"sqlite:///{folder / 'demo.sqlite3'}",
        "ZENDESK_ENCRYPTION_KEYS_FILE": str(folder / "demo.keys"),
    }


def _local_account(simulator: Simulator, base_url: str) -> dict[str, str]:
    client = simulator.credentials.oauth
    return {
        "ZENDESK_BASE_URL": base_url,
        "ZENDESK_CREDENTIALS": "client_credentials",
        "ZENDESK_CLIENT_ID": client.client_id,
        "ZENDESK_CLIENT_SECRET": client.client_secret,
        "ZENDESK_DEADLINE": "5",
    }


def _play(stage: Stage, *, as_json: bool) -> bool:
    """Run the scenario. The steps are told as they go; the JSON line is the only thing on standard output when it is asked for."""
    from atom_zendesk_plugin.cli.http import Caller
    from atom_zendesk_plugin.cli.printing import print_json
    from atom_zendesk_plugin.cli.scenario import Scenario
    from atom_zendesk_plugin.simulator.server import serve

    results: list[Result] = []
    with serve(stage.app, port=stage.port) as host:
        caller = Caller(base_url=host.base_url, token=stage.token, timeout=stage.deadline + 10)
        scenario = Scenario(
            caller,
            clock=stage.clock,
            word=f"atomdemo{secrets.token_hex(6)}",
            deadline=stage.deadline,
            outage=_outage_of(stage.simulator) if stage.simulator is not None else None,
            search_is_instant=stage.simulator is not None,
            person=replace(caller, token=stage.people.token(PERSON)),
            consent=stage.simulator.consent if stage.simulator is not None else None,
        )
        for result in scenario.run():
            results.append(result)
            mark = "ok  " if result.error is None else "FAIL"
            click.echo(
                f"{mark} {result.ms:7.0f} ms  {result.name}" + (f": {result.error}" if result.error else ""),
                err=as_json,
            )
    ok = all(result.error is None for result in results)
    if as_json:
        print_json({"ok": ok, "steps": [result.as_dict() for result in results]})
    return ok


def _outage_of(simulator: Simulator) -> Callable[[], AbstractContextManager[None]]:
    """Return what makes this Zendesk answer every call with its edge's error page while a block runs."""
    from atom_zendesk_plugin.simulator.faults import FaultKind, FaultRule

    @contextmanager
    def outage() -> Iterator[None]:
        simulator.faults.add(FaultRule(kind=FaultKind.STATUS, status=503, body="html"))
        try:
            yield
        finally:
            simulator.faults.clear()

    return outage


def _stay(stage: Stage, *, as_json: bool) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    from atom_zendesk_plugin.cli.printing import print_json
    from atom_zendesk_plugin.simulator.server import RunningServer, main

    def ready(host: RunningServer) -> None:
        if as_json:
            print_json({"base_url": host.base_url, "zendesk_url": stage.zendesk_url, "token": stage.token})
        else:
            click.echo("\n".join(_welcome(stage, host.base_url)))

    try:
        main(stage.app, host="127.0.0.1", port=stage.port, ready=ready)
    except OSError as error:
        raise click.UsageError(
            f"port {stage.port} cannot be used ({error.strerror}): leave --port out to take a free one"
        ) from error
    if not as_json:
        click.echo("\nStopped.")


def _welcome(stage: Stage, base_url: str) -> Iterator[str]:
    kind = "a local Zendesk with made-up tickets" if stage.simulator else "the real account: writes are real"
    yield f"Start here   {base_url}/ (be somebody, then connect to Zendesk)"
    yield f"Set-up page  {base_url}/zendesk/"
    yield f"API pages    {base_url}/zendesk/docs"
    yield f"Health       {base_url}/api/zendesk/health"
    yield f"Zendesk      {stage.zendesk_url} ({kind})"
    yield ""
    yield "A token of the sample user, for twelve hours:"
    yield ""
    yield f"export TOKEN={stage.token}"
    yield ""
    yield "Try:"
    yield ""
    yield from curl_lines(base_url)
    yield ""
    yield "Ctrl-C stops everything."


def curl_lines(base_url: str) -> Iterator[str]:
    """Return commands to paste, each on one line, in an order that works."""
    api, who = f"{base_url}/api/zendesk", '-H "Authorization: Bearer $TOKEN"'
    yield f"curl -s {api}/health"
    yield f"curl -s {who} '{api}/tickets?limit=3'"
    yield f"curl -s {who} '{api}/tickets?status=open&priority=urgent'"
    yield (
        f"curl -s {who} -H 'Content-Type: application/json' -H 'Idempotency-Key: first' "
        f"""-d '{{"subject": "Printer on fire", "comment": "It is the third floor."}}' {api}/tickets"""
    )
    yield f"curl -s {who} '{api}/search/tickets?query=printer'"
    yield f"curl -s {who} {api}/me"
