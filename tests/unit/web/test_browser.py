"""The browser's cookie: random, well-formed or not there, and named for where the browser really is."""

from __future__ import annotations

import base64

import flask
import pytest

from atom_zendesk_plugin.config import Settings, load_settings
from atom_zendesk_plugin.web.browser import cookie_name, find_secret, keep_secret, new_secret

APP = flask.Flask(__name__)
GOOD = "A" * 43


def settings(redirect_uri: str) -> Settings:
    return load_settings({"ZENDESK_REDIRECT_URI": redirect_uri}, {})


PLAIN = settings("http://localhost:5058/auth/zendesk/callback")
TLS = settings("https://atom.example/auth/zendesk/callback")


def found(cookie: str, config: Settings) -> str | None:
    with APP.test_request_context(headers={"Cookie": cookie}):
        return find_secret(flask.request, config)


def test_a_secret_has_256_bits_and_no_other_has_them() -> None:
    drawn = {new_secret() for _ in range(50)}
    assert len(drawn) == 50
    assert all(len(base64.urlsafe_b64decode(secret + "=")) == 32 for secret in drawn)
    assert new_secret(draw=lambda size: f"{size} bytes") == "32 bytes"


def test_what_is_given_is_found() -> None:
    secret = new_secret()
    assert found(f"atom_zendesk={secret}", PLAIN) == secret
    assert found(f"__Host-atom_zendesk={secret}", TLS) == secret


@pytest.mark.parametrize(
    "value", ["", "A" * 42, "A" * 44, "A" * 42 + "=", "A" * 42 + "\u00e9", "A" * 10_000, '"' + "A" * 43]
)
def test_what_was_never_given_is_not_found(value: str) -> None:
    assert found(f"atom_zendesk={value}", PLAIN) is None


def test_over_tls_a_cookie_that_a_sibling_could_plant_does_not_count() -> None:
    assert found(f"atom_zendesk={GOOD}", TLS) is None


@pytest.mark.parametrize(
    ("config", "name", "secure"), [(PLAIN, "atom_zendesk", False), (TLS, "__Host-atom_zendesk", True)]
)
def test_the_attributes_of_the_cookie(config: Settings, name: str, secure: bool) -> None:
    response = flask.Response()
    keep_secret(response, GOOD, config)
    first, *rest = response.headers["Set-Cookie"].split("; ")
    assert cookie_name(config) == name
    assert first == f"{name}={GOOD}"
    expected = {"HttpOnly", "Path=/", "SameSite=Lax", *({"Secure"} if secure else ())}
    assert set(rest) == expected  # no Max-Age, no Expires: it lasts until the browser is closed


def test_the_scheme_may_be_written_in_capitals() -> None:
    assert cookie_name(settings("HTTPS://atom.example/auth/zendesk/callback")) == "__Host-atom_zendesk"
