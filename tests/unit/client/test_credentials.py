"""Who is calling: fixed tokens, and a service account that fetches its own tokens once, ahead of time, for all threads."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from atom_zendesk_plugin import errors
from atom_zendesk_plugin.client.credentials import AccessToken, ApiToken
from atom_zendesk_plugin.client.grants import missing
from atom_zendesk_plugin.clock import ManualClock
from tests.unit.client.granting import DEAD, NOW, SECRET, Zendesk, credentials, granting, service
from tests.unit.client.wire import LOST, TOKEN, Answer, Sent, rig


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


class TestFixed:
    def test_the_two_kinds_of_header(self) -> None:
        assert AccessToken(TOKEN).authorization(deadline=None) == f"Bearer {TOKEN}"
        header = ApiToken("ann@example.com", "t0ken").authorization(deadline=None)
        assert base64.b64decode(header.removeprefix("Basic ")) == b"ann@example.com/token:t0ken"
        assert not AccessToken(TOKEN).refused(f"Bearer {TOKEN}")
        assert not ApiToken("ann@example.com", "t0ken").refused(header)

    @pytest.mark.parametrize("token", ["", "with blank", "line\nend", "t\u00f6ken", "tab\t", "\x7f"])
    def test_a_token_that_can_be_none_is_refused_without_being_shown(self, token: str) -> None:
        with pytest.raises(errors.ConfigError) as caught:
            AccessToken(token)
        assert not token or token not in str(caught.value)

    def test_an_api_token_needs_both_halves(self) -> None:
        for email, token in (("", "x"), ("ann@example.com", "")):
            with pytest.raises(errors.ConfigError):
                ApiToken(email, token)

    def test_secrets_are_in_no_representation(self, clock: ManualClock) -> None:
        there = service(Zendesk(clock), clock)
        there.client.tickets.get(1)
        shown = repr(
            [
                AccessToken(TOKEN),
                ApiToken("ann@example.com", TOKEN),
                there.client.credentials,
                vars(credentials(there))["_token"],
            ]
        )
        assert TOKEN not in shown
        assert SECRET not in shown
        assert "secret-token" not in shown

    def test_without_settings_there_is_no_client(self) -> None:
        complete = {"client_id": "a", "client_secret": "b"}
        half: list[dict[str, Any]] = [{"client_id": "a"}, {"client_id": ""}, complete | {"subdomain": ""}]
        for settings in half:
            with pytest.raises(errors.ConfigError):
                rig(Answer(), **settings)


class TestFetching:
    def test_the_request_and_the_reuse(self, clock: ManualClock) -> None:
        zendesk = Zendesk(clock)
        there = service(zendesk, clock)
        for _ in range(3):
            there.client.tickets.get(1)
        assert zendesk.asked == [
            {"grant_type": "client_credentials", "client_id": "atom", "client_secret": SECRET, "scope": "read write", "expires_in": 1800}
        ]  # fmt: skip
        assert there.wire.sent[0].headers["Content-Type"] == "application/json"
        assert "Authorization" not in there.wire.sent[0].headers
        assert credentials(there).expires_at == NOW + timedelta(seconds=1800)

    def test_the_next_token_is_there_sixty_seconds_before_the_end(self, clock: ManualClock) -> None:
        zendesk = Zendesk(clock)
        there = service(zendesk, clock)
        there.client.tickets.get(1)
        clock.advance(1739)
        there.client.tickets.get(1)
        assert zendesk.minted == 1
        clock.advance(1)
        there.client.tickets.get(1)
        assert zendesk.minted == 2

    def test_a_day_of_short_tokens_without_a_failed_call(self, clock: ManualClock) -> None:
        zendesk = Zendesk(clock, life=300)
        there = service(zendesk, clock)
        for _ in range(86_400 // 30):
            there.client.tickets.get(1)
            clock.advance(30)
        assert zendesk.minted <= 86_400 / (300 - 60) + 1
        assert not any(event.status == 401 for event in there.events)

    def test_a_token_shorter_than_the_margin_is_not_fetched_for_every_call(self, clock: ManualClock) -> None:
        zendesk = Zendesk(clock, life=40)
        there = service(zendesk, clock)
        for _ in range(10):
            there.client.tickets.get(1)
        assert zendesk.minted == 1

    def test_fifty_threads_at_expiry_make_one_token_call(self, clock: ManualClock) -> None:
        zendesk = Zendesk(clock)
        start = threading.Barrier(50)

        def slowly(sent: Sent) -> Answer | Exception:
            if sent.path == "/oauth/tokens" and zendesk.minted:
                threading.Event().wait(0.2)  # long enough for all others to come and wait
            return zendesk(sent)

        there = service(slowly, clock)
        there.client.tickets.get(1)
        clock.advance(1800)

        def read(_: int) -> int:
            start.wait()
            return there.client.tickets.get(1).record.id

        with ThreadPoolExecutor(50) as pool:
            assert set(pool.map(read, range(50))) == {1}
        assert zendesk.minted == 2
        assert not any(event.status == 401 for event in there.events)

    def test_one_call_tries_a_fresh_token_once(self, clock: ManualClock) -> None:
        def zendesk(sent: Sent) -> Answer:
            token = f"token-{len(there.wire.sent)}"
            return Answer(201, {"access_token": token, "expires_in": 1800}) if "oauth" in sent.path else DEAD

        there = service(zendesk, clock)
        with pytest.raises(errors.ZendeskUnauthorized):
            there.client.tickets.get(1)
        assert there.paths == ["/oauth/tokens", "/api/v2/tickets/1"] * 2

    def test_a_revoked_token_is_replaced_once(self, clock: ManualClock) -> None:
        zendesk = Zendesk(clock)
        there = service(zendesk, clock)
        there.client.tickets.get(1)
        zendesk.alive.clear()
        assert there.client.tickets.get(1).record.id == 1
        assert zendesk.minted == 2

    def test_a_write_is_sent_again_after_a_refused_token(self, clock: ManualClock) -> None:
        zendesk = Zendesk(clock)
        there = service(zendesk, clock)
        there.client.tickets.get(1)
        zendesk.alive.clear()
        assert there.client.tickets.update(1, {"status": "open"}).ticket.id == 1

    def test_tokens_that_are_never_accepted_make_no_storm(self, clock: ManualClock) -> None:
        zendesk = Zendesk(clock, life=0, tell=False)
        zendesk.current = Answer(404)
        there = service(zendesk, clock)
        for _ in range(50):
            with pytest.raises(errors.ZendeskUnauthorized):
                there.client.tickets.get(1)
        assert zendesk.minted == 4
        clock.advance(61)
        zendesk.life = 1800
        assert there.client.tickets.get(1).record.id == 1

    def test_only_invalid_token_fetches_a_new_one(self, clock: ManualClock) -> None:
        answers: Iterator[Answer] = iter(
            [
                Answer(201, {"access_token": "t", "expires_in": 1800}),
                Answer(401, {"error": "Couldn't authenticate you"}),
            ]
        )
        there = service(lambda _: next(answers), clock)
        with pytest.raises(errors.ZendeskUnauthorized):
            there.client.tickets.get(1)
        assert there.paths == ["/oauth/tokens", "/api/v2/tickets/1"]


class TestLife:
    """Where the answer leaves out ``expires_in``."""

    def test_the_tokens_record_tells(self, clock: ManualClock) -> None:
        zendesk = Zendesk(clock, life=900, tell=False)
        there = service(zendesk, clock)
        there.client.tickets.get(1)
        assert there.paths == ["/oauth/tokens", "/api/v2/oauth/tokens/current.json", "/api/v2/tickets/1"]
        assert credentials(there).expires_at == NOW + timedelta(seconds=900)
        clock.advance(840)
        there.client.tickets.get(1)
        assert zendesk.minted == 2

    def test_an_explicit_null_is_a_token_without_end(self, clock: ManualClock) -> None:
        zendesk = Zendesk(clock, life=None, tell=False)
        there = service(zendesk, clock)
        there.client.tickets.get(1)
        clock.advance(10_000_000)
        there.client.tickets.get(1)
        assert zendesk.minted == 1
        assert credentials(there).expires_at is None

    @pytest.mark.parametrize(
        "shown",
        [
            Answer(403),
            Answer(200, {"token": {}}),
            Answer(200, b"<html>"),
            LOST,
            Answer(200, {"token": {"expires_at": "soon"}}),
        ],
    )
    def test_then_the_token_itself(self, clock: ManualClock, shown: Answer | Exception) -> None:
        claims = base64.urlsafe_b64encode(json.dumps({"exp": NOW.timestamp() + 700}).encode()).rstrip(b"=").decode()
        there = service(granting(f"e30.{claims}.c2ln", shown), clock)
        there.client.tickets.get(1)
        assert credentials(there).expires_at == NOW + timedelta(seconds=700)

    @pytest.mark.parametrize(
        "token", ["opaque", "a.b.c", "a.e30.c", "a.bnVsbA.c", "a.eyJleHAiOiJ4In0.c", "..", "a.%%%.c"]
    )
    def test_and_nothing_told_is_never_for_ever(self, clock: ManualClock, token: str) -> None:
        there = service(granting(token, Answer(500)), clock)
        there.client.tickets.get(1)
        assert credentials(there).expires_at == NOW + timedelta(seconds=300)

    @pytest.mark.parametrize("told", [0, -1, "soon", True, [], 1e300, "", None])
    def test_a_senseless_life_counts_as_left_out(self, clock: ManualClock, told: object) -> None:
        there = service(granting("opaque", Answer(404), expires_in=told), clock)
        there.client.tickets.get(1)
        assert "/api/v2/oauth/tokens/current.json" in there.paths

    def test_a_life_in_a_text_is_read(self, clock: ManualClock) -> None:
        there = service(granting("opaque", Answer(404), expires_in="600"), clock)
        there.client.tickets.get(1)
        assert credentials(there).expires_at == NOW + timedelta(seconds=600)


class TestScopes:
    @pytest.mark.parametrize(
        ("asked", "granted", "expected"),
        [
            ("read write", "read write", ()), ("read write", "read", ("write",)), ("read tickets:write", "read write", ()),
            ("tickets:read", "tickets:read", ()), ("tickets:read users:read", "tickets:read", ("users:read",)),
            ("read", "tickets:read", ("read",)), ("read", "", ("read",)),
        ],
    )  # fmt: skip
    def test_what_is_missing(self, asked: str, granted: str, expected: tuple[str, ...]) -> None:
        assert missing(asked.split(), granted.split()) == expected

    def test_less_granted_than_asked_is_seen_at_once(self, clock: ManualClock) -> None:
        zendesk = Zendesk(clock)
        zendesk.scope = "read"
        there = service(zendesk, clock)
        assert credentials(there).missing_scopes == ()
        there.client.tickets.get(1)
        assert credentials(there).missing_scopes == ("write",)

    def test_the_record_tells_when_the_answer_does_not(self, clock: ManualClock) -> None:
        zendesk = Zendesk(clock, tell=False)
        zendesk.scope = None
        there = service(zendesk, clock)
        there.client.tickets.get(1)
        assert credentials(there).missing_scopes == ("write",)
