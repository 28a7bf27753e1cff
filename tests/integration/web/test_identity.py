"""Who may ask: no identity, somebody else's name, another site's form; on every operation."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import quote

import msgspec
import pytest

from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.web.operations import AnyOperation
from atom_zendesk_plugin.web.routes import connecting, every_operation, tools, writes
from tests.integration.web.staging import ADMIN, Stage, data, failure

IDENTIFIED = [operation for operation in every_operation() if operation.identified]
CONNECTING = [operation for operation in IDENTIFIED if operation.tag == connecting.TAG]
DESK = [operation for operation in IDENTIFIED if operation.tag not in (connecting.TAG, writes.TAG, tools.TAG)]
WRITES = [operation for operation in IDENTIFIED if operation.method != "GET"]
COOKIE = replace(ADMIN, via="cookie")


def path_of(operation: AnyOperation) -> str:
    return re.sub(r"\{\w+\}", "7", operation.path)


def query_of(operation: AnyOperation, more: str = "") -> str:
    """Return a query string with all that the operation needs."""
    needed = [field.name for field in msgspec.structs.fields(operation.query) if field.required]
    return "&".join([*(f"{name}=7" for name in needed), *([more] if more else [])])


def name_of(operation: AnyOperation) -> str:
    return operation.name


@pytest.mark.parametrize("operation", IDENTIFIED, ids=name_of)
def test_nobody_gets_in_without_an_identity(shared: Stage, operation: AnyOperation) -> None:
    shared.parts.caller = None
    shared.simulator.calls.clear()
    answer = shared.http.open(f"{path_of(operation)}?user_id=u-1", method=operation.method, json={"user_id": "u-1"})
    failure(answer, 401, "AUTH_REQUIRED")
    assert shared.calls() == []


@pytest.mark.parametrize("operation", DESK, ids=name_of)
def test_a_user_without_the_role_is_not_connected(shared: Stage, operation: AnyOperation) -> None:
    shared.parts.caller = Caller(user_id="u-9", via="bearer")
    shared.simulator.calls.clear()
    answer = shared.http.open(
        path_of(operation), method=operation.method, json=dict(operation.example or {}), query_string=query_of(operation)
    )
    failure(answer, 401, "ZENDESK_NOT_CONNECTED")
    assert shared.calls() == []


@pytest.mark.parametrize("operation", IDENTIFIED, ids=name_of)
def test_a_user_id_in_the_query_never_decides(shared: Stage, operation: AnyOperation) -> None:
    answer = shared.http.open(
        path_of(operation),
        method=operation.method,
        json=dict(operation.example or {}),
        query_string=query_of(operation, "user_id=u-1&user_id=u-2"),
    )
    failure(answer, 403, "FORBIDDEN")


@pytest.mark.parametrize("operation", WRITES, ids=name_of)
def test_a_user_id_in_the_body_never_decides(shared: Stage, operation: AnyOperation) -> None:
    body = {**(operation.example or {}), "user_id": "u-2"}
    answer = shared.http.open(path_of(operation), method=operation.method, json=body, query_string=query_of(operation))
    failure(answer, 403, "FORBIDDEN")


@pytest.mark.parametrize("claim", ["u-1", "current", "", None])
def test_a_user_id_may_confirm(stage: Stage, claim: str | None) -> None:
    data(stage.post("/api/integrations/zendesk/profile", {"user_id": claim}))


@pytest.mark.parametrize("operation", DESK, ids=name_of)
def test_every_operation_works_on_the_account_it_names(shared: Stage, operation: AnyOperation) -> None:
    body = dict(operation.example or {})
    named = (("globex", 404, "NOT_FOUND"), ("a b", 400, "VALIDATION_ERROR"), ("acme\r\nX: y", 400, "VALIDATION_ERROR"))
    for name, status, code in named:
        query = query_of(operation, f"account={quote(name)}")
        answer = shared.http.open(path_of(operation), method=operation.method, json=body, query_string=query)
        failure(answer, status, code)


def test_the_account_may_be_left_out_or_empty(stage: Stage) -> None:
    for account in ("", "acme", "ACME"):
        assert data(stage.get("/api/zendesk/status", account=account))["own"] is False
        assert data(stage.get("/api/integrations/zendesk/health", account=account))["connected"] is True


def test_a_user_id_may_be_a_number(stage: Stage) -> None:
    stage.parts.caller = replace(ADMIN, user_id="42")
    data(stage.post("/api/integrations/zendesk/profile", {"user_id": 42}))
    data(stage.get("/api/zendesk/me", user_id=42))


@pytest.mark.parametrize("operation", WRITES, ids=name_of)
def test_a_cookie_alone_changes_nothing(shared: Stage, operation: AnyOperation) -> None:
    shared.parts.caller = COOKIE
    shared.simulator.calls.clear()
    body = dict(operation.example or {})
    failure(shared.http.open(path_of(operation), method=operation.method, json=body), 403, "FORBIDDEN")
    assert shared.calls() == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:8080"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://[::1"},
        {"Origin": "http://evil@localhost:99999"},
        {"Referer": "http://localhost/zendesk/"},
    ],
)
def test_other_sites_are_refused(stage: Stage, headers: dict[str, str]) -> None:
    stage.parts.caller = COOKIE
    answer = stage.http.post("/api/integrations/zendesk/profile", json={}, headers=headers)
    failure(answer, 403, "FORBIDDEN")


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin"},
        {"Origin": "http://localhost"},
        {"Origin": "https://localhost"},
        {"Origin": "http://localhost:80"},
    ],
)
def test_the_own_site_is_let_in(stage: Stage, headers: dict[str, str]) -> None:
    stage.parts.caller = COOKIE
    data(stage.http.post("/api/integrations/zendesk/profile", json={}, headers=headers))


def test_a_form_from_the_own_site_is_still_no_json(stage: Stage) -> None:
    stage.parts.caller = COOKIE
    for sent in ({"data": {"user_id": "current"}}, {"data": "{}", "content_type": "text/plain"}, {}):
        answer = stage.http.post("/api/integrations/zendesk/profile", headers={"Sec-Fetch-Site": "same-origin"}, **sent)
        failure(answer, 403, "FORBIDDEN")


def test_reading_with_a_cookie_needs_no_origin(stage: Stage) -> None:
    stage.parts.caller = COOKIE
    data(stage.get("/api/zendesk/tickets"))
    assert stage.http.head("/api/zendesk/tickets").status_code == 200


def test_without_configuration_everything_says_so(stage: Stage) -> None:
    stage.parts.client = None
    for operation in DESK:
        body = dict(operation.example or {})
        answer = stage.http.open(path_of(operation), method=operation.method, json=body, query_string=query_of(operation))
        failure(answer, 503, "CONFIG_ERROR")
