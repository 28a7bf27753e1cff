"""The API of ATOM's pages: everything a page reads is there, and nothing it cannot bear is null."""

from __future__ import annotations

import pytest

from tests.integration.web.staging import Stage, data, failure

UI = "/api/integrations/zendesk"
ME = {"user_id": "current"}


def test_tickets(stage: Stage) -> None:
    for answer in (
        stage.post(f"{UI}/tickets", {**ME, "limit": 100, "status": "", "priority": "all"}),
        stage.get(f"{UI}/tickets", limit=100),
    ):
        for ticket in data(answer)["tickets"]:
            assert ticket["url"].startswith("https://acme.zendesk.com/agent/tickets/")
            for name in (
                ticket["subject"],
                ticket["description"],
                ticket["requester"]["name"],
                ticket["via"]["channel"],
            ):
                assert isinstance(name, str)
            assert {"status", "priority", "type", "created_at"} <= set(ticket)


def test_tickets_by_status(stage: Stage) -> None:
    tickets = data(stage.post(f"{UI}/tickets", {**ME, "status": "pending"}))["tickets"]
    assert {ticket["status"] for ticket in tickets} == {"pending"}


def test_users_groups_views_organizations_profile(stage: Stage) -> None:
    for user in data(stage.post(f"{UI}/users", ME))["users"]:
        assert isinstance(user["name"], str)
        assert isinstance(user["email"], str)
        assert user["timezone"] == user["time_zone"]
    assert {"id", "name", "description", "created_at", "updated_at"} <= set(
        data(stage.post(f"{UI}/groups", ME))["groups"][0]
    )
    assert {"id", "title", "active"} <= set(data(stage.post(f"{UI}/views", ME))["views"][0])
    for organization in data(stage.post(f"{UI}/organizations", ME))["organizations"]:
        assert isinstance(organization["domain_names"], list)
        assert isinstance(organization["tags"], list)
    assert data(stage.post(f"{UI}/profile", ME))["profile"]["name"]


def test_create_a_ticket_from_a_form(stage: Stage) -> None:
    admin = data(stage.post(f"{UI}/profile", ME))["profile"]["id"]
    form = {
        "subject": "From a page", "description": "What happened", "priority": "", "type": "task", "status": "open",
        "requester_id": "", "assignee_id": str(admin), "group_id": None, "tags": ["web"], "due_at": "2026-05-01T08:00",
    }  # fmt: skip
    made = data(stage.post(f"{UI}/tickets/create", {**ME, "ticket": form}))["ticket"]
    assert (made["description"], made["priority"], made["assignee_id"]) == ("What happened", None, admin)
    assert made["due_at"] == "2026-05-01T08:00:00Z"


def test_a_due_date_left_over_from_a_task_is_dropped(stage: Stage) -> None:
    form = {"subject": "S", "description": "D", "type": "question", "due_at": "2026-05-01T08:00"}
    assert data(stage.post(f"{UI}/tickets/create", {**ME, "ticket": form}))["ticket"]["due_at"] is None


def test_create_users_and_organizations(stage: Stage) -> None:
    user = {"name": "Ann", "email": "ann@example.com", "phone": "", "role": "end-user", "organization_id": "",
            "verified": True, "suspended": False, "tags": []}  # fmt: skip
    assert data(stage.post(f"{UI}/users/create", {**ME, "user": user}))["user"]["verified"] is True
    organization = {"name": "Zebra", "domain_names": ["zebra.example", ""], "tags": ["x"], "shared_tickets": True,
                    "shared_comments": False, "notes": ""}  # fmt: skip
    made = data(stage.post(f"{UI}/organizations/create", {**ME, "organization": organization}))["organization"]
    assert (made["domain_names"], made["shared_tickets"]) == (["zebra.example"], True)


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("tickets/create", {}, "ticket"),
        ("tickets/create", {"ticket": {"subject": "x"}}, "ticket.description"),
        ("tickets/create", {"ticket": {"subject": "x", "description": "y", "color": 1}}, "ticket.color"),
        (
            "tickets/create",
            {"ticket": {"subject": "x", "description": "y", "requester_id": "me"}},
            "ticket.requester_id",
        ),
        ("tickets/create", {"ticket": {"subject": "x", "description": "y", "priority": "hot"}}, "priority"),
        ("tickets/create", {"ticket": {"subject": "x", "description": "y", "tags": [1]}}, "ticket.tags[0]"),
        ("users/create", {"user": {"name": "x"}}, "user.email"),
        ("organizations/create", {"organization": []}, "organization"),
    ],
)
def test_a_form_that_lacks_something(stage: Stage, path: str, body: dict[str, object], field: str) -> None:
    error = failure(stage.post(f"{UI}/{path}", {**ME, **body}), 400, "VALIDATION_ERROR")
    assert error["details"]["field"] == field
    assert error["message"]
