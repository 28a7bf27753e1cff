"""The whole simulator: its credentials, its clock, its options, in memory and on a port."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from atom_zendesk_plugin.clock import ManualClock, OffsetClock
from atom_zendesk_plugin.simulator import Simulator
from atom_zendesk_plugin.simulator.adapter import SimulatorAdapter
from atom_zendesk_plugin.simulator.faults import FaultKind, FaultRule
from atom_zendesk_plugin.simulator.limits import BUCKETS, UnknownPlan
from atom_zendesk_plugin.simulator.routes import ALL_ROUTES

HOST = "https://acme.zendesk.com"


@pytest.fixture(scope="module")
def shared() -> Simulator:
    """A simulator for tests that only read."""
    return Simulator(tickets=120, clock=ManualClock())


@pytest.fixture
def session(shared: Simulator) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        session.mount(HOST, SimulatorAdapter(shared.wsgi_app))
        yield session


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def get(session: requests.Session, path: str, headers: dict[str, str]) -> Any:
    answer = session.get(f"{HOST}{path}", headers=headers, timeout=5)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_every_credential_gets_in_as_the_same_admin(shared: Simulator, session: requests.Session) -> None:
    told = shared.credentials
    basic = base64.b64encode(f"{told.api_token.email}/token:{told.api_token.token}".encode()).decode()
    grant = {
        "grant_type": "client_credentials",
        "client_id": told.oauth.client_id,
        "client_secret": told.oauth.client_secret,
        "scope": "read write",
    }
    granted = session.post(f"{HOST}/oauth/tokens", json=grant, timeout=5).json()["access_token"]
    seen = [
        get(session, "/api/v2/users/me.json", headers)["user"]
        for headers in (bearer(told.access_token), bearer(granted), {"Authorization": f"Basic {basic}"})
    ]
    assert {user["id"] for user in seen} == {shared.desk.admin_id}
    assert {user["role"] for user in seen} == {"admin"}
    assert seen[0]["email"] == told.api_token.email


def test_a_stranger_is_anonymous_at_users_me_and_nowhere_else(session: requests.Session) -> None:
    user = get(session, "/api/v2/users/me", {})["user"]
    assert (user["id"], user["name"]) == (None, "Anonymous user")
    assert len(user["authenticity_token"]) > 20
    assert session.get(f"{HOST}/api/v2/tickets", timeout=5).status_code == 401


@pytest.mark.parametrize("fate", ["expired", "revoked", "never issued"])
def test_a_dead_token_is_no_stranger_but_an_error_at_users_me(fate: str) -> None:
    simulator = Simulator(tickets=0, clock=ManualClock())
    assert simulator.desk.admin_id is not None
    token = simulator.issue_token(simulator.desk.admin_id, ["read"], expires_in=300)
    with requests.Session() as session:
        session.mount(HOST, SimulatorAdapter(simulator.wsgi_app))
        me = get(session, "/api/v2/users/me", bearer(token))["user"]
        assert (me["id"], len(me["authenticity_token"]) > 20) == (simulator.desk.admin_id, True)
        if fate == "expired":
            simulator.clock.sleep(300)
        elif fate == "revoked":
            session.delete(f"{HOST}/api/v2/oauth/tokens/current", headers=bearer(token), timeout=5)
        else:
            token = "made-up"
        answer = session.get(f"{HOST}/api/v2/users/me", headers=bearer(token), timeout=5)
    assert (answer.status_code, set(answer.json())) == (401, {"error", "error_description"})
    assert answer.json()["error"] == "invalid_token"


def test_secrets_stay_out_of_reprs(shared: Simulator) -> None:
    told = shared.credentials
    for secret in (told.access_token, told.oauth.client_secret, told.api_token.token):
        assert secret not in repr(told)


def test_tokens_can_be_issued_for_anybody_with_any_scopes(shared: Simulator, session: requests.Session) -> None:
    agent = next(user for user in shared.desk.users.values() if user.role.value == "agent")
    headers = bearer(shared.issue_token(agent.id, ["tickets:read"]))
    assert get(session, "/api/v2/tickets?per_page=1", headers)["count"] > 0
    assert session.get(f"{HOST}/api/v2/search?query=x", headers=headers, timeout=5).status_code == 403
    with pytest.raises(KeyError):
        shared.issue_token(1, ["read"])


def test_an_issued_token_can_expire() -> None:
    clock = ManualClock()
    simulator = Simulator(tickets=0, clock=clock)
    assert simulator.desk.admin_id is not None
    token = simulator.issue_token(simulator.desk.admin_id, ["read"], expires_in=300)
    with requests.Session() as session:
        session.mount(HOST, SimulatorAdapter(simulator.wsgi_app))
        get(session, "/api/v2/users/me", bearer(token))
        clock.advance(301)
        assert session.get(f"{HOST}/api/v2/users/me", headers=bearer(token), timeout=5).status_code == 401


def test_equal_seeds_give_equal_accounts_and_other_seeds_others() -> None:
    def told(seed: int) -> tuple[Any, Any]:
        simulator = Simulator(seed=seed, tickets=20, clock=ManualClock())
        with requests.Session() as session:
            session.mount(HOST, SimulatorAdapter(simulator.wsgi_app))
            tickets = get(session, "/api/v2/tickets", bearer(simulator.credentials.access_token))
        return simulator.credentials, tickets

    assert told(5) == told(5)
    assert told(5)[0] != told(6)[0]
    assert told(5)[1] != told(6)[1]


def test_the_default_clock_runs_and_can_be_hurried() -> None:
    simulator = Simulator(tickets=0)
    assert isinstance(simulator.clock, OffsetClock)
    before = simulator.desk.now()
    simulator.clock.advance(3600)
    assert simulator.desk.now() - before >= timedelta(hours=1)


def test_plan_and_faults_are_taken_from_the_start() -> None:
    rule = FaultRule(kind=FaultKind.STATUS, status=502, path="/api/v2/views")
    simulator = Simulator(tickets=0, plan="suite-team", faults=[rule], search_lag=30, subdomain="globex")
    assert (simulator.limits.plan, simulator.faults.rules) == ("suite-team", (rule,))
    assert (simulator.desk.search_lag, simulator.desk.subdomain) == (30, "globex")
    with pytest.raises(UnknownPlan):
        Simulator(tickets=0, plan="gold")


def test_every_endpoint_limit_a_route_names_exists() -> None:
    assert {route.bucket for route in ALL_ROUTES if route.bucket is not None} <= set(BUCKETS)


def test_users_and_organizations_can_be_counted_out() -> None:
    simulator = Simulator(tickets=5, users=12, organizations=3, clock=ManualClock())
    with requests.Session() as other:
        other.mount(HOST, SimulatorAdapter(simulator.wsgi_app))
        headers = bearer(simulator.credentials.access_token)
        assert get(other, "/api/v2/organizations", headers)["count"] == 3
        assert get(other, "/api/v2/users", headers)["count"] == 12


def test_it_serves_on_a_port_and_records_what_was_asked() -> None:
    simulator = Simulator(tickets=3)
    with simulator.serve() as running, requests.Session() as session:
        session.trust_env = False
        session.headers.update(bearer(simulator.credentials.access_token))
        told = session.get(f"{running.base_url}/api/v2/tickets.json?page[size]=2", timeout=5).json()
        assert told["links"]["next"].startswith(running.base_url)
        assert session.get(f"{running.base_url}/_simulator/calls", timeout=5).json()["count"] == 1
    assert [(call.path, call.status) for call in simulator.calls] == [("/api/v2/tickets", 200)]
