"""Steering over HTTP: time, faults, calls, limits, switches, automations."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from atom_zendesk_plugin.clock import ManualClock, SystemClock
from atom_zendesk_plugin.simulator import Simulator
from atom_zendesk_plugin.simulator.adapter import SimulatorAdapter

from .conftest import Bench


def test_time_can_be_read_and_moved(bench: Bench) -> None:
    assert bench.ask("GET", "/_simulator/clock").json() == {"now": "2026-03-02T10:00:00+00:00"}
    answer = bench.ask("POST", "/_simulator/clock", json={"advance": 90.5})
    assert answer.json() == {"now": "2026-03-02T10:01:30.500000+00:00"}
    assert bench.clock.now().second == 30


@pytest.mark.parametrize("told", [{}, {"advance": -1}, {"advance": "60"}, {"advance": True}, {"advance": 1e12}])
def test_time_moves_only_forward_by_a_number(bench: Bench, told: Any) -> None:
    assert bench.ask("POST", "/_simulator/clock", json=told).status_code == 422
    nan = bench.ask("POST", "/_simulator/clock", data='{"advance": NaN}', headers={"Content-Type": "application/json"})
    assert nan.status_code == 422
    assert bench.clock.monotonic() == 0


def test_a_clock_that_cannot_be_moved_says_so(bench: Bench) -> None:
    bench.desk.clock = SystemClock()
    assert bench.ask("POST", "/_simulator/clock", json={"advance": 1}).status_code == 409


def test_faults_can_be_listed_added_and_cleared(bench: Bench) -> None:
    assert (
        bench.ask("POST", "/_simulator/faults", json={"kind": "status", "status": 500, "count": 1}).status_code == 201
    )
    many = {"faults": [{"kind": "html"}, {"kind": "truncate"}]}
    assert bench.ask("POST", "/_simulator/faults", json=many).status_code == 201
    assert bench.ask("GET", "/api/v2/things").status_code == 500
    told = bench.ask("GET", "/_simulator/faults").json()["faults"]
    assert [(rule["kind"], rule["fired"]) for rule in told] == [("status", 1), ("html", 0), ("truncate", 0)]
    assert bench.ask("DELETE", "/_simulator/faults").status_code == 204
    assert bench.ask("GET", "/api/v2/things").json()["count"] == 250


@pytest.mark.parametrize("told", [{}, {"faults": []}, {"faults": 7}, {"faults": [{"kind": "html"}, {"kind": "x"}]}])
def test_bad_rules_are_refused_and_none_is_kept(bench: Bench, told: Any) -> None:
    assert bench.ask("POST", "/_simulator/faults", json=told).status_code == 422
    assert bench.faults.rules == ()


def test_calls_can_be_read_and_cleared_and_do_not_count_themselves(bench: Bench) -> None:
    bench.ask("GET", "/api/v2/things?page=2")
    told = bench.ask("GET", "/_simulator/calls").json()
    assert told["count"] == 1
    call = told["calls"][0]
    assert (call["method"], call["path"], call["query"], call["status"], call["actor"], call["at"]) == (
        "GET",
        "/api/v2/things",
        "page=2",
        200,
        11,
        "2026-03-02T10:00:00+00:00",
    )
    assert bench.ask("DELETE", "/_simulator/calls").status_code == 204
    assert bench.ask("GET", "/_simulator/calls").json()["calls"] == []


def test_limits_can_be_changed(bench: Bench) -> None:
    answer = bench.ask("PUT", "/_simulator/limits", json={"plan": "suite-team", "foreign": 0.25})
    assert answer.json() == {"plan": "suite-team", "foreign": 0.25}
    assert bench.ask("GET", "/api/v2/things").headers["x-rate-limit"] == "200"
    bench.ask("PUT", "/_simulator/limits", json={"plan": None})
    assert "x-rate-limit" not in bench.ask("GET", "/api/v2/things").headers
    assert bench.ask("GET", "/_simulator/limits").json() == {"plan": None, "foreign": 0.0}


@pytest.mark.parametrize("told", [{}, {"plan": "gold"}, {"plan": 7}, {"plan": None, "foreign": 2}])
def test_impossible_limits_are_refused(bench: Bench, told: Any) -> None:
    assert bench.ask("PUT", "/_simulator/limits", json=told).status_code == 422


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/_simulator", 404), ("PUT", "/_simulator/clock", 405)])
def test_other_control_addresses_are_refused(bench: Bench, method: str, path: str, status: int) -> None:
    assert bench.ask(method, path, anonymous=True).status_code == status


def test_switches_are_read_and_thrown(bench: Bench) -> None:
    told = {"private_attachments": False, "attachment_origin": None, "attachment_limit": 50 * 1024 * 1024}
    assert bench.ask("GET", "/_simulator/switches").json() == told
    changed = {"private_attachments": True, "attachment_origin": "https://files.example:8443"}
    assert bench.ask("PUT", "/_simulator/switches", json=changed).json() == {**told, **changed}
    assert bench.desk.switches.private_attachments


@pytest.mark.parametrize(
    "told",
    [
        {"lights": True},
        {"private_attachments": 1},
        {"attachment_origin": "files.example"},
        {"attachment_origin": "https://files.example/path"},
        {"attachment_limit": -1},
        {"attachment_limit": True},
        {"private_attachments": True, "attachment_limit": "x"},
    ],
)
def test_a_switch_that_cannot_be_thrown_changes_nothing(bench: Bench, told: Any) -> None:
    before = bench.ask("GET", "/_simulator/switches").json()
    assert bench.ask("PUT", "/_simulator/switches", json=told).status_code == 422
    assert bench.ask("GET", "/_simulator/switches").json() == before


def test_automations_run_and_webhook_calls_are_told() -> None:
    clock = ManualClock()
    simulator = Simulator(tickets=0, clock=clock)
    desk, head = simulator.desk, {"Authorization": f"Bearer {simulator.credentials.access_token}"}
    with requests.Session() as session:
        session.mount("https://", SimulatorAdapter(simulator.wsgi_app))

        def ask(method: str, path: str, body: Any = None) -> requests.Response:
            return session.request(method, f"https://acme.zendesk.com{path}", json=body, headers=head, timeout=(1, 1))

        action = {"field": "notification_webhook", "value": ["01HOOK", "{{ticket.id}} is {{ticket.status}}"]}
        asked = {"field": "status", "operator": "value", "value": "closed"}
        told = {"trigger": {"title": "Tell", "all": [asked], "actions": [action]}}
        assert ask("POST", "/api/v2/triggers", told).status_code == 201
        ticket = {"comment": {"body": "x"}, "status": "solved", "assignee_id": desk.admin_id}
        assert ask("POST", "/api/v2/tickets", {"ticket": ticket}).status_code == 201
        assert ask("POST", "/_simulator/automations/run").json() == {"changed": 0}
        clock.advance(97 * 3600)
        assert ask("POST", "/_simulator/automations/run").json() == {"changed": 1}
        calls = ask("GET", "/_simulator/webhook_calls").json()
        assert [(row["webhook_id"], row["body"]) for row in calls["webhook_calls"]] == [("01HOOK", "1 is closed")]
        assert ask("DELETE", "/_simulator/webhook_calls").status_code == 204
        assert ask("GET", "/_simulator/webhook_calls").json()["count"] == 0
