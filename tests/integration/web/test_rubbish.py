"""Rubbish in, typed answers out: never a 500, never the rubbish itself."""

from __future__ import annotations

import io

import pytest
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app
from werkzeug.wrappers import Request

from tests.integration.web.staging import Stage, data, failure

API = "/api/zendesk"
MEBIBYTE = 1024 * 1024

BODIES = {
    "broken JSON": b'{"subject": ',
    "an array": b"[]",
    "a number": b"0",
    "true": b"true",
    "a string": b'"hello"',
    "NaN": b'{"subject": NaN, "comment": "x"}',
    "a lone surrogate": b'{"subject": "\\ud800", "comment": "x"}',
    "not UTF-8": b'{"subject": "\xff", "comment": "x"}',
    "deep nesting": b'{"custom_fields": ' + b"[" * 100_000,
    "deep nesting at the top": b"[" * 100_000,
    "a number of thousands of digits": b'{"subject": "x", "comment": "x", "assignee_id": ' + b"9" * 5000 + b"}",
    "a number beyond 64 bits": b'{"subject": "x", "comment": "x", "assignee_id": 99999999999999999999}',
    "a negative id": b'{"subject": "x", "comment": "x", "assignee_id": -1}',
    "a fraction as id": b'{"subject": "x", "comment": "x", "assignee_id": 1.0}',
    "text as id": b'{"subject": "x", "comment": "x", "assignee_id": "1"}',
    "true as id": b'{"subject": "x", "comment": "x", "assignee_id": true}',
    "text as switch": b'{"subject": "x", "comment": "x", "public": "true"}',
    "an unknown field": b'{"subject": "x", "comment": "x", "subjekt": "y"}',
    "a null character": b'{"subject": "a\\u0000b", "comment": "x"}',
    "two lines as subject": b'{"subject": "a\\nb", "comment": "x"}',
    "a null character in the comment": b'{"subject": "x", "comment": "a\\u0000b"}',
    "a blank comment": b'{"subject": "x", "comment": "   "}',
    "no comment": b'{"subject": "x"}',
    "a long subject": b'{"subject": "' + b"x" * 300 + b'", "comment": "x"}',
    "a comment Zendesk would cut": b'{"subject": "x", "comment": "' + "\u00e4".encode() * 40_000 + b'"}',
    "a comment of almost a mebibyte": b'{"subject": "x", "comment": "' + b"x" * (MEBIBYTE - 100) + b'"}',
    "an infinite custom field": b'{"subject": "x", "comment": "x", "custom_fields": [{"id": 1, "value": 1e999}]}',
    "a huge custom field": b'{"subject": "x", "comment": "x", "custom_fields": [{"id": 1, "value": ' + b"9" * 60 + b"}]}",
    "an object as custom field": b'{"subject": "x", "comment": "x", "custom_fields": [{"id": 1, "value": {}}]}',
    "a custom field without id": b'{"subject": "x", "comment": "x", "custom_fields": [{"value": 1}]}',
    "an unusable address": b'{"subject": "x", "comment": "x", "requester_email": "a b@example.com"}',
    "a name without address": b'{"subject": "x", "comment": "x", "requester_name": "Ann"}',
    "a year nobody lives in": b'{"subject": "x", "comment": "x", "type": "task", "due_at": "0001-01-01T00:00:00+14:00"}',
    "a date that is none": b'{"subject": "x", "comment": "x", "type": "task", "due_at": "soon"}',
    "a due date on a question": b'{"subject": "x", "comment": "x", "type": "question", "due_at": "2026-01-01"}',
    "user_id as object": b'{"subject": "x", "comment": "x", "user_id": {"$ne": null}}',
}  # fmt: skip


@pytest.mark.parametrize("what", BODIES)
def test_a_body_that_is_rubbish(stage: Stage, what: str) -> None:
    stage.simulator.calls.clear()
    answer = stage.http.post(f"{API}/tickets", data=BODIES[what], content_type="application/json")
    error = failure(answer, 400, "VALIDATION_ERROR")
    assert len(answer.data) < 4000
    assert error["message"].endswith((".", "?")), error["message"]
    assert stage.calls() == []


