"""The front door: addresses, credentials, scopes, roles, bodies, headers, entity tags and the call log."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
import requests
from werkzeug.test import EnvironBuilder, run_wsgi_app

from atom_zendesk_plugin.simulator.exchange import Answer, Route
from atom_zendesk_plugin.simulator.router import Router

from .conftest import ADMIN, AGENT, CUSTOMER, HOST, Bench

Ask = Callable[..., requests.Response]


def basic(login: str, secret: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'{login}:{secret}'.encode()).decode()}"}


@pytest.mark.parametrize("path", ["/api/v2/things/7", "/api/v2/things/7.json", "/api/v2/things/7/"])
def test_addresses_work_with_and_without_json(ask: Ask, path: str) -> None:
    assert ask("GET", path).json() == {"thing": {"id": 7, "name": "thing 7"}}


def test_a_literal_segment_wins_over_a_parameter(ask: Ask) -> None:
    assert ask("GET", "/api/v2/things/newest.json").json() == {"thing": "newest"}
    assert ask("PUT", "/api/v2/things/newest", json={}).status_code == 200


def test_parameters_keep_their_names(ask: Ask) -> None:
    assert ask("GET", "/api/v2/boxes/red/things/5").json() == {"box": "red", "id": "5"}


@pytest.mark.parametrize("path", ["/", "/api/v2/nothing", "/api/v2/things/7/more", "/api/v2/boxes//things/1", "/%00"])
def test_an_unknown_address_is_an_invalid_endpoint(ask: Ask, path: str) -> None:
    answer = ask("GET", path)
    assert (answer.status_code, answer.json()["error"]) == (404, "InvalidEndpoint")


def test_an_id_that_is_no_number_is_not_found(ask: Ask) -> None:
    answer = ask("GET", "/api/v2/things/%C2%B2")
    assert (answer.status_code, answer.json()["error"]) == (404, "RecordNotFound")


def test_another_method_is_405_and_names_the_ones_that_work(ask: Ask) -> None:
    answer = ask("PATCH", "/api/v2/things/7")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "DELETE, GET, PUT"


def test_two_routes_for_one_address_are_a_mistake() -> None:
    route = Route(method="GET", template="/a/{id}", handler=lambda desk, call: Answer(200))
    other = Route(method="GET", template="/a/{name}", handler=lambda desk, call: Answer(200))
    with pytest.raises(ValueError, match="two routes for GET"):
        Router([route, other])


def test_another_subdomain_is_no_help_desk(ask: Ask) -> None:
    answer = ask("GET", "/api/v2/things", host="https://other.zendesk.com")
    assert answer.status_code == 404
    assert answer.json()["error"]["title"] == "No help desk at other.zendesk.com"


def test_links_repeat_the_address_the_client_used(ask: Ask) -> None:
    body = ask("GET", "/api/v2/things", host="http://localhost:8123").json()
    assert body["next_page"] == "http://localhost:8123/api/v2/things.json?page=2"


def test_without_credentials_nothing_but_users_me_answers(ask: Ask) -> None:
    answer = ask("GET", "/api/v2/things", anonymous=True)
    assert (answer.status_code, answer.json()) == (401, {"error": "Couldn't authenticate you"})
    assert ask("GET", "/api/v2/users/me", anonymous=True).json()["user"]["id"] is None


def test_an_api_token_acts_for_the_address_it_comes_with(bench: Bench) -> None:
    secret = bench.tokens.new_api_token()
    answer = bench.ask("GET", "/api/v2/users/me", headers=basic("AGENT@acme.example/token", secret))
    assert answer.json()["user"]["id"] == AGENT


@pytest.mark.parametrize(
    ("login", "secret"),
    [
        ("agent@acme.example/token", "wrong"),
        ("nobody@acme.example/token", None),
        ("agent@acme.example", None),
        ("agent@acme.example/password", None),
        ("/token", None),
    ],
)
def test_wrong_basic_credentials_are_nobody(bench: Bench, login: str, secret: str | None) -> None:
    headers = basic(login, secret or bench.tokens.new_api_token())
    answer = bench.ask("GET", "/api/v2/things", headers=headers)
    assert (answer.status_code, answer.json()) == (401, {"error": "Couldn't authenticate you"})
    assert bench.ask("GET", "/api/v2/users/me", headers=headers).json()["user"]["id"] is None


@pytest.mark.parametrize("value", ["Basic !!!", "Basic", "Basic /w==", "Basic \u00ff", "Digest x", "Bearer"])
def test_a_malformed_authorization_header_is_401(ask: Ask, value: str) -> None:
    assert ask("GET", "/api/v2/things", headers={"Authorization": value}).status_code == 401


def test_a_dead_access_token_is_an_invalid_token_even_for_users_me(bench: Bench) -> None:
    token = bench.token(ADMIN, expires_in=300)
    assert bench.ask("GET", "/api/v2/things", token=token).status_code == 200
    bench.clock.advance(300)
    for path in ("/api/v2/things", "/api/v2/users/me"):
        answer = bench.ask("GET", path, token=token)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")


def test_a_deactivated_user_has_no_live_token(bench: Bench) -> None:
    bench.desk.users[AGENT].active = False
    assert bench.ask("GET", "/api/v2/things", token=bench.token(AGENT)).status_code == 401
    headers = basic("agent@acme.example/token", bench.tokens.new_api_token())
    assert bench.ask("GET", "/api/v2/things", headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("scopes", "method", "path", "status"),
    [
        (("read",), "GET", "/api/v2/things", 200),
        (("things:read",), "GET", "/api/v2/things", 200),
        (("things:read",), "GET", "/api/v2/things/7", 403),
        (("tickets:read",), "GET", "/api/v2/things", 403),
        (("write",), "GET", "/api/v2/things", 403),
        (("read",), "POST", "/api/v2/things", 403),
        (("write",), "POST", "/api/v2/things", 201),
    ],
)
def test_scopes_decide(bench: Bench, scopes: tuple[str, ...], method: str, path: str, status: int) -> None:
    answer = bench.ask(method, path, token=bench.token(ADMIN, *scopes))
    assert answer.status_code == status
    if status == 403:
        lacking = "read" if method == "GET" else "write"
        told = f"You are missing the following required scopes: {lacking}"
        assert answer.json() == {"error": "Forbidden", "description": told}


@pytest.mark.parametrize(
    ("user_id", "path", "status"),
    [
        (CUSTOMER, "/api/v2/things", 200),
        (CUSTOMER, "/api/v2/things/7", 403),
        (AGENT, "/api/v2/things/7", 200),
        (AGENT, "/api/v2/vault", 403),
        (ADMIN, "/api/v2/vault", 200),
    ],
)
def test_roles_decide(bench: Bench, user_id: int, path: str, status: int) -> None:
    answer = bench.ask("GET", path, token=bench.token(user_id))
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["error"]["title"] == "Forbidden"


def test_a_suspended_user_is_refused(bench: Bench) -> None:
    bench.desk.users[AGENT].suspended = True
    assert bench.ask("GET", "/api/v2/things", token=bench.token(AGENT)).status_code == 403


@pytest.mark.parametrize("body", ["{", "[1", "\xff", '{"a": }', "[" * 100_000, '{"a":' * 50_000, "1" * 5000])
def test_a_body_that_is_not_json_is_422(ask: Ask, body: str) -> None:
    answer = ask("POST", "/api/v2/things", data=body.encode("latin-1"), headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}
    if body != "1" * 5000:
        assert answer.json() == {"error": "Unprocessable Entity", "message": "Server could not parse JSON"}


@pytest.mark.parametrize("body", [[], [1], "text", 7, True])
def test_a_body_that_is_no_object_is_400(ask: Ask, body: Any) -> None:
    assert ask("POST", "/api/v2/things", json=body).status_code == 400


@pytest.mark.parametrize(
    ("content", "content_type", "told"),
    [
        (b"", "application/json", {}),
        (b"null", "application/json", {}),
        (b'{"a":1}', "application/json; charset=utf-8", {"a": 1}),
        (b'{"a":1}', "application/vnd.api+json", {"a": 1}),
        (b'{"a":1}', "text/plain", {}),
        (b"a=1", "application/x-www-form-urlencoded", {}),
        (b'{"a":"Gr\\u00fc\\ud83d\\ude00"}', "application/json", {"a": "Gr\u00fc\U0001f600"}),
    ],
)
def test_a_body_counts_when_it_calls_itself_json(ask: Ask, content: bytes, content_type: str, told: Any) -> None:
    answer = ask("PUT", "/api/v2/things/1", data=content, headers={"Content-Type": content_type})
    assert answer.json() == {"told": told, "bytes": len(content)}


@pytest.mark.parametrize("query", [b"per_page=2&q=\xff", b"per_page=2&&&=", b"per_page=2&x=%zz", b"per_page=2&\x00"])
def test_a_malformed_query_is_read_as_far_as_it_goes(bench: Bench, query: bytes) -> None:
    environ = EnvironBuilder(path="/api/v2/things").get_environ()
    environ |= {"QUERY_STRING": query.decode("latin-1"), "HTTP_AUTHORIZATION": f"Bearer {bench.token()}"}
    body, status, _ = run_wsgi_app(bench.shell, environ)
    assert status.startswith("200")
    assert len(json.loads(b"".join(body))["things"]) == 2


def test_every_answer_carries_the_services_headers(ask: Ask) -> None:
    seen = set()
    for path in ("/api/v2/things", "/api/v2/nothing", "/api/v2/note"):
        headers = ask("GET", path).headers
        assert headers["X-Zendesk-Api-Version"] == "v2"
        assert headers["Cache-Control"] == "max-age=0, private, must-revalidate"
        assert headers["Date"] == "Mon, 02 Mar 2026 10:00:00 GMT"
        assert "Retry-After" not in headers
        seen.add(headers["X-Request-Id"])
    assert len(seen) == 3


def test_content_types_follow_the_body(ask: Ask) -> None:
    assert ask("GET", "/api/v2/things").headers["Content-Type"] == "application/json; charset=utf-8"
    note = ask("GET", "/api/v2/note")
    assert (note.status_code, note.text) == (409, "Please try again")
    assert note.headers["Content-Type"] == "text/plain; charset=UTF-8"
    gone = ask("DELETE", "/api/v2/things/3")
    assert (gone.status_code, gone.content) == (204, b"")
    assert "Content-Type" not in gone.headers


def test_an_unchanged_answer_is_304(bench: Bench) -> None:
    first = bench.ask("GET", "/api/v2/things/7")
    tag = first.headers["ETag"]
    assert tag.startswith('W/"')
    again = bench.ask("GET", "/api/v2/things/7", headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    bench.things[7] = "renamed"
    assert bench.ask("GET", "/api/v2/things/7", headers={"If-None-Match": tag}).status_code == 200


def test_head_has_the_headers_of_get_and_no_body(ask: Ask) -> None:
    answer = ask("HEAD", "/api/v2/things/7")
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["Content-Length"]) > 10


def test_calls_are_recorded_without_bodies(bench: Bench) -> None:
    bench.ask("POST", "/api/v2/things.json?include=users", json={"secret": "hush"}, token=bench.token(AGENT))
    bench.ask("GET", "/api/v2/nothing", anonymous=True)
    made, lost = bench.calls
    assert (made.method, made.path, made.query, made.status, made.actor_id) == (
        "POST",
        "/api/v2/things",
        "include=users",
        201,
        AGENT,
    )
    assert (lost.status, lost.actor_id, lost.at) == (404, None, bench.clock.now())
    assert "hush" not in json.dumps(made.to_json())


def test_a_defect_in_a_handler_is_not_hidden(bench: Bench) -> None:
    with pytest.raises(ZeroDivisionError):
        bench.ask("GET", "/api/v2/broken")


def test_the_call_can_be_made_on_any_host_that_is_not_zendesks(ask: Ask) -> None:
    assert ask("GET", "/api/v2/things", host="http://127.0.0.1:80").status_code == 200
    assert ask("GET", "/api/v2/things", host=HOST).status_code == 200
