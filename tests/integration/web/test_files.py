"""Files through the routes: taken and handed out as they are, within bounds, and never run by a browser."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.datastructures import Headers

from tests.integration.web.staging import ADMIN, Stage, data, failure

API = "/api/zendesk"
PICTURE = b"\x89PNG\r\n\x1a\n" + b"p" * 200


def upload(stage: Stage, body: bytes, name: str = "photo.png", kind: str = "image/png", **query: str) -> str:
    answer = stage.http.post(f"{API}/uploads", query_string={"filename": name, **query}, data=body, content_type=kind)
    assert answer.status_code == 201, answer.json
    token: str = data(answer)["upload"]["token"]
    return token


def attached(stage: Stage, body: bytes, name: str = "photo.png", kind: str = "image/png") -> int:
    """Put a file on a ticket and return its id."""
    client = stage.parts.client
    assert client is not None
    ticket = stage.ticket()
    token = upload(stage, body, name, kind)
    client.tickets.update(ticket["id"], {"comment": {"body": "See there.", "uploads": [token], "public": False}})
    (found,) = data(stage.get(f"{API}/tickets/{ticket['id']}"))["ticket"]["comments"][-1]["attachments"]
    number: int = found["id"]
    return number


def received(stage: Stage, number: int, **query: str) -> Headers:
    """Return the headers of a file that was received to its end."""
    answer = stage.get(f"{API}/attachments/{number}/content", **query)
    assert answer.status_code == 200
    assert answer.data
    return answer.headers


def test_a_file_goes_in_and_comes_out_the_same(stage: Stage) -> None:
    number = attached(stage, PICTURE)
    about = data(stage.get(f"{API}/attachments/{number}"))["attachment"]
    assert (about["file_name"], about["size"]) == ("photo.png", len(PICTURE))
    answer = stage.get(f"{API}/attachments/{number}/content")
    assert (answer.status_code, answer.data) == (200, PICTURE)
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Length"] == str(len(PICTURE))
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''photo.png"
    shown = received(stage, number, inline="true")
    assert shown["Content-Disposition"].startswith("inline;")


@pytest.mark.parametrize(("name", "kind"), [("a.html", "text/html"), ("a.svg", "image/svg+xml"), ("a.js", "application/javascript")])
def test_what_a_browser_could_run_is_only_for_saving(stage: Stage, name: str, kind: str) -> None:
    number = attached(stage, b"<script>alert(1)</script>", name, kind)
    told = received(stage, number, inline="true")
    assert told["Content-Disposition"].startswith("attachment;")
    assert told["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in told["Content-Security-Policy"]


def test_a_name_cannot_add_a_header(stage: Stage) -> None:
    number = attached(stage, b"x", 'q"; filename=evil.exe \u00e9.txt', "text/plain")
    told = received(stage, number)["Content-Disposition"]
    assert told.count(";") == 1
    assert told.isascii()


def test_two_files_under_one_token(stage: Stage) -> None:
    token = upload(stage, b"one", "1.txt", "text/plain")
    answer = stage.http.post(f"{API}/uploads?filename=2.txt&token={token}", data=b"two", content_type="text/plain")
    assert [file["file_name"] for file in data(answer)["upload"]["files"]] == ["1.txt", "2.txt"]
    assert data(stage.http.delete(f"{API}/uploads/{token}")) == {"done": True}


def test_a_chunked_body_is_taken_too(stage: Stage) -> None:
    body = b"z" * 300_000
    answer = stage.http.post(f"{API}/uploads?filename=a.bin", input_stream=io.BytesIO(body), content_type="x/y", environ_overrides={
        "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"})
    assert data(answer)["upload"]["files"][0]["size"] == len(body)


def test_what_cannot_be_taken_asks_nobody(stage: Stage) -> None:
    stage.simulator.calls.clear()
    failure(stage.http.post(f"{API}/uploads", data=b"x"), 400, "VALIDATION_ERROR")
    failure(stage.http.post(f"{API}/uploads?filename=a", data=b""), 400, "VALIDATION_ERROR")
    failure(stage.http.post(f"{API}/uploads?filename=..", data=b"x"), 400, "VALIDATION_ERROR")
    failure(stage.http.post(f"{API}/uploads?filename=a%0d%0ab", data=b"x"), 400, "VALIDATION_ERROR")
    told = failure(stage.http.post(f"{API}/uploads?filename=a", data=b"x",
        environ_overrides={"CONTENT_LENGTH": str(51 * 1024 * 1024)}), 413, "VALIDATION_ERROR")
    assert told["details"]["most_bytes"] == 50 * 1024 * 1024
    failure(stage.get(f"{API}/attachments/abc/content"), 400, "VALIDATION_ERROR")
    assert stage.calls() == []
    failure(stage.get(f"{API}/attachments/999999/content"), 404, "NOT_FOUND")


def test_who_may(stage: Stage) -> None:
    stage.parts.caller = replace(ADMIN, via="cookie")
    failure(stage.http.post(f"{API}/uploads?filename=a", data=b"x"), 403, "FORBIDDEN")
    failure(stage.http.post(f"{API}/uploads?filename=a", data=b"x", headers={"Sec-Fetch-Site": "cross-site"}), 403, "FORBIDDEN")
    own = stage.http.post(f"{API}/uploads?filename=a", data=b"x", headers={"Sec-Fetch-Site": "same-origin"})
    assert own.status_code == 201
    failure(stage.http.post(f"{API}/uploads?filename=a&user_id=u-2", data=b"x",
        headers={"Sec-Fetch-Site": "same-origin"}), 403, "FORBIDDEN")
    stage.parts.caller = None
    failure(stage.http.post(f"{API}/uploads?filename=a", data=b"x"), 401, "AUTH_REQUIRED")
    failure(stage.get(f"{API}/attachments/7/content"), 401, "AUTH_REQUIRED")


def test_a_ticket_and_a_comment_take_files(stage: Stage) -> None:
    ticket = stage.ticket(uploads=[upload(stage, PICTURE)])
    second = upload(stage, b"two", "2.txt", "text/plain")
    data(stage.post(f"{API}/tickets/{ticket['id']}/comments", {"comment": "And this.", "uploads": [second]}))
    third = upload(stage, b"three", "3.txt", "text/plain")
    data(stage.put(f"{API}/tickets/{ticket['id']}", {"comment": "And that.", "uploads": [third]}))
    comments = data(stage.get(f"{API}/tickets/{ticket['id']}"))["ticket"]["comments"]
    names = [[file["file_name"] for file in comment["attachments"]] for comment in comments]
    assert names == [["photo.png"], ["2.txt"], ["3.txt"]]


def test_files_without_a_comment_are_refused(stage: Stage) -> None:
    ticket = stage.ticket()
    told = failure(stage.put(f"{API}/tickets/{ticket['id']}", {"uploads": ["abc"], "status": "open"}), 400, "VALIDATION_ERROR")
    assert told["details"]["field"] == "uploads"
    failure(stage.post(f"{API}/tickets/{ticket['id']}/comments", {"comment": "x", "uploads": []}), 400, "VALIDATION_ERROR")


def test_a_form_with_a_file_in_it_is_not_taken_for_the_file(stage: Stage) -> None:
    stage.simulator.calls.clear()
    form = {"file": (io.BytesIO(PICTURE), "photo.png")}
    answer = stage.http.post(f"{API}/uploads", query_string={"filename": "photo.png"}, data=form)
    assert failure(answer, 400, "VALIDATION_ERROR")["details"]["field"] == "Content-Type"
    assert stage.calls() == []


class SlowFile(io.BytesIO):
    """A body that takes long to arrive."""

    def __init__(self, body: bytes, stage: Stage) -> None:
        super().__init__(body)
        self._stage = stage

    def read(self, size: int | None = -1) -> bytes:
        self._stage.clock.advance(45)
        return super().read(size)

    def readinto(self, buffer: Any) -> int:
        self._stage.clock.advance(45)
        return super().readinto(buffer)


def test_the_time_a_file_takes_to_arrive_is_not_taken_from_sending_it_on(stage: Stage) -> None:
    answer = stage.http.post(f"{API}/uploads?filename=a.bin", input_stream=SlowFile(b"z" * 1000, stage), content_type="x/y",
        content_length=1000)
    assert answer.status_code == 201, answer.json
