"""The in-memory door: what requests sees must be what a socket would show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
import requests
from werkzeug.wrappers import Request, Response

from atom_zendesk_plugin.simulator.adapter import SimulatorAdapter

from .conftest import Bench


def mirror(environ: Any, start_response: Any) -> Iterable[bytes]:
    """Tell what arrived."""
    request = Request(environ)
    told = {
        "url": request.url,
        "path": request.path,
        "query": request.query_string.decode(),
        "method": request.method,
        "length": len(request.get_data()),
        "x": request.headers.get("X-Test", ""),
    }
    response = Response(f"{told}", headers=[("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
    return response(environ, start_response)


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        session.mount("https://", SimulatorAdapter(mirror))
        yield session


@pytest.mark.parametrize("timeout", [None, (3, None)])
def test_a_call_without_a_timeout_is_a_mistake(session: requests.Session, timeout: Any) -> None:
    with pytest.raises(AssertionError, match="no timeout"):
        session.get("https://acme.zendesk.com/api/v2/things", timeout=timeout)


def test_the_request_arrives_as_it_was_sent(session: requests.Session) -> None:
    answer = session.post(
        "https://acme.zendesk.com:8443/a%20b/%C3%BC?q=a%20b&page[size]=2&x=%C3%BC",
        data=b"x" * 1000,
        headers={"X-Test": "yes"},
        timeout=5,
    )
    assert answer.status_code == 200
    assert "'path': '/a b/\u00fc'" in answer.text
    assert "'length': 1000, 'x': 'yes'" in answer.text
    assert "https://acme.zendesk.com:8443/" in answer.text
    assert "q=a%20b" in answer.text


def test_bodies_may_be_text_or_a_stream(session: requests.Session) -> None:
    assert "'length': 2" in session.post("https://x.example/", data="\u00fc", timeout=5).text
    chunks: Any = iter([b"ab", b"cd"])
    assert "'length': 4" in session.post("https://x.example/", data=chunks, timeout=5).text


def test_repeated_headers_stay_apart(session: requests.Session) -> None:
    session.get("https://x.example/", timeout=5)
    assert sorted(session.cookies.keys()) == ["a", "b"]


def test_streamed_answers_can_be_read_in_pieces(session: requests.Session) -> None:
    with session.get("https://x.example/", timeout=5, stream=True) as answer:
        assert b"".join(answer.iter_content(7)).startswith(b"{'url'")


def test_an_answer_later_than_the_read_timeout_is_a_read_timeout(bench: Bench) -> None:
    bench.ask("POST", "/_simulator/faults", json={"kind": "latency", "seconds": 6, "count": 1})
    with pytest.raises(requests.ReadTimeout):
        bench.ask("POST", "/api/v2/things", json={}, timeout=(3, 5))
    assert len(bench.things) == 251
