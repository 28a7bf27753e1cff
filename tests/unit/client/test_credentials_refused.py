"""What Zendesk may answer instead of a token, and who waits for it."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from atom_zendesk_plugin import errors
from atom_zendesk_plugin.client.account import Account
from atom_zendesk_plugin.client.credentials import ClientCredentials
from atom_zendesk_plugin.client.transport import Transport
from atom_zendesk_plugin.clock import ManualClock
from tests.unit.client.granting import NOW, SECRET, Zendesk, credentials, service, until
from tests.unit.client.wire import BASE, LOST, NOT_SENT, Answer, Sent, Wire


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


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
            until(lambda: len(calls) == 1)
            release.set()
            assert {one.result(10) for one in told} == {"ZendeskUnavailable"}
        # Threads that were late for the lock may fetch for themselves; those that waited for it do not.
        assert len(calls) <= 4 * 10

    def test_an_endpoint_that_uses_up_the_time_is_left_alone_while_the_token_works(self) -> None:
        class Oversleeping(ManualClock):
            def sleep(self, seconds: float) -> None:
                super().sleep(seconds + 5)

        clock = Oversleeping(NOW)
        zendesk = Zendesk(clock)
        there = service(zendesk, clock)
        there.client.tickets.get(1)
        clock.advance(1745)
        zendesk.spoilt = [LOST] * 10
        for _ in range(5):
            assert there.client.tickets.get(1).record.id == 1
        assert zendesk.minted == 2

    def test_a_thread_waits_for_anothers_token_no_longer_than_its_deadline(self, clock: ManualClock) -> None:
        there = service(Zendesk(clock), clock)
        found = credentials(there)
        with found._lock, pytest.raises(errors.DeadlineExceeded):
            found.authorization(deadline=clock.monotonic() + 0.05)
