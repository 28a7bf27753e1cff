"""The token endpoint and token administration."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
import requests

from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.simulator.tokens import TokenStore

from .conftest import ADMIN, AGENT, CUSTOMER, Bench


def grant(bench: Bench, *, form: bool = False, **told: Any) -> requests.Response:
    body = {
        "grant_type": "client_credentials",
        "client_id": "plugin",
        "client_secret": bench.client.secret,
        "scope": "read write",
        **told,
    }
    body = {name: value for name, value in body.items() if value is not None}
    sent: dict[str, Any] = {"data": body} if form else {"json": body}
    return bench.ask("POST", "/oauth/tokens", anonymous=True, **sent)


@pytest.mark.parametrize("form", [False, True])
def test_client_credentials_give_a_token_that_works(bench: Bench, form: bool) -> None:
    answer = grant(bench, form=form)
    assert answer.status_code == 201
    told = answer.json()
    assert set(told) == {"access_token", "token_type", "scope"}
    assert (told["token_type"], told["scope"]) == ("bearer", "read write")
    assert bench.ask("GET", "/api/v2/users/me", token=told["access_token"]).json()["user"]["id"] == ADMIN


def test_the_lifetime_is_told_only_when_asked_for(bench: Bench) -> None:
    assert grant(bench, expires_in=600).json()["expires_in"] == 600
    assert grant(bench, form=True, expires_in="600").json()["expires_in"] == 600
    assert "expires_in" not in grant(bench).json()


@pytest.mark.parametrize(("asked", "lives"), [(None, 1800), (300, 300), (172_800, 172_800)])
def test_a_token_dies_when_its_time_is_over(bench: Bench, asked: int | None, lives: int) -> None:
    token = grant(bench, expires_in=asked).json()["access_token"]
    bench.clock.advance(lives - 1)
    assert bench.ask("GET", "/api/v2/things", token=token).status_code == 200
    bench.clock.advance(1)
    answer = bench.ask("GET", "/api/v2/things", token=token)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")


@pytest.mark.parametrize(
    ("told", "status", "error"),
    [
        ({"grant_type": None}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": ["client_credentials"]}, 400, "unsupported_grant_type"),
        ({"client_id": "somebody"}, 401, "invalid_client"),
        ({"client_id": None}, 401, "invalid_client"),
        ({"client_secret": "guess"}, 401, "invalid_client"),
        ({"client_secret": None}, 401, "invalid_client"),
        ({"client_secret": "gr\u00fc\ud800"}, 401, "invalid_client"),
        ({"expires_in": 299}, 400, "invalid_request"),
        ({"expires_in": 172_801}, 400, "invalid_request"),
        ({"expires_in": "soon"}, 400, "invalid_request"),
        ({"expires_in": True}, 400, "invalid_request"),
    ],
)
def test_the_token_endpoint_refuses_in_oauths_own_words(
    bench: Bench, told: dict[str, Any], status: int, error: str
) -> None:
    answer = grant(bench, **told)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"]
    assert bench.client.secret not in answer.text


def test_a_client_with_a_list_of_scopes_gets_no_others(bench: Bench) -> None:
    narrow = bench.tokens.register_client("narrow", user_id=AGENT, allowed_scopes=["read", "tickets:write"])
    told: dict[str, Any] = {"client_id": "narrow", "client_secret": narrow.secret}
    assert grant(bench, **told, scope="read").status_code == 201
    answer = grant(bench, **told, scope="read write")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


def test_unknown_scopes_are_granted_and_then_do_not_help(bench: Bench) -> None:
    token = grant(bench, scope="chocolate").json()["access_token"]
    assert bench.ask("GET", "/api/v2/things", token=token).status_code == 403


def test_a_public_client_has_no_client_credentials(bench: Bench) -> None:
    answer = grant(bench, client_id="app", client_secret=None)
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")


def test_an_expiring_token_is_a_jwt_that_says_when(bench: Bench) -> None:
    token = grant(bench, expires_in=600).json()["access_token"]
    assert len(token) > 255
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert claims["exp"] == int(bench.clock.now().timestamp()) + 600


@pytest.mark.parametrize("path", ["/api/v2/oauth/tokens/current", "/api/v2/oauth/tokens/current.json"])
def test_a_token_can_be_asked_about_itself_whatever_its_scopes(bench: Bench, path: str) -> None:
    token = grant(bench, scope="tickets:read", expires_in=600).json()["access_token"]
    told = bench.ask("GET", path, token=token).json()["token"]
    assert told["token"] == token[:10]
    assert (told["scopes"], told["user_id"]) == (["tickets:read"], ADMIN)
    assert told["expires_at"] == "2026-03-02T10:10:00Z"
    assert told["created_at"] == told["used_at"] == "2026-03-02T10:00:00Z"
    assert told["url"] == f"https://acme.zendesk.com/api/v2/oauth/tokens/{told['id']}.json"


def test_a_grant_without_expiry_says_null(bench: Bench) -> None:
    assert bench.ask("GET", "/api/v2/oauth/tokens/current").json()["token"]["expires_at"] is None


def test_a_revoked_token_is_dead(bench: Bench) -> None:
    token = bench.token(AGENT)
    number = bench.ask("GET", "/api/v2/oauth/tokens/current", token=token).json()["token"]["id"]
    answer = bench.ask("DELETE", f"/api/v2/oauth/tokens/{number}.json", token=token)
    assert (answer.status_code, answer.content) == (204, b"")
    assert bench.ask("GET", "/api/v2/things", token=token).json()["error"] == "invalid_token"


def test_revoking_the_current_token_kills_it(bench: Bench) -> None:
    token = bench.token(AGENT)
    assert bench.ask("DELETE", "/api/v2/oauth/tokens/current.json", token=token).status_code == 204
    assert bench.ask("GET", "/api/v2/things", token=token).status_code == 401


def test_tokens_of_others_are_an_admins_business(bench: Bench) -> None:
    theirs = bench.token(AGENT)
    number = bench.ask("GET", "/api/v2/oauth/tokens/current", token=theirs).json()["token"]["id"]
    mine = bench.token(CUSTOMER)
    assert bench.ask("GET", f"/api/v2/oauth/tokens/{number}", token=mine).status_code == 404
    assert bench.ask("DELETE", f"/api/v2/oauth/tokens/{number}", token=mine).status_code == 404
    assert len(bench.ask("GET", "/api/v2/oauth/tokens?all=true", token=mine).json()["tokens"]) == 1
    assert bench.ask("GET", f"/api/v2/oauth/tokens/{number}").json()["token"]["user_id"] == AGENT
    every = bench.ask("GET", "/api/v2/oauth/tokens?all=true").json()["tokens"]
    assert {AGENT, CUSTOMER} < {token["user_id"] for token in every}
    assert bench.ask("GET", "/api/v2/oauth/tokens?all=true&client_id=1").json()["tokens"] == []
    assert theirs not in json.dumps(every)


def test_an_admin_makes_a_token_for_a_client_by_its_number(bench: Bench) -> None:
    asked = {"token": {"client_id": bench.client.id, "scopes": ["read"]}}
    answer = bench.ask("POST", "/api/v2/oauth/tokens", json=asked)
    assert answer.status_code == 201
    token = answer.json()["token"]["token"]
    assert bench.ask("GET", "/api/v2/things", token=token).status_code == 200
    assert bench.ask("POST", "/api/v2/oauth/tokens", json=asked, token=bench.token(AGENT)).status_code == 403


@pytest.mark.parametrize(
    "told", [{}, {"token": 7}, {"token": {"client_id": "plugin"}}, {"token": {"client_id": 1, "scopes": ["read"]}}]
)
def test_a_token_for_no_client_is_422(bench: Bench, told: Any) -> None:
    assert bench.ask("POST", "/api/v2/oauth/tokens", json=told).status_code == 422


@pytest.mark.parametrize("scopes", [None, [], "read", [1]])
def test_a_token_without_scopes_is_422(bench: Bench, scopes: Any) -> None:
    asked = {"token": {"client_id": bench.client.id, "scopes": scopes}}
    assert bench.ask("POST", "/api/v2/oauth/tokens", json=asked).status_code == 422


def test_equal_seeds_give_equal_credentials_and_secrets_stay_out_of_reprs() -> None:
    one, two = (TokenStore(clock=ManualClock(), seed=3) for _ in range(2))
    clients = [store.register_client("c", user_id=1) for store in (one, two)]
    tokens = [store.issue(1, client_id=1, scopes=["read"], expires_in=300) for store in (one, two)]
    assert clients[0] == clients[1]
    assert tokens[0] == tokens[1]
    assert one.new_api_token() == two.new_api_token()
    assert clients[0].secret not in repr(clients[0])
    assert tokens[0].value not in repr(tokens[0])


def test_a_revoked_api_token_is_nobody(bench: Bench) -> None:
    secret = bench.tokens.new_api_token()
    auth = ("agent@acme.example/token", secret)
    assert bench.ask("GET", "/api/v2/things", auth=auth).status_code == 200
    bench.tokens.revoke_api_token(secret)
    assert bench.ask("GET", "/api/v2/things", auth=auth).status_code == 401
