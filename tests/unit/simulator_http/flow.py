"""The OAuth flow as an application goes through it: consent page, code, tokens, refresh. Every step can be told to differ."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests

from .conftest import CALLBACK, Bench

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
"""The example pair of RFC 7636."""

PAGE = "/oauth/authorizations/new"
REQUEST = {
    "response_type": "code",
    "client_id": "plugin",
    "redirect_uri": CALLBACK,
    "scope": "read write",
    "state": "s/1&2",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


def present(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if value is not None}


def address(**told: str | None) -> str:
    """Return path and query of the consent page; None leaves a parameter out."""
    return f"{PAGE}?{urlencode(present({**REQUEST, **told}))}"


def see(bench: Bench, **told: str | None) -> requests.Response:
    return bench.ask("GET", address(**told), anonymous=True, allow_redirects=False)


def ticket_of(page: requests.Response) -> str:
    found = re.search(r'name="ticket" value="([0-9a-f]+)"', page.text)
    assert found, page.text
    return found[1]


def decide(bench: Bench, **told: str | None) -> requests.Response:
    data = present(told)
    return bench.ask("POST", "/oauth/authorizations", anonymous=True, data=data, allow_redirects=False)


def outcome(answer: requests.Response) -> dict[str, str]:
    """Return what a redirect to the application says, its own query included."""
    assert answer.status_code == 302, answer.text
    location = answer.headers["Location"]
    assert location.startswith("https://app.example/callback?from=desk&"), location
    return dict(parse_qsl(urlsplit(location).query, strict_parsing=True))


def code(bench: Bench, *, signed_in: str | None = None, **told: str | None) -> str:
    page = see(bench, **told)
    return outcome(decide(bench, ticket=ticket_of(page), decision="allow", **{"as": signed_in}))["code"]


def send(bench: Bench, told: dict[str, Any], *, form: bool = False) -> requests.Response:
    body: dict[str, Any] = {"data": present(told)} if form else {"json": present(told)}
    return bench.ask("POST", "/oauth/tokens", anonymous=True, **body)


def exchange(bench: Bench, value: str, *, form: bool = False, **told: Any) -> requests.Response:
    body = {
        "grant_type": "authorization_code",
        "code": value,
        "client_id": "plugin",
        "client_secret": bench.client.secret,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    return send(bench, {**body, **told}, form=form)


def refresh(bench: Bench, value: str, *, form: bool = False, **told: Any) -> requests.Response:
    body = {
        "grant_type": "refresh_token",
        "refresh_token": value,
        "client_id": "plugin",
        "client_secret": bench.client.secret,
    }
    return send(bench, {**body, **told}, form=form)


def connect(bench: Bench, **told: Any) -> dict[str, Any]:
    """Go through the whole flow and return the tokens."""
    answer = exchange(bench, code(bench), **told)
    assert answer.status_code == 201, answer.text
    tokens: dict[str, Any] = answer.json()
    return tokens


def works(bench: Bench, access_token: str) -> bool:
    answer = bench.ask("GET", "/api/v2/users/me", token=access_token)
    assert answer.status_code == 200 or answer.json()["error"] == "invalid_token"
    return answer.status_code == 200
