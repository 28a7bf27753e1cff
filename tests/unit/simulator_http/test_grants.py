"""Codes and refresh tokens traded for tokens: what is needed, what is told, what is refused."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from atom_zendesk_plugin.simulator.clients import check_redirect_uri
from atom_zendesk_plugin.simulator.codes import proves

from .conftest import ADMIN, CALLBACK, Bench
from .flow import CHALLENGE, VERIFIER, code, connect, exchange, refresh, send, works

DAY = 86_400
NO_PROOF: dict[str, str | None] = {"code_challenge": None, "code_challenge_method": None}


def refusal(answer: Any) -> tuple[int, str]:
    told = answer.json()
    assert set(told) == {"error", "error_description"}
    assert told["error_description"]
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code, told["error"]


@pytest.mark.parametrize("form", [False, True])
def test_a_code_gives_a_pair_that_works(bench: Bench, form: bool) -> None:
    answer = exchange(bench, code(bench), form=form)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "no-store")
    told = answer.json()
    assert set(told) == {"access_token", "token_type", "scope", "refresh_token"}
    assert (told["token_type"], told["scope"]) == ("bearer", "read write")
    assert works(bench, told["access_token"])
    assert refresh(bench, told["refresh_token"], form=form).status_code == 201


@pytest.mark.parametrize("form", [False, True])
@pytest.mark.parametrize("asked", [{"expires_in": 600}, {"refresh_token_expires_in": 604_800}])
def test_lives_are_told_only_when_asked_for(bench: Bench, asked: dict[str, Any], form: bool) -> None:
    first = exchange(bench, code(bench), form=form, **asked).json()
    second = refresh(bench, first["refresh_token"], form=form, **asked).json()
    plain = refresh(bench, second["refresh_token"], form=form).json()
    lives = {"expires_in", "refresh_token_expires_in"}
    for told, expected in ((first, asked), (second, asked), (plain, {})):
        assert {name: told[name] for name in lives & set(told)} == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("expires_in", 299),
        ("expires_in", 172_801),
        ("expires_in", "soon"),
        ("expires_in", True),
        ("refresh_token_expires_in", 604_799),
        ("refresh_token_expires_in", 7_776_001),
        ("refresh_token_expires_in", -1),
        ("refresh_token_expires_in", ""),
    ],
)
def test_a_life_out_of_range_is_refused_and_uses_nothing_up(bench: Bench, name: str, value: Any) -> None:
    asked = {name: value}
    granted = code(bench)
    assert refusal(exchange(bench, granted, **asked)) == (400, "invalid_request")
    told = exchange(bench, granted).json()
    assert refusal(refresh(bench, told["refresh_token"], **asked)) == (400, "invalid_request")
    assert refresh(bench, told["refresh_token"]).status_code == 201


@pytest.mark.parametrize(
    ("asked", "lives"), [({}, 1800), ({"expires_in": 300}, 300), ({"expires_in": 172_800}, 172_800)]
)
@pytest.mark.parametrize("again", [False, True])
def test_an_access_token_lives_as_long_as_asked(bench: Bench, asked: dict[str, Any], lives: int, again: bool) -> None:
    told = connect(bench, **asked)
    if again:
        told = refresh(bench, told["refresh_token"], **asked).json()
    bench.clock.advance(lives - 1)
    assert works(bench, told["access_token"])
    bench.clock.advance(1)
    assert not works(bench, told["access_token"])


@pytest.mark.parametrize(
    ("asked", "lives"),
    [
        ({}, 30 * DAY),
        ({"refresh_token_expires_in": 604_800}, 7 * DAY),
        ({"refresh_token_expires_in": 7_776_000}, 90 * DAY),
    ],
)
def test_a_refresh_token_outlives_its_access_token_but_not_for_ever(
    bench: Bench, asked: dict[str, Any], lives: int
) -> None:
    in_time, late = connect(bench, **asked), connect(bench, **asked)
    bench.clock.advance(lives - 1)
    assert refresh(bench, in_time["refresh_token"]).status_code == 201
    bench.clock.advance(1)
    assert refusal(refresh(bench, late["refresh_token"])) == (400, "invalid_grant")


@pytest.mark.parametrize(("late", "status"), [(119.9, 201), (120, 400)])
def test_a_code_lives_two_minutes(bench: Bench, late: float, status: int) -> None:
    granted = code(bench)
    bench.clock.advance(late)
    assert exchange(bench, granted).status_code == status


def test_a_code_works_once_and_its_tokens_go_on(bench: Bench) -> None:
    granted = code(bench)
    told = exchange(bench, granted).json()
    assert refusal(exchange(bench, granted)) == (400, "invalid_grant")
    assert works(bench, told["access_token"])
    assert refresh(bench, told["refresh_token"]).status_code == 201


@pytest.mark.parametrize(
    ("told", "status", "error"),
    [
        ({"code": "guess"}, 400, "invalid_grant"),
        ({"code": None}, 400, "invalid_grant"),
        ({"code": ["x"]}, 400, "invalid_grant"),
        ({"redirect_uri": "https://app.example/other"}, 400, "invalid_grant"),
        ({"redirect_uri": None}, 400, "invalid_grant"),
        ({"code_verifier": None}, 400, "invalid_grant"),
        ({"code_verifier": ""}, 400, "invalid_grant"),
        ({"code_verifier": VERIFIER[:-1] + "x"}, 400, "invalid_grant"),
        ({"code_verifier": CHALLENGE}, 400, "invalid_grant"),
        ({"code_verifier": "gr\u00fc\ud800"}, 400, "invalid_grant"),
        ({"client_secret": "guess"}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"client_id": None}, 401, "invalid_client"),
        ({"client_id": "app", "client_secret": None}, 400, "invalid_grant"),
        ({"scope": "read write impersonate"}, 400, "invalid_scope"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "implicit"}, 400, "unsupported_grant_type"),
    ],
)
def test_a_refused_exchange_leaves_the_code_as_it_is(
    bench: Bench, told: dict[str, Any], status: int, error: str
) -> None:
    granted = code(bench)
    answer = exchange(bench, granted, **told)
    assert refusal(answer) == (status, error)
    assert bench.client.secret not in answer.text
    assert exchange(bench, granted).status_code == 201


@pytest.mark.parametrize(
    ("kind", "with_pkce", "with_secret", "status"),
    [
        ("confidential", True, True, 201),
        ("confidential", True, False, 201),
        ("confidential", False, True, 201),
        ("confidential", False, False, 401),
        ("public", True, False, 201),
        ("public", True, True, 401),
    ],
)
def test_who_must_prove_what(bench: Bench, kind: str, with_pkce: bool, with_secret: bool, status: int) -> None:
    client = bench.client if kind == "confidential" else bench.public
    proof: dict[str, str | None] = {} if with_pkce else NO_PROOF
    granted = code(bench, client_id=client.identifier, **proof)
    answer = exchange(
        bench,
        granted,
        client_id=client.identifier,
        client_secret=client.secret if with_secret else None,
        code_verifier=VERIFIER if with_pkce else None,
    )
    assert answer.status_code == status, answer.text


def test_a_spent_code_of_a_client_without_a_secret_is_invalid_grant(bench: Bench) -> None:
    granted = code(bench)
    assert exchange(bench, granted, client_secret=None).status_code == 201
    assert refusal(exchange(bench, granted, client_secret=None)) == (400, "invalid_grant")


def test_a_public_client_refreshes_without_a_secret(bench: Bench) -> None:
    alone: dict[str, Any] = {"client_id": "app", "client_secret": None}
    told = exchange(bench, code(bench, client_id="app"), **alone).json()
    again = refresh(bench, told["refresh_token"], **alone)
    assert again.status_code == 201
    sent = {**alone, "client_secret": bench.public.secret}
    assert refusal(refresh(bench, again.json()["refresh_token"], **sent)) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("told", "status", "error"),
    [
        ({"refresh_token": "guess"}, 400, "invalid_grant"),
        ({"refresh_token": None}, 400, "invalid_grant"),
        ({"refresh_token": 7}, 400, "invalid_grant"),
        ({"client_id": "app", "client_secret": None}, 400, "invalid_grant"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"client_secret": "guess"}, 401, "invalid_client"),
        ({"client_secret": None}, 401, "invalid_client"),
        ({"scope": "read write impersonate"}, 400, "invalid_scope"),
    ],
)
def test_a_refused_refresh_leaves_the_pair_as_it_is(
    bench: Bench, told: dict[str, Any], status: int, error: str
) -> None:
    pair = connect(bench)
    assert refusal(refresh(bench, pair["refresh_token"], **told)) == (status, error)
    assert works(bench, pair["access_token"])
    assert refresh(bench, pair["refresh_token"]).status_code == 201


def test_an_access_token_is_no_refresh_token(bench: Bench) -> None:
    pair = connect(bench)
    assert refusal(refresh(bench, pair["access_token"])) == (400, "invalid_grant")
    assert not works(bench, pair["refresh_token"])


def test_a_refresh_ends_the_old_pair_and_a_replay_changes_nothing(bench: Bench) -> None:
    old = connect(bench)
    new = refresh(bench, old["refresh_token"]).json()
    assert not works(bench, old["access_token"])
    assert refusal(refresh(bench, old["refresh_token"])) == (400, "invalid_grant")
    assert works(bench, new["access_token"])
    assert refresh(bench, new["refresh_token"]).status_code == 201


@pytest.mark.parametrize(
    ("asked", "granted"),
    [(None, "read write"), ("read", "read"), ("tickets:read write", "tickets:read write"), ("read read", "read")],
)
@pytest.mark.parametrize("step", ["exchange", "refresh"])
def test_scopes_can_be_narrowed(bench: Bench, asked: str | None, granted: str, step: str) -> None:
    told = connect(bench, scope=asked if step == "exchange" else None)
    if step == "refresh":
        told = refresh(bench, told["refresh_token"], scope=asked).json()
    assert told["scope"] == granted


def test_what_was_narrowed_stays_narrow(bench: Bench) -> None:
    narrow = refresh(bench, connect(bench)["refresh_token"], scope="read").json()
    assert refusal(refresh(bench, narrow["refresh_token"], scope="read write")) == (400, "invalid_scope")
    assert refresh(bench, narrow["refresh_token"]).json()["scope"] == "read"


def test_an_allowed_list_holds_at_every_step(bench: Bench) -> None:
    granted, pair = code(bench), connect(bench)
    bench.tokens.change_scopes(bench.client, allowed=frozenset({"read"}), granted=None)
    for answer in (exchange(bench, granted, scope="read write"), refresh(bench, pair["refresh_token"], scope="write")):
        assert refusal(answer) == (400, "invalid_scope")


def test_fewer_scopes_may_be_handed_out_than_were_agreed_to_without_a_word(bench: Bench) -> None:
    bench.tokens.change_scopes(bench.client, allowed=None, granted=frozenset({"tickets:read", "read"}))
    pair = connect(bench)
    assert pair["scope"] == "read"
    assert bench.ask("POST", "/api/v2/things", json={}, token=pair["access_token"]).status_code == 403
    bench.tokens.change_scopes(bench.client, allowed=None, granted=frozenset())
    empty = refresh(bench, pair["refresh_token"]).json()
    assert empty["scope"] == ""
    assert bench.ask("GET", "/api/v2/things/1", token=empty["access_token"]).status_code == 403


def test_a_user_who_is_gone_gets_no_tokens(bench: Bench) -> None:
    granted, pair = code(bench), connect(bench)
    bench.desk.users[ADMIN].active = False
    assert refusal(exchange(bench, granted)) == (400, "invalid_grant")
    assert refusal(refresh(bench, pair["refresh_token"])) == (400, "invalid_grant")


def test_a_client_that_was_registered_anew_has_none_of_the_old_grants(bench: Bench) -> None:
    granted, pair = code(bench), connect(bench)
    bench.client = bench.tokens.register_client("plugin", user_id=ADMIN, redirect_uris=[CALLBACK])
    assert refusal(exchange(bench, granted)) == (400, "invalid_grant")
    assert refusal(refresh(bench, pair["refresh_token"])) == (400, "invalid_grant")


def test_a_token_from_before_expiry_has_nothing_to_refresh(bench: Bench) -> None:
    legacy = bench.token()
    shown = bench.ask("GET", "/api/v2/oauth/tokens/current", token=legacy).json()["token"]
    assert (shown["expires_at"], shown["refresh_token"], shown["refresh_token_expires_at"]) == (None, None, None)
    assert refusal(refresh(bench, legacy)) == (400, "invalid_grant")


def test_client_credentials_come_without_a_refresh_token(bench: Bench) -> None:
    asked = {
        "grant_type": "client_credentials",
        "client_id": "plugin",
        "client_secret": bench.client.secret,
        "refresh_token_expires_in": 604_800,
    }
    assert set(send(bench, asked).json()) == {"access_token", "token_type", "scope"}


def test_a_shown_token_tells_of_its_refresh_token_and_keeps_both_secrets(bench: Bench) -> None:
    pair = connect(bench, expires_in=600, refresh_token_expires_in=604_800)
    answer = bench.ask("GET", "/api/v2/oauth/tokens/current", token=pair["access_token"])
    shown = answer.json()["token"]
    assert shown["refresh_token"] == pair["refresh_token"][:10]
    assert shown["refresh_token_expires_at"] == "2026-03-09T10:00:00Z"
    assert (shown["client_id"], shown["scopes"]) == (bench.client.id, ["read", "write"])
    assert pair["refresh_token"] not in answer.text
    assert pair["access_token"] not in answer.text


def test_deleting_a_token_by_its_number_ends_the_refresh_token_too(bench: Bench) -> None:
    pair = connect(bench)
    number = bench.ask("GET", "/api/v2/oauth/tokens/current", token=pair["access_token"]).json()["token"]["id"]
    assert bench.ask("DELETE", f"/api/v2/oauth/tokens/{number}.json", token=pair["access_token"]).status_code == 204
    assert not works(bench, pair["access_token"])
    assert refusal(refresh(bench, pair["refresh_token"])) == (400, "invalid_grant")


@pytest.mark.parametrize("lies", [False, True])
def test_deleting_the_current_token_may_be_a_lie(bench: Bench, lies: bool) -> None:
    bench.quirks.current_delete_lies = lies
    pair = connect(bench)
    answer = bench.ask("DELETE", "/api/v2/oauth/tokens/current.json", token=pair["access_token"])
    assert (answer.status_code, answer.content) == (204, b"")
    assert works(bench, pair["access_token"]) == lies
    assert refresh(bench, pair["refresh_token"]).status_code == (201 if lies else 400)


def test_a_verifier_must_be_one_and_belong_to_its_challenge() -> None:
    assert proves(VERIFIER, challenge=CHALLENGE)
    assert not proves(VERIFIER + "x", challenge=CHALLENGE)
    short = "too-short"
    digest = base64.urlsafe_b64encode(hashlib.sha256(short.encode()).digest()).decode().rstrip("=")
    assert not proves(short, challenge=digest)


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example/callback",
        "https://app.example",
        "https://app.example:8443/a?b=c",
        "http://localhost:5058/auth/zendesk/callback",
        "http://127.0.0.1/x",
    ],
)
def test_addresses_that_can_be_registered(uri: str) -> None:
    check_redirect_uri(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "http://app.example/callback",
        "http://localhost.evil.example/",
        "/callback",
        "app.example/callback",
        "urn:ietf:wg:oauth:2.0:oob",
        "https://app.example/a#b",
        "https://app.example/a b",
        "https://user@app.example/",
        "https://a.example;script-src/",
        "https://app.example/\nx",
        "javascript:alert(1)",
        "",
    ],
)
def test_addresses_that_can_not(uri: str, bench: Bench) -> None:
    with pytest.raises(ValueError, match="can't be registered"):
        bench.tokens.register_client("other", user_id=ADMIN, redirect_uris=["https://fine.example/", uri])
    assert bench.tokens.find_client("other") is None
