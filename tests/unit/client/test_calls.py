"""What one call promises: repeated only when that is safe, never beyond its deadline, and honest about lost answers."""

from __future__ import annotations

import contextlib
import logging
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from atom_zendesk_plugin import errors
from atom_zendesk_plugin.client.api import ZendeskClient, build_client
from atom_zendesk_plugin.client.calling import LastCall
from atom_zendesk_plugin.client.observe import Observer
from atom_zendesk_plugin.client.transport import Method
from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.config import load_settings
from tests.unit.client.wire import BASE, LOST, NOT_SENT, TOKEN, Answer, Sent, Wire, rig

TICKETS = "/api/v2/tickets"
OK = Answer(body={"tickets": []})
CREATED = Answer(201, {"ticket": {"id": 1}})
HTML = Answer(200, b"<html>busy</html>", {"content-type": "text/html"})
LIMITED = Answer(429, b"slow down", {"retry-after": "60"})


@pytest.mark.parametrize(
    "bad", [Answer(500), Answer(503, b"<html>"), Answer(429), LOST, NOT_SENT, HTML, Answer(200, b'{"tick'), Answer(200)]
)
def test_a_read_goes_on_after_a_passing_failure(bad: Answer | Exception) -> None:
    there = rig(bad, bad, OK)
    assert there.client.request("GET", TICKETS).json() == {"tickets": []}
    assert len(there.wire.sent) == 3
    assert there.clock.monotonic() > 0


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (Answer(500), errors.ZendeskUnavailable), (LOST, errors.ZendeskUnavailable), (NOT_SENT, errors.ZendeskUnreachable),
        (HTML, errors.ZendeskUnexpected), (Answer(200, b'{"tick'), errors.ZendeskUnexpected), (Answer(200), errors.ZendeskUnexpected),
        (Answer(200, b"\xff{"), errors.ZendeskUnexpected), (Answer(429), errors.ZendeskRateLimited),
    ],
)  # fmt: skip
def test_a_read_that_keeps_failing_ends_typed_after_its_attempts(
    bad: Answer | Exception, error: type[Exception]
) -> None:
    there = rig(bad, max_attempts=3, deadline=600)
    with pytest.raises(error):
        there.client.request("GET", TICKETS)
    assert len(there.wire.sent) == 3


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("bad", [LOST, Answer(500), Answer(502), Answer(504), Answer(524)])
def test_an_unkeyed_write_is_never_repeated_when_it_may_have_been_done(method: str, bad: Answer | Exception) -> None:
    there = rig(bad, OK)
    with pytest.raises(errors.OutcomeUnknown):
        there.client.request(method, "/api/v2/tickets/1", json={"ticket": {"comment": {"body": "x"}}})  # type: ignore[arg-type]
    assert len(there.wire.sent) == 1


def test_an_unreadable_success_of_a_write_is_an_unknown_outcome() -> None:
    there = rig(HTML, OK)
    with pytest.raises(errors.OutcomeUnknown):
        there.client.request("PUT", "/api/v2/tickets/1", json={})
    assert len(there.wire.sent) == 1


def test_a_write_refused_by_maintenance_was_not_done_and_is_not_repeated() -> None:
    there = rig(Answer(503, b"<html>", {"retry-after": "1"}), OK)
    with pytest.raises(errors.ZendeskUnavailable) as caught:
        there.client.request("PUT", "/api/v2/tickets/1", json={})
    assert caught.value.retry_after == 1.0
    assert len(there.wire.sent) == 1


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("bad", [NOT_SENT, Answer(429), Answer(429, b"", {"retry-after": "3"})])
def test_a_write_that_was_certainly_not_done_is_repeated(method: str, bad: Answer | Exception) -> None:
    there = rig(bad, OK)
    assert there.client.request(method, "/api/v2/tickets/1", json={}).status == 200  # type: ignore[arg-type]
    assert len(there.wire.sent) == 2


