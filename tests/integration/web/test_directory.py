"""Users, organizations, groups, views, who I am, counts and status through the routes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.integration.web.staging import Stage, data, failure

API = "/api/zendesk"
UNKNOWN = 9_007_199_254_740_991


@pytest.mark.parametrize("kind", ["users", "organizations", "groups", "views"])
def test_lists_are_followed_to_their_end(stage: Stage, kind: str) -> None:
    seen: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        page = data(stage.get(f"{API}/{kind}", limit=2, cursor=cursor))
        assert page["count"] == len(page[kind]) <= 2
        seen += [row["id"] for row in page[kind]]
        cursor = page["cursor"]
    assert len(seen) == len(set(seen)) > 2


def test_users_by_role_with_their_organization(stage: Stage) -> None:
    users = data(stage.get(f"{API}/users", role="end-user", limit=100))["users"]
    assert {user["role"] for user in users} == {"end-user"}
    assert any(user["organization"] for user in users)
    assert all(user["organization"]["name"] for user in users if user["organization"])
    assert failure(stage.get(f"{API}/users", role="boss"), 400, "VALIDATION_ERROR")["details"]["field"] == "role"


def test_a_user_from_birth_to_death(stage: Stage) -> None:
    made = data(
        stage.post(f"{API}/users", {"name": "Ann", "email": "Ann@Example.com", "tags": ["vip"], "verified": True})
    )["user"]
    path = f"{API}/users/{made['id']}"
    assert (made["email"], made["role"], made["tags"]) == ("ann@example.com", "end-user", ["vip"])
    assert data(stage.put(path, {"phone": "+1 555 0100"}))["user"]["tags"] == ["vip"]
    assert data(stage.put(path, {"phone": None, "tags": None}))["user"]["phone"] is None
    assert data(stage.get(path))["user"]["name"] == "Ann"
    assert data(stage.http.delete(path)) == {"id": made["id"], "deleted": True}


def test_a_taken_address_names_the_field(stage: Stage) -> None:
    stage.post(f"{API}/users", {"name": "Ann", "email": "ann@example.com"})
    error = failure(stage.post(f"{API}/users", {"name": "Ann", "email": "ann@example.com"}), 400, "VALIDATION_ERROR")
    assert error["details"]["fields"]["email"] == ["DuplicateValue"]


def test_an_organization_from_birth_to_death(stage: Stage) -> None:
    made = data(stage.post(f"{API}/organizations", {"name": "Zebra Ltd", "domain_names": ["Zebra.example"]}))[
        "organization"
    ]
    path = f"{API}/organizations/{made['id']}"
    assert made["domain_names"] == ["zebra.example"]
    assert data(stage.put(path, {"notes": "Pays late."}))["organization"]["domain_names"] == ["zebra.example"]
    assert data(stage.put(path, {"domain_names": None}))["organization"]["domain_names"] == []
    assert data(stage.get(path))["organization"]["notes"] == "Pays late."
    failure(stage.post(f"{API}/organizations", {"name": "Zebra Ltd"}), 400, "VALIDATION_ERROR")
    assert data(stage.http.delete(path))["deleted"] is True
    failure(stage.get(path), 404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("users", {"name": "A", "email": "nobody"}, "email"),
        ("users", {"name": " "}, "name"),
        ("users", {"name": "A\nB"}, "name"),
        ("users", {"name": "A", "role": "boss"}, "role"),
        ("users", {"email": "a@example.com"}, "name"),
        ("users", {"name": "A", "admin": True}, "admin"),
        ("organizations", {"name": "A", "domain_names": ["no domain"]}, "domain_names"),
        ("organizations", {"name": "A", "domain_names": "a.example"}, "domain_names"),
    ],
)
def test_a_record_that_cannot_be_made(stage: Stage, path: str, body: dict[str, object], field: str) -> None:
    assert failure(stage.post(f"{API}/{path}", body), 400, "VALIDATION_ERROR")["details"]["field"] == field


@pytest.mark.parametrize("kind", ["users", "organizations"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_an_unknown_record(stage: Stage, kind: str, method: str) -> None:
    body = {"name": "New"} if method == "PUT" else None
    failure(stage.http.open(f"{API}/{kind}/{UNKNOWN}", method=method, json=body), 404, "NOT_FOUND")


@pytest.mark.parametrize("kind", ["users", "organizations"])
def test_an_empty_change(stage: Stage, kind: str) -> None:
    record = data(stage.get(f"{API}/{kind}", limit=1))[kind][0]
    failure(stage.put(f"{API}/{kind}/{record['id']}", {}), 400, "VALIDATION_ERROR")
    failure(stage.put(f"{API}/{kind}/{record['id']}", {"name": None}), 400, "VALIDATION_ERROR")


@pytest.mark.parametrize("path", ["analytics", "analytics/tickets"])
def test_counts_agree_with_the_tickets(stage: Stage, path: str) -> None:
    today = stage.clock.now().date()
    start = today - timedelta(days=100)
    metrics = data(stage.get(f"{API}/{path}", start_date=start, end_date=today))["metrics"]
    tickets = list(stage.simulator.desk.tickets.values())
    assert metrics["created"] == sum(ticket.created_at.date() >= start for ticket in tickets) > 0
    unsolved = [ticket for ticket in tickets if ticket.status not in ("solved", "closed")]
    backlog = metrics["backlog"]
    assert (
        backlog["total"] == len(unsolved) == sum(backlog["by_status"].values()) == sum(backlog["by_priority"].values())
    )
    assert backlog["by_priority"]["none"] == sum(ticket.priority is None for ticket in unsolved)
    assert metrics["range"] == {"start_date": str(start), "end_date": str(today), "time_zone": "UTC"}
    assert (metrics["source"], metrics["may_lag"]) == ("zendesk_search", True)


def test_a_ticket_made_and_solved_today_is_counted_today(stage: Stage) -> None:
    today = stage.clock.now().date()
    before = data(stage.get(f"{API}/analytics", start_date=today, end_date=today))["metrics"]
    admin = data(stage.get(f"{API}/me"))["user"]["id"]
    made = stage.ticket(assignee_id=admin)
    stage.put(f"{API}/tickets/{made['id']}", {"status": "solved"})
    after = data(stage.get(f"{API}/analytics", start_date=today, end_date=today))["metrics"]
    assert (after["created"], after["solved"]) == (before["created"] + 1, before["solved"] + 1)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"start_date": "2026-02-30"}, "start_date"),
        ({"start_date": "20260201"}, "start_date"),
        ({"end_date": "tomorrow"}, "end_date"),
        ({"end_date": "2026-W05-6"}, "end_date"),
        ({"start_date": "2026-02-02", "end_date": "2026-02-01"}, "start_date"),
        ({"start_date": "2024-01-01", "end_date": "2026-01-01"}, "start_date"),
        ({"start_date": "9999-12-31", "end_date": "9999-12-31"}, "end_date"),
        ({"start_date": "0001-01-01"}, "start_date"),
        ({"start_date": "\uff12026-01-01"}, "start_date"),
    ],
)
def test_days_that_are_none(stage: Stage, query: dict[str, str], field: str) -> None:
    assert failure(stage.get(f"{API}/analytics", **query), 400, "VALIDATION_ERROR")["details"]["field"] == field


@pytest.mark.parametrize("path", [f"{API}/status", "/api/integrations/zendesk/health"])
def test_status_is_what_zendesk_says(stage: Stage, path: str) -> None:
    found = data(stage.get(path))
    assert (found["connected"], found["status"], found["account_url"]) == (
        True,
        "connected",
        "https://acme.zendesk.com",
    )
    stage.parts.caller = None
    failure(stage.get(path), 401, "AUTH_REQUIRED")


@pytest.mark.parametrize(("status", "answer"), [("healthy", 200), ("degraded", 200), ("unhealthy", 503)])
@pytest.mark.parametrize("path", [f"{API}/health", "/api/services/zendesk/health"])
def test_health_is_for_everybody(stage: Stage, path: str, status: str, answer: int) -> None:
    stage.parts.caller = None
    stage.parts.report = {"ok": status != "unhealthy", "status": status, "message": "", "checks": {}}
    got = stage.get(path)
    assert got.status_code == answer
    assert got.json == dict(stage.parts.report)
