"""OAuth on the whole simulator: its two clients, further ones, and consent without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
import requests

from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.simulator import Simulator
from atom_zendesk_plugin.simulator.adapter import SimulatorAdapter
from atom_zendesk_plugin.simulator.authorizing import NoWayBack
from atom_zendesk_plugin.simulator.faults import FaultKind, FaultRule

from .flow import CHALLENGE, VERIFIER

HOST = "https://acme.zendesk.com"
DEFAULT = "http://localhost:5058/auth/zendesk/callback"


@pytest.fixture
def simulator() -> Simulator:
    return Simulator(tickets=3, clock=ManualClock())


@pytest.fixture
def session(simulator: Simulator) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        session.mount(HOST, SimulatorAdapter(simulator.wsgi_app))
        yield session


def authorize_url(**told: str) -> str:
    asked = {
        "response_type": "code",
        "client_id": "atom_simulator_public",
        "redirect_uri": DEFAULT,
        "scope": "read",
        "state": "abc",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return f"{HOST}/oauth/authorizations/new?{urlencode({**asked, **told})}"


def exchanged(session: requests.Session, redirected: str, **told: Any) -> Any:
    body = {
        "grant_type": "authorization_code",
        "code": parse_qs(urlsplit(redirected).query)["code"][0],
        "client_id": "atom_simulator_public",
        "redirect_uri": DEFAULT,
        "code_verifier": VERIFIER,
        **told,
    }
    answer = session.post(f"{HOST}/oauth/tokens", json=body, timeout=5)
    assert answer.status_code == 201, answer.text
    return answer.json()


def me(session: requests.Session, token: str) -> Any:
    headers = {"Authorization": f"Bearer {token}"}
    return session.get(f"{HOST}/api/v2/users/me", headers=headers, timeout=5).json()["user"]["id"]


def test_consent_gives_a_code_for_the_owner_and_the_state_back(simulator: Simulator, session: requests.Session) -> None:
    redirected = simulator.consent(authorize_url())
    assert redirected.startswith(f"{DEFAULT}?")
    assert dict(parse_qsl(urlsplit(redirected).query))["state"] == "abc"
    assert me(session, exchanged(session, redirected)["access_token"]) == simulator.desk.admin_id


def test_consent_can_be_given_by_others(simulator: Simulator, session: requests.Session) -> None:
    customer = next(user.id for user in simulator.desk.users.values() if not user.is_staff)
    by_id = simulator.consent(authorize_url(), user_id=customer)
    by_address = simulator.consent(authorize_url(**{"as": str(customer)}))
    for redirected in (by_id, by_address):
        assert me(session, exchanged(session, redirected)["access_token"]) == customer


def test_consent_can_be_denied(simulator: Simulator) -> None:
    told = dict(parse_qsl(urlsplit(simulator.consent(authorize_url(), deny=True)).query))
    assert (told["error"], told["state"], "code" in told) == ("access_denied", "abc", False)


def test_consent_keeps_the_pages_rules(simulator: Simulator) -> None:
    told = dict(parse_qsl(urlsplit(simulator.consent(authorize_url(response_type="token"))).query))
    assert told["error"] == "unsupported_response_type"


@pytest.mark.parametrize(
    "url",
    [
        authorize_url(client_id="nobody"),
        authorize_url(redirect_uri="https://elsewhere.example/"),
        authorize_url(**{"as": "nobody@acme.example"}),
        authorize_url().replace("acme", "other"),
        authorize_url().replace("/new", ""),
    ],
)
def test_where_the_page_would_not_redirect_consent_is_an_error(simulator: Simulator, url: str) -> None:
    with pytest.raises(NoWayBack):
        simulator.consent(url)


def test_a_stranger_can_not_consent(simulator: Simulator) -> None:
    with pytest.raises(NoWayBack, match="999"):
        simulator.consent(authorize_url(), user_id=999)


def test_consent_is_no_call_and_is_hit_by_no_fault() -> None:
    simulator = Simulator(tickets=0, clock=ManualClock(), faults=[FaultRule(kind=FaultKind.RESET_BEFORE)])
    assert "code=" in simulator.consent(authorize_url())
    assert len(simulator.calls) == 0


def test_the_ready_made_clients_may_use_the_addresses_given() -> None:
    one, two = "https://host.example/back", "http://127.0.0.1:8123/back"
    simulator = Simulator(tickets=0, clock=ManualClock(), redirect_uris=[one, two])
    told = simulator.credentials
    assert (told.oauth.redirect_uri, told.public_oauth.redirect_uri) == (one, one)
    for client_id in (told.oauth.client_id, told.public_oauth.client_id):
        for uri in (one, two):
            assert simulator.consent(authorize_url(client_id=client_id, redirect_uri=uri)).startswith(uri)
        with pytest.raises(NoWayBack):
            simulator.consent(authorize_url(client_id=client_id))


@pytest.mark.parametrize("uris", [[], ["http://host.example/back"]])
def test_addresses_that_the_service_would_not_take_are_refused(uris: list[str]) -> None:
    with pytest.raises(ValueError, match="redirect"):
        Simulator(tickets=0, clock=ManualClock(), redirect_uris=uris)


def test_the_confidential_client_works_with_its_secret_alone(simulator: Simulator, session: requests.Session) -> None:
    told = simulator.credentials.oauth
    asked = {"response_type": "code", "client_id": told.client_id, "redirect_uri": told.redirect_uri, "scope": "read"}
    redirected = simulator.consent(f"{HOST}/oauth/authorizations/new?{urlencode(asked)}")
    proof = {"client_id": told.client_id, "client_secret": told.client_secret, "code_verifier": ""}
    assert exchanged(session, redirected, **proof)["scope"] == "read"


def test_further_clients_can_be_registered(simulator: Simulator, session: requests.Session) -> None:
    agent = next(user.id for user in simulator.desk.users.values() if user.role.value == "agent")
    back = "https://more.example/back"
    client = simulator.register_client(
        "more", kind="confidential", redirect_uris=[back], allowed_scopes=["read"], user_id=agent
    )
    grant = {"grant_type": "client_credentials", "client_id": "more", "client_secret": client.secret, "scope": "read"}
    token = session.post(f"{HOST}/oauth/tokens", json=grant, timeout=5).json()["access_token"]
    assert me(session, token) == agent
    redirected = simulator.consent(authorize_url(client_id="more", redirect_uri=back, scope="write"))
    assert dict(parse_qsl(urlsplit(redirected).query))["error"] == "invalid_scope"


def test_a_client_acts_for_the_owner_unless_told_otherwise(simulator: Simulator) -> None:
    client = simulator.register_client("more", kind="public", redirect_uris=[])
    assert (client.user_id, client.kind, client.allowed_scopes) == (simulator.desk.admin_id, "public", None)
    with pytest.raises(KeyError):
        simulator.register_client("other", kind="public", redirect_uris=[], user_id=1)


def test_the_lying_delete_can_be_asked_for_from_the_start(session: requests.Session) -> None:
    simulator = Simulator(tickets=0, clock=ManualClock(), current_delete_lies=True)
    session.mount(HOST, SimulatorAdapter(simulator.wsgi_app))
    token = simulator.credentials.access_token
    headers = {"Authorization": f"Bearer {token}"}
    assert session.delete(f"{HOST}/api/v2/oauth/tokens/current", headers=headers, timeout=5).status_code == 204
    assert me(session, token) == simulator.desk.admin_id
    simulator.quirks.current_delete_lies = False
    session.delete(f"{HOST}/api/v2/oauth/tokens/current", headers=headers, timeout=5)
    assert session.get(f"{HOST}/api/v2/users/me", headers=headers, timeout=5).status_code == 401


def test_equal_seeds_give_equal_codes_and_tokens() -> None:
    def told() -> tuple[str, Any]:
        simulator = Simulator(tickets=0, clock=ManualClock())
        with requests.Session() as session:
            session.mount(HOST, SimulatorAdapter(simulator.wsgi_app))
            redirected = simulator.consent(authorize_url())
            return redirected, exchanged(session, redirected)

    assert told() == told()
