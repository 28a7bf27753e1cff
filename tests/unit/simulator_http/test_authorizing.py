"""The consent page: what may be asked, what is refused and how, who signs in, and that each page decides once."""

from __future__ import annotations

import html
import re

import pytest

from atom_zendesk_plugin.simulator.objects import User
from atom_zendesk_plugin.simulator.render.consent import in_plain_words

from .conftest import ADMIN, AGENT, CALLBACK, CUSTOMER, START, Bench
from .flow import code, decide, exchange, outcome, see, ticket_of

OOB = "urn:ietf:wg:oauth:2.0:oob"


def test_the_page_names_application_account_scopes_and_people(bench: Bench) -> None:
    page = see(bench, scope="read tickets:write chocolate")
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    shown = html.unescape(re.sub(r"<[^>]+>", "", page.text))
    for text in ("plugin", "acme.zendesk.com", "https://app.example", "admin@acme.example", "end-user@acme.example"):
        assert text in shown
    for scope in ("read", "tickets:write", "chocolate"):
        assert (in_plain_words(scope) or "nobody here knows this scope") in shown
    assert f'value="{ADMIN}" selected' in page.text


def test_the_page_runs_nothing_loads_nothing_and_is_not_kept(bench: Bench) -> None:
    page = see(bench)
    rules = dict(rule.split(" ", 1) for rule in page.headers["Content-Security-Policy"].split("; "))
    assert rules["default-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert rules["form-action"] == "'self' https://app.example"
    assert "script-src" not in rules
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert not re.search(r"<script|<link[^>]+http|\son\w+=|src=", page.text)
    assert (page.headers["Cache-Control"], page.headers["Referrer-Policy"]) == ("no-store", "no-referrer")


def test_what_is_shown_is_escaped(bench: Bench) -> None:
    bench.desk.users[ADMIN].name = "<b>Eve</b>"
    page = see(bench, scope='read "><script>alert(1)</script>')
    assert "<script" not in page.text
    assert "&lt;b&gt;Eve&lt;/b&gt;" in page.text


@pytest.mark.parametrize(
    ("scope", "says"),
    [
        ("impersonate", "Make requests in the name of customers"),
        ("users:read", "See users"),
        ("custom_objects:write", "Create, change and delete custom objects"),
        ("auditlogs:read", "See the audit log"),
        ("users:admin", None),
        ("chocolate", None),
    ],
)
def test_scopes_are_told_in_plain_words(scope: str, says: str | None) -> None:
    assert in_plain_words(scope) == says


def test_allowing_leads_back_with_code_and_state_and_the_query_of_the_address(bench: Bench) -> None:
    told = outcome(decide(bench, ticket=ticket_of(see(bench)), decision="allow"))
    assert set(told) == {"from", "code", "state"}
    assert (told["from"], told["state"]) == ("desk", "s/1&2")


def test_denying_leads_back_with_an_error(bench: Bench) -> None:
    told = outcome(decide(bench, ticket=ticket_of(see(bench)), decision="deny"))
    assert (told["error"], told["state"]) == ("access_denied", "s/1&2")
    assert told["error_description"]
    assert "code" not in told


def test_without_a_state_none_comes_back(bench: Bench) -> None:
    assert set(outcome(decide(bench, ticket=ticket_of(see(bench, state=None)), decision="allow"))) == {"from", "code"}


@pytest.mark.parametrize(
    "told",
    [
        {"client_id": "nobody"},
        {"client_id": None},
        {"redirect_uri": None},
        {"redirect_uri": "https://evil.example/callback"},
        {"redirect_uri": CALLBACK.partition("?")[0]},
        {"redirect_uri": CALLBACK + "&more=1"},
        {"redirect_uri": CALLBACK.upper()},
        {"redirect_uri": OOB},
    ],
)
def test_an_unknown_application_or_address_is_a_page_and_no_redirect(bench: Bench, told: dict[str, str | None]) -> None:
    page = see(bench, **told)
    assert (page.status_code, page.headers["Content-Type"]) == (400, "text/html; charset=utf-8")
    assert "Location" not in page.headers
    assert "form-action 'none'" in page.headers["Content-Security-Policy"]
    assert "<form" not in page.text


def test_loopback_addresses_match_to_the_letter(bench: Bench) -> None:
    bench.tokens.register_client("local", user_id=ADMIN, redirect_uris=["http://localhost:5058/back"])
    for uri, status in {
        "http://localhost:5058/back": 200,
        "http://127.0.0.1:5058/back": 400,
        "http://localhost:5059/back": 400,
        "http://localhost:5058/back/": 400,
    }.items():
        assert see(bench, client_id="local", redirect_uri=uri).status_code == status


@pytest.mark.parametrize(
    ("told", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": " "}, "invalid_scope"),
        ({"client_id": "narrow", "scope": "read write"}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": "="}, "invalid_request"),
        ({"client_id": "app", "code_challenge": None, "code_challenge_method": None}, "invalid_request"),
    ],
)
def test_other_mistakes_are_told_to_the_application(bench: Bench, told: dict[str, str | None], error: str) -> None:
    bench.tokens.register_client("narrow", user_id=ADMIN, redirect_uris=[CALLBACK], allowed_scopes=["read"])
    said = outcome(see(bench, **told))
    assert (said["error"], said["state"], said["from"]) == (error, "s/1&2", "desk")
    assert said["error_description"]
    assert "code" not in said


def test_pkce_is_optional_for_a_confidential_client_and_enough_for_a_public_one(bench: Bench) -> None:
    assert see(bench, code_challenge=None, code_challenge_method=None).status_code == 200
    assert see(bench, client_id="app").status_code == 200


@pytest.mark.parametrize("told", [{}, {"ticket": "0" * 64}, {"ticket": ""}])
def test_a_decision_without_a_page_is_refused(bench: Bench, told: dict[str, str]) -> None:
    see(bench)
    answer = decide(bench, decision="allow", **told)
    assert (answer.status_code, "Location" in answer.headers) == (400, False)


@pytest.mark.parametrize("first", ["allow", "deny"])
def test_a_page_decides_once(bench: Bench, first: str) -> None:
    ticket = ticket_of(see(bench))
    assert decide(bench, ticket=ticket, decision=first).status_code == 302
    assert decide(bench, ticket=ticket, decision="allow").status_code == 400


def test_two_pages_decide_for_themselves(bench: Bench) -> None:
    one, two = ticket_of(see(bench, state="one")), ticket_of(see(bench, state="two"))
    assert outcome(decide(bench, ticket=two, decision="allow"))["state"] == "two"
    assert outcome(decide(bench, ticket=one, decision="allow"))["state"] == "one"


def test_a_page_is_too_old_after_ten_minutes(bench: Bench) -> None:
    young, old = ticket_of(see(bench)), ticket_of(see(bench))
    bench.clock.advance(599)
    assert decide(bench, ticket=young, decision="allow").status_code == 302
    bench.clock.advance(1)
    assert decide(bench, ticket=old, decision="allow").status_code == 400


def test_a_decision_that_is_neither_is_refused_and_the_page_stays_open(bench: Bench) -> None:
    ticket = ticket_of(see(bench))
    for decision in ("", "maybe", None):
        assert decide(bench, ticket=ticket, decision=decision).status_code == 400
    assert decide(bench, ticket=ticket, decision="allow").status_code == 302


@pytest.mark.parametrize(
    ("named", "user_id"),
    [
        (None, ADMIN),
        (str(AGENT), AGENT),
        ("agent@acme.example", AGENT),
        ("AGENT@acme.example", AGENT),
        (str(CUSTOMER), CUSTOMER),
    ],
)
def test_the_token_acts_for_whoever_signed_in(bench: Bench, named: str | None, user_id: int) -> None:
    token = exchange(bench, code(bench, signed_in=named)).json()["access_token"]
    assert bench.ask("GET", "/api/v2/users/me", token=token).json()["user"]["id"] == user_id


def test_who_signs_in_can_be_chosen_in_the_address(bench: Bench) -> None:
    page = see(bench, **{"as": "agent@acme.example"})
    assert f'value="{AGENT}" selected' in page.text
    assert page.text.count(" selected") == 1


@pytest.mark.parametrize("named", ["999", "nobody@acme.example", "", "9" * 30, "\u0661\u0662"])
def test_nobody_signs_in_as_a_stranger(bench: Bench, named: str) -> None:
    assert see(bench, **{"as": named}).status_code == 400
    assert decide(bench, ticket=ticket_of(see(bench)), decision="allow", **{"as": named}).status_code == 400


@pytest.mark.parametrize("trouble", ["suspended", "inactive"])
def test_who_is_suspended_or_gone_can_not_sign_in(bench: Bench, trouble: str) -> None:
    page = see(bench)
    agent = bench.desk.users[AGENT]
    agent.suspended, agent.active = trouble == "suspended", trouble != "inactive"
    assert decide(bench, ticket=ticket_of(page), decision="allow", **{"as": str(AGENT)}).status_code == 400
    assert f'value="{AGENT}"' not in see(bench).text


def test_a_large_desk_offers_some_of_its_staff_and_one_customer(bench: Bench) -> None:
    for role in ("agent", "end-user"):
        for _ in range(20):
            number = len(bench.desk.users) + 100
            model = bench.desk.users[AGENT if role == "agent" else CUSTOMER]
            bench.desk.users[number] = User(
                id=number, name=f"{role} {number}", role=model.role, created_at=START, updated_at=START
            )
    page = see(bench)
    assert page.text.count("<option") == 7
    assert page.text.count("(customer)") == 1
    assert '<option value="142"' not in page.text
    assert '<option value="142" selected>' in see(bench, **{"as": "142"}).text


def test_the_account_of_another_subdomain_has_no_page_here(bench: Bench) -> None:
    answer = bench.ask("GET", "/oauth/authorizations/new", anonymous=True, host="https://other.zendesk.com")
    assert answer.status_code == 404
