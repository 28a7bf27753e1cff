"""The pages without a browser: complete HTML, strict policy, nothing from elsewhere, no values of settings."""

from __future__ import annotations

import re
from typing import Any

import pytest

from atom_zendesk_plugin.web.routes import CORE, HIDING
from tests.integration.web.staging import Stage, build_app, build_stage

SECRET = "s3cr3t-value-of-a-setting"


@pytest.fixture
def unset() -> Stage:
    stage = build_stage(
        ZENDESK_SUBDOMAIN="", ZENDESK_ACCESS_TOKEN="", ZENDESK_CLIENT_SECRET=SECRET, ZENDESK_IDENTITY="nonsense"
    )
    stage.parts.report = {
        "ok": True, "status": "degraded", "message": "Not <configured>.",
        "checks": {"zendesk_api": {"status": "degraded", "message": "No account is set."}, "odd": "text"},
    }  # fmt: skip
    return stage


@pytest.mark.parametrize("path", ["/zendesk/", "/zendesk/docs", "/zendesk/connection"])
def test_a_page_is_html_under_a_strict_policy(stage: Stage, path: str) -> None:
    answer = stage.get(path)
    text = answer.get_data(as_text=True)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", text), "inline code would be blocked"
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", text)


def test_every_asset_of_a_page_is_served(stage: Stage) -> None:
    for page in ("/zendesk/", "/zendesk/docs", "/zendesk/connection"):
        for path in re.findall(r'(?:src|href)="([^"#]+)"', stage.get(page).get_data(as_text=True)):
            if path.startswith("/auth/zendesk"):
                continue  # the way out, which other tests go
            with stage.get(path) as answer:
                assert answer.status_code == 200, path
                assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_set_up_page_tells_what_is_wrong_and_what_to_do(unset: Stage) -> None:
    text = unset.get("/zendesk/").get_data(as_text=True)
    assert "ZENDESK_SUBDOMAIN: not set" in text
    assert "ZENDESK_IDENTITY: must be one of" in text
    assert "No account is set." in text
    assert "Not &lt;configured&gt;." in text
    assert "Install offapi." in text
    assert "atom-zendesk keys generate" in text
    assert "ZENDESK_REDIRECT_URI=http://localhost:5058/auth/zendesk/callback" in text


def test_no_value_of_a_setting_is_shown(unset: Stage) -> None:
    assert SECRET not in unset.get("/zendesk/").get_data(as_text=True)
    configured = build_stage()
    assert configured.parts.settings.access_token is not None
    assert configured.parts.settings.access_token not in configured.get("/zendesk/").get_data(as_text=True)


def test_a_configured_page_does_not_explain_the_set_up(stage: Stage) -> None:
    text = stage.get("/zendesk/").get_data(as_text=True)
    assert "The shortest way" not in text
    assert "What to do" not in text


def test_every_page_leads_to_the_connection(stage: Stage) -> None:
    for page in ("/zendesk/", "/zendesk/docs", "/zendesk/connection"):
        assert 'href="/zendesk/connection"' in stage.get(page).get_data(as_text=True), page


def test_only_two_files_of_the_package_are_served(stage: Stage) -> None:
    for name in ("__init__.py", "redoc.js", "url.json", "..%2Foffapi%2Furl.json", "templates.py"):
        assert stage.get(f"/zendesk/docs/assets/{name}").status_code == 404
    for name in ("..%2Fpages.py", "%2e%2e/pages.py", "nope.css"):
        assert stage.get(f"/zendesk/static/{name}").status_code == 404


def test_pages_know_the_path_they_are_mounted_at(stage: Stage) -> None:
    text = stage.http.get("/zendesk/", environ_overrides={"SCRIPT_NAME": "/atom"}).get_data(as_text=True)
    assert 'href="/atom/zendesk/docs"' in text
    document = stage.http.get("/api/zendesk/openapi.json", environ_overrides={"SCRIPT_NAME": "/atom"}).json
    assert document is not None
    assert document["servers"] == [{"url": "/atom"}]


def test_a_host_that_spoils_its_blueprints(stage: Stage) -> None:
    app = build_app(stage.parts)
    spoilt: Any = dict.fromkeys(app.blueprints, True)  # as one of ATOM's entry files does
    app.blueprints = spoilt
    http = app.test_client()
    for path in ("/zendesk/", "/zendesk/docs", "/zendesk/connection", "/api/zendesk/tickets", "/api/zendesk/openapi.json"):
        assert http.get(path).status_code == 200, path
    assert http.get("/api/zendesk/nope").status_code == 404


def test_two_apps_in_one_process(stage: Stage) -> None:
    other = build_stage(tickets=5)
    assert stage.get("/api/zendesk/openapi.json").json == other.get("/api/zendesk/openapi.json").json
    other.parts.caller = None
    assert other.get("/api/zendesk/tickets").status_code == 401
    assert stage.get("/api/zendesk/tickets").status_code == 200


def test_the_blueprints_are_named_and_paths_are_whole(stage: Stage) -> None:
    assert {name for name in stage.app.blueprints if name.startswith("atom_zendesk")} == set(stage.app.blueprints)
    rules = {(rule.rule, method) for rule in stage.app.url_map.iter_rules() for method in rule.methods or ()}
    for operation in CORE:
        if operation.path not in HIDING:
            assert (operation.path.replace("{", "<").replace("}", ">"), operation.method) in rules
    assert ("/api/zendesk/<path:path>", "GET") in rules
