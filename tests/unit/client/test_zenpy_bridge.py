"""What a Zenpy program sees of each outcome, and what never gets past the bridge."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from atom_zendesk_plugin import errors
from atom_zendesk_plugin.client.carrying import CarriedResponse
from tests.unit.client.wire import LOST, NOT_SENT, TOKEN, Answer, Rig, Sent, rig

pytest.importorskip("zenpy", reason="zenpy is needed: install the extra [test]")
from zenpy.lib import api as zenpy_api
from zenpy.lib.api_objects import Comment, Ticket
from zenpy.lib.exception import (
    APIException,
    RecordNotFoundException,
    SearchResponseLimitExceeded,
    TooManyValuesException,
)

GONE = Answer(404, {"error": "RecordNotFound", "description": "Not found"})
TICKET = Answer(200, {"ticket": {"id": 1, "subject": "x"}})
WRITTEN = Answer(200, {"ticket": {"id": 1, "subject": "x"}, "audit": {"id": 2, "ticket_id": 1}})


@pytest.fixture(autouse=True)
def nobody_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    def sleep(seconds: float) -> None:
        raise AssertionError(f"Zenpy slept {seconds} s: the client does the waiting")

    monkeypatch.setattr(zenpy_api, "sleep", sleep)


def spoken(there: Rig) -> Any:
    return there.client.zenpy(cache=False)


def commented() -> Ticket:
    return Ticket(id=1, comment=Comment(body="Once", public=False))


@pytest.mark.parametrize(
    ("answer", "raised", "ours"),
    [
        (GONE, RecordNotFoundException, errors.ZendeskNotFound),
        (Answer(400, {"error": "TooManyValues"}), TooManyValuesException, errors.ZendeskBadRequest),
        (Answer(422, {"error": "invalid"}), SearchResponseLimitExceeded, errors.ZendeskInvalid),
        (Answer(422, {"error": "RecordInvalid", "details": {"email": [{"error": "x"}]}}), APIException, errors.ZendeskInvalid),
        (Answer(401, {"error": "Couldn't authenticate you"}), APIException, errors.ZendeskUnauthorized),
        (Answer(403, {"error": "Forbidden"}), APIException, errors.ZendeskForbidden),
        (Answer(409, {"error": "UpdateConflict"}), APIException, errors.ZendeskConflict),
        (Answer(413, b"<html>too large</html>"), requests.HTTPError, errors.ZendeskTooLarge),
        (Answer(429, {"error": "TooManyRequests"}, {"retry-after": "60"}), APIException, errors.ZendeskRateLimited),
        (Answer(503, b"<html>down</html>", {"retry-after": "60"}), requests.HTTPError, errors.ZendeskUnavailable),
        (Answer(500, {"error": "Oops"}), APIException, errors.ZendeskUnavailable),
    ],
)  # fmt: skip
def test_a_refusal_is_zenpys_own_error_with_ours_beside_it(
    answer: Answer, raised: type[Exception], ours: type[errors.ZendeskCallFailed]
) -> None:
    there = rig(answer, deadline=5)
    with pytest.raises(raised) as caught:
        spoken(there).tickets(id=1)
    response = caught.value.response  # type: ignore[attr-defined]
    assert isinstance(response, CarriedResponse)
    assert (response.status_code, response.content) == (answer.status, answer.content())
    assert type(response.failure) is ours
    assert "retry-after" not in response.headers
    if answer.headers:
        assert response.failure.retry_after == 60


@pytest.mark.parametrize(
    ("answer", "ours"),
    [
        (LOST, errors.ZendeskUnavailable),
        (NOT_SENT, errors.ZendeskUnreachable),
        (Answer(200, b"<html>edge</html>"), errors.ZendeskUnexpected),
        (Answer(302, b"", {"location": "https://evil.example/"}), errors.ForeignHost),
        (Answer(302, b"", {"location": "/elsewhere"}), errors.ZendeskUnexpected),
    ],
)
def test_what_is_no_answer_passes_as_our_error(answer: Answer | Exception, ours: type[Exception]) -> None:
    there = rig(answer)
    with pytest.raises(ours) as caught:
        spoken(there).tickets(id=1)
    assert type(caught.value) is ours
    assert {sent.url.split("/")[2] for sent in there.wire.sent} == {"acme.zendesk.com"}


@pytest.mark.parametrize(
    "answer", [LOST, Answer(500, {"error": "Oops"}), Answer(502, b"bad gateway"), Answer(200, b"{")]
)
def test_a_comment_that_may_have_been_made_is_sent_once_and_said_to_be_unknown(answer: Answer | Exception) -> None:
    there = rig(answer)
    with pytest.raises(errors.OutcomeUnknown):
        spoken(there).tickets.update(commented())
    assert [sent.method for sent in there.wire.sent] == ["PUT"]


def test_a_comment_refused_by_the_rate_limit_is_sent_again_after_the_wait() -> None:
    there = rig(Answer(429, b"", {"retry-after": "7"}), WRITTEN)
    assert spoken(there).tickets.update(commented()).ticket.id == 1
    assert there.clock.monotonic() >= 7
    assert len(there.wire.sent) == 2


def test_a_new_ticket_carries_one_key_through_all_attempts_and_another_the_next_time() -> None:
    there = rig(LOST, Answer(502), WRITTEN)
    zen = spoken(there)
    zen.tickets.create(Ticket(subject="x", comment=Comment(body="y")))
    first = [sent.headers["Idempotency-Key"] for sent in there.wire.sent]
    assert len(first) == 3
    assert len(set(first)) == 1
    zen.tickets.create(Ticket(subject="x", comment=Comment(body="y")))
    assert there.wire.sent[-1].headers["Idempotency-Key"] != first[0]


@pytest.mark.parametrize(
    "work",
    [
        lambda zen: zen.tickets(id=1),
        lambda zen: zen.tickets.update(commented()),
        lambda zen: zen.tickets.create([Ticket(subject="x")]),
        lambda zen: zen.users(id=1),
    ],
)
def test_no_other_call_carries_a_key(work: Callable[[Any], object]) -> None:
    there = rig(GONE)
    with pytest.raises(RecordNotFoundException):
        work(spoken(there))
    assert all("Idempotency-Key" not in sent.headers for sent in there.wire.sent)


def test_a_token_refused_once_is_renewed_and_the_program_does_not_notice() -> None:
    tokens = iter(["first", "second"])

    def handler(sent: Sent) -> Answer:
        if sent.path == "/oauth/tokens":
            return Answer(200, {"access_token": next(tokens), "token_type": "bearer", "expires_in": 1800})
        return Answer(401, {"error": "invalid_token"}) if sent.headers["Authorization"] == "Bearer first" else TICKET

    there = rig(handler=handler, client_id="c", client_secret="s")
    assert spoken(there).tickets(id=1).subject == "x"
    assert there.paths.count("/oauth/tokens") == 2


def test_a_token_that_can_not_be_renewed_is_told_as_such_and_not_as_zendesks_answer_to_the_call() -> None:
    tokens = iter([Answer(200, {"access_token": "first", "token_type": "bearer", "expires_in": 1800})])

    def handler(sent: Sent) -> Answer:
        dead = Answer(401, {"error": "invalid_client"})
        return next(tokens, dead) if sent.path == "/oauth/tokens" else Answer(401, {"error": "invalid_token"})

    there = rig(handler=handler, client_id="c", client_secret="s")
    with pytest.raises(errors.ZendeskUnauthorized) as caught:
        spoken(there).tickets(id=1)
    assert caught.value.endpoint == "/oauth/tokens"


def test_a_view_has_one_deadline_for_all_calls_of_its_zenpy() -> None:
    there = rig(TICKET)
    zen = there.client.within(seconds=10).zenpy(cache=False)
    zen.tickets(id=1)
    there.clock.advance(10)
    with pytest.raises(errors.DeadlineExceeded):
        zen.tickets(id=1)
    assert len(there.wire.sent) == 1


def test_an_open_circuit_passes_as_ours() -> None:
    there = rig(NOT_SENT)
    zen = spoken(there)
    for _ in range(3):
        with pytest.raises(errors.ZendeskUnreachable):
            zen.tickets(id=1)
    sent = len(there.wire.sent)
    with pytest.raises(errors.CircuitOpen):
        zen.tickets(id=1)
    assert len(there.wire.sent) == sent


def test_read_only_lets_reads_through_and_sends_no_write() -> None:
    there = rig(TICKET, read_only=True)
    zen = spoken(there)
    zen.tickets(id=1)
    writes: tuple[Callable[[], object], ...] = (
        lambda: zen.tickets.update(commented()),
        lambda: zen.tickets.create(Ticket(subject="x")),
        lambda: zen.tickets.delete(Ticket(id=1)),
        lambda: zen.attachments.upload(b"x", target_name="x"),
    )
    for work in writes:
        with pytest.raises(errors.ReadOnly):
            work()
    assert [sent.method for sent in there.wire.sent] == ["GET"]


@pytest.mark.parametrize(
    "address",
    ["https://evil.example/api/v2/users/me", "https://evil.example/attachments/token/x/", "http://acme.zendesk.com/api/v2/users/me", "https://other.zendesk.com/api/v2/x",
     "https://acme.zendesk.com@evil.example/api/v2/x", "https://account.localhost/api/v2/x", "https://acme.zendesk.com/api/../x"],
)  # fmt: skip
def test_another_host_is_refused(address: str) -> None:
    there = rig(TICKET)
    request = requests.Request("GET", address).prepare()
    request.url = address
    session = spoken(there).users.session
    with pytest.raises(errors.ForeignHost):
        session.send(request, timeout=5)
    assert there.wire.sent == []


def test_zenpys_own_detour_leads_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    there = rig(TICKET)
    monkeypatch.setenv("ZENPY_FORCE_NETLOC", "evil.example")
    with pytest.raises(errors.ForeignHost):
        spoken(there).tickets(id=1)
    assert there.wire.sent == []


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/oauth/tokens"), ("DELETE", "/access/logout"), ("OPTIONS", "/api/v2/x")]
)
def test_what_is_neither_api_nor_file_is_refused(method: str, path: str) -> None:
    there = rig(TICKET)
    with pytest.raises(errors.InvalidInput):
        spoken(there).users.session.request(method, f"https://acme.zendesk.com{path}", timeout=5)
    assert there.wire.sent == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda session: session.headers.update({"X-On-Behalf-Of": "somebody@example.com"}),
        lambda session: session.headers.update({"Idempotency-Key": "for ever"}),
        lambda session: setattr(session, "auth", ("me", "mine")),
    ],
)
def test_a_header_the_bridge_does_not_carry_is_refused_not_dropped(spoil: Callable[[Any], None]) -> None:
    there = rig(TICKET)
    zen = spoken(there)
    spoil(zen.users.session)
    with pytest.raises(errors.InvalidInput, match=r"take .* off the session"):
        zen.tickets(id=1)
    assert there.wire.sent == []


def test_no_secret_is_seen_by_zenpy_or_its_log(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    there = rig(TICKET, GONE)
    with caplog.at_level(logging.DEBUG):
        zen = spoken(there)
        zen.tickets(id=1)
        with pytest.raises(RecordNotFoundException) as caught:
            zen.tickets(id=2)
    session, response = zen.users.session, caught.value.response
    assert there.wire.sent[0].headers["Authorization"] == f"Bearer {TOKEN}"
    seen = (zen, vars(zen), session, vars(session), session.headers, session.auth, session.cookies, session.adapters)
    told = (
        caught.value,
        caught.value.args,
        response,
        vars(response),
        response.request.headers,
        response.headers,
        response.failure,
    )
    assert TOKEN not in repr((seen, told)) + str(caught.value) + caplog.text
    assert "Authorization" not in response.request.headers


def test_a_netrc_of_the_machine_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine acme.zendesk.com login somebody password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    there = rig(TICKET)
    spoken(there).tickets(id=1)
    assert there.wire.sent[0].headers["Authorization"] == f"Bearer {TOKEN}"


def test_zenpys_memory_of_records_can_be_switched_off_and_is_never_shared() -> None:
    there = rig(Answer(200, {"user": {"id": 7, "name": "Ann"}}))
    first, second, third = there.client.zenpy(), there.client.zenpy(), there.client.zenpy(cache=False)
    for zen in (first, first, second, third, third):
        assert zen.users(id=7).name == "Ann"
    assert len(there.wire.sent) == 4


def test_a_host_without_zenpy_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zenpy", None)
    with pytest.raises(errors.DependencyMissing) as caught:
        rig(TICKET).client.zenpy()
    assert caught.value.public["package"] == "zenpy"


def test_closing_zenpys_session_leaves_the_client_open() -> None:
    there = rig(TICKET)
    with spoken(there).users.session:
        pass
    assert there.wire.closed == 0
    there.client.close()
    assert there.wire.closed > 0
