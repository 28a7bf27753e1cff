"""What the real service was recorded to answer comes out of the host's routes in ATOM's envelope."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import flask
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.extension import build_extension
from atom_zendesk_plugin.plugin import register
from tests.recordings import ByPath, Exchange, exchanges

KEY = "a key that is long enough for HS256, made up for tests"
PATHS = {
    "/api/v2/tickets/1": "zendesk_api_client_rb.jsonl",
    "/api/v2/tickets/1/comments": "nango.jsonl",
    "/api/v2/tickets": "nango.jsonl",
    "/api/v2/ticket_fields": "nango.jsonl",
    "/api/v2/users": "nango.jsonl",
    "/api/v2/organizations": "nango.jsonl",
    "/api/v2/search": "nango.jsonl",
    "/api/v2/groups": "nango.jsonl",
    "/api/v2/views": "zenpy.jsonl",
}
Get = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="module")
def recorded() -> dict[str, Exchange]:
    found: dict[str, Exchange] = {}
    for exchange in exchanges():
        path = exchange.path.partition("?")[0].removesuffix(".json")
        if exchange.method == "GET" and exchange.status == 200 and PATHS.get(path) == exchange.file:
            found.setdefault(path, exchange)
    assert set(found) == set(PATHS)
    return found


@pytest.fixture
def get(recorded: dict[str, Exchange], tmp_path: Path) -> Get:
    app = flask.Flask("host", instance_path=str(tmp_path))
    app.config.update(
        ZENDESK_SUBDOMAIN="example", ZENDESK_ACCESS_TOKEN="t", ZENDESK_IDENTITY="jwt", JWT_SECRET=KEY
    )
    clock = ManualClock()
    build_extension(app, clock=clock, adapter=ByPath(recorded))
    assert register(app)
    claims = {"sub": "u-1", "roles": ["admin"], "exp": int(clock.now().timestamp()) + 600}
    token = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(KEY))

    def ask(path: str) -> dict[str, Any]:
        answer = app.test_client().get(path, headers={"Authorization": f"Bearer {token}"})
        body = answer.get_json()
        assert answer.status_code == 200, body
        assert body["ok"] is True
        assert body["success"] is True
        assert body["service"] == "zendesk"
        data = body["data"]
        assert isinstance(data, dict)
        return data

    return ask


def ids(rows: list[dict[str, Any]]) -> list[int]:
    return [row["id"] for row in rows]


def test_a_ticket_with_its_comments(get: Get, recorded: dict[str, Exchange]) -> None:
    ticket = get("/api/zendesk/tickets/1")["ticket"]
    sent = recorded["/api/v2/tickets/1"].body["ticket"]
    assert (ticket["id"], ticket["subject"], ticket["status"]) == (1, sent["subject"], sent["status"])
    assert ticket["url"] == "https://example.zendesk.com/agent/tickets/1"
    said = recorded["/api/v2/tickets/1/comments"].body["comments"]
    assert ids(ticket["comments"]) == ids(said)
    assert [row["public"] for row in ticket["comments"]] == [row["public"] for row in said]


def test_fields_and_statuses_have_their_names_once_they_are_known(get: Get, recorded: dict[str, Exchange]) -> None:
    get("/api/zendesk/tickets/1")
    rows = recorded["/api/v2/ticket_fields"].body["ticket_fields"]
    titles = {row["id"]: row["title"] for row in rows}
    labels = {one["id"]: one["agent_label"] for row in rows for one in row.get("custom_statuses") or []}
    sent = recorded["/api/v2/tickets"].body["tickets"]
    shown = get("/api/zendesk/tickets?limit=100")["tickets"]
    assert labels
    assert any(ticket["custom_fields"] for ticket in shown)
    for ticket, raw in zip(shown, sent[:100], strict=True):
        assert [(field["id"], field["title"]) for field in ticket["custom_fields"]] == [
            (field["id"], titles.get(field["id"])) for field in raw["custom_fields"]
        ]
        assert (ticket["custom_status"] or {}).get("label") == labels.get(raw["custom_status_id"])


@pytest.mark.parametrize(
    ("route", "path", "key"),
    [
        ("/api/zendesk/tickets?limit=100", "/api/v2/tickets", "tickets"),
        ("/api/zendesk/users?limit=100", "/api/v2/users", "users"),
        ("/api/zendesk/organizations?limit=100", "/api/v2/organizations", "organizations"),
        ("/api/zendesk/groups?limit=100", "/api/v2/groups", "groups"),
        ("/api/zendesk/views?limit=100", "/api/v2/views", "views"),
    ],
)
def test_a_list(get: Get, recorded: dict[str, Exchange], route: str, path: str, key: str) -> None:
    sent = recorded[path].body[key]
    assert sent
    assert ids(get(route)[key]) == ids(sent)[:100]


def test_a_search(get: Get, recorded: dict[str, Exchange]) -> None:
    sent = recorded["/api/v2/search"].body
    data = get("/api/zendesk/search/tickets?query=anything&limit=100")
    assert ids(data["tickets"]) == ids(sent["results"])
    assert data["count"] == sent["count"]
