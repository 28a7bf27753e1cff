"""A server that gives back, word for word, what the real service once answered.

Recordings are JSON lines: ``{"source", "request": {"method", "path", "body"}, "response": {"status", "headers",
"body"}}``, in the order of the session they were recorded in. A request is matched by method, path (with or without
``.json``), query in any order and, where several fit, by its JSON body.
"""

from __future__ import annotations

import difflib
import json
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, unquote

from werkzeug.wrappers import Request, Response

from atom_zendesk_plugin.simulator.exchange import Json

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

RECORDED_HOST: Final = "https://example.zendesk.com"
SOURCE_HEADER: Final = "X-Replay-Source"
_NOT_REPLAYED: Final = frozenset(
    {
        "connection", "content-encoding", "content-length", "keep-alive", "proxy-authenticate", "te", "trailer",
        "transfer-encoding", "upgrade",
    }
)  # fmt: skip

Question = tuple[str, str, tuple[tuple[str, str], ...]]


class BadRecording(ValueError):
    """A recording can't be read. The message names the file and the line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One recorded request and its answer. ``question`` is what requests are compared by."""

    source: str
    method: str
    path: str
    request_body: Any
    status: int
    headers: Mapping[str, str | list[str]]
    body: Any
    question: Question = field(repr=False)


def load_exchanges(path: Path | str) -> list[Exchange]:
    """Read a recording; raises BadRecording, or OSError when there is no such file."""
    exchanges = []
    with Path(path).open(encoding="utf-8") as lines:
        try:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    exchanges.append(_read(line, where=f"{path}, line {number}"))
        except UnicodeDecodeError as error:
            raise BadRecording(f"{path}: not a text in UTF-8 ({error.reason})") from error
    if not exchanges:
        raise BadRecording(f"{path}: holds no recorded exchange")
    return exchanges


class ReplayApp:
    """A WSGI application over recorded exchanges.

    Repeated requests walk through the successive answers of one source and stay on the last. ``source`` keeps to one
    source; the header ``X-Replay-Source`` chooses one for a request. Without either, the source that comes first in the
    recording answers. Safe to share between threads.
    """

    def __init__(self, exchanges: Sequence[Exchange], *, source: str | None = None) -> None:
        self.sources = tuple(dict.fromkeys(exchange.source for exchange in exchanges))
        if source is not None and source not in self.sources:
            raise ValueError(f"no such source {source!r}: {_nearest(source, self.sources)}")
        self._source = source
        self._exchanges: dict[Question, list[Exchange]] = defaultdict(list)
        for exchange in exchanges:
            self._exchanges[exchange.question].append(exchange)
        self._lock = threading.Lock()
        self._played: dict[tuple[str, Question, str], int] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        response = self._play(request) or self._nothing_recorded(request)
        return response(environ, start_response)

    def reset(self) -> None:
        """Start every walk from its first answer again."""
        with self._lock:
            self._played.clear()

    def _play(self, request: Request) -> Response | None:
        method = "GET" if request.method == "HEAD" else request.method
        asked = _question(method, request.path, request.query_string.decode("latin-1"))
        found = self._of_source(self._exchanges.get(asked, []), request)
        if not found:
            return None
        told = _json_or_text(request.get_data())
        fitting = [exchange for exchange in found if _same_body(exchange.request_body, told)] or found
        # One walk belongs to one source: another session's answers are another story.
        walk = [exchange for exchange in fitting if exchange.source == fitting[0].source]
        key = (walk[0].source, asked, _canonical(walk[0].request_body) if fitting is not found else "")
        with self._lock:
            at = self._played.get(key, 0)
            self._played[key] = at + 1
        return _response(walk[min(at, len(walk) - 1)], base_url=request.host_url.rstrip("/"))

    def _of_source(self, exchanges: Sequence[Exchange], request: Request) -> Sequence[Exchange]:
        source = request.headers.get(SOURCE_HEADER) or self._source
        return [exchange for exchange in exchanges if source is None or exchange.source == source]

    def _nothing_recorded(self, request: Request) -> Response:
        asked = f"{request.method} {request.full_path.rstrip('?')}"
        known = {
            f"{exchange.method} {exchange.path}": exchange.source
            for row in self._exchanges.values()
            for exchange in row
        }
        near = difflib.get_close_matches(asked, known, n=5, cutoff=0.4)
        body: Json = {
            "error": "NoRecordedExchange",
            "description": f"Nothing was recorded for {asked}",
            "nearest": [{"request": name, "source": known[name]} for name in near],
        }
        return Response(json.dumps(body), status=404, content_type="application/json; charset=utf-8")


