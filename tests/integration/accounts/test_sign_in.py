"""A sign-in from the first click to the stored grant: what is sent, what is refused and why, and what is never left behind."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from atom_zendesk_plugin.accounts.model import SENTENCES, ConnectionRefused, Refused, refuse
from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.errors import Code, ConfigError, NotFound
from atom_zendesk_plugin.simulator.faults import FaultKind, FaultRule
from tests.integration.accounts.staging import ANN, BOB, BROWSER, REDIRECT, NewStage, Stage

OTHER = "c" * 43


def query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def live_tokens(stage: Stage) -> int:
    """Count the tokens that people were given and that still work; the ready-made one of the simulator is not theirs."""
    now = stage.clock.now()
    return sum(token.expires_at is not None and token.expires_at > now for token in stage.zendesk.tokens.tokens())


def grant_less(stage: Stage, *scopes: str) -> None:
    """Let Zendesk hand out no more than these scopes, without a word."""
    client = stage.zendesk.tokens.find_client("atom_simulator")
    assert client is not None
    stage.zendesk.tokens.change_scopes(client, allowed=None, granted=frozenset(scopes))


class TestTheWayThere:
    def test_the_address_has_what_zendesk_asks_for_and_no_secret(self, stage: Stage) -> None:
        url = stage.begin()
        asked = query(url)
        assert url.startswith("https://acme.zendesk.com/oauth/authorizations/new?")
        assert asked["response_type"] == "code"
        assert asked["client_id"] == "atom_simulator"
        assert asked["redirect_uri"] == REDIRECT
        assert asked["scope"] == "read write"
        assert asked["code_challenge_method"] == "S256"
        assert len(asked["state"]) >= 43
        assert set(asked) == {
            "response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method",
        }  # fmt: skip

    def test_each_sign_in_has_a_state_and_a_challenge_of_its_own(self, stage: Stage) -> None:
        one, two = query(stage.begin()), query(stage.begin())
        assert one["state"] != two["state"]
        assert one["code_challenge"] != two["code_challenge"]

    def test_starting_asks_zendesk_nothing(self, stage: Stage) -> None:
        stage.begin()
        assert stage.calls() == []

    def test_without_a_key_nothing_is_begun(self, new_stage: NewStage) -> None:
        stage = new_stage(ZENDESK_ENCRYPTION_KEYS="")
        with pytest.raises(ConfigError, match="atom-zendesk keys generate"):
            stage.begin()

    def test_an_account_of_nobody_is_not_found(self, stage: Stage) -> None:
        with pytest.raises(NotFound):
            stage.begin(account="evil.example.com")


class TestTheWayBack:
    def test_the_grant_names_the_user_and_what_was_granted(self, stage: Stage) -> None:
        agent = next(user for user in stage.zendesk.desk.users.values() if user.is_staff and user.role != "admin")
        made = stage.connect(user_id=agent.id)
        assert (made.state, made.zendesk_user_id, made.email) == ("connected", agent.id, agent.email)
        assert made.scopes == ("read", "write")
        assert stage.connections.one(ANN) == made

    def test_the_token_request_is_json_with_both_lives_and_the_verifier(self, stage: Stage) -> None:
        seen: list[dict[str, Any]] = []
        stage.board.lines["acme.zendesk.com"] = _Listening(stage.board.lines["acme.zendesk.com"], seen)
        url = stage.begin()
        stage.complete(stage.consent(url))
        body = seen[0]
        assert body["grant_type"] == "authorization_code"
        assert (body["expires_in"], body["refresh_token_expires_in"]) == (1800, 7776000)
        assert body["redirect_uri"] == REDIRECT
        assert body["scope"] == "read write"
        assert body["client_secret"] == stage.zendesk.credentials.oauth.client_secret
        digest = hashlib.sha256(body["code_verifier"].encode()).digest()
        assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == query(url)["code_challenge"]

    def test_a_form_is_sent_where_that_is_set(self, new_stage: NewStage) -> None:
        stage = new_stage(ZENDESK_TOKEN_REQUEST="form")
        seen: list[dict[str, Any]] = []
        stage.board.lines["acme.zendesk.com"] = _Listening(stage.board.lines["acme.zendesk.com"], seen)
        assert stage.connect().state == "connected"
        assert seen[0]["expires_in"] == "1800"

    def test_a_public_client_sends_no_secret(self, new_stage: NewStage) -> None:
        stage = new_stage(public=True)
        seen: list[dict[str, Any]] = []
        stage.board.lines["acme.zendesk.com"] = _Listening(stage.board.lines["acme.zendesk.com"], seen)
        assert stage.connect().state == "connected"
        assert "client_secret" not in seen[0]

    def test_any_success_status_is_one(self, stage: Stage) -> None:
        stage.board.lines["acme.zendesk.com"] = _Changing(
            stage.board.lines["acme.zendesk.com"], lambda status, body: (200 if status == 201 else status, body)
        )
        assert stage.connect().state == "connected"

    def test_a_life_that_is_not_told_is_found_out(self, stage: Stage) -> None:
        stage.board.lines["acme.zendesk.com"] = _Changing(
            stage.board.lines["acme.zendesk.com"],
            lambda status, body: (status, _without(body, "expires_in", "refresh_token_expires_in")),
        )
        made = stage.connect()
        assert made.access_expires_at is not None
        assert made.refresh_expires_at is not None
        assert (made.access_expires_at - stage.clock.now()).total_seconds() == 1800
        assert "GET /api/v2/oauth/tokens/current" in stage.calls()

    def test_less_than_asked_is_told_with_what_it_turns_off(self, stage: Stage) -> None:
        grant_less(stage, "read")
        made = stage.connect()
        assert made.missing_scopes == ("write",)
        assert {row.scope for row in made.features_off} == {"write"}
        assert "creating, changing and deleting tickets" in {row.feature for row in made.features_off}

    def test_connecting_again_replaces_the_pair_and_ends_the_old_token(self, stage: Stage) -> None:
        stage.connect()
        before = live_tokens(stage)
        stage.connect()
        assert (before, live_tokens(stage)) == (1, 1)
        assert stage.extension.desk(ANN).me().own

    def test_two_tabs_of_one_browser_both_end_well(self, stage: Stage) -> None:
        one, two = stage.begin(), stage.begin()
        assert stage.complete(stage.consent(one)).works
        assert stage.complete(stage.consent(two)).works


class TestRefusals:
    def test_denied(self, stage: Stage) -> None:
        back = stage.consent(stage.begin(), deny=True)
        assert stage.refusal(back) == Refused.DENIED
        assert stage.refusal({"state": back["state"], "code": "x"}) == Refused.STATE_USED

    def test_another_error_of_zendesk_is_not_quoted(self, stage: Stage) -> None:
        with pytest.raises(ConnectionRefused) as refused:
            stage.complete({"error": "<script>alert(1)</script>", "state": "x"})
        assert refused.value.reason is Refused.PROVIDER
        assert "script" not in str(refused.value)

    def test_forged(self, stage: Stage) -> None:
        assert stage.refusal({"state": "A" * 64, "code": "x"}) == Refused.STATE_UNKNOWN

    def test_replayed(self, stage: Stage) -> None:
        back = stage.consent(stage.begin())
        stage.complete(back)
        assert stage.refusal(back) == Refused.STATE_USED
        assert stage.connections.one(ANN).works

    def test_expired(self, stage: Stage) -> None:
        url = stage.begin()
        stage.clock.advance(601)
        assert stage.refusal(stage.consent(url)) == Refused.STATE_EXPIRED

    def test_ten_minutes_are_enough(self, stage: Stage) -> None:
        url = stage.begin()
        stage.clock.advance(599)
        assert stage.complete(stage.consent(url)).works

    def test_swapped_browser_and_the_right_one_can_still_finish(self, stage: Stage) -> None:
        back = stage.consent(stage.begin())
        assert stage.refusal(back, browser=OTHER) == Refused.OTHER_BROWSER
        assert stage.refusal(back, browser=None) == Refused.OTHER_BROWSER
        assert stage.complete(back).works

    def test_swapped_user(self, stage: Stage) -> None:
        back = stage.consent(stage.begin(ANN))
        assert stage.refusal(back, BOB) == Refused.OTHER_USER
        assert not stage.connections.one(BOB).exists

    def test_the_same_user_of_another_tenant(self, stage: Stage) -> None:
        back = stage.consent(stage.begin(ANN))
        assert stage.refusal(back, replace(ANN, tenant_id="elsewhere")) == Refused.OTHER_USER

    def test_signed_out_meanwhile(self, stage: Stage) -> None:
        back = stage.consent(stage.begin(BOB))  # a session cookie would have come back with the browser
        assert stage.refusal(back, None) == Refused.OTHER_USER

    def test_a_bearer_token_does_not_ride_along_on_a_redirect(self, stage: Stage) -> None:
        back = stage.consent(stage.begin(ANN))
        assert stage.complete(back, None).works
        assert stage.connections.one(ANN).works

    def test_wrong_issuer(self, stage: Stage) -> None:
        back = stage.consent(stage.begin())
        assert stage.refusal(back, issuer="https://globex.zendesk.com") == Refused.OTHER_ISSUER

    def test_the_right_issuer_is_no_hindrance(self, stage: Stage) -> None:
        back = stage.consent(stage.begin())
        assert stage.complete(back, issuer="https://acme.zendesk.com").works

    def test_wrong_account_named(self, stage: Stage) -> None:
        back = stage.consent(stage.begin())
        assert stage.refusal(back, account="globex") == Refused.OTHER_ACCOUNT

    def test_a_user_who_lives_elsewhere(self, stage: Stage) -> None:
        stage.board.lines["acme.zendesk.com"] = _Changing(
            stage.board.lines["acme.zendesk.com"],
            lambda status, body: (status, body.replace(b"https://acme.zendesk.com/api/v2/users", b"https://globex.zendesk.com/api/v2/users")),
        )  # fmt: skip
        assert stage.refusal(stage.consent(stage.begin())) == Refused.OTHER_ACCOUNT
        assert live_tokens(stage) == 0

    def test_a_code_of_another_account(self, stage: Stage) -> None:
        url = stage.begin()
        stolen = stage.consent(url.replace("acme.", "globex."))
        assert stage.refusal({"state": query(url)["state"], "code": stolen["code"]}) == Refused.CODE_REFUSED

    def test_no_state_and_no_code(self, stage: Stage) -> None:
        assert stage.refusal({"code": "x"}) == Refused.STATE_MISSING
        assert stage.refusal({"state": query(stage.begin())["state"]}) == Refused.CODE_MISSING

    def test_a_code_that_is_too_old(self, stage: Stage) -> None:
        back = stage.consent(stage.begin())
        stage.clock.advance(121)
        assert stage.refusal(back) == Refused.CODE_REFUSED

    def test_a_client_zendesk_does_not_know(self, new_stage: NewStage) -> None:
        stage = new_stage(ZENDESK_CLIENT_SECRET="not the secret")
        assert stage.refusal(stage.consent(stage.begin())) == Refused.CLIENT_REFUSED

    def test_zendesk_does_not_answer(self, stage: Stage) -> None:
        back = stage.consent(stage.begin())
        stage.zendesk.faults.add(FaultRule(kind=FaultKind.STATUS, path="/oauth/tokens", status=503))
        assert stage.refusal(back) == Refused.UNREACHABLE

    def test_an_anonymous_token_is_nobody(self, stage: Stage) -> None:
        stage.board.lines["acme.zendesk.com"] = _Changing(
            stage.board.lines["acme.zendesk.com"],
            lambda status, body: (status, b'{"user":{"id":null,"name":"Anonymous user"}}' if b'"user":' in body else body),
        )  # fmt: skip
        assert stage.refusal(stage.consent(stage.begin())) == Refused.NO_USER
        assert not stage.connections.one(ANN).exists
        assert live_tokens(stage) == 0

    def test_every_reason_has_a_sentence_and_a_status(self) -> None:
        for reason in Refused:
            error = refuse(reason)
            assert error.message == SENTENCES[reason]
            assert error.public == {"reason": str(reason)}
            assert error.code is not Code.INTERNAL_ERROR


def test_one_state_completes_one_sign_in_of_a_hundred(stage: Stage) -> None:
    back = stage.consent(stage.begin())

    def attempt(_: int) -> str:
        try:
            stage.complete(back)
        except ConnectionRefused as refused:
            return str(refused.reason)
        return "done"

    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(attempt, range(100)))
    assert outcomes.count("done") == 1
    assert outcomes.count(Refused.STATE_USED) == 99


def test_a_grant_that_cannot_be_stored_leaves_no_token_alive(new_sqlite_stage: NewStage) -> None:
    stage = new_sqlite_stage()
    back = stage.consent(stage.begin())
    with stage.extension._storage.operator_unit() as unit:
        from sqlalchemy import text

        unit.session.execute(
            text("CREATE TRIGGER full BEFORE INSERT ON zendesk_grants BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        )
    with pytest.raises(Exception) as refused:  # noqa: PT011  # whatever it is, it is not silent
        stage.complete(back)
    assert refused.value is not None
    assert live_tokens(stage) == 0
    assert not stage.connections.one(ANN).exists


class _Changing:
    """A line on which every answer may be changed before it arrives."""

    def __init__(self, line: Any, change: Callable[[int, bytes], tuple[int, bytes]]) -> None:
        self._line, self._change = line, change

    def send(self, request: Any, *args: Any, **options: Any) -> Any:
        import io

        import urllib3
        from requests.adapters import HTTPAdapter

        answer = self._line.send(request, *args, **options)
        status, body = self._change(answer.status_code, answer.content)
        raw = urllib3.HTTPResponse(io.BytesIO(body), headers={"content-type": "application/json"}, status=status, preload_content=False)
        return HTTPAdapter().build_response(request, raw)


class _Listening:
    """A line on which the bodies of token requests are written down."""

    def __init__(self, line: Any, seen: list[dict[str, Any]]) -> None:
        self._line, self._seen = line, seen

    def send(self, request: Any, *args: Any, **options: Any) -> Any:
        if urlsplit(request.url).path == "/oauth/tokens":
            body = request.body.decode()
            form = not body.startswith("{")
            self._seen.append({k: v[0] for k, v in parse_qs(body).items()} if form else json.loads(body))
        return self._line.send(request, *args, **options)


def _without(body: bytes, *names: str) -> bytes:
    told = json.loads(body)
    return json.dumps({name: value for name, value in told.items() if name not in names}).encode()


def test_tenants_do_not_share_people(stage: Stage) -> None:
    stage.connect(ANN)
    namesake = Caller(user_id="ann", tenant_id="elsewhere", via="bearer")
    with pytest.raises(ConfigError):
        stage.connections.one(namesake)
    assert stage.connections.every(namesake) == []


def test_the_browser_is_stored_as_a_hash(stage: Stage) -> None:
    from sqlalchemy import text

    state = query(stage.begin())["state"]
    with stage.extension._storage.operator_unit() as unit:
        (row,) = unit.session.execute(text("SELECT * FROM zendesk_oauth_states")).mappings()
    assert BROWSER not in str(dict(row))
    assert state not in str(dict(row))
    assert row["state_hash"] == hashlib.sha256(state.encode()).hexdigest()