def test_a_create_whose_reply_is_dropped_a_hundred_times_makes_one_ticket() -> None:
    made: dict[str, int] = {}
    drops = iter([True] * 100)

    def zendesk(sent: Sent) -> Answer | Exception:
        ticket = made.setdefault(sent.headers["Idempotency-Key"], len(made) + 1)
        return LOST if next(drops, False) else Answer(201, {"ticket": {"id": ticket}})

    there = rig(handler=zendesk, max_attempts=10)
    client = there.client.within()
    for _ in range(50):
        try:
            written = client.tickets.create({"comment": {"body": "x", "public": True}}, idempotency_key="key-1")
            break
        except errors.CircuitOpen as error:
            there.clock.sleep(error.retry_after or 0)
        except errors.OutcomeUnknown:
            continue  # what an outbox does: the same key again
    assert written.ticket.id == 1
    assert len(made) == 1
    assert len(there.wire.sent) == 101


@pytest.mark.parametrize("dead", [LOST, NOT_SENT, Answer(503), Answer(504)])
def test_a_dead_zendesk_costs_three_calls_and_then_nothing(dead: Answer | Exception) -> None:
    there = rig(dead, max_attempts=2)
    for _ in range(3):
        with pytest.raises(errors.ZendeskCallFailed) as failed:
            there.client.request("GET", "/api/v2/x")
        assert not isinstance(failed.value, errors.CircuitOpen)
    sent, before = len(there.wire.sent), there.clock.monotonic()
    for _ in range(50):
        with pytest.raises(errors.CircuitOpen):
            there.client.within().request("GET", "/api/v2/y")
    assert (len(there.wire.sent), there.clock.monotonic()) == (sent, before)
    there.wire.handler = lambda _: Answer(200, {})
    there.clock.advance(5)
    assert there.client.request("GET", "/api/v2/x").ok
    assert there.client.request("GET", "/api/v2/x").ok


@pytest.mark.parametrize("alive", [Answer(404), Answer(429), Answer(500), Answer(401), Answer(200, {})])
def test_a_zendesk_that_answers_is_not_dead(alive: Answer) -> None:
    there = rig(alive, max_attempts=1)
    for _ in range(10):
        with contextlib.suppress(errors.ZendeskCallFailed):
            there.client.request("GET", "/api/v2/x")
    assert len(there.wire.sent) == 10


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_read_only_sends_no_write(method: Method) -> None:
    there = rig(Answer(200, {}), read_only="true")
    with pytest.raises(errors.ReadOnly):
        there.client.request(method, "/api/v2/tickets/1", json={})
    with pytest.raises(errors.ReadOnly):
        there.client.request(method, f"{BASE}/api/v2/tickets/1")
    with pytest.raises((errors.ReadOnly, errors.ForeignHost)):
        there.client.request(method, "/api/v2/oauth/tokens/../../tickets/1")
    assert there.wire.sent == []
    assert there.client.request("GET", "/api/v2/tickets/1").ok


def test_read_only_still_fetches_tokens() -> None:
    granted = Answer(201, {"access_token": "t" * 40, "expires_in": 1800, "scope": "read write"})
    there = rig(granted, Answer(200, {}), client_id="c", client_secret="s", read_only="yes")
    assert there.client.request("GET", "/api/v2/x").ok
    assert there.paths == ["/oauth/tokens", "/api/v2/x"]


