"""Who is calling: fixed tokens, and a service account that fetches its own tokens once, ahead of time, for all threads."""

from __future__ import annotations

import base64
import json
import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from atom_zendesk_plugin import errors
from atom_zendesk_plugin.client.account import Account
from atom_zendesk_plugin.client.credentials import AccessToken, ApiToken, ClientCredentials
from atom_zendesk_plugin.client.grants import missing
from atom_zendesk_plugin.client.transport import Transport
from atom_zendesk_plugin.clock import ManualClock
from tests.unit.client.wire import BASE, LOST, NOT_SENT, TOKEN, Answer, Handler, Rig, Sent, Wire, rig

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
SECRET = "very-secret-client-secret"
DEAD = Answer(401, {"error": "invalid_token", "error_description": "The access token provided is expired or revoked"})


class Zendesk:
    """Grants numbered tokens and knows which of them are alive."""

    def __init__(self, clock: ManualClock, *, life: int | None = 1800, tell: bool = True) -> None:
        self.clock, self.life, self.tell = clock, life, tell
        self.minted = 0
        self.asked: list[dict[str, object]] = []
        self.alive: dict[str, datetime | None] = {}
        self.spoilt: list[Answer | Exception] = []
        self.current: Answer | Exception | None = None
        self.scope: str | None = "read write"
        self.lock = threading.Lock()

    def __call__(self, sent: Sent) -> Answer | Exception:
        with self.lock:
            if sent.path == "/oauth/tokens":
                return self._mint(sent)
            token = sent.headers["Authorization"].removeprefix("Bearer ")
            if token not in self.alive or ((until := self.alive[token]) is not None and until <= self.clock.now()):
                return DEAD
            if sent.path.startswith("/api/v2/oauth/tokens/current"):
                return self.current or Answer(
                    200, {"token": {"expires_at": until and until.isoformat(), "scopes": ["read"]}}
                )
            return Answer(200, {"ticket": {"id": 1}})

    def _mint(self, sent: Sent) -> Answer | Exception:
        self.minted += 1
        self.asked.append(sent.json)
        if self.spoilt:
            return self.spoilt.pop(0)
        token = f"secret-token-{self.minted}"
        self.alive[token] = None if self.life is None else self.clock.now() + timedelta(seconds=self.life)
        body: dict[str, object] = {"access_token": token, "token_type": "bearer"}
        if self.scope is not None:
            body["scope"] = self.scope
        if self.tell:
            body["expires_in"] = self.life
        return Answer(201, body)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


def service(zendesk: Handler, clock: ManualClock, *, adapter: Wire | None = None, scopes: str = "read write") -> Rig:
    return rig(
        handler=zendesk, clock=clock, client_id="atom", client_secret=SECRET, scopes=scopes, token_ttl=1800, deadline=60
    )


def credentials(there: Rig) -> ClientCredentials:
    found = there.client.credentials
    assert isinstance(found, ClientCredentials)
    return found


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
        there = service(zendesk, clock)
        there.client.tickets.get(1)
        clock.advance(1800)
        start = threading.Barrier(50)

        def read(_: int) -> int:
            start.wait()
            return there.client.tickets.get(1).record.id

        with ThreadPoolExecutor(50) as pool:
            assert set(pool.map(read, range(50))) == {1}
        assert zendesk.minted == 2
        assert not any(event.status == 401 for event in there.events)

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
        there = service(_granting(f"e30.{claims}.c2ln", shown), clock)
        there.client.tickets.get(1)
        assert credentials(there).expires_at == NOW + timedelta(seconds=700)

    @pytest.mark.parametrize(
        "token", ["opaque", "a.b.c", "a.e30.c", "a.bnVsbA.c", "a.eyJleHAiOiJ4In0.c", "..", "a.%%%.c"]
    )
    def test_and_nothing_told_is_never_for_ever(self, clock: ManualClock, token: str) -> None:
        there = service(_granting(token, Answer(500)), clock)
        there.client.tickets.get(1)
        assert credentials(there).expires_at == NOW + timedelta(seconds=300)

    @pytest.mark.parametrize("told", [0, -1, "soon", True, [], 1e300, "", None])
    def test_a_senseless_life_counts_as_left_out(self, clock: ManualClock, told: object) -> None:
        there = service(_granting("opaque", Answer(404), expires_in=told), clock)
        there.client.tickets.get(1)
        assert "/api/v2/oauth/tokens/current.json" in there.paths

    def test_a_life_in_a_text_is_read(self, clock: ManualClock) -> None:
        there = service(_granting("opaque", Answer(404), expires_in="600"), clock)
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


