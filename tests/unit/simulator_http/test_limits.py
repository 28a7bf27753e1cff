"""Plan and endpoint limits: headers, refusals, windows, other traffic."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests

from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.simulator.limits import BUCKETS, PLANS, Limits, UnknownPlan

from .conftest import AGENT, Bench

Ask = Callable[..., requests.Response]


def test_without_a_plan_there_are_no_limits_and_no_headers(ask: Ask) -> None:
    assert not [name for name in ask("GET", "/api/v2/things").headers if "rate" in name.lower()]


def test_headers_count_down_and_tell_when_the_minute_ends(bench: Bench) -> None:
    bench.limits.configure(plan="suite-team")
    bench.clock.advance(17)
    bench.ask("GET", "/api/v2/things")
    headers = bench.ask("GET", "/api/v2/things").headers
    told = {name: headers[name] for name in ("x-rate-limit", "x-rate-limit-remaining", "ratelimit-limit")}
    assert told == {"x-rate-limit": "200", "x-rate-limit-remaining": "198", "ratelimit-limit": "200"}
    assert (headers["ratelimit-remaining"], headers["ratelimit-reset"]) == ("198", "43")


def test_past_the_limit_is_429_until_the_minute_ends(bench: Bench) -> None:
    bench.limits.configure(plan="support-essential")
    bench.clock.advance(50)
    assert [bench.ask("GET", "/api/v2/things").status_code for _ in range(11)] == [200] * 10 + [429]
    answer = bench.ask("GET", "/api/v2/things")
    assert answer.json()["error"] == "APIRateLimitExceeded"
    assert (answer.headers["Retry-After"], answer.headers["x-rate-limit-remaining"]) == ("10", "0")
    bench.clock.advance(9.5)
    assert bench.ask("GET", "/api/v2/things").headers["Retry-After"] == "1"
    bench.clock.advance(0.5)
    answer = bench.ask("GET", "/api/v2/things")
    assert (answer.status_code, answer.headers["x-rate-limit-remaining"]) == (200, "9")


def test_refused_and_unknown_callers_cost_nothing(bench: Bench) -> None:
    bench.limits.configure(plan="support-essential")
    for _ in range(12):
        assert bench.ask("GET", "/api/v2/things", anonymous=True).status_code == 401
    assert bench.ask("GET", "/api/v2/things").status_code == 200


def test_tokens_are_handed_out_at_no_cost(bench: Bench) -> None:
    bench.limits.configure(plan="support-essential")
    told = {"grant_type": "client_credentials", "client_id": "plugin", "client_secret": bench.client.secret}
    answers = [bench.ask("POST", "/oauth/tokens", anonymous=True, json=told) for _ in range(12)]
    assert {answer.status_code for answer in answers} == {201}


def test_a_call_that_is_refused_later_was_counted(bench: Bench) -> None:
    bench.limits.configure(plan="suite-team")
    assert bench.ask("GET", "/api/v2/things/9999").headers["x-rate-limit-remaining"] == "199"
    assert bench.ask("DELETE", "/api/v2/things/9").headers["x-rate-limit-remaining"] == "198"


def test_an_endpoint_limit_has_its_own_header_and_leaves_the_account_its_budget(bench: Bench) -> None:
    bench.limits.configure(plan="suite-enterprise")
    first = bench.ask("GET", "/api/v2/incremental/things")
    assert first.headers["zendesk-ratelimit-incremental-exports"] == "total=10; remaining=9; resets=60"
    answers = [bench.ask("GET", "/api/v2/incremental/things") for _ in range(10)]
    assert [answer.status_code for answer in answers] == [200] * 9 + [429]
    last = answers[-1]
    assert last.json() == {
        "error": "APIRateLimitExceeded",
        "description": "Number of allowed incremental export API requests per minute exceeded",
    }
    assert last.headers["zendesk-ratelimit-incremental-exports"] == "total=10; remaining=0; resets=60"
    assert (last.headers["Retry-After"], last.headers["x-rate-limit-remaining"]) == ("60", "689")
    assert bench.ask("GET", "/api/v2/things").status_code == 200


def test_a_high_volume_plan_has_higher_endpoint_limits(bench: Bench) -> None:
    bench.limits.configure(plan="high-volume")
    header = bench.ask("GET", "/api/v2/incremental/things").headers["zendesk-ratelimit-incremental-exports"]
    assert header.startswith("total=30;")


def test_updates_of_one_ticket_are_counted_per_caller_and_ticket(bench: Bench) -> None:
    bench.limits.configure(plan="high-volume")
    answers = [bench.ask("PUT", "/api/v2/things/1", json={}) for _ in range(31)]
    assert [answer.status_code for answer in answers] == [200] * 30 + [429]
    assert answers[-1].headers["zendesk-ratelimit-per-ticket-updates"].startswith("total=30; remaining=0; resets=")
    assert bench.ask("PUT", "/api/v2/things/2", json={}).status_code == 200
    assert bench.ask("PUT", "/api/v2/things/1", json={}, token=bench.token(AGENT)).status_code == 200
    bench.clock.advance(60)
    assert bench.ask("PUT", "/api/v2/things/1", json={}).status_code == 429
    bench.clock.advance(540)
    assert bench.ask("PUT", "/api/v2/things/1", json={}).status_code == 200


def test_a_limit_per_object_needs_an_object_in_the_address(bench: Bench) -> None:
    bench.limits.configure(plan="high-volume")
    answers = [bench.ask("POST", "/api/v2/things", json={}) for _ in range(31)]
    assert {answer.status_code for answer in answers} == {201}
    assert "zendesk-ratelimit-per-ticket-updates" not in answers[0].headers


def test_other_integrations_eat_their_share_over_the_minute(bench: Bench) -> None:
    bench.limits.configure(plan="suite-team", foreign=0.5)
    assert bench.ask("GET", "/api/v2/things").headers["x-rate-limit-remaining"] == "199"
    bench.clock.advance(30)
    assert bench.ask("GET", "/api/v2/things").headers["x-rate-limit-remaining"] == "148"
    bench.clock.advance(29)
    assert bench.ask("GET", "/api/v2/things").headers["x-rate-limit-remaining"] == "99"


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_an_impossible_share_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Limits(clock=ManualClock(), foreign=share)


def test_an_unknown_plan_is_refused_with_the_names() -> None:
    with pytest.raises(UnknownPlan, match="suite-team"):
        Limits(clock=ManualClock(), plan="gold")


def test_the_tables_hold_only_usable_rows() -> None:
    assert min(PLANS.values()) >= 10
    for name, rows in BUCKETS.items():
        assert name in {row.name for row in rows}
        assert all(row.total > 0 and row.seconds > 0 for row in rows)


def test_pages_far_down_a_list_have_a_limit_of_their_own(bench: Bench) -> None:
    bench.limits.configure(plan="high-volume")
    near = bench.ask("GET", "/api/v2/things?page=500&per_page=1")
    assert "zendesk-ratelimit-tickets-index-deep-pagination" not in near.headers
    statuses = [bench.ask("GET", "/api/v2/things?page=501&per_page=1").status_code for _ in range(51)]
    assert statuses == [200] * 50 + [429]
    assert bench.ask("GET", "/api/v2/things?page=500&per_page=1").status_code == 200
