"""Planned faults: what the client sees, what was done, and that a seed repeats them."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from atom_zendesk_plugin.simulator.faults import BadFault, FaultKind, FaultPlan, FaultRule, parse_rules

from .conftest import Bench


def plan(bench: Bench, **told: Any) -> None:
    bench.faults.add(FaultRule.from_json(told))


@pytest.mark.parametrize(
    ("told", "header"),
    [
        ({"retry_after": 7}, "7"),
        ({"retry_after": "date"}, "Mon, 02 Mar 2026 10:00:10 GMT"),
        ({"retry_after": "soon, please"}, "soon, please"),
        ({}, None),
        ({"retry_after": None}, None),
    ],
)
def test_a_429_may_say_when_to_come_back_in_many_ways(bench: Bench, told: dict[str, Any], header: str | None) -> None:
    plan(bench, kind="status", status=429, **told)
    answer = bench.ask("GET", "/api/v2/things")
    assert (answer.status_code, answer.headers.get("Retry-After")) == (429, header)
    assert answer.json()["error"] == "APIRateLimitExceeded"


@pytest.mark.parametrize("status", [502, 503, 504])
def test_the_edge_speaks_html(bench: Bench, status: int) -> None:
    plan(bench, kind="status", status=status, retry_after=30)
    answer = bench.ask("GET", "/api/v2/things")
    assert (answer.status_code, answer.headers["Retry-After"]) == (status, "30")
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "<html" in answer.text


@pytest.mark.parametrize(
    ("body", "kind"), [("json", "application/json"), ("text", "text/plain"), ("html", "text/html")]
)
def test_the_body_of_an_error_can_be_chosen(bench: Bench, body: str, kind: str) -> None:
    plan(bench, kind="status", status=500, body=body)
    assert bench.ask("GET", "/api/v2/things").headers["Content-Type"].startswith(kind)


def test_a_status_fault_stands_before_the_write(bench: Bench) -> None:
    plan(bench, kind="status", status=503)
    bench.ask("POST", "/api/v2/things", json={})
    assert len(bench.things) == 250


@pytest.mark.parametrize(("kind", "done"), [("reset-before", 0), ("reset-after", 1)])
def test_a_reset_comes_before_or_after_the_write(bench: Bench, kind: str, done: int) -> None:
    plan(bench, kind=kind, method="POST", count=1)
    with pytest.raises(requests.ConnectionError):
        bench.ask("POST", "/api/v2/things", json={})
    assert len(bench.things) == 250 + done
    assert bench.ask("POST", "/api/v2/things", json={}).status_code == 201
    assert [(call.status, call.fault) for call in bench.calls] == [(None, kind), (201, None)]


def test_truncated_json_keeps_its_status(bench: Bench) -> None:
    plan(bench, kind="truncate")
    answer = bench.ask("GET", "/api/v2/things")
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        json.loads(answer.content)


def test_an_edge_page_may_come_with_200(bench: Bench) -> None:
    plan(bench, kind="html")
    answer = bench.ask("GET", "/api/v2/things")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")


def test_a_wrong_length_breaks_the_read(bench: Bench) -> None:
    plan(bench, kind="wrong-length", count=1)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        bench.ask("GET", "/api/v2/things")


def test_latency_passes_on_the_desks_clock(bench: Bench) -> None:
    plan(bench, kind="latency", seconds=2)
    before = bench.clock.monotonic()
    assert bench.ask("GET", "/api/v2/things").status_code == 200
    assert bench.clock.monotonic() - before == 2


def test_latency_goes_together_with_another_fault(bench: Bench) -> None:
    plan(bench, kind="latency", seconds=2)
    plan(bench, kind="status", status=500)
    plan(bench, kind="status", status=502)
    before = bench.clock.monotonic()
    assert bench.ask("GET", "/api/v2/things").status_code == 500
    assert bench.clock.monotonic() - before == 2
    assert bench.faults.fired == 2


def test_rules_choose_by_path_and_method_and_count(bench: Bench) -> None:
    plan(bench, kind="status", status=500, path="/api/v2/things/*", method="GET", skip=1, count=2)
    statuses = [bench.ask("GET", "/api/v2/things/7.json").status_code for _ in range(5)]
    assert statuses == [200, 500, 500, 200, 200]
    assert bench.ask("PUT", "/api/v2/things/7", json={}).status_code == 200
    assert bench.ask("GET", "/api/v2/things").status_code == 200


def test_a_seed_repeats_its_faults() -> None:
    rule = FaultRule(kind=FaultKind.STATUS, probability=0.3)

    def fired(seed: int) -> list[bool]:
        chosen = FaultPlan([rule], seed=seed)
        return [bool(chosen.pick("GET", "/x")) for _ in range(200)]

    assert fired(1) == fired(1) != fired(2)
    assert 30 < sum(fired(1)) < 90


def test_control_calls_are_never_spoilt(bench: Bench) -> None:
    plan(bench, kind="reset-before")
    assert bench.ask("GET", "/_simulator/clock").status_code == 200


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (7, "must be an object"),
        ({}, "kind must be one of status, latency"),
        ({"kind": "flood"}, "kind must be one of"),
        ({"kind": 3}, "kind must be"),
        ({"kind": "status", "stauts": 500}, "unknown key 'stauts'"),
        ({"kind": "status", "status": "500"}, "status must be int"),
        ({"kind": "status", "status": 200}, "between 400 and 599"),
        ({"kind": "status", "probability": 1.5}, "between 0 and 1"),
        ({"kind": "status", "probability": True}, "probability must be float"),
        ({"kind": "status", "count": 0}, "count must be"),
        ({"kind": "status", "skip": -1}, "skip must be"),
        ({"kind": "latency", "seconds": -1}, "seconds must lie"),
        ({"kind": "status", "retry_after": "a\r\nb"}, "retry_after must be"),
        ({"kind": "status", "retry_after": [1]}, "retry_after must be"),
        ({"kind": "status", "body": "yaml"}, "body must be one of"),
        ({"kind": "status", "body": 1}, "body must be"),
        ({"kind": "status", "method": 1}, "method must be"),
    ],
)
def test_a_bad_rule_is_refused_with_the_reason(told: Any, says: str) -> None:
    with pytest.raises(BadFault, match=says):
        FaultRule.from_json(told)


def test_rules_are_read_from_json_text() -> None:
    assert parse_rules('{"kind": "html"}') == (FaultRule(kind=FaultKind.HTML),)
    assert parse_rules('[{"kind": "latency", "seconds": 0.5}, {"kind": "truncate"}]')[0].seconds == 0.5
    for text in ("", "[", '{"kind": "latency", "seconds": Infinity}', '{"kind": "status", "probability": NaN}'):
        with pytest.raises(BadFault):
            parse_rules(text)