def test_what_zendesk_ignored_is_logged_for_developers(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    there = rig(Answer(200, {}, {"X-Zendesk-API-Warn": "Removed restricted keys [\"foo\"] from parameters"}))
    there.client.request("GET", "/api/v2/x")
    assert "zendesk.api_warning" in caplog.text
    assert "Removed restricted keys" in caplog.text


def test_calls_with_hardly_any_time_are_no_witnesses() -> None:
    there = rig(LOST, max_attempts=1)
    for _ in range(6):
        with pytest.raises(errors.ZendeskUnavailable) as failed:
            there.client.within(seconds=1).request("GET", "/api/v2/x")
        assert not isinstance(failed.value, errors.CircuitOpen)


def test_a_refusal_of_the_circuit_is_not_the_last_real_call() -> None:
    there = rig(LOST, max_attempts=1)
    for _ in range(4):
        with pytest.raises(errors.ZendeskUnavailable):
            there.client.request("GET", "/api/v2/x")
    there.clock.advance(1)
    with pytest.raises(errors.CircuitOpen):
        there.client.request("GET", "/api/v2/x")
    assert there.client.last_call is not None
    assert there.client.last_call.error == "ZendeskUnavailable"
    assert there.client.last_call.at < there.clock.now()


@pytest.mark.parametrize("later", [NOT_SENT, Answer(503), Answer(429)])
def test_a_create_that_may_have_been_done_stays_unknown_whatever_comes_later(later: Answer | Exception) -> None:
    there = rig(LOST, later, max_attempts=3)
    with pytest.raises(errors.OutcomeUnknown):
        there.client.within().tickets.create({"comment": {}}, idempotency_key="key-1")


def test_a_create_that_is_plainly_refused_is_not_unknown() -> None:
    there = rig(LOST, Answer(422, {"error": "RecordInvalid", "details": {"base": [{"error": "BlankValue"}]}}))
    with pytest.raises(errors.ZendeskInvalid) as caught:
        there.client.tickets.create({"comment": {}}, idempotency_key="key-1")
    assert caught.value.fields == {"base": ["BlankValue"]}


@pytest.mark.parametrize("key", ["", " x", "a\nb", "a" * 256, "é"])
def test_a_key_that_is_none_is_refused_before_sending(key: str) -> None:
    there = rig(CREATED)
    with pytest.raises(errors.InvalidInput):
        there.client.tickets.create({}, idempotency_key=key)
    assert there.wire.sent == []


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/api/v2/tickets/1"), ("POST", "/api/v2/users"), ("DELETE", "/api/v2/tickets/1")]
)
def test_a_key_where_zendesk_ignores_it_is_refused(method: str, path: str) -> None:
    there = rig(CREATED)
    with pytest.raises(errors.InvalidInput):
        there.client.request(method, path, json={}, idempotency_key="k")  # type: ignore[arg-type]
    assert there.wire.sent == []


def test_499_refusals_end_within_the_deadline_and_never_sleep_in_vain() -> None:
    there = rig(*[LIMITED] * 499, OK, max_attempts=10)
    client = there.client.within(seconds=30)
    with pytest.raises(errors.ZendeskRateLimited) as caught:
        client.request("GET", TICKETS)
    assert caught.value.retry_after == 60.0
    assert caught.value.endpoint == TICKETS
    with pytest.raises(errors.DeadlineExceeded) as held:
        client.request("GET", TICKETS)
    assert held.value.retry_after == 60.0
    assert there.clock.monotonic() <= 31
    assert len(there.wire.sent) == 1


def test_a_deadline_that_is_over_sends_nothing() -> None:
    there = rig(OK)
    client = there.client.within(seconds=5)
    there.clock.advance(6)
    with pytest.raises(errors.DeadlineExceeded):
        client.request("GET", TICKETS)
    assert there.wire.sent == []


def test_each_call_of_a_plain_client_has_the_configured_time() -> None:
    there = rig(OK, deadline=10)
    there.client.request("GET", TICKETS)
    there.clock.advance(100)
    there.client.request("GET", TICKETS)
    assert [sent.timeout[1] for sent in there.wire.sent] == [10, 10]


def test_a_call_that_never_left_costs_nothing_of_the_budget() -> None:
    headers = {"ratelimit-limit": "10", "ratelimit-remaining": "2", "ratelimit-reset": "50"}
    # One of the two is left to whoever used the others.
    there = rig(Answer(body={}, headers=headers), NOT_SENT, NOT_SENT, Answer(body={}), reserve=0)
    there.client.request("GET", TICKETS)
    there.client.request("GET", TICKETS)
    assert not any(event.kind == "wait" for event in there.events)


def test_background_work_waits_as_long_as_it_takes() -> None:
    there = rig(LIMITED, LIMITED, OK)
    there.client.within(lane="background").request("GET", TICKETS)
    assert 120 <= there.clock.monotonic() <= 123


def test_a_403_is_never_repeated_and_names_the_scopes() -> None:
    there = rig(
        Answer(403, {"error": "Forbidden", "description": "You are missing the following required scopes: read"})
    )
    with pytest.raises(errors.ZendeskForbidden) as caught:
        there.client.request("GET", TICKETS)
    assert caught.value.missing_scopes == ("read",)
    assert len(there.wire.sent) == 1


def test_a_dead_fixed_token_is_not_tried_again() -> None:
    there = rig(Answer(401, {"error": "invalid_token", "error_description": "expired"}))
    with pytest.raises(errors.ZendeskUnauthorized):
        there.client.request("GET", TICKETS)
    assert len(there.wire.sent) == 1


