"""``connect`` and ``accounts`` as an operator runs them: nothing secret on the command line or in the output, honest exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.cli.root import root_group
from atom_zendesk_plugin.options import OPTIONS
from atom_zendesk_plugin.simulator.facade import Simulator
from atom_zendesk_plugin.standalone import create_app

KEYS = "one:" + "A" * 43 + "="
ANN = Caller(user_id="ann", via="bearer")


@pytest.fixture
def simulator() -> Simulator:
    return Simulator(tickets=5)


@pytest.fixture
def settings(simulator: Simulator, tmp_path: Path) -> Iterator[dict[str, str]]:
    with simulator.serve() as running:
        yield {
            "ZENDESK_BASE_URL": running.base_url, "ZENDESK_ENCRYPTION_KEYS": KEYS, "ZENDESK_DEADLINE": "5",
            "ZENDESK_DATABASE_URL": f"sqlite:///{tmp_path / 'zendesk.db'}",
        }  # fmt: skip


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str]) -> Any:
    monkeypatch.chdir(tmp_path)
    for row in OPTIONS:
        for name in (row.name, *row.aliases):
            monkeypatch.delenv(name, raising=False)

    def run(*arguments: str, stdin: str | None = None, **more: str) -> Result:
        return CliRunner().invoke(root_group("atom-zendesk"), list(arguments), env=settings | more, input=stdin)

    return run


def name_of(settings: dict[str, str]) -> str:
    return settings["ZENDESK_BASE_URL"].removeprefix("http://")


def connect(run: Any, settings: dict[str, str], simulator: Simulator, *more: str, secret: str | None = None) -> Result:
    client = simulator.credentials.oauth
    done: Result = run(
        "connect", "--subdomain", name_of(settings), "--client-id", client.client_id, *more, stdin=f"{secret or client.client_secret}\n"
    )
    return done


def test_a_client_is_stored_and_serves(run: Any, settings: dict[str, str], simulator: Simulator) -> None:
    done = connect(run, settings, simulator)
    assert done.exit_code == 0, done.output
    assert "service account: client credentials; people can connect" in done.output
    assert simulator.credentials.oauth.client_secret not in done.output
    assert "/auth/zendesk/callback" in done.stderr
    listed = json.loads(run("accounts", "list", "--json").stdout)["accounts"]
    assert [(row["account"], row["stored"], row["service"]) for row in listed] == [
        (name_of(settings), True, "client_credentials")
    ]
    tickets = run("tickets", "list", "--json")
    assert tickets.exit_code == 0, tickets.output


def test_a_wrong_secret_is_refused_and_not_repeated(run: Any, settings: dict[str, str], simulator: Simulator) -> None:
    done = connect(run, settings, simulator, "--json", secret="not-the-s3cret")
    assert done.exit_code == 2
    assert json.loads(done.stdout.splitlines()[-1])["error"]["code"] == "VALIDATION_ERROR"
    assert "not-the-s3cret" not in done.output


def test_without_a_key_the_cure_is_named(run: Any, settings: dict[str, str], simulator: Simulator) -> None:
    settings["ZENDESK_ENCRYPTION_KEYS"] = ""
    done = connect(run, settings, simulator)
    assert done.exit_code == 3
    assert "atom-zendesk keys generate" in done.output


def test_people_are_listed_without_names_and_found_by_address(
    run: Any, settings: dict[str, str], simulator: Simulator, tmp_path: Path
) -> None:
    assert connect(run, settings, simulator).exit_code == 0
    app = create_app({**settings, "SECRET_KEY": "x" * 32}, env_file=None, instance_path=tmp_path)
    extension = app.extensions["zendesk"]
    started = extension.connections.start(ANN, browser="b" * 43)
    back = dict(pair.split("=") for pair in simulator.consent(started.url).partition("?")[2].split("&"))
    extension.connections.finish(browser="b" * 43, caller=ANN, state=back["state"], code=back["code"])
    extension.close()
    done = run("accounts", "people", "--json")
    (person,) = json.loads(done.stdout)["people"]
    assert (person["user_id"], person["state"], person["zendesk_user_id"]) == ("ann", "connected", simulator.desk.admin_id)
    admin = simulator.desk.users[simulator.desk.admin_id or 0]
    assert admin.email is not None
    assert admin.email not in done.stdout
    found = run("accounts", "people", "--account", name_of(settings), "--email", admin.email.upper(), "--json")
    assert len(json.loads(found.stdout)["people"]) == 1
    none = run("accounts", "people", "--account", name_of(settings), "--email", "nobody@example.com", "--json")
    assert json.loads(none.stdout)["people"] == []
    assert "ann" in run("accounts", "people").output
    assert run("accounts", "people", "--email", "x@example.com").exit_code == 2
    gone = run("accounts", "remove", name_of(settings), "--yes")
    assert "removed, with 1 connection. Their tokens end at Zendesk by themselves" in gone.stdout


def test_removing_asks_first(run: Any, settings: dict[str, str], simulator: Simulator) -> None:
    assert connect(run, settings, simulator).exit_code == 0
    assert run("accounts", "remove", name_of(settings), stdin="n\n").exit_code == 1
    assert len(json.loads(run("accounts", "list", "--json").stdout)["accounts"]) == 1
    assert run("accounts", "remove", "nothing", "--yes").exit_code == 4
    gone = run("accounts", "remove", name_of(settings), "--yes", "--json")
    assert json.loads(gone.stdout) == {"ok": True, "account": name_of(settings), "connections": 0}


def test_the_operator_administers_also_where_everybody_may_work(run: Any, settings: dict[str, str], simulator: Simulator) -> None:
    """``*`` makes nobody an administrator, and lists no role that an operator could have."""
    settings["ZENDESK_SERVICE_ROLES"] = "*"
    done = connect(run, settings, simulator)
    assert done.exit_code == 0, done.output
    assert len(json.loads(run("accounts", "list", "--json").stdout)["accounts"]) == 1
    assert "nobody was connected" in run("accounts", "remove", name_of(settings), "--yes").stdout
