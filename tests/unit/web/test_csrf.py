"""The token of a form is good in one browser, for one person, for one purpose."""

from __future__ import annotations

from dataclasses import replace

import flask
import pytest

from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.errors import Forbidden
from atom_zendesk_plugin.web.csrf import form_token, require_form

APP = flask.Flask(__name__)
ANN = Caller(user_id="u-1", tenant_id="t")
SECRET = "s" * 43
TOKEN = form_token(SECRET, ANN, "disconnect")
OWN = {"Sec-Fetch-Site": "same-origin"}


def send(token: str | None, *, caller: Caller = ANN, secret: str | None = SECRET, site: dict[str, str] = OWN) -> None:
    form = {} if token is None else {"token": token}
    with APP.test_request_context(method="POST", data=form, headers=site):
        require_form(flask.request, caller, secret=secret, purpose="disconnect")


def test_the_form_that_was_shown_is_accepted() -> None:
    send(TOKEN)
    send(TOKEN, site={"Origin": "http://localhost"})


@pytest.mark.parametrize(
    "token",
    [
        None,
        "",
        TOKEN[:-1],
        TOKEN.upper(),
        "\u00e4" * 64,
        form_token(SECRET, ANN, "add_account"),
        form_token(SECRET, replace(ANN, user_id="u-2"), "disconnect"),
        form_token(SECRET, replace(ANN, tenant_id="other"), "disconnect"),
        form_token(SECRET, Caller(user_id="1", tenant_id='t","u-'), "disconnect"),
        form_token("x" * 43, ANN, "disconnect"),
    ],
)
def test_any_other_token_is_refused(token: str | None) -> None:
    with pytest.raises(Forbidden):
        send(token)


def test_without_the_cookie_no_token_is_good() -> None:
    with pytest.raises(Forbidden):
        send(TOKEN, secret=None)


@pytest.mark.parametrize(
    "site", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}]
)
def test_a_good_token_from_elsewhere_is_refused(site: dict[str, str]) -> None:
    with pytest.raises(Forbidden):
        send(TOKEN, site=site)


def test_a_bearer_needs_neither() -> None:
    send(None, caller=replace(ANN, via="bearer"), secret=None, site={})
