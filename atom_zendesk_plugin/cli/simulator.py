"""``atom-zendesk simulator``: a local Zendesk on a port, until it is told to stop."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from atom_zendesk_plugin.simulator.facade import Simulator
    from atom_zendesk_plugin.simulator.faults import FaultRule
    from atom_zendesk_plugin.simulator.server import RunningServer

UNUSABLE = 2


class Unusable(click.ClickException):
    """What was asked for can't be served: one line on standard error, exit code 2."""

    exit_code = UNUSABLE


@click.command("simulator")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="0 takes a free port.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same account.")
@click.option("--tickets", type=click.IntRange(0), default=1000, show_default=True, help="Tickets to start with.")
@click.option("--users", type=click.IntRange(1), help="Users to start with, staff included.")
@click.option("--organizations", type=click.IntRange(0), help="Organizations to start with.")
@click.option("--plan", help="Turn on a plan's rate limits, for example suite-team; off by default.")
@click.option("--search-lag", type=click.FloatRange(0), default=0.0, help="Seconds that search is behind.")
@click.option("--faults", type=click.Path(path_type=Path), help="JSON file with a list of fault rules.")
@click.option("--replay", type=click.Path(path_type=Path), help="Answer from a JSONL recording, without any state.")
@click.option("--json", "as_json", is_flag=True, help="Say where it listens as one line of JSON.")
def simulator_command(
    *,
    host: str,
    port: int,
    seed: int,
    tickets: int,
    users: int | None,
    organizations: int | None,
    plan: str | None,
    search_lag: float,
    faults: Path | None,
    replay: Path | None,
    as_json: bool,
) -> None:
    """Run a local Zendesk: stateful, seeded, with limits, faults and a movable clock as asked.

    Stops on Ctrl-C or SIGTERM. Everything under /_simulator steers it.
    """
    if replay is not None:
        _run(_replaying(replay), host, port, as_json, simulator=None)
        return
    from atom_zendesk_plugin.simulator.facade import Simulator
    from atom_zendesk_plugin.simulator.limits import UnknownPlan

    try:
        simulator = Simulator(
            seed=seed,
            tickets=tickets,
            users=users,
            organizations=organizations,
            plan=plan,
            search_lag=search_lag,
            faults=_faults(faults),
        )
    except UnknownPlan as error:
        raise Unusable(str(error)) from error
    _run(simulator.wsgi_app, host, port, as_json, simulator=simulator)


def _run(app: WSGIApplication, host: str, port: int, as_json: bool, *, simulator: Simulator | None) -> None:
    from atom_zendesk_plugin.simulator import server

    def announce(running: RunningServer) -> None:
        told = _told(running, simulator)
        click.echo(json.dumps(told) if as_json else _readable(told))

    try:
        server.main(app, host=host, port=port, ready=announce)
    except OSError as error:
        raise Unusable(f"can't listen on {host} port {port}: {error.strerror or error}") from error


def _told(running: RunningServer, simulator: Simulator | None) -> dict[str, object]:
    if simulator is None:
        return {"base_url": running.base_url}
    return {
        "base_url": running.base_url,
        "subdomain": simulator.desk.subdomain,
        **dataclasses.asdict(simulator.credentials),
    }


def _readable(told: dict[str, object]) -> str:
    rows = [("listening on", told["base_url"])]
    for name, value in told.items():
        if isinstance(value, dict):
            rows.extend((f"{name} {part}", text) for part, text in value.items())
        elif name != "base_url":
            rows.append((name, value))
    width = max(len(name) for name, _ in rows)
    lines = [f"{name.replace('_', ' '):<{width}}  {value}" for name, value in rows]
    return "\n".join([*lines, "Ctrl-C stops it."])


def _faults(path: Path | None) -> tuple[FaultRule, ...]:
    from atom_zendesk_plugin.simulator.faults import BadFault, parse_rules

    if path is None:
        return ()
    try:
        return parse_rules(path.read_text(encoding="utf-8"))
    except (BadFault, UnicodeDecodeError) as error:
        raise Unusable(f"{path}: {error}") from error
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror or error}") from error


def _replaying(path: Path) -> WSGIApplication:
    from atom_zendesk_plugin.simulator.replay import BadRecording, ReplayApp, load_exchanges

    try:
        return ReplayApp(load_exchanges(path))
    except BadRecording as error:
        raise Unusable(str(error)) from error
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror or error}") from error