def test_health_sees_how_the_last_real_call_ended() -> None:
    there = rig(OK, Answer(404), NOT_SENT, OK, max_attempts=1)

    def ended(error: type[Exception] | None) -> LastCall | None:
        with pytest.raises(error) if error else contextlib.nullcontext():
            there.client.within(seconds=60).request("GET", TICKETS)
        return there.client.last_call

    assert there.client.last_call is None
    assert ended(None) == LastCall(at=datetime(2026, 1, 5, 9, 0, tzinfo=UTC), status=200, error=None)
    failed = ended(errors.ZendeskNotFound)
    assert failed is not None
    assert (failed.ok, failed.status, failed.error) == (False, 404, "ZendeskNotFound")
    away = ended(errors.ZendeskUnreachable)
    assert away is not None
    assert (away.status, away.error) == (None, "ZendeskUnreachable")
    with pytest.raises(errors.ForeignHost):
        there.client.request("GET", "https://evil.example/")
    assert there.client.last_call == away


def test_what_can_not_be_json_is_refused() -> None:
    there = rig(OK)
    with pytest.raises(errors.InvalidInput):
        there.client.request("POST", "/api/v2/users", json={"user": object()})
    assert there.wire.sent == []


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize("status", [204, 304])
def test_answers_without_a_body(method: str, status: int) -> None:
    there = rig(Answer(status))
    if status == 204:
        assert there.client.request(method, TICKETS).body == b""  # type: ignore[arg-type]
    else:
        with pytest.raises(errors.ZendeskUnexpected):
            there.client.request(method, TICKETS)  # type: ignore[arg-type]


@pytest.mark.parametrize("status", [200, 422])
def test_json_nested_without_end_is_only_a_bad_answer(status: int) -> None:
    there = rig(Answer(status, b'{"tickets":' + b"[" * 100_000 + b"]" * 100_000 + b"}"), max_attempts=2)
    with pytest.raises(errors.ZendeskUnexpected if status == 200 else errors.ZendeskInvalid):
        there.client.tickets.page()


def test_an_empty_success_of_a_write_must_be_meant_to_be_empty() -> None:
    assert rig(Answer(200, headers={"content-length": "0"})).client.request("PUT", "/api/v2/x").status == 200
    with pytest.raises(errors.OutcomeUnknown):
        rig(Answer(200)).client.request("PUT", "/api/v2/x")


def test_no_part_shows_its_secrets() -> None:
    there = rig(OK)
    reply = there.client.request("GET", TICKETS)
    parts = [
        there.client,
        there.client.credentials,
        there.client.tickets,
        reply,
        there.client.last_call,
        there.client.account,
    ]
    assert TOKEN not in repr(parts)
    assert "tickets" not in repr(reply).replace(TICKETS, "")


def test_one_client_and_two_hundred_threads() -> None:
    def echo(sent: Sent) -> Answer:
        number = sent.path.rpartition("/")[2]
        return Answer(200, {"ticket": {"id": int(number), "subject": f"ticket {number}"}})

    there = rig(handler=echo)

    def read(number: int) -> bool:
        ticket = there.client.tickets.get(number).record
        return (ticket.id, ticket.subject) == (number, f"ticket {number}")

    with ThreadPoolExecutor(200) as pool:
        assert all(pool.map(read, range(2000)))
    assert len(there.wire.sent) == 2000


def test_two_accounts_never_mix() -> None:
    def own(sent: Sent) -> Answer:
        return Answer(200, {"url": sent.url, "token": sent.headers["Authorization"]})

    wire = Wire(own)
    clients = {name: _client(wire, subdomain=name, token=f"token-of-{name}") for name in ("acme", "other")}

    def ask(number: int) -> bool:
        name = "acme" if number % 2 else "other"
        told = clients[name].request("GET", TICKETS).json()
        return bool(told == {"url": f"https://{name}.zendesk.com{TICKETS}", "token": f"Bearer token-of-{name}"})

    with ThreadPoolExecutor(100) as pool:
        assert all(pool.map(ask, range(500)))


def _client(
    wire: Wire, *, subdomain: str = "acme", token: str = TOKEN, observer: Observer | None = None
) -> ZendeskClient:
    return build_client(
        load_settings({"ZENDESK_SUBDOMAIN": subdomain, "ZENDESK_ACCESS_TOKEN": token}, {}),
        account_key=f"default/{subdomain}",
        clock=ManualClock(),
        rng=random.Random(1),
        adapter=wire,
        observer=observer,
    )
