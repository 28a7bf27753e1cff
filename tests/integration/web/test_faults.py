"""When Zendesk fails: bounded, typed answers that say nothing of its text."""

from __future__ import annotations

import pytest

from atom_zendesk_plugin.simulator.faults import FaultKind, FaultRule
from tests.integration.web.staging import Stage, build_stage, data, failure

API = "/api/zendesk"


def spoil(stage: Stage, **rule: object) -> None:
    stage.simulator.faults.add(FaultRule(**rule))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "status", "code"),
    [
        ({"kind": FaultKind.STATUS, "status": 503, "body": "html"}, 502, "UPSTREAM_ERROR"),
        ({"kind": FaultKind.STATUS, "status": 503, "retry_after": 3600}, 502, "UPSTREAM_ERROR"),
        ({"kind": FaultKind.STATUS, "status": 500}, 502, "UPSTREAM_ERROR"),
        ({"kind": FaultKind.STATUS, "status": 429, "retry_after": 60}, 429, "RATE_LIMITED"),
        ({"kind": FaultKind.STATUS, "status": 429, "retry_after": "garbage"}, 429, "RATE_LIMITED"),
        ({"kind": FaultKind.STATUS, "status": 401}, 401, "ZENDESK_NOT_CONNECTED"),
        ({"kind": FaultKind.STATUS, "status": 403}, 403, "FORBIDDEN"),
        ({"kind": FaultKind.TRUNCATE}, 502, "UPSTREAM_ERROR"),
        ({"kind": FaultKind.HTML}, 502, "UPSTREAM_ERROR"),
        ({"kind": FaultKind.RESET_BEFORE}, 502, "UPSTREAM_ERROR"),
        ({"kind": FaultKind.LATENCY, "seconds": 600.0}, 502, "UPSTREAM_ERROR"),
    ],
)
def test_each_failure_has_its_answer_in_time(stage: Stage, rule: dict[str, object], status: int, code: str) -> None:
    spoil(stage, **rule)
    began = stage.clock.monotonic()
    answer = stage.get(f"{API}/tickets")
    error = failure(answer, status, code)
    took = stage.clock.monotonic() - began
    # The planned delay itself passes on the same clock; a real one would be cut by the read timeout.
    assert took <= 21 + float(str(rule.get("seconds", 0)))
    assert "<" not in error["message"]
    assert "trying again" not in answer.get_data(as_text=True)
    assert ("Retry-After" in answer.headers) >= (status == 429)


def test_retry_after_is_passed_on(stage: Stage) -> None:
    spoil(stage, kind=FaultKind.STATUS, status=429, retry_after=90)
    answer = stage.get(f"{API}/tickets")
    error = failure(answer, 429, "RATE_LIMITED")
    assert 80 <= int(answer.headers["Retry-After"]) <= 90
    assert error["details"]["retry_after"]


@pytest.mark.parametrize(
    "path", ["tickets", "users", "organizations", "groups", "views", "me", "analytics", "search/tickets?query=a"]
)
def test_every_read_survives_a_passing_fault(stage: Stage, path: str) -> None:
    spoil(stage, kind=FaultKind.STATUS, status=503, body="html", count=1)
    data(stage.get(f"{API}/{path}"))


def test_a_comment_whose_answer_was_lost_is_found_and_made_once(stage: Stage) -> None:
    made = stage.ticket()
    spoil(stage, kind=FaultKind.RESET_AFTER, method="PUT")
    data(stage.post(f"{API}/tickets/{made['id']}/comments", {"comment": "Once"}))
    stage.simulator.faults.clear()
    comments = data(stage.get(f"{API}/tickets/{made['id']}"))["ticket"]["comments"]
    assert [comment["body"] for comment in comments].count("Once") == 1


def test_a_missing_scope_is_named() -> None:
    stage = build_stage()
    admin = stage.simulator.desk.admin_id
    assert admin is not None
    token = stage.simulator.issue_token(admin, ["tickets:read"])
    narrow = build_stage(ZENDESK_ACCESS_TOKEN=token)
    narrow.simulator.tokens = stage.simulator.tokens
    error = failure(narrow.get(f"{API}/tickets"), 401, "ZENDESK_NOT_CONNECTED")
    assert token not in str(error)


def test_a_refused_token_is_not_connected() -> None:
    stage = build_stage(ZENDESK_ACCESS_TOKEN="not-a-token")
    for path in ("tickets", "me", "status"):
        failure(stage.get(f"{API}/{path}"), 401, "ZENDESK_NOT_CONNECTED")
