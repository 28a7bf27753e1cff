"""The connection page and its forms, as a browser without JavaScript uses them."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from atom_zendesk_plugin.accounts.model import SENTENCES, Connection, FeatureOff, Notice, Refused
from atom_zendesk_plugin.errors import ConfigError, DependencyMissing
from tests.integration.web.staging import ADMIN, Stage, build_stage

PAGE = "/zendesk/connection"
COOKIE = replace(ADMIN, via="cookie")
USER = replace(COOKIE, roles=frozenset())
ME = ("default", "u-1", "acme")
OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def stage() -> Stage:
    stage = build_stage(tickets=1, ZENDESK_ENCRYPTION_KEYS="k:x")
    stage.parts.caller = COOKIE
    return stage


def text_of(answer: TestResponse, status: int = 200) -> str:
    text = answer.get_data(as_text=True)
    assert (answer.status_code, answer.mimetype) == (status, "text/html"), text[:500]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text)))


def page(stage: Stage, **query: str) -> str:
    return text_of(stage.http.get(PAGE, query_string=query))


def token(http: FlaskClient, action: str) -> str:
    """Open the page and return the token of the form that goes to this address."""
    text = http.get(PAGE).get_data(as_text=True)
    found = re.search(rf'action="{PAGE}/{action}"[^>]*>\s*<input type="hidden" name="token" value="([0-9a-f]+)">', text)
    assert found, action
    return found[1]


def submit(http: FlaskClient, action: str, **fields: str) -> TestResponse:
    sent = {"token": token(http, action), **fields}
    return http.post(f"{PAGE}/{action}", data=sent, headers=OWN)


def live(stage: Stage, **changes: Any) -> Connection:
    stage.people.rows[ME] = replace(stage.people.connect(ME, name="Ann Example"), **changes)
    return stage.people.rows[ME]


def test_not_connected(stage: Stage) -> None:
    stage.parts.caller = USER
    html = stage.http.get(PAGE).get_data(as_text=True)
    assert 'href="/auth/zendesk?account=acme"' in html
    assert "Not connected" in page(stage)
    assert "Disconnect" not in html
    assert "Store the account" not in html


def test_connected(stage: Stage) -> None:
    live(stage)
    stage.clock.advance(600)
    text = page(stage)
    for words in (
        "Ann Example", "ann@example.com", "agent", "10 minutes ago (2 March 2026, 09:00 UTC)", "ends in 20 minutes",
        "in 89 days (31 May 2026, 09:00 UTC)", "Connect again", "Yes, disconnect",
    ):  # fmt: skip
        assert words in text
    assert '<time datetime="2026-03-02T09:30:00+00:00">' in stage.http.get(PAGE).get_data(as_text=True)


def test_each_state_has_words_of_its_own(stage: Stage) -> None:
    live(stage, state="expired", message="The next call renews it.")
    assert "ended; renewed at the next use" in page(stage)
    urgent = Notice(level="urgent", text="Do it.", day="2026-04-01")
    live(stage, state="needs_reconnect", message="Only you can renew it.", notices=(urgent,))
    text = page(stage)
    assert "Needs you" in text
    assert "Only you can renew it." in text
    assert "By 2026-04-01: Do it." in text
    off = FeatureOff(feature="creating tickets", scope="write")
    live(stage, access_expires_at=None, refresh_expires_at=None, missing_scopes=("write",), features_off=(off,))
    text = page(stage)
    assert "has no end" in text
    assert "creating tickets (needs write)" in text
    assert "Asked for and not granted: write." in text


def test_banners(stage: Stage) -> None:
    for reason, sentence in SENTENCES.items():
        assert sentence in page(stage, error=reason)
    assert "open ATOM under that address" in page(stage, error=Refused.OTHER_BROWSER)
    assert "http://localhost:5058" in page(stage, error=Refused.OTHER_BROWSER)
    unknown = page(stage, error="made-up-reason")
    assert "You were not connected to Zendesk." in unknown
    assert "made-up-reason" not in unknown


def test_success_is_told_only_when_it_is_true(stage: Stage) -> None:
    assert "You are connected to Zendesk." not in page(stage, success="true")
    live(stage)
    assert "You are connected to Zendesk." in page(stage, success="true")


def test_what_is_missing_is_said(stage: Stage) -> None:
    stage.parts.connecting_fails = DependencyMissing("authlib", "Connecting people")
    assert "needs the Python package 'authlib'" in page(stage)
    bare = build_stage(tickets=1, ZENDESK_SUBDOMAIN="", ZENDESK_ACCESS_TOKEN="")
    bare.parts.connecting_fails = ConfigError("Not set up.")
    text = page(bare)
    for words in (
        "Connecting is off",
        "Not set up.",
        "ZENDESK_SUBDOMAIN=",
        "ZENDESK_CLIENT_ID=",
        "atom-zendesk keys generate",
    ):
        assert words in text


def test_without_a_key_nobody_is_sent_away(stage: Stage) -> None:
    keyless = build_stage(tickets=1)
    html = keyless.http.get(PAGE).get_data(as_text=True)
    assert "ZENDESK_ENCRYPTION_KEYS=" in html
    assert 'href="/auth/zendesk?' not in html


def test_not_signed_in(stage: Stage) -> None:
    stage.parts.caller = None
    assert "Sign in to ATOM first" in text_of(stage.http.get(PAGE), 401)
    for form in ("disconnect", "accounts", "accounts/remove"):
        text_of(stage.http.post(f"{PAGE}/{form}", data={"token": "x"}, headers=OWN), 401)


def test_administrators_see_what_to_register(stage: Stage) -> None:
    text = page(stage)
    for words in (
        "http://localhost:5058/auth/zendesk/callback",
        "read write",
        "Admin Center",
        "Also for the service account",
    ):
        assert words in text


def test_the_move_from_an_api_token(stage: Stage) -> None:
    assert "Move from the API token" not in page(stage)
    accounts = stage.people.accounts_of["default"]
    accounts["acme"] = replace(accounts["acme"], service="api_token")
    text = page(stage)
    assert "424 days left" in text
    assert "What stays:" in text
    stage.clock.advance(500 * 86_400)
    assert "0 days left" in page(stage)


def test_disconnect(stage: Stage) -> None:
    live(stage)
    http = stage.app.test_client()
    answer = submit(http, "disconnect", account="acme")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PAGE}?outcome=disconnected")
    assert stage.people.rows == {}
    assert "Zendesk confirmed that ATOM's token is dead" in text_of(http.get(answer.headers["Location"]))


def test_disconnect_when_zendesk_cannot_be_asked(stage: Stage) -> None:
    live(stage)
    stage.people.reachable = False
    http = stage.app.test_client()
    answer = submit(http, "disconnect", account="acme")
    assert answer.headers["Location"] == f"{PAGE}?outcome=not_revoked&account=acme"
    text = text_of(http.get(answer.headers["Location"]))
    assert "You are still connected" in text
    assert "Disconnect anyway" in text
    assert ME in stage.people.rows
    answer = submit(http, "disconnect", account="acme", anyway="yes")
    assert answer.headers["Location"] == f"{PAGE}?outcome=disconnected_here"
    assert stage.people.rows == {}


def test_disconnect_needs_an_account(stage: Stage) -> None:
    live(stage)
    text_of(submit(stage.app.test_client(), "disconnect"), 400)
    text_of(submit(stage.app.test_client(), "disconnect", account="nope"), 404)
    assert ME in stage.people.rows


def test_an_account_is_added_and_removed(stage: Stage) -> None:
    http = stage.app.test_client()
    answer = submit(http, "accounts", subdomain=" hooli ", client_id="atom", client_secret="s3cr3t-x", service="yes")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PAGE}?outcome=account_added")
    assert stage.people.secrets == {"hooli": "s3cr3t-x"}
    text = text_of(http.get(answer.headers["Location"]))
    assert "The account was stored." in text
    assert "works with the OAuth client" in text
    answer = submit(http, "accounts/remove", account="hooli")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PAGE}?outcome=account_removed")
    assert "Tokens that people had end by themselves" in http.get(answer.headers["Location"]).get_data(as_text=True)
    assert "hooli" not in stage.people.accounts_of["default"]


@pytest.mark.parametrize(
    ("fields", "status", "words", "field"),
    [
        ({"subdomain": "", "client_id": "x"}, 400, "Enter the subdomain.", "subdomain"),
        ({"subdomain": "a b!", "client_id": "x"}, 400, "letters, digits and hyphens", "subdomain"),
        ({"subdomain": "hooli", "client_id": " "}, 400, "Enter the client's unique identifier.", "client_id"),
        ({"subdomain": "hooli", "client_id": "x" * 300}, 400, "client_id takes text of 1 to 255", "client_id"),
        ({"subdomain": "hooli", "client_id": "x", "service": "1", "client_secret": ""}, 400, "needs the client's secret", "client_secret"),
        ({"subdomain": "hooli", "client_id": "unknown"}, 503, SENTENCES[Refused.CLIENT_REFUSED], None),
    ],
)  # fmt: skip
def test_a_form_is_shown_again_with_what_is_wrong(
    stage: Stage, fields: dict[str, str], status: int, words: str, field: str | None
) -> None:
    answer = submit(stage.app.test_client(), "accounts", **{"client_secret": "s3cr3t-y", **fields})
    html = answer.get_data(as_text=True)
    assert words in text_of(answer, status)
    assert "s3cr3t" not in html
    for name in ("subdomain", "client_id"):
        value = re.search(rf'<input id="{name}" name="{name}" value="([^"]*)"', html)
        assert value
        assert unescape(value[1]) == fields[name].strip()
    marked = re.findall(r'<input id="(\w+)"[^>]*aria-invalid="true"', html)
    assert marked == ([field] if field else [])
    assert ("checked" in html) == ("service" in fields)


def test_forms_about_accounts_are_for_administrators(stage: Stage) -> None:
    http = stage.app.test_client()
    tokens = {form: token(http, form) for form in ("accounts", "accounts/remove")}
    stage.parts.caller = USER
    for form, fields in (
        ("accounts", {"subdomain": "x", "client_id": "y"}),
        ("accounts/remove", {"account": "globex"}),
    ):
        answer = http.post(f"{PAGE}/{form}", data={"token": tokens[form], **fields}, headers=OWN)
        assert "Accounts are set up by administrators of ATOM." in text_of(answer, 403)
    assert set(stage.people.accounts_of["default"]) == {"acme", "globex"}


def test_an_account_of_the_settings_stays(stage: Stage) -> None:
    text = text_of(submit(stage.app.test_client(), "accounts/remove", account="acme"), 409)
    assert "take it out of them" in text


def test_a_bearer_sends_forms_without_a_token(stage: Stage) -> None:
    live(stage)
    stage.parts.caller = ADMIN
    assert stage.http.post(f"{PAGE}/disconnect", data={"account": "acme"}).status_code == 303
    assert stage.people.rows == {}


def test_a_look_at_the_page_keeps_its_forms_good(stage: Stage) -> None:
    live(stage)
    http = stage.app.test_client()
    good = token(http, "disconnect")
    before = http.get_cookie("atom_zendesk")
    http.head(PAGE)
    after = http.get_cookie("atom_zendesk")
    assert before is not None
    assert after is not None
    assert after.value == before.value
    assert http.post(f"{PAGE}/disconnect", data={"account": "acme", "token": good}, headers=OWN).status_code == 303


def test_the_hosts_page_leads_here_when_the_host_has_none(stage: Stage) -> None:
    assert stage.get("/integrations/zendesk").headers["Location"] == PAGE
    answer = stage.http.get("/integrations/zendesk?success=true&error=a%0d%0ab&x=%C3%A4")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{PAGE}?success=true&error=a%0D%0Ab&x=%C3%A4")
    mounted = stage.http.get("/integrations/zendesk", environ_overrides={"SCRIPT_NAME": "/atom"})
    assert mounted.headers["Location"] == f"/atom{PAGE}"


def test_every_field_has_a_label_and_every_hint_is_there(stage: Stage) -> None:
    html = stage.http.get(PAGE).get_data(as_text=True)
    labelled = set(re.findall(r'<label for="([^"]+)"', html))
    fields = set(re.findall(r'<input id="([^"]+)"', html))
    assert fields == labelled == {"subdomain", "client_id", "client_secret", "service"}
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    for names in re.findall(r'aria-(?:describedby|labelledby)="([^"]+)"', html):
        assert set(names.split()) <= set(ids)
    assert html.count("<h1") == 1
