"""A WSGI application behind a ``requests`` session: no socket, no thread, no waiting.

Mount it on the address the client believes in: ``session.mount("https://acme.zendesk.com", SimulatorAdapter(app))``.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from http.client import HTTPMessage
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote, urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse
from urllib3.exceptions import ProtocolError
from werkzeug.test import EnvironBuilder, run_wsgi_app

from atom_zendesk_plugin.simulator.faults import WAITED

if TYPE_CHECKING:
    from http.client import HTTPResponse as StandardResponse

    from _typeshed.wsgi import WSGIApplication

Timeout = float | tuple[float | None, float | None] | None


class SimulatorAdapter(BaseAdapter):
    """Sends each request into ``wsgi_app`` as a server would.

    A call without a timeout is an AssertionError: every caller of ours must give one. A connection the application
    drops is the ``ConnectionError`` that requests raises for a reset socket. An answer that a planned delay holds back
    for longer than the read timeout is a ``ReadTimeout``, after the application did its work; the delay passes on the
    simulator's clock.
    """

    def __init__(self, wsgi_app: WSGIApplication) -> None:
        super().__init__()
        self._app = wsgi_app
        self._builder = HTTPAdapter()

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Timeout = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        limit = _read_timeout(timeout)
        if limit is None:
            raise AssertionError(f"{request.method} {request.url}: no timeout was given; give (connect, read)")
        waited: list[float] = []
        environ = _environ(request) | {WAITED: waited}
        try:
            body, status, headers = run_wsgi_app(self._app, environ, buffered=True)
        except ConnectionResetError as error:
            raise requests.ConnectionError(ProtocolError("Connection aborted.", error), request=request) from error
        if sum(waited) > limit:
            raise requests.ReadTimeout(f"Read timed out. (read timeout={limit})", request=request)
        code, _, reason = status.partition(" ")
        raw = HTTPResponse(
            body=io.BytesIO(b"".join(body)),
            headers=HTTPHeaderDict(headers.to_wsgi_list()),
            status=int(code),
            reason=reason,
            preload_content=False,
            request_method=request.method,
            original_response=cast("StandardResponse", _Wire(headers.to_wsgi_list())),
        )
        return self._builder.build_response(request, raw)

    def close(self) -> None:
        self._builder.close()


class _Wire:
    """What requests reads cookies from: repeated headers as the standard library keeps them."""

    def __init__(self, headers: Iterable[tuple[str, str]]) -> None:
        self.msg = HTTPMessage()
        for name, value in headers:
            self.msg[name] = value
        self._closed = False

    def close(self) -> None:
        self._closed = True

    def isclosed(self) -> bool:
        return self._closed


def _environ(request: requests.PreparedRequest) -> dict[str, Any]:
    parts = urlsplit(request.url or "")
    body: Any = request.body or b""
    content = body.encode() if isinstance(body, str) else body
    if not isinstance(content, bytes):
        content = b"".join(part.encode() if isinstance(part, str) else part for part in content)
    # The body arrives whole, so a chunked one has a length by now.
    sent = request.headers.items()
    headers = [(name, _text(value)) for name, value in sent if name.lower() != "transfer-encoding"]
    builder = EnvironBuilder(
        path=unquote(parts.path) or "/",
        query_string=parts.query,
        base_url=f"{parts.scheme}://{parts.netloc}",
        method=request.method or "GET",
        headers=headers,
        input_stream=io.BytesIO(content),
        content_length=len(content),
    )
    try:
        return builder.get_environ()
    finally:
        builder.close()


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _read_timeout(timeout: Timeout) -> float | None:
    return timeout[1] if isinstance(timeout, tuple) else timeout
