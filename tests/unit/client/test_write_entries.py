"""What each call leaves in the write log: begun before it is sent, ended by what came of it, names and ids alone."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from hashlib import sha256

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from atom_zendesk_plugin import errors
from atom_zendesk_plugin.client.api import ZendeskClient
from atom_zendesk_plugin.client.writing import field_names, split_path
from atom_zendesk_plugin.write_log import Write, WriteEnd
from tests.unit.client.wire import LOST, NOT_SENT, Answer, Rig, Sent, rig

TICKET = Answer(body={"ticket": {"id": 7}})
DONE = {"outcome": "done", "status": 200, "error": None, "attempts": 1}


@dataclass
class Kept:
    """A write log in two lists. ``full`` False is one that cannot record."""

    full: bool = True
    writes: list[Write] = field(default_factory=list)
    ends: list[tuple[int | None, WriteEnd]] = field(default_factory=list)

    def begin(self, write: Write) -> int | None:
        self.writes.append(write)
        return len(self.writes) if self.full else None

    def end(self, number: int | None, end: WriteEnd) -> None:
        self.ends.append((number, end))

    def only(self) -> tuple[Write, WriteEnd]:
        (write,), ((number, end),) = self.writes, self.ends
        assert number == (1 if self.full else None)
        return write, end


def logged(there: Rig, log: Kept, *, seconds: float = 20) -> ZendeskClient:
    return there.client.within(seconds=seconds, writes=log)


def told(end: WriteEnd) -> dict[str, object]:
    return {name: asdict(end)[name] for name in ("outcome", "status", "error", "attempts")}


def test_an_entry_is_begun_before_the_call_leaves_and_ended_after(capsys: pytest.CaptureFixture[str]) -> None:
    log = Kept()
    seen: list[tuple[int, int]] = []

    def look(_: Sent) -> Answer:
        seen.append((len(log.writes), len(log.ends)))
        there.clock.advance(0.5)
        return TICKET

    there = rig(handler=look)
    logged(there, log).tickets.update(7, {"status": "open", "comment": {"body": "secret words", "public": True}})
    assert seen == [(1, 0)]
    write, end = log.only()
    assert (write.method, write.endpoint, write.record_id) == ("PUT", "/tickets/{id}", "7")
    assert write.fields == ("status", "comment")
    assert told(end) == DONE
    assert (end.request_id, end.duration) == ("req-1", 0.5)
    assert "secret" not in repr(log)


@pytest.mark.parametrize(
    "call",
    [lambda client: client.users.me(), lambda client: client.request("HEAD", "/api/v2/users"),
     lambda client: client.request("DELETE", "/api/v2/oauth/tokens/7")],
    ids=["GET", "HEAD", "a token revoked"],
)  # fmt: skip
def test_reading_and_tokens_leave_nothing(call: Callable[[ZendeskClient], object]) -> None:
    log = Kept()
    there = rig(handler=lambda sent: Answer(body={"user": {"id": 1}}) if sent.method == "GET" else Answer(204))
    call(logged(there, log))
    assert log == Kept()


@pytest.mark.parametrize(
    ("answers", "raised", "outcome", "status", "attempts"),
    [
        ((Answer(422, {"error": "RecordInvalid"}),), errors.ZendeskInvalid, "refused", 422, 1),
        ((Answer(409, {"error": "UpdateConflict"}),), errors.ZendeskConflict, "refused", 409, 1),
        ((Answer(503, b"<html>"),), errors.ZendeskUnavailable, "refused", 503, 1),
        ((Answer(302, headers={"location": "https://evil.example/"}),), errors.ForeignHost, "refused", 302, 1),
        ((LOST,), errors.OutcomeUnknown, "unknown", None, 1),
        ((Answer(500, {"error": "x"}),), errors.OutcomeUnknown, "unknown", 500, 1),
        ((Answer(200, b"<html>"),), errors.OutcomeUnknown, "unknown", 200, 1),
        ((NOT_SENT,), errors.ZendeskUnreachable, "not_sent", None, 4),
        ((NOT_SENT, LOST), errors.OutcomeUnknown, "unknown", None, 2),
        ((Answer(429, headers={"retry-after": "1"}), LOST), errors.OutcomeUnknown, "unknown", None, 2),
        ((Answer(429, headers={"retry-after": "300"}),), errors.ZendeskRateLimited, "refused", 429, 1),
    ],
)
def test_how_a_write_ended(
    answers: tuple[Answer | Exception, ...], raised: type[Exception], outcome: str, status: int | None, attempts: int
) -> None:
    log = Kept()
    with pytest.raises(raised) as caught:
        logged(rig(*answers), log).tickets.update(7, {"status": "open"})
    _, end = log.only()
    assert told(end) == {
        "outcome": outcome, "status": status, "error": type(caught.value).__name__, "attempts": attempts,
    }  # fmt: skip


def test_a_write_that_is_repeated_is_one_entry() -> None:
    log = Kept()
    there = rig(Answer(429, headers={"retry-after": "2"}), TICKET)
    logged(there, log).tickets.update(7, {"status": "open"})
    _, end = log.only()
    assert told(end) == {**DONE, "attempts": 2}
    assert end.duration >= 2


def test_a_write_broken_off_in_the_middle_is_unknown() -> None:
    log = Kept()

    def stop(_: Sent) -> Answer:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        logged(rig(handler=stop), log).tickets.update(7, {"status": "open"})
    assert log.only()[1].outcome == "unknown"


def test_an_answer_that_is_taken_but_cannot_be_read_is_unknown() -> None:
    log = Kept()
    there = rig(TICKET)
    there.client._caller.transport._largest = 5
    with pytest.raises(errors.ZendeskUnexpected):
        logged(there, log).tickets.update(7, {"status": "open"})
    assert told(log.only()[1]) == {"outcome": "unknown", "status": 200, "error": "ZendeskUnexpected", "attempts": 1}


def test_a_write_whose_time_is_over_before_its_turn_was_not_sent() -> None:
    log = Kept()
    there = rig(TICKET)
    late = logged(there, log, seconds=1)
    there.clock.advance(2)
    with pytest.raises(errors.DeadlineExceeded):
        late.tickets.update(7, {"status": "open"})
    assert log.only()[1].outcome == "not_sent"
    assert there.wire.sent == []


def test_a_write_whose_entry_took_all_the_time_is_not_sent() -> None:
    class Slow(Kept):
        def begin(self, write: Write) -> int | None:
            there.clock.advance(5)
            return super().begin(write)

    log, there = Slow(), rig(TICKET)
    with pytest.raises(errors.DeadlineExceeded):
        logged(there, log, seconds=4).tickets.update(7, {"status": "open"})
    assert log.only()[1].outcome == "not_sent"
    assert there.wire.sent == []


def test_a_write_that_is_switched_off_leaves_nothing_that_was_done() -> None:
    log = Kept()
    there = rig(TICKET, read_only="true")
    client = logged(there, log)
    for call in (
        lambda: client.tickets.update(7, {"status": "open"}), lambda: client.tickets.delete(7),
        lambda: client.attachments.upload(io.BytesIO(b"x"), filename="x"),
    ):  # fmt: skip
        with pytest.raises(errors.ReadOnly):
            call()
    assert log == Kept()
    assert there.wire.sent == []


def test_without_its_entry_a_write_goes_on() -> None:
    log = Kept(full=False)
    assert logged(rig(TICKET), log).tickets.update(7, {"status": "open"}).ticket.id == 7
    assert told(log.only()[1]) == DONE


def test_what_was_made_is_named_when_it_is_there() -> None:
    log = Kept()
    made = Answer(201, {"ticket": {"id": 99}}, {"location": "https://acme.zendesk.com/api/v2/tickets/99.json"})
    logged(rig(made), log).tickets.create({"comment": {"body": "x"}}, idempotency_key="k-1")
    write, end = log.only()
    assert (write.endpoint, write.record_id, end.record_id) == ("/tickets", None, "99")
    assert write.key_hash == sha256(b"k-1").hexdigest()


def test_a_file_sent_is_a_write_and_its_token_is_told_to_nobody() -> None:
    log = Kept()
    there = rig(Answer(201, {"upload": {"token": "abcdefghijklmno"}}))
    client = logged(there, log)
    upload = client.attachments.upload(io.BytesIO(os.urandom(10)), filename="ann.pdf")
    client.attachments.delete_upload(upload.token)
    assert [(write.method, write.endpoint, write.record_id) for write in log.writes] == [
        ("POST", "/uploads", None), ("DELETE", "/uploads/{id}", None),
    ]  # fmt: skip
    assert len(log.ends) == 2
    assert "abcdefghijklmno" not in repr(log)
    assert "ann" not in repr(log)


def test_each_view_has_a_log_of_its_own_and_all_share_the_last_call() -> None:
    there, ann, bob = rig(TICKET), Kept(), Kept()
    logged(there, ann).tickets.delete(1)
    logged(there, bob).within(seconds=5, lane="background").tickets.delete(2)
    there.client.tickets.delete(3)
    assert [write.record_id for write in (*ann.writes, *bob.writes)] == ["1", "2"]
    assert there.client.last_call is not None
    assert there.client.last_call.ok


@pytest.mark.parametrize(
    ("path", "endpoint", "record_id"),
    [
        ("/api/v2/tickets/7.json", "/tickets/{id}", "7"),
        ("/api/v2/tickets/7/comments/9/redact", "/tickets/{id}/comments/{id}/redact", "7"),
        ("/api/v2/tickets/update_many", "/tickets/update_many", None),
        ("/api/v2/tickets/7/side_conversations/8d3f-4a", "/tickets/{id}/side_conversations/{id}", "7"),
        ("/api/v2/custom_objects/Bike%20Type/records/01HX", "/custom_objects/{id}/records/{id}", "Bike%20Type"),
        ("/api/v2/uploads/plainletters", "/uploads/{id}", None),
        ("/api/v2/users/" + "9" * 300, "/users/{id}", "9" * 64),
    ],
)
def test_a_path_is_told_without_its_ids(path: str, endpoint: str, record_id: str | None) -> None:
    assert split_path(path) == (endpoint, record_id)


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"ticket": {"status": "open", "custom_fields": [{"id": 1, "value": "x"}]}}, ("status", "custom_fields")),
        ({"tickets": [{"id": 1, "status": "open"}, {"id": 2, "tags": []}]}, ("id", "status", "tags")),
        ({"tags": ["vip", "gold"]}, ("tags",)),
        ({"ids": [1], "target_comment": "x"}, ("ids", "target_comment")),
        ({"user": {"user_fields": {"ann@example.com": 1}, "ann@example.com": 1}}, ("user_fields", "?")),
        ({}, ()), ([], ()), ("text", ()), (None, ()), ({"ticket": {}}, ()),
    ],
)  # fmt: skip
def test_of_a_body_the_names_are_told(body: object, names: tuple[str, ...]) -> None:
    assert field_names(body) == names


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_a_value_is_never_told(body: object) -> None:
    marked = json.loads(json.dumps(body), parse_int=lambda _: "VALUE")
    assert "VALUE" not in field_names(marked)
    assert all(len(name) <= 64 for name in field_names(marked))


def test_a_stream_that_breaks_off_is_unknown() -> None:
    log = Kept()
    with pytest.raises(errors.OutcomeUnknown):
        logged(rig(requests.ConnectionError("reset")), log).attachments.upload(io.BytesIO(b"x"), filename="x")
    assert log.only()[1].outcome == "unknown"
