"""A browser on its way to Zendesk and back."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from atom_zendesk_plugin.errors import ConfigError
from tests.integration.web.memory_connections import CODE
from tests.integration.web.staging import ADMIN, Stage, build_stage, data, failure

COOKIE = replace(ADMIN, via="cookie")
PAGE = {"Accept": "text/html,*/*;q=0.8", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "same-origin"}
STARTS = ["/auth/zendesk", "/api/zendesk/auth/start", "/api/integrations/zendesk/auth/start"]
BACK = "/auth/zendesk/callback"


@pytest.fixture
def stage() -> Stage:
    stage = build_stage(tickets=1, ZENDESK_ENCRYPTION_KEYS="k:x")
    stage.parts.caller = COOKIE
    return stage


def begin(http: FlaskClient, path: str = STARTS[0], **query: str) -> str:
    answer = http.get(path, headers=PAGE, query_string=query)
    assert answer.status_code == 302, answer.data
    return parse_qs(urlsplit(answer.headers["Location"]).query)["state"][0]


def come_back(http: FlaskClient, **query: str) -> TestResponse:
    return http.get(BACK, headers={**PAGE, "Sec-Fetch-Site": "cross-site"}, query_string=query)


@pytest.mark.parametrize("path", STARTS)
def test_a_browser_is_sent_to_zendesk(stage: Stage, path: str) -> None:
    answer = stage.http.get(path, headers=PAGE, query_string={"account": "globex"})
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("https://globex.zendesk.com/oauth/authorizations/new?")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "HttpOnly" in answer.headers["Set-Cookie"]


def test_there_and_back(stage: Stage) -> None:
    http = stage.app.test_client()
    answer = come_back(http, code=f"{CODE}Ann", state=begin(http))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/integrations/zendesk?success=true")
    assert stage.people.rows["default", "u-1", "acme"].name == "Ann"


def test_a_host_that_is_silent_about_the_user_on_the_way_back(stage: Stage) -> None:
    http = stage.app.test_client()
    state = begin(http)
    stage.parts.caller = None
    assert "success=true" in come_back(http, code=f"{CODE}Ann", state=state).headers["Location"]
    assert ("default", "u-1", "acme") in stage.people.rows


def test_a_program_gets_json_on_the_way_back(stage: Stage) -> None:
    http = stage.app.test_client()
    state = begin(http)
    told = data(http.get(BACK, query_string={"code": f"{CODE}Ann", "state": state}))
    assert told["user"]["name"] == "Ann"
    error = failure(http.get(BACK, query_string={"code": "x", "state": state}), 400, "VALIDATION_ERROR")
    assert error["details"] == {"reason": "state_used"}


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({"error": "access_denied", "error_description": "no\r\nthanks"}, "access_denied"),
        ({"error": "server_error"}, "provider_error"),
        ({}, "state_missing"),
        ({"state": "", "code": ""}, "state_missing"),
        ({"state": "never", "code": "x"}, "state_unknown"),
        ({"state": "x" * 10_000}, "validation_error"),
        ({"state": "never", "account": "a b"}, "validation_error"),
    ],
)
def test_a_refusal_ends_on_the_same_page(stage: Stage, query: dict[str, str], reason: str) -> None:
    answer = come_back(stage.http, **query)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/integrations/zendesk?error={reason}")


def test_refusals_that_need_a_sign_in(stage: Stage) -> None:
    http = stage.app.test_client()
    assert come_back(http, state=begin(http)).headers["Location"].endswith("?error=code_missing")
    assert come_back(http, state=begin(http), code="bad").headers["Location"].endswith("?error=code_refused")
    state = begin(http)
    assert come_back(stage.http, state=state, code=f"{CODE}Eve").headers["Location"].endswith("?error=other_browser")
    stage.clock.advance(601)
    assert come_back(http, state=state, code=f"{CODE}Ann").headers["Location"].endswith("?error=state_expired")
    state = begin(http)
    stage.parts.caller = replace(COOKIE, user_id="u-2")
    assert come_back(http, state=state, code=f"{CODE}Ann").headers["Location"].endswith("?error=other_user")
    assert stage.people.rows == {}


def test_a_fault_of_our_own_ends_there_too(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    http = stage.app.test_client()
    state = begin(http)
    stage.people.begun[state] = None  # type: ignore[assignment]  # what no code of ours expects
    stage.people.begun["broken"] = "x"  # type: ignore[assignment]
    answer = come_back(http, state="broken", code="x")
    assert answer.headers["Location"] == "/integrations/zendesk?error=internal_error"
    assert [record.getMessage().split()[0] for record in caplog.records] == ["zendesk.view_failed"]


@pytest.mark.parametrize(
    ("setting", "location"),
    [
        ("/zendesk/connection?tab=2", "/zendesk/connection?tab=2&success=true"),
        (
            "https://ui.atom.example/integrations/zendesk#top",
            "https://ui.atom.example/integrations/zendesk?success=true#top",
        ),
    ],
)
def test_the_settings_say_where_people_come_back_to(setting: str, location: str) -> None:
    stage = build_stage(tickets=1, ZENDESK_AFTER_CONNECT=setting)
    http = stage.app.test_client()
    state = begin(http)
    assert come_back(http, code=f"{CODE}Ann", state=state).headers["Location"] == location


def test_a_mounted_host_gets_its_own_path(stage: Stage) -> None:
    answer = stage.http.get(BACK, headers=PAGE, environ_overrides={"SCRIPT_NAME": "/atom"})
    assert answer.headers["Location"] == "/atom/integrations/zendesk?error=state_missing"


@pytest.mark.parametrize("path", STARTS)
def test_another_sites_link_is_asked_about_first(stage: Stage, path: str) -> None:
    answer = stage.http.get(f"{path}?account=globex", headers={**PAGE, "Sec-Fetch-Site": "cross-site"})
    text = answer.get_data(as_text=True)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert 'href="/auth/zendesk?account=globex"' in text
    assert stage.people.begun == {}
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("path", STARTS)
def test_another_sites_image_begins_nothing(stage: Stage, path: str) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Accept": "image/*"}
    failure(stage.http.get(path, headers=headers), 403, "FORBIDDEN")
    assert stage.people.begun == {}


@pytest.mark.parametrize("path", STARTS)
def test_nobody_in_particular_is_told_to_sign_in(stage: Stage, path: str) -> None:
    stage.parts.caller = None
    page = stage.http.get(path, headers=PAGE)
    assert (page.status_code, page.mimetype) == (401, "text/html")
    assert "Sign in to ATOM first" in page.get_data(as_text=True)
    failure(stage.get(path), 401, "AUTH_REQUIRED")


@pytest.mark.parametrize("path", STARTS)
def test_what_is_wrong_is_told_on_a_page(stage: Stage, path: str) -> None:
    assert stage.http.get(f"{path}?account=nope", headers=PAGE).status_code == 404
    stage.parts.connecting_fails = ConfigError("Run `atom-zendesk keys generate` & <set> it.")
    page = stage.http.get(path, headers=PAGE)
    assert page.status_code == 503
    assert "Run <code>atom-zendesk keys generate</code> &amp; &lt;set&gt; it." in page.get_data(as_text=True)


def test_the_cookie_is_kept_or_replaced(stage: Stage) -> None:
    http = stage.app.test_client()
    begin(http)
    cookie = http.get_cookie("atom_zendesk")
    assert cookie is not None
    begin(http)
    kept = http.get_cookie("atom_zendesk")
    assert kept is not None
    assert kept.value == cookie.value
    http.set_cookie("atom_zendesk", "tampered")
    begin(http)
    fresh = http.get_cookie("atom_zendesk")
    assert fresh is not None
    assert fresh.value not in ("tampered", cookie.value)


def test_behind_a_tls_proxy_the_cookie_is_secure() -> None:
    stage = build_stage(tickets=1, ZENDESK_REDIRECT_URI="https://atom.example/auth/zendesk/callback")
    given = stage.http.get("/auth/zendesk", headers=PAGE).headers["Set-Cookie"]
    assert given.startswith("__Host-atom_zendesk=")
    assert "Secure" in given
    assert "Domain" not in given


@pytest.mark.parametrize("path", [*STARTS, BACK])
def test_head_does_nothing(stage: Stage, path: str) -> None:
    http = stage.app.test_client()
    state = begin(http)
    before = len(stage.people.begun)
    for headers in ({}, PAGE):
        answer = http.head(path, headers=headers, query_string={"state": state, "code": f"{CODE}Ann"})
        assert (answer.status_code, answer.data) == (204, b"")
    assert len(stage.people.begun) == before
    assert stage.people.begun[state].used is False
