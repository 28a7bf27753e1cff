"""Every secret that a run uses is looked for wherever somebody could read it: the database, the log, answers, pages, reprs, reports."""

from __future__ import annotations

import gc
import json
import logging
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from atom_zendesk_plugin import plugin
from atom_zendesk_plugin.cli.doctor import examine
from atom_zendesk_plugin.hookspecs import MANAGER, hookimpl
from atom_zendesk_plugin.simulator.faults import FaultKind, FaultRule
from tests.integration.accounts.staging import KEYS, NewStage, Stage

LIFE = 1800


class Door:
    """The host's identity: whoever the header names."""

    @hookimpl
    def atom_identify_user(self, request: object) -> dict[str, object] | None:
        name = getattr(request, "headers", {}).get("X-User")
        return {"user_id": name, "roles": ["admin"] if name == "boss" else [], "via": "bearer"} if name else None


class Run:
    """A run over HTTP: everything that came back, and every secret that was used."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.seen, self.secrets = stage, [], {KEYS.partition(":")[2].rstrip("=")}  # type: ignore[var-annotated]
        stage.app.extensions[MANAGER].register(Door())
        assert plugin.register(stage.app)
        self.clients: dict[str, FlaskClient] = {}
        self.secrets.add(stage.zendesk.credentials.oauth.client_secret)

    def ask(self, who: str, method: str, path: str, **options: object) -> object:
        client = self.clients.setdefault(who, self.stage.app.test_client())
        accept = {"Accept": str(options.pop("accept", "application/json"))}
        answer = client.open(path, method=method, headers={"X-User": who, **accept}, **options)  # type: ignore[arg-type]
        self.seen.append(answer.get_data(as_text=True))
        self.seen.append(str({name: value for name, value in answer.headers.items() if name not in ("Set-Cookie", "Location")}))
        if answer.is_json:
            return answer.json
        return answer.headers.get("Location", "")

    def connect(self, who: str) -> None:
        started = self.ask(who, "GET", "/api/zendesk/auth/start")
        assert isinstance(started, dict)
        self.seen.pop(-2)  # the address itself carries state and challenge: it is meant for this browser
        back = self.stage.zendesk.consent(started["auth_url"])
        told = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
        self.secrets |= {told["code"], told["state"]}
        self.ask(who, "POST", "/api/zendesk/auth/callback", json=told)
        self.gather(who)

    def gather(self, who: str) -> None:
        for token in self.stage.zendesk.tokens.tokens():
            self.secrets |= {token.value, token.refresh_token or token.value}
        cookie = self.clients[who].get_cookie("__Host-atom_zendesk", domain="localhost")
        if cookie is not None:
            self.secrets.add(cookie.value)

    def everything(self) -> Iterator[str]:
        yield from self.seen
        extension = self.stage.extension
        yield json.dumps(extension.health(refresh=True), default=str)
        yield str([row.as_dict() for row in extension.capabilities()])
        yield str(list(examine(extension)))
        for thing in gc.get_objects():
            module = str(getattr(type(thing), "__module__", ""))
            if module.startswith("atom_zendesk_plugin") and "simulator" not in module:
                yield repr(thing)


def dump(stage: Stage) -> str:
    """Return every row of every table of ours, as a person with the file sees it."""
    rows: list[str] = []
    with stage.extension._storage.operator_unit() as unit:
        for name in ("accounts", "grants", "oauth_states", "ticket_creations", "pace"):
            rows += [str(dict(row)) for row in unit.session.execute(text(f"SELECT * FROM zendesk_{name}")).mappings()]
    return "\n".join(rows)


def test_no_secret_of_a_whole_life_is_to_be_read_anywhere(new_stage: NewStage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    run = Run(new_stage(ZENDESK_IDENTITY="host", SECRET_KEY="the host's own session key"))
    stage = run.stage
    globex = stage.other.credentials.oauth
    run.secrets.add(globex.client_secret)
    run.ask("boss", "POST", "/api/zendesk/accounts", json={
        "subdomain": "globex", "client_id": globex.client_id, "client_secret": globex.client_secret, "service": True,
    })  # fmt: skip
    run.connect("ann")
    run.ask("ann", "GET", "/auth/zendesk?account=acme", accept="text/html")
    run.ask("ann", "GET", "/zendesk/connection", accept="text/html")
    run.ask("boss", "GET", "/zendesk/connection", accept="text/html")
    run.ask("ann", "GET", "/zendesk/", accept="text/html")
    run.ask("ann", "GET", "/api/zendesk/auth/status")
    run.ask("ann", "GET", "/api/zendesk/me")
    stage.clock.advance(LIFE + 1)
    run.ask("ann", "GET", "/api/zendesk/me")
    run.gather("ann")
    stage.zendesk.faults.add(FaultRule(kind=FaultKind.RESET_AFTER, path="/oauth/tokens", count=1))
    stage.clock.advance(LIFE + 1)
    run.ask("ann", "GET", "/api/zendesk/me")
    run.gather("ann")
    run.connect("ann")
    run.ask("ann", "POST", "/api/zendesk/auth/callback", json={"state": "forged" * 12, "code": "made-up"})
    secrets = {secret for secret in run.secrets if secret}
    assert len(secrets) >= 10
    stored, logged = dump(stage), caplog.text
    assert "zendesk.reconnect_needed" in logged
    for secret in secrets:
        assert secret not in stored
        assert secret not in logged
    for told in run.everything():
        for secret in secrets:
            assert secret not in told, told[:300]
    assert "Admin" not in stored
    assert "admin@acme.example" not in stored
    run.ask("ann", "DELETE", "/api/zendesk/auth", json={})
    assert "'user_id': 'ann'" not in dump(stage)


def test_nobody_reaches_anybody_elses_connection(new_stage: NewStage) -> None:
    run = Run(new_stage(ZENDESK_IDENTITY="host"))
    run.connect("ann")
    status = run.ask("bob", "GET", "/api/zendesk/auth/status")
    assert isinstance(status, dict)
    assert (status["data"]["authenticated"], status["data"]["user"], status["data"]["tokens_exist"]) == (False, None, False)
    for method, path, body in (
        ("GET", "/api/zendesk/me", None), ("GET", "/api/zendesk/tickets", None), ("GET", "/api/zendesk/status", None),
        ("DELETE", "/api/zendesk/auth", {}), ("POST", "/auth/zendesk/revoke", {}), ("GET", "/api/zendesk/accounts", None),
        ("POST", "/api/integrations/zendesk/profile", {"user_id": "ann"}),
        ("DELETE", "/api/zendesk/auth?user_id=ann", {}), ("GET", "/api/zendesk/auth/status?user_id=ann", None),
    ):  # fmt: skip
        answer = run.ask("bob", method, path, json=body) if body is not None else run.ask("bob", method, path)
        assert "admin@acme.example" not in json.dumps(answer), path
    still = run.ask("ann", "GET", "/api/zendesk/auth/status")
    assert isinstance(still, dict)
    assert still["data"]["authenticated"] is True


def test_a_ciphertext_in_somebody_elses_row_opens_for_nobody(new_stage: NewStage) -> None:
    from atom_zendesk_plugin.errors import ConfigError, ZendeskPluginError
    from tests.integration.accounts.staging import ANN, BOB

    stage = new_stage()
    stage.connect(ANN)
    stage.connect(BOB)
    with stage.extension._storage.operator_unit() as unit:
        unit.session.execute(text(
            "UPDATE zendesk_grants SET access_token = (SELECT g.access_token FROM zendesk_grants g WHERE g.user_id = 'ann'), "
            "refresh_token = (SELECT g.refresh_token FROM zendesk_grants g WHERE g.user_id = 'ann') WHERE user_id = 'bob'"
        ))  # fmt: skip
    with pytest.raises(ZendeskPluginError, match="changed or moved") as refused:
        stage.extension.desk(BOB)
    assert refused.value.code is ConfigError.code
    assert stage.extension.desk(ANN).me().own


@pytest.mark.parametrize("keys", ["one:too-short", KEYS.replace("one:", "other:")])
def test_a_key_that_does_not_fit_costs_only_what_needs_it(new_stage: NewStage, keys: str) -> None:
    from atom_zendesk_plugin.errors import Code, ZendeskPluginError
    from tests.integration.accounts.staging import ANN, BOSS

    stage = new_stage()
    stage.connect(ANN)
    token = stage.zendesk.credentials.access_token
    broken = stage.twin(ZENDESK_ENCRYPTION_KEYS=keys, ZENDESK_ACCESS_TOKEN=token, ZENDESK_CREDENTIALS="access_token")
    assert not broken.desk(BOSS).me().own
    with pytest.raises(ZendeskPluginError) as refused:
        broken.desk(ANN)  # not taken for somebody who never connected
    assert refused.value.code is Code.CONFIG_ERROR
    assert stage.extension.desk(ANN).me().own