@pytest.mark.parametrize("size", [MEBIBYTE + 1, 3 * MEBIBYTE])
def test_a_body_that_is_too_large(stage: Stage, size: int) -> None:
    body = b'{"subject": "x", "comment": "' + b"x" * (size - 31) + b'"}'
    assert failure(
        stage.http.post(f"{API}/tickets", data=body, content_type="application/json"), 413, "VALIDATION_ERROR"
    )


class Endless(io.RawIOBase):
    """A chunked body without an end; reading it whole would fill the memory."""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        assert size > 0, "an endless body is being read whole"
        return b" " * size


def send_raw(stage: Stage, body: io.RawIOBase | io.BytesIO, length: str | None) -> TestResponse:
    """Send a body as a server hands it on, without a length when it is chunked; test clients measure bodies first."""
    environ = EnvironBuilder(path=f"{API}/tickets", method="POST", content_type="application/json").get_environ()
    environ |= {"wsgi.input": body, "wsgi.input_terminated": length is None, "CONTENT_LENGTH": length or ""}
    answer, status, headers = run_wsgi_app(stage.app.wsgi_app, environ)
    return TestResponse(answer, status, headers, request=Request(environ))


def test_a_chunked_body_that_never_ends(stage: Stage) -> None:
    failure(send_raw(stage, Endless(), None), 413, "VALIDATION_ERROR")


class Unreadable(io.RawIOBase):
    def read(self, size: int = -1) -> bytes:
        raise AssertionError("a body that says it is too large is being read")


def test_a_body_that_says_it_is_too_large_is_not_read(stage: Stage) -> None:
    failure(send_raw(stage, Unreadable(), str(10 * MEBIBYTE)), 413, "VALIDATION_ERROR")