def _read(line: str, *, where: str) -> Exchange:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadRecording(f"{where}: not JSON ({error})") from error
    request, response = _part(told, "request", where), _part(told, "response", where)
    method, path, status = request.get("method"), request.get("path"), response.get("status")
    headers = response.get("headers") or {}
    source = told.get("source", "")
    if not (isinstance(method, str) and isinstance(path, str) and path.startswith("/")):
        raise BadRecording(f'{where}: request needs a "method" and a "path" that starts with a slash')
    if not isinstance(status, int) or isinstance(status, bool) or not 100 <= status <= 599:
        raise BadRecording(f'{where}: response needs a "status" from 100 to 599')
    if not isinstance(headers, dict) or not all(_is_header(value) for value in headers.values()):
        raise BadRecording(f'{where}: "headers" must be an object of texts or lists of texts')
    if not isinstance(source, str):
        raise BadRecording(f'{where}: "source" must be a text')
    bare, _, query = path.partition("?")
    return Exchange(
        source=source,
        method=method.upper(),
        path=path,
        request_body=request.get("body"),
        status=status,
        headers=headers,
        body=response.get("body"),
        question=_question(method.upper(), unquote(bare), query),
    )


def _part(told: Any, name: str, where: str) -> Json:
    part = told.get(name) if isinstance(told, dict) else None
    if not isinstance(part, dict):
        raise BadRecording(f'{where}: an exchange is an object with "request" and "response" objects')
    return part


def _is_header(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(part, str) for part in value))


def _question(method: str, path: str, query: str) -> Question:
    return method, path.removesuffix(".json"), tuple(sorted(parse_qsl(query, keep_blank_values=True)))


def _json_or_text(raw: bytes) -> Any:
    if not raw:
        return None
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return raw.decode("utf-8", errors="replace")


def _same_body(recorded: Any, told: Any) -> bool:
    return _canonical(recorded or None) == _canonical(told or None)


def _canonical(body: Any) -> str:
    return json.dumps(body, sort_keys=True)


def _response(exchange: Exchange, *, base_url: str) -> Response:
    content = _content(exchange.body, base_url)
    response = Response(content, status=exchange.status)
    response.headers.clear()
    for name, value in exchange.headers.items():
        if name.lower() not in _NOT_REPLAYED:
            for one in value if isinstance(value, list) else [value]:
                response.headers.add(name, one.replace(RECORDED_HOST, base_url))
    if "content-type" not in response.headers and content and isinstance(exchange.body, dict | list):
        # Some sources kept only bodies; the service always names JSON.
        response.headers["content-type"] = "application/json; charset=utf-8"
    if exchange.status not in {204, 304}:
        response.headers["Content-Length"] = str(len(content))
    return response


def _content(body: Any, base_url: str) -> bytes:
    """Return the recorded body as bytes, its links pointing at the client's own host."""
    if body is None:
        return b""
    if isinstance(body, dict) and set(body) == {"_binary_bytes"}:
        return bytes(int(body["_binary_bytes"]))
    text = body if isinstance(body, str) else json.dumps(body)
    # Clients leave for any host they find in a link, and some recorded links carry the port.
    text = text.replace(f"{RECORDED_HOST}:443/", f"{base_url}/").replace(RECORDED_HOST, base_url)
    return text.encode("utf-8", errors="replace")


def _nearest(source: str, sources: Sequence[str]) -> str:
    near = difflib.get_close_matches(source, sources, n=3, cutoff=0.2)
    return f"nearest are {', '.join(near)}" if near else "see .sources"
