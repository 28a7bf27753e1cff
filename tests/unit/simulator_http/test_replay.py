"""Replaying recordings: what is matched, in which order, and what a client then sees."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from atom_zendesk_plugin.simulator.adapter import SimulatorAdapter
from atom_zendesk_plugin.simulator.replay import BadRecording, ReplayApp, load_exchanges

BASE = "http://127.0.0.1:9099"
Record = Callable[..., ReplayApp]


def line(path: str, body: Any = None, **more: Any) -> dict[str, Any]:
    """Return one exchange; ``more`` may set source, method, sent, status and headers."""
    return {
        "source": more.get("source", "one"),
        "seq": 1,
        "seq_total": 1,
        "recorded_at": None,
        "request": {"method": more.get("method", "GET"), "path": path, "headers": {}, "body": more.get("sent")},
        "response": {"status": more.get("status", 200), "headers": more.get("headers", {}), "body": body},
    }


@pytest.fixture
def record(tmp_path: Path) -> Record:
    def write(*lines: dict[str, Any], **options: Any) -> ReplayApp:
        path = tmp_path / "traffic.jsonl"
        path.write_text("".join(f"{json.dumps(told)}\n" for told in lines), encoding="utf-8")
        return ReplayApp(load_exchanges(path), **options)

    return write


def ask(app: ReplayApp, method: str, path: str, *, source: str | None = None, **more: Any) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        session.mount("http://", SimulatorAdapter(app))
        headers = {"X-Replay-Source": source} if source else {}
        return session.request(method, f"{BASE}{path}", headers=headers, timeout=5, allow_redirects=False, **more)


@pytest.mark.parametrize("path", ["/api/v2/things.json?b=2&a=x%20y", "/api/v2/things?a=x+y&b=2"])
def test_a_request_is_found_whatever_its_suffix_and_the_order_of_its_query(record: Record, path: str) -> None:
    app = record(line("/api/v2/things.json?a=x%20y&b=2", {"fine": 1}))
    assert ask(app, "GET", path).json() == {"fine": 1}
    assert ask(app, "GET", "/api/v2/things?a=x").status_code == 404
    assert ask(app, "POST", path).status_code == 404


def test_links_lead_back_to_the_client(record: Record) -> None:
    body = {"next_page": "https://example.zendesk.com/api/v2/x.json?page=2", "n": "https://example.zendesk.com:443/y"}
    headers = {"location": "https://example.zendesk.com/api/v2/x/1.json"}
    answer = ask(record(line("/x", body, headers=headers, status=201)), "GET", "/x")
    assert answer.json() == {"next_page": f"{BASE}/api/v2/x.json?page=2", "n": f"{BASE}/y"}
    assert answer.headers["location"] == f"{BASE}/api/v2/x/1.json"


def test_repeated_requests_walk_through_the_answers_and_stay_on_the_last(record: Record) -> None:
    app = record(*(line("/job", {"status": status}) for status in ("queued", "working", "completed")))
    seen = [ask(app, "GET", "/job").json()["status"] for _ in range(5)]
    assert seen == ["queued", "working", "completed", "completed", "completed"]
    app.reset()
    assert ask(app, "GET", "/job").json() == {"status": "queued"}


def test_sources_do_not_mix_and_can_be_chosen(record: Record) -> None:
    lines = [line("/t", {"from": name}, source=name) for name in ("one", "two", "one")]
    app = record(*lines)
    assert app.sources == ("one", "two")
    assert [ask(app, "GET", "/t").json()["from"] for _ in range(3)] == ["one"] * 3
    assert ask(app, "GET", "/t", source="two").json() == {"from": "two"}
    assert ask(app, "GET", "/t", source="three").status_code == 404
    assert ask(record(*lines, source="two"), "GET", "/t").json() == {"from": "two"}
    with pytest.raises(ValueError, match="no such source 'twoo': nearest are two"):
        record(*lines, source="twoo")


def test_the_body_decides_between_candidates(record: Record) -> None:
    app = record(
        line("/t", {"made": "a"}, method="POST", sent={"ticket": {"subject": "a", "n": 1}}),
        line("/t", {"made": "b"}, method="POST", sent={"ticket": {"subject": "b"}}, source="two"),
        line("/t", {"made": "a again"}, method="POST", sent={"ticket": {"n": 1, "subject": "a"}}),
    )

    def make(told: Any) -> Any:
        return ask(app, "POST", "/t", json=told).json()["made"]

    assert make({"ticket": {"subject": "b"}}) == "b"
    assert make({"ticket": {"n": 1, "subject": "a"}}) == "a"
    assert make({"ticket": {"n": 1, "subject": "a"}}) == "a again"
    assert make({"something": "else"}) == "a"


def test_bodies_come_back_as_they_were(record: Record) -> None:
    text = {"content-type": "text/plain; charset=UTF-8", "retry-after": "23"}
    app = record(
        line("/text", "Slow down, gr\u00fc\u00df", status=429, headers=text),
        line("/bytes", {"_binary_bytes": 1234}, headers={"content-type": "image/png"}),
        line("/none", None, status=204),
        line("/list", [1, 2.5, "\ud800"]),
    )
    limited = ask(app, "GET", "/text")
    assert (limited.status_code, limited.text, limited.headers["retry-after"]) == (
        429,
        "Slow down, gr\u00fc\u00df",
        "23",
    )
    assert len(ask(app, "GET", "/bytes").content) == 1234
    none = ask(app, "GET", "/none")
    assert (none.status_code, none.content) == (204, b"")
    assert ask(app, "GET", "/list").json() == [1, 2.5, "\ud800"]


def test_headers_of_one_connection_are_not_replayed(record: Record) -> None:
    headers = {
        "Transfer-Encoding": "chunked",
        "content-encoding": "gzip",
        "connection": "close",
        "content-length": "5",
        "x-request-id": ["a", "b"],
    }
    answer = ask(record(line("/h", {"a": 1}, headers=headers)), "GET", "/h")
    assert answer.json() == {"a": 1}
    assert answer.headers["x-request-id"] == "a, b"
    assert not {"transfer-encoding", "content-encoding", "connection"} & {name.lower() for name in answer.headers}


def test_an_unknown_request_names_the_nearest(record: Record) -> None:
    app = record(line("/api/v2/tickets/7.json"), line("/api/v2/users/9.json", source="two"))
    answer = ask(app, "GET", "/api/v2/tickets/8.json")
    assert answer.status_code == 404
    told = answer.json()
    assert told["error"] == "NoRecordedExchange"
    assert told["nearest"][0] == {"request": "GET /api/v2/tickets/7.json", "source": "one"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds no recorded exchange"),
        ("{}\n", "line 1: an exchange is an object"),
        ("[1]\n", "line 1: an exchange is an object"),
        ("{\n", "line 1: not JSON"),
        ('\n\n{"request": 1, "response": {}}\n', "line 3: an exchange is an object"),
        ('{"request": {"method": "GET"}, "response": {"status": 200}}\n', 'needs a "method" and a "path"'),
        ('{"request": {"method": "GET", "path": "x"}, "response": {"status": 200}}\n', "starts with a slash"),
        ('{"request": {"method": "GET", "path": "/x"}, "response": {"status": "200"}}\n', 'needs a "status"'),
        (
            '{"request": {"method": "GET", "path": "/x"}, "response": {"status": 200, "headers": [1]}}\n',
            '"headers" must',
        ),
        ('{"source": 1, "request": {"method": "GET", "path": "/x"}, "response": {"status": 200}}\n', '"source" must'),
        ("[" * 100_000, "line 1: not JSON"),
    ],
)
def test_a_malformed_recording_is_refused_with_file_and_line(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadRecording, match=says) as caught:
        load_exchanges(path)
    assert "bad.jsonl" in str(caught.value)


def test_a_recording_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadRecording, match="not a text in UTF-8"):
        load_exchanges(path)


def test_every_recorded_exchange_can_be_played_back() -> None:
    folder = os.environ.get("ZENDESK_RECORDINGS")
    if not folder:
        pytest.skip("recorded traffic is needed: set ZENDESK_RECORDINGS to its folder")
    files = sorted(Path(folder).glob("recorded/*.jsonl"))
    assert files
    for path in files:
        exchanges = load_exchanges(path)
        app = ReplayApp(exchanges)
        for exchange in exchanges:
            answer = ask(app, exchange.method, exchange.path, source=exchange.source, json=exchange.request_body)
            assert answer.status_code == exchange.status
            assert "https://example.zendesk.com" not in answer.text
            if isinstance(exchange.body, dict | list) and "_binary_bytes" not in exchange.body:
                told = json.dumps(exchange.body).replace("https://example.zendesk.com:443", BASE)
                assert answer.json() == json.loads(told.replace("https://example.zendesk.com", BASE))
