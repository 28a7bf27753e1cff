"""The API of connecting: how it stands, begin, complete, end, and the accounts of a tenant."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from atom_zendesk_plugin.accounts.model import SENTENCES, FeatureOff, Notice, Refused
from atom_zendesk_plugin.errors import ConfigError, DependencyMissing
from tests.integration.web.memory_connections import CODE
from tests.integration.web.staging import ADMIN, Stage, data, failure

API = "/api/zendesk"
UI = "/api/integrations/zendesk"
ME = ("default", "u-1", "acme")


def begin(http: FlaskClient, **query: str) -> str:
    """Begin a sign-in and return its state."""
    url: str = data(http.get(f"{API}/auth/start", query_string=query))["auth_url"]
    return parse_qs(urlsplit(url).query)["state"][0]


def test_status_of_somebody_who_never_connected(stage: Stage) -> None:
    told = data(stage.get(f"{API}/auth/status"))
    assert (told["authenticated"], told["user"], told["tokens_exist"], told["token_expired"]) == (
        False,
        None,
        False,
        False,
    )
    assert (told["state"], told["account"], told["account_url"]) == (
        "not_connected",
        "acme",
        "https://acme.zendesk.com",
    )
    assert [row["account"] for row in told["accounts"]] == ["acme", "globex"]
    assert stage.calls() == []


def test_status_of_a_connection(stage: Stage) -> None:
    stage.people.rows[ME] = replace(
        stage.people.connect(ME, name="Ann"),
        scopes=("read",),
        missing_scopes=("write",),
        features_off=(FeatureOff(feature="creating tickets", scope="write"),),
        notices=(Notice(level="warning", text="Connect again.", day="2027-04-01"),),
    )
    told = data(stage.get(f"{API}/auth/status", account="acme"))
    assert told["user"] == {"id": 7, "name": "Ann", "email": "ann@example.com", "role": "agent"}
    assert (told["authenticated"], told["tokens_exist"], told["token_expired"]) == (True, True, False)
    assert (told["scopes"], told["missing_scopes"]) == (["read"], ["write"])
    assert told["features_off"] == [{"feature": "creating tickets", "scope": "write"}]
    assert told["notices"] == [{"level": "warning", "text": "Connect again.", "day": "2027-04-01"}]
    assert told["expires_at"] == "2026-03-02T09:30:00Z"
    assert (told["connected_at"], told["refresh_expires_at"]) == ("2026-03-02T09:00:00Z", "2026-05-31T09:00:00Z")
    assert told["accounts"][0]["authenticated"] is True
    assert told["accounts"][1]["authenticated"] is False
    assert data(stage.get(f"{API}/auth/status", account="globex"))["authenticated"] is False


def test_an_expired_token_still_works(stage: Stage) -> None:
    stage.people.rows[ME] = replace(stage.people.connect(ME, name="Ann"), state="expired")
    stage.clock.advance(1800)
    told = data(stage.get(f"{API}/auth/status"))
    assert (told["authenticated"], told["token_expired"], told["state"]) == (True, True, "expired")


def test_status_shows_the_callers_own_connection_only(stage: Stage) -> None:
    stage.people.connect(ME, name="Ann")
    stage.parts.caller = replace(ADMIN, user_id="u-2")
    assert data(stage.get(f"{API}/auth/status"))["tokens_exist"] is False


@pytest.mark.parametrize("path", [f"{API}/auth/start", f"{UI}/auth/start", "/auth/zendesk"])
def test_a_program_is_told_where_to_send_the_browser(stage: Stage, path: str) -> None:
    answer = stage.get(path, account="globex")
    told = data(answer)
    assert answer.json is not None
    assert told["auth_url"].startswith("https://globex.zendesk.com/oauth/authorizations/new?")
    assert answer.json["auth_url"] == answer.json["authUrl"] == told["auth_url"]
    assert (told["account"], told["expires_at"]) == ("globex", "2026-03-02T09:10:00Z")
    assert "atom_zendesk=" in answer.headers["Set-Cookie"]


def test_connect_for_the_pages_of_atom(stage: Stage) -> None:
    answer = stage.post(f"{UI}/connect", {"user_id": "current", "account": "globex"})
    assert data(answer)["account"] == "globex"
    assert answer.json is not None
    assert answer.json["authUrl"] == data(answer)["auth_url"]
    assert data(stage.post(f"{UI}/connect", ""))["account"] == "acme"


def test_a_sign_in_is_completed_by_json(stage: Stage) -> None:
    http = stage.app.test_client()
    state = begin(http)
    told = data(http.post(f"{API}/auth/callback", json={"code": f"{CODE}Ann", "state": state}))
    assert (told["state"], told["user"]["name"], told["account"]) == ("connected", "Ann", "acme")
    assert data(http.get(f"{API}/auth/status"))["authenticated"] is True


def test_two_tabs_keep_one_browser(stage: Stage) -> None:
    http = stage.app.test_client()
    first, second = begin(http), begin(http, account="globex")
    for state in (first, second):
        data(http.post(f"{API}/auth/callback", json={"code": f"{CODE}Ann", "state": state}))


def test_a_replayed_callback_names_the_reason(stage: Stage) -> None:
    http = stage.app.test_client()
    body = {"code": f"{CODE}Ann", "state": begin(http)}
    data(http.post(f"{API}/auth/callback", json=body))
    error = failure(http.post(f"{API}/auth/callback", json=body), 400, "VALIDATION_ERROR")
    assert error["details"] == {"reason": "state_used"}
    assert error["message"] == SENTENCES[Refused.STATE_USED]


def test_another_browser_cannot_complete_it(stage: Stage) -> None:
    body = {"code": f"{CODE}Ann", "state": begin(stage.app.test_client())}
    for http in (stage.app.test_client(), stage.app.test_client()):
        error = failure(http.post(f"{API}/auth/callback", json=body), 403, "FORBIDDEN")
        assert error["details"] == {"reason": "other_browser"}
        begin(http)  # a cookie of its own does not help either
        failure(http.post(f"{API}/auth/callback", json=body), 403, "FORBIDDEN")
    assert stage.people.rows == {}


def test_another_user_cannot_complete_it(stage: Stage) -> None:
    http = stage.app.test_client()
    state = begin(http)
    stage.parts.caller = replace(ADMIN, user_id="u-2")
    error = failure(http.post(f"{API}/auth/callback", json={"code": f"{CODE}Eve", "state": state}), 403, "FORBIDDEN")
    assert error["details"] == {"reason": "other_user"}


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"code": "stolen"}, "code_refused"),
        ({"account": "globex"}, "other_account"),
        ({"iss": "https://evil.example"}, "other_issuer"),
        ({"state": "never-given"}, "state_unknown"),
    ],
)
def test_a_refusal_names_its_reason(stage: Stage, more: dict[str, str], reason: str) -> None:
    http = stage.app.test_client()
    answer = http.post(f"{API}/auth/callback", json={"code": f"{CODE}Ann", "state": begin(http), **more})
    assert answer.json is not None
    assert answer.json["error"]["details"]["reason"] == reason
    assert answer.json["message"]
    assert stage.people.rows == {}


@pytest.mark.parametrize("missing", ["code", "state"])
def test_the_callback_needs_both(stage: Stage, missing: str) -> None:
    body = {"code": "c", "state": "s"}
    del body[missing]
    error = failure(stage.post(f"{API}/auth/callback", body), 400, "VALIDATION_ERROR")
    assert error["details"]["field"] == missing


def test_disconnect(stage: Stage) -> None:
    stage.people.connect(ME, name="Ann")
    answer = stage.http.delete(f"{API}/auth")
    assert data(answer) == {"account": "acme", "revoked": True}
    assert answer.json is not None
    assert answer.json["message"]
    assert stage.people.rows == {}


@pytest.mark.parametrize("where", ["query", "body", "revoke"])
def test_disconnect_anyway(stage: Stage, where: str) -> None:
    person = ("default", "u-1", "globex")
    stage.people.connect(person, name="Ann")
    stage.people.reachable = False
    failure(stage.http.delete(f"{API}/auth?account=globex"), 502, "UPSTREAM_ERROR")
    assert person in stage.people.rows
    sent = {"account": "globex", "anyway": True}
    if where == "query":
        answer = stage.http.delete(f"{API}/auth?account=globex&anyway=true")
    elif where == "body":
        answer = stage.http.delete(f"{API}/auth", json=sent)
    else:
        answer = stage.post("/auth/zendesk/revoke", sent)
    assert data(answer) == {"account": "globex", "revoked": False}
    assert stage.people.rows == {}


def test_accounts(stage: Stage) -> None:
    listed = data(stage.get(f"{API}/accounts"))["accounts"]
    assert [(row["account"], row["is_default"], row["stored"]) for row in listed] == [
        ("acme", True, False),
        ("globex", False, True),
    ]


def test_an_account_is_stored_and_removed_and_its_secret_never_comes_back(stage: Stage) -> None:
    sent = {"subdomain": "hooli", "client_id": "atom", "client_secret": "s3cr3t-of-hooli", "service": True}
    answer = stage.post(f"{API}/accounts", sent)
    assert answer.status_code == 201
    assert data(answer)["account"]["service"] == "client_credentials"
    assert stage.people.secrets == {"hooli": "s3cr3t-of-hooli"}
    everything = answer.get_data(as_text=True) + stage.get(f"{API}/accounts").get_data(as_text=True)
    assert "s3cr3t" not in everything
    stage.people.connect(("default", "u-9", "hooli"), name="Bob")
    removed = stage.http.delete(f"{API}/accounts/Hooli")
    assert data(removed) == {"account": "hooli", "connections": 1}
    assert "with 1 connection. Tokens that people had end by themselves" in removed.get_json()["message"]
    failure(stage.http.delete(f"{API}/accounts/hooli"), 404, "NOT_FOUND")


def test_an_account_of_a_simulator_has_a_port(stage: Stage) -> None:
    accounts = stage.people.accounts_of["default"]
    accounts["127.0.0.1:8080"] = replace(accounts["globex"], account="127.0.0.1:8080")
    assert data(stage.http.delete(f"{API}/accounts/127.0.0.1:8080"))["account"] == "127.0.0.1:8080"


def test_a_public_client_has_no_secret(stage: Stage) -> None:
    for secret in ({}, {"client_secret": None}, {"client_secret": ""}):
        data(stage.post(f"{API}/accounts", {"subdomain": "hooli", "client_id": "atom", **secret}))
        assert stage.people.secrets == {"hooli": None}


def test_accounts_are_for_administrators(stage: Stage) -> None:
    stage.parts.caller = replace(ADMIN, roles=frozenset({"agent"}))
    failure(stage.get(f"{API}/accounts"), 403, "FORBIDDEN")
    failure(stage.post(f"{API}/accounts", {"subdomain": "hooli", "client_id": "atom"}), 403, "FORBIDDEN")
    failure(stage.http.delete(f"{API}/accounts/globex"), 403, "FORBIDDEN")
    assert set(stage.people.accounts_of["default"]) == {"acme", "globex"}


def test_an_account_of_the_settings_stays(stage: Stage) -> None:
    failure(stage.http.delete(f"{API}/accounts/acme"), 409, "CONFLICT")


def test_an_account_of_another_tenant_is_not_there(stage: Stage) -> None:
    stage.parts.caller = replace(ADMIN, tenant_id="other")
    failure(stage.get(f"{API}/auth/status", account="acme"), 404, "NOT_FOUND")
    failure(stage.get(f"{API}/auth/start", account="acme"), 404, "NOT_FOUND")
    failure(stage.http.delete(f"{API}/accounts/globex"), 404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("error", "code"),
    [(ConfigError(), "CONFIG_ERROR"), (DependencyMissing("authlib", "Connecting people"), "DEPENDENCY_MISSING")],
)
def test_when_nothing_can_be_stored_every_answer_says_so(
    stage: Stage, error: ConfigError | DependencyMissing, code: str
) -> None:
    stage.parts.connecting_fails = error
    for path in (f"{API}/auth/status", f"{API}/auth/start", f"{UI}/auth/start", "/auth/zendesk", f"{API}/accounts"):
        failure(stage.get(path), 503, code)
    failure(stage.get("/auth/zendesk/callback", state="s", code="c"), 503, code)
    failure(stage.post(f"{UI}/connect", {}), 503, code)
    failure(stage.http.delete(f"{API}/auth"), 503, code)