class Drop(io.BytesIO):
    """A stream that gives one byte at a time, whatever it is asked for."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(1)


def test_a_chunked_body(stage: Stage) -> None:
    body = Drop(b'{"subject": "Chunked", "comment": "Piece by piece."}')
    assert data(send_raw(stage, body, None))["ticket"]["subject"] == "Chunked"


def test_the_hosts_own_limit_is_told_in_our_words(stage: Stage) -> None:
    stage.app.config["MAX_CONTENT_LENGTH"] = 100
    answer = stage.http.post(f"{API}/tickets", data=b" " * 1000, content_type="application/json")
    failure(answer, 413, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_a_body_that_is_no_json(stage: Stage, kind: str) -> None:
    answer = stage.http.post(f"{API}/tickets", data=b'{"subject": "x", "comment": "y"}', content_type=kind)
    assert failure(answer, 400, "VALIDATION_ERROR")["details"]["field"] == "Content-Type"


@pytest.mark.parametrize("body", [b"", b'""', b"{}", b"null", b"  \n"])
def test_no_body_is_an_empty_one(stage: Stage, body: bytes) -> None:
    answer = stage.http.post(f"{API}/tickets", data=body, content_type="application/json")
    error = failure(answer, 400, "VALIDATION_ERROR")
    assert error["details"]["field"] == "subject"
    assert error["details"]["takes"] == "text of 1 to 255 characters"
    data(stage.http.post("/api/integrations/zendesk/profile", data=body, content_type="application/json"))


def test_a_host_that_reads_the_body_first(stage: Stage) -> None:
    from flask import request

    @stage.app.before_request
    def read() -> None:
        request.get_json(silent=True)

    stage.ticket()


@pytest.mark.parametrize("value", ["0", "-1", "101", "ten", "", "NaN", "1e9", "9" * 5000, "\u0665"])
def test_a_limit_that_is_none(stage: Stage, value: str) -> None:
    for kind in ("tickets", "users", "organizations", "groups", "views"):
        error = failure(stage.http.get(f"{API}/{kind}", query_string={"limit": value}), 400, "VALIDATION_ERROR")
        assert error["details"] == {"field": "limit", "takes": "a whole number from 1 to 100"}


@pytest.mark.parametrize("cursor", ["x", "!!!", "\u00e4", "eyJ9", "e30", "AAAA", "a" * 3000, "eyJrIjoiYSJ9", "%00"])
def test_a_cursor_that_is_none(stage: Stage, cursor: str) -> None:
    for kind in ("tickets", "users", "organizations", "groups", "views"):
        error = failure(stage.http.get(f"{API}/{kind}", query_string={"cursor": cursor}), 400, "VALIDATION_ERROR")
        assert error["details"]["field"] == "cursor"


def test_a_forged_zendesk_cursor_is_an_error_of_the_cursor(stage: Stage) -> None:
    from atom_zendesk_plugin.desk import cursors

    scope = cursors.scope_of("tickets", sort="-updated_at")
    forged = cursors.wrap_after(scope, "garbage", 30)
    error = failure(stage.get(f"{API}/tickets", cursor=forged), 400, "VALIDATION_ERROR")
    assert error["details"]["field"] == "cursor"


@pytest.mark.parametrize(
    "path", ["abc", "0", "-1", "1.5", "9" * 30, "9" * 5000, "1%00", "%F0%9F%92%A9", "1e3", "\u0661"]
)
def test_an_id_that_is_none(stage: Stage, path: str) -> None:
    for kind in ("tickets", "users", "organizations"):
        failure(stage.http.get(f"{API}/{kind}/{path}"), 400, "VALIDATION_ERROR")


@pytest.mark.parametrize("path", ["nope", "tickets/1/2/3", "tickets/", "auth/save", "auth/start/x", ""])
def test_a_path_that_is_none(stage: Stage, path: str) -> None:
    answer = stage.get(f"{API}/{path}")
    failure(answer, 404, "NOT_FOUND")
    failure(stage.post(f"/api/integrations/zendesk/{path or 'x'}", {}), 404, "NOT_FOUND")


def test_a_method_that_is_none_keeps_allow(stage: Stage) -> None:
    answer = stage.http.patch(f"{API}/tickets/1")
    failure(answer, 405, "VALIDATION_ERROR")
    assert {"GET", "PUT", "DELETE"} <= set(answer.headers["Allow"].split(", "))


def test_the_hosts_own_404_is_left_alone(stage: Stage) -> None:
    assert stage.get("/elsewhere").mimetype == "text/html"
    assert stage.get("/api/zendeskish").mimetype == "text/html"


def test_an_error_page_of_the_host_is_replaced_under_our_prefix(stage: Stage) -> None:
    @stage.app.errorhandler(404)
    def lost(_: Exception) -> tuple[str, int, dict[str, str]]:
        return "<h1>Lost</h1>", 200, {"X-Host": "yes"}

    answer = stage.get("/api/integrations/zendesk/nope")
    failure(answer, 404, "NOT_FOUND")
    assert answer.headers["X-Host"] == "yes"
    failure(stage.get(f"{API}/nope"), 404, "NOT_FOUND")


def test_text_in_any_script_survives(stage: Stage) -> None:
    subject = "\u0414\u0440\u0443\u043a \U0001f4a9 \u202eabc"
    made = stage.ticket(subject=subject, comment="e\u0301\u00e9\n\ttab <b>&amp;</b>")
    found = data(stage.get(f"{API}/tickets/{made['id']}"))["ticket"]
    assert found["subject"] == subject
    assert found["description"] == "e\u0301\u00e9\n\ttab <b>&amp;</b>"


def test_an_unexpected_error_is_told_without_its_text(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.parts.report = {"status": object()}
    error = failure(stage.get(f"{API}/health"), 500, "INTERNAL_ERROR")
    assert "object" not in error["message"]
    assert [record.getMessage().split()[0] for record in caplog.records] == ["zendesk.view_failed"]
