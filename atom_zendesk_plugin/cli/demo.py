"""``demo``: the plugin in a small host against a local Zendesk, or against a real one when the environment has credentials."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from atom_zendesk_plugin.cli.failures import json_option

if TYPE_CHECKING:
    from flask import Flask

    from atom_zendesk_plugin.cli.scenario import Result
    from atom_zendesk_plugin.clock import Clock
    from atom_zendesk_plugin.simulator.facade import Simulator

PERSON = "sample-user"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What a demo plays on. ``simulator`` is None when Zendesk is the real one; ``token`` is the sample user's, for twelve hours."""

    app: Flask
    simulator: Simulator | None
    zendesk_url: str
    token: str
    deadline: float
    clock: Clock


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
    with demo_stage(local=local) as stage:
        if once:
            ctx.exit(0 if _play(stage, as_json=as_json) else 1)
        _stay(stage, port=port, as_json=as_json)


@contextmanager
def demo_stage(*, local: bool) -> Iterator[Stage]:
    """Build everything on free ports and in a folder that is removed at the end."""
    from atom_zendesk_plugin.clock import SystemClock
    from atom_zendesk_plugin.config import load_settings
    from atom_zendesk_plugin.simulator.facade import Simulator
    from atom_zendesk_plugin.standalone import create_app

    found = load_settings({}, os.environ)
    real = not local and found.account_url is not None and found.credentials_kind() is not None
    key, clock = secrets.token_urlsafe(48), SystemClock()
    simulator = None if real else Simulator(tickets=100)
    with (
        TemporaryDirectory(prefix="atom-zendesk-demo-") as folder,
        simulator.serve() if simulator else nullcontext() as running,
    ):
        config = {
            "ZENDESK_IDENTITY": "jwt",
            "JWT_SECRET": key,
            "SECRET_KEY": secrets.token_urlsafe(48),
            "ZENDESK_SERVICE_ROLES": "admin",
            "ZENDESK_DATABASE_URL": f"sqlite:///{Path(folder) / 'demo.sqlite3'}",
        }
        if simulator is not None and running is not None:
            config |= {
                "ZENDESK_BASE_URL": running.base_url,
                "ZENDESK_CREDENTIALS": "client_credentials",
                "ZENDESK_CLIENT_ID": simulator.credentials.oauth.client_id,
                "ZENDESK_CLIENT_SECRET": simulator.credentials.oauth.client_secret,
                "ZENDESK_DEADLINE": "5",
            }
        settings = load_settings(config, os.environ)
        yield Stage(
            app=create_app(config, env_file=None, instance_path=Path(folder)),
            simulator=simulator,
            zendesk_url=settings.account_url or "",
            token=_token(key, clock),
            deadline=settings.deadline,
            clock=clock,
        )


def _token(key: str, clock: Clock) -> str:
    """Sign the token that ATOM would have given the sample user."""
    from joserfc import jwt
    from joserfc.jwk import OctKey

    claims = {
        "sub": PERSON,
        "roles": ["admin"],
        "email": "sample.user@example.com",
        "email_verified": True,
        "exp": int((clock.now() + timedelta(hours=12)).timestamp()),
    }
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(key))


def _play(stage: Stage, *, as_json: bool) -> bool:
    """Run the scenario. The steps are told as they go; the JSON line is the only thing on standard output when it is asked for."""
    from atom_zendesk_plugin.cli.http import Caller
    from atom_zendesk_plugin.cli.printing import print_json
    from atom_zendesk_plugin.cli.scenario import Scenario
    from atom_zendesk_plugin.simulator.server import serve

    results: list[Result] = []
    with serve(stage.app) as host:
        scenario = Scenario(
            Caller(base_url=host.base_url, token=stage.token, timeout=stage.deadline + 10),
            clock=stage.clock,
            word=f"atomdemo{secrets.token_hex(6)}",
            deadline=stage.deadline,
            outage=_outage_of(stage.simulator) if stage.simulator is not None else None,
            search_is_instant=stage.simulator is not None,
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


def _stay(stage: Stage, *, port: int, as_json: bool) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    from atom_zendesk_plugin.cli.printing import print_json
    from atom_zendesk_plugin.simulator.server import RunningServer, main

    def ready(host: RunningServer) -> None:
        if as_json:
            print_json({"base_url": host.base_url, "zendesk_url": stage.zendesk_url, "token": stage.token})
        else:
            click.echo("\n".join(_welcome(stage, host.base_url)))

    try:
        main(stage.app, host="127.0.0.1", port=port, ready=ready)
    except OSError as error:
        raise click.UsageError(
            f"port {port} cannot be used ({error.strerror}): leave --port out to take a free one"
        ) from error
    if not as_json:
        click.echo("\nStopped.")


def _welcome(stage: Stage, base_url: str) -> Iterator[str]:
    kind = "a local Zendesk with made-up tickets" if stage.simulator else "the real account: writes are real"
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
