"""Steering credentials over HTTP: counting, revoking, scopes of an application, quirks."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import ADMIN, AGENT, CUSTOMER, Bench
from .flow import address, code, connect, exchange, refresh, see, works

ENDPOINT = "/_simulator/tokens"


def counted(bench: Bench) -> Any:
    return bench.ask("GET", ENDPOINT, anonymous=True).json()


def test_nothing_was_granted_at_first(bench: Bench) -> None:
    none = {"authorization_code": 0, "client_credentials": 0, "refresh_token": 0}
    assert counted(bench) == {"live": [], "granted": none, "refused": none}


def test_answers_are_counted_by_grant_type(bench: Bench) -> None:
    pair = connect(bench)
    new = refresh(bench, pair["refresh_token"]).json()
    refresh(bench, pair["refresh_token"])
    exchange(bench, "guess")
    exchange(bench, "guess", grant_type="password")
    told = counted(bench)
    assert told["granted"] == {"authorization_code": 1, "client_credentials": 0, "refresh_token": 1}
    assert told["refused"] == {"authorization_code": 1, "client_credentials": 0, "refresh_token": 1}
    assert told["live"] == [{"user_id": ADMIN, "access": 1, "refresh": 1}]
    assert works(bench, new["access_token"])


def test_live_tokens_are_counted_by_user_and_the_dead_are_not(bench: Bench) -> None:
    bench.token(CUSTOMER, expires_in=300)
    bench.token(AGENT)
    exchange(bench, code(bench, signed_in=str(AGENT)))
    assert {row["user_id"]: (row["access"], row["refresh"]) for row in counted(bench)["live"]} == {
        CUSTOMER: (1, 0),
        AGENT: (2, 1),
    }
    bench.clock.advance(1800)
    assert counted(bench)["live"] == [{"user_id": AGENT, "access": 1, "refresh": 1}]


@pytest.mark.parametrize(
    ("user_id", "survivors"), [(AGENT, {ADMIN}), (ADMIN, {AGENT}), (None, set()), (CUSTOMER, {ADMIN, AGENT})]
)
def test_all_tokens_of_a_user_or_of_everybody_can_be_revoked(
    bench: Bench, user_id: int | None, survivors: set[int]
) -> None:
    pairs = {who: exchange(bench, code(bench, signed_in=str(who))).json() for who in (ADMIN, AGENT)}
    answer = bench.ask("POST", f"{ENDPOINT}/revoke", anonymous=True, json={"user_id": user_id})
    assert (answer.status_code, answer.json()) == (200, {"revoked": 2 - len(survivors)})
    assert {who for who, pair in pairs.items() if works(bench, pair["access_token"])} == survivors
    alive = {who for who, pair in pairs.items() if refresh(bench, pair["refresh_token"]).status_code == 201}
    assert alive == survivors


@pytest.mark.parametrize("told", [{}, {"user_id": "11"}, {"user_id": True}, {"user_id": 999}, {"user_id": [11]}])
def test_whom_to_revoke_must_be_said(bench: Bench, told: Any) -> None:
    token = bench.token()
    bench.desk.users[1] = bench.desk.users[ADMIN]
    assert bench.ask("POST", f"{ENDPOINT}/revoke", anonymous=True, json=told).status_code == 422
    assert works(bench, token)


def scopes(bench: Bench, told: Any, *, client: str = "plugin") -> Any:
    return bench.ask("POST", f"/_simulator/clients/{client}/scopes", anonymous=True, json=told)


def test_the_allowed_list_refuses_and_can_be_lifted(bench: Bench) -> None:
    assert scopes(bench, {"allowed": ["read"]}).json() == {"allowed": ["read"], "granted": None}
    assert see(bench, scope="read write").status_code == 302
    assert scopes(bench, {"allowed": None}).json() == {"allowed": None, "granted": None}
    assert see(bench, scope="read write").status_code == 200


def test_the_granted_list_silently_hands_out_fewer_scopes(bench: Bench) -> None:
    assert scopes(bench, {"granted": ["write", "read"]}).json() == {"allowed": None, "granted": ["read", "write"]}
    assert scopes(bench, {"granted": ["write"]}).json() == {"allowed": None, "granted": ["write"]}
    assert scopes(bench, {"allowed": ["read", "write"]}).json() == {"allowed": ["read", "write"], "granted": ["write"]}
    pair = connect(bench)
    assert pair["scope"] == "write"
    assert scopes(bench, {"granted": None}).json() == {"allowed": ["read", "write"], "granted": None}
    assert connect(bench)["scope"] == "read write"
    assert refresh(bench, pair["refresh_token"]).json()["scope"] == "write"


@pytest.mark.parametrize(
    "told",
    [{}, {"allowed": "read"}, {"allowed": [1]}, {"granted": {}}, {"scopes": ["read"]}, {"allowed": None, "x": []}],
)
def test_scopes_must_be_lists(bench: Bench, told: Any) -> None:
    assert scopes(bench, told).status_code == 422
    assert bench.tokens.find_client("plugin") == bench.client


def test_an_unknown_application_has_no_scopes(bench: Bench) -> None:
    assert scopes(bench, {"allowed": None}, client="nobody").status_code == 404


def test_quirks_can_be_read_and_changed(bench: Bench) -> None:
    assert bench.ask("GET", "/_simulator/quirks", anonymous=True).json() == {"current_delete_lies": False}
    for told in (True, False):
        body = {"current_delete_lies": told}
        assert bench.ask("PUT", "/_simulator/quirks", anonymous=True, json=body).json() == body
        token = bench.token()
        bench.ask("DELETE", "/api/v2/oauth/tokens/current", token=token)
        assert works(bench, token) == told


@pytest.mark.parametrize("told", [{}, {"current_delete_lies": 1}, {"current_delete_lies": None}, {"other": True}])
def test_unknown_quirks_are_refused(bench: Bench, told: Any) -> None:
    assert bench.ask("PUT", "/_simulator/quirks", anonymous=True, json=told).status_code == 422
    assert not bench.quirks.current_delete_lies


def test_control_calls_need_no_credentials_and_the_page_is_no_control_call(bench: Bench) -> None:
    bench.ask("GET", address(), anonymous=True)
    counted(bench)
    assert [call.path for call in bench.calls] == ["/oauth/authorizations/new"]