class TestRefusals:
    @pytest.mark.parametrize(
        ("status", "code", "kind"),
        [
            (401, "invalid_client", errors.ZendeskUnauthorized), (400, "invalid_client", errors.ZendeskUnauthorized),
            (400, "invalid_scope", errors.ConfigError), (400, "unauthorized_client", errors.ConfigError),
            (400, "unsupported_grant_type", errors.ConfigError), (400, "invalid_request", errors.ZendeskUnauthorized),
            (403, None, errors.ZendeskUnauthorized), (404, None, errors.ZendeskNotFound),
        ],
    )  # fmt: skip
    def test_the_dialect_of_the_token_endpoint(
        self, clock: ManualClock, status: int, code: str | None, kind: type[errors.ZendeskPluginError]
    ) -> None:
        there = service(lambda _: Answer(status, {"error": code, "error_description": "secret words"}), clock)
        with pytest.raises(kind) as caught:
            there.client.tickets.get(1)
        assert "secret words" not in str(caught.value)
        assert SECRET not in f"{caught.value!r}"
        assert there.paths == ["/oauth/tokens"]

    def test_refused_credentials_are_left_alone_for_a_while(self, clock: ManualClock) -> None:
        zendesk = Zendesk(clock)
        zendesk.spoilt = [Answer(401, {"error": "invalid_client"})]
        there = service(zendesk, clock)
        for _ in range(20):
            with pytest.raises(errors.ZendeskUnauthorized):
                there.client.tickets.get(1)
        assert zendesk.minted == 1
        clock.advance(11)
        assert there.client.tickets.get(1).record.id == 1

    @pytest.mark.parametrize(
        "bad", [Answer(500), Answer(503, b"<html>", {"retry-after": "1"}), LOST, NOT_SENT, Answer(429)]
    )
    def test_a_passing_failure_is_tried_again(self, clock: ManualClock, bad: Answer | Exception) -> None:
        zendesk = Zendesk(clock)
        zendesk.spoilt = [bad, bad]
        there = service(zendesk, clock)
        assert there.client.tickets.get(1).record.id == 1
        assert zendesk.minted == 3

    def test_a_token_that_still_works_is_used_on_when_the_next_can_not_be_had(self, clock: ManualClock) -> None:
        zendesk = Zendesk(clock)
        there = service(zendesk, clock)
        there.client.tickets.get(1)
        clock.advance(1745)
        zendesk.spoilt = [NOT_SENT] * 4
        assert there.client.tickets.get(1).record.id == 1
        assert not any(event.status == 401 for event in there.events)

    def test_a_429_is_obeyed_and_not_waited_for_in_vain(self, clock: ManualClock) -> None:
        zendesk = Zendesk(clock)
        zendesk.spoilt = [Answer(429, b"", {"retry-after": "120"})]
        there = service(zendesk, clock)
        with pytest.raises(errors.ZendeskRateLimited) as caught:
            there.client.within(seconds=30).tickets.get(1)
        assert caught.value.retry_after == 120.0
        with pytest.raises(errors.DeadlineExceeded) as later:
            there.client.within(seconds=30).tickets.get(1)
        assert later.value.retry_after == 120.0
        assert (clock.monotonic(), zendesk.minted) == (0.0, 1)
        assert there.client.within(lane="background").tickets.get(1).record.id == 1
        assert 120 <= clock.monotonic() < 122

    def test_a_429_while_a_token_still_works_holds_nobody_up(self, clock: ManualClock) -> None:
        zendesk = Zendesk(clock)
        there = service(zendesk, clock)
        there.client.tickets.get(1)
        clock.advance(1745)
        zendesk.spoilt = [Answer(429, b"", {"retry-after": "120"})]
        view = there.client.within(seconds=20)
        view.tickets.get(1)
        view.tickets.get(1)
        assert zendesk.minted == 2

    @pytest.mark.parametrize(
        "body", [{}, {"access_token": 5}, {"access_token": ""}, {"access_token": "a b"}, [], None, b"<html>"]
    )
    def test_a_grant_without_a_usable_token(self, clock: ManualClock, body: object) -> None:
        there = service(lambda _: Answer(200, body), clock)
        with pytest.raises(errors.ZendeskUnexpected, match="no usable access token"):
            there.client.tickets.get(1)

    def test_waiting_threads_share_a_failure(self, clock: ManualClock) -> None:
        release = threading.Event()
        calls = []

        def zendesk(sent: Sent) -> Answer:
            calls.append(sent)
            release.wait(10)
            return Answer(500)

        wire = Wire(zendesk)
        account = Account(key="k", base_url=BASE)
        found = ClientCredentials(
            account=account, client_id="a", client_secret="b", scopes=["read"], ttl=1800, clock=clock, rng=random.Random(1),
            transport=Transport(account, clock=clock, adapter=wire),
        )  # fmt: skip
        waiting = threading.Semaphore(0)

        def ask(_: int) -> str:
            waiting.release()
            try:
                return found.authorization(deadline=None)
            except errors.ZendeskUnavailable as error:
                return type(error).__name__

        with ThreadPoolExecutor(20) as pool:
            told = [pool.submit(ask, number) for number in range(20)]
            for _ in range(20):
                waiting.acquire()
            _until(lambda: len(calls) == 1)
            release.set()
            assert {one.result(10) for one in told} == {"ZendeskUnavailable"}
        # Threads that were late for the lock may fetch for themselves; those that waited for it do not.
        assert len(calls) <= 4 * 3

    def test_a_thread_waits_for_anothers_token_no_longer_than_its_deadline(self, clock: ManualClock) -> None:
        there = service(Zendesk(clock), clock)
        found = credentials(there)
        with found._lock, pytest.raises(errors.DeadlineExceeded):
            found.authorization(deadline=clock.monotonic() + 0.05)


def _granting(token: str, shown: Answer | Exception, **more: object) -> Handler:
    def zendesk(sent: Sent) -> Answer | Exception:
        if sent.path == "/oauth/tokens":
            return Answer(200, {"access_token": token, "scope": "read write", **more})
        return shown if "current" in sent.path else Answer(200, {"ticket": {"id": 1}})

    return zendesk


def _until(condition: Callable[[], bool]) -> None:
    for _ in range(10_000):
        if condition():
            return
        threading.Event().wait(0.001)
    raise AssertionError("it did not come to pass")
