"""A WSGI application on a real socket: HTTP/1.1, keep-alive, one thread a connection, resets that are resets.

Werkzeug's own development server closes every connection and can't reset one, hence this small one. For tests and
development only.
"""

from __future__ import annotations

import io
import logging
import os
import signal
import socket
import ssl
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

if TYPE_CHECKING:
    from types import FrameType

    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

logger = logging.getLogger(__name__)

LARGEST_BODY: Final = 64 * 1024 * 1024
_BODILESS: Final = frozenset({204, 304})


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningServer:
    """Where a server listens."""

    host: str
    port: int
    scheme: str = "http"

    @property
    def base_url(self) -> str:
        # A wildcard address is no place to connect to.
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        return f"{self.scheme}://[{host}]:{self.port}" if ":" in host else f"{self.scheme}://{host}:{self.port}"


@contextmanager
def serve(
    app: WSGIApplication, *, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
) -> Iterator[RunningServer]:
    """Serve in the background while the block runs; port 0 takes a free one. Raises OSError when it can't listen.

    ``tls`` holds the certificate to speak https with, None speaks http. At the end open connections are closed and no
    thread of the server is left.
    """
    server = _Server((host, port), app, tls)
    with closing(server):
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="simulator", daemon=True)
        thread.start()
        try:
            yield RunningServer(host=host, port=server.server_address[1], scheme=server.scheme)
        finally:
            server.shutdown()
            thread.join()
            server.hang_up()


def main(app: WSGIApplication, *, host: str, port: int, ready: Callable[[RunningServer], None]) -> None:
    """Serve until SIGINT or SIGTERM; ``ready`` is called once, when connections are accepted. Main thread only."""
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    earlier = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with serve(app, host=host, port=port) as running:
            ready(running)
            stopped.wait()
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)


class _Server(ThreadingMixIn, TCPServer):
    """Listens, gives each connection a thread, and can hang up on all of them."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], app: WSGIApplication, tls: ssl.SSLContext | None) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.app = app
        self._tls = tls
        self.scheme = "http" if tls is None else "https"
        self._open: dict[socket.socket, threading.Thread] = {}
        self._open_lock = threading.Lock()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._tls is not None:
            # Shaking hands is left to the connection's thread: a client that is slow at it must not hold up the others.
            request = self._tls.wrap_socket(request, server_side=True, do_handshake_on_connect=False)
        arguments = (request, client_address)
        thread = threading.Thread(target=self.process_request_thread, args=arguments, daemon=True)
        with self._open_lock:
            self._open[request] = thread
        thread.start()

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._open_lock:
                self._open.pop(request, None)

    def hang_up(self) -> None:
        """Close what clients keep open and wait for the threads to end."""
        with self._open_lock:
            left = dict(self._open)
        for connection in left:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                # The client was quicker.
                continue
        for thread in left.values():
            thread.join(timeout=5)

    def close(self) -> None:
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log a defect of the application and say 500, as far as the connection still takes it."""
        error = sys.exc_info()[1]
        if isinstance(error, OSError):
            logger.debug("connection from %s ended early: %s", client_address, error)
            return
        logger.error("the application failed", exc_info=error)
        body = b'{"error":"InternalServerError","description":"The simulator failed; its log has the cause"}'
        head = (
            f"HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        )
        try:
            request.sendall(f"{head}Connection: close\r\n\r\n".encode() + body)
        except OSError:
            logger.debug("connection from %s was closed before the error could be told", client_address)


class _Handler(BaseHTTPRequestHandler):
    """Speaks HTTP on one connection."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Server

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            self.wfile.flush()
            return
        body = self._read_body()
        if isinstance(body, HTTPStatus):
            self.close_connection = True
            self.send_error(body)
        else:
            self._answer(body)
        self.wfile.flush()

    def handle_expect_100(self) -> bool:
        going_on = super().handle_expect_100()
        # The client waits for this line before it sends its body.
        self.wfile.flush()
        return going_on

    def log_message(self, format: str, *args: Any) -> None:
        logger.debug("%s %s", self.address_string(), format % args)

    def _answer(self, body: bytes) -> None:
        try:
            self._run(body)
        except ConnectionResetError:
            self._reset()

    def _run(self, body: bytes) -> None:
        told: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], _exc: Any = None) -> Callable[[bytes], object]:
            told[:] = [(status, headers)]
            return self.wfile.write

        result = self.server.app(self._environ(body), start_response)
        try:
            content = b"".join(result)
        finally:
            if hasattr(result, "close"):
                result.close()
        self._write(*told[0], content)

    def _write(self, status: str, headers: list[tuple[str, str]], content: bytes) -> None:
        code, _, reason = status.partition(" ")
        self.send_response_only(int(code), reason)
        named = {name.lower(): value for name, value in headers}
        for name, value in headers:
            self.send_header(name, value)
        if "date" not in named:
            self.send_header("Date", self.date_time_string())
        if "content-length" not in named and int(code) not in _BODILESS:
            self.send_header("Content-Length", str(len(content)))
        announced = named.get("content-length", str(len(content)))
        if announced != str(len(content)) and self.command != "HEAD" and int(code) not in _BODILESS:
            # Only closing the connection ends a body that is shorter than announced.
            self.close_connection = True
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _reset(self) -> None:
        """Cut the connection with RST instead of FIN: lingering for zero seconds, then closing."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())

    def _read_body(self) -> bytes | HTTPStatus:
        """Read the whole body, so that the next request starts where it should; a status when it can't be read."""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._read_chunks()
        length = self.headers.get("Content-Length", "0").strip()
        if not (length.isascii() and length.isdecimal()):
            return HTTPStatus.BAD_REQUEST
        if len(length) > 12 or int(length) > LARGEST_BODY:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        return self.rfile.read(int(length))

    def _read_chunks(self) -> bytes | HTTPStatus:
        chunks: list[bytes] = []
        left = LARGEST_BODY
        while (size := self._chunk_size()) > 0:
            left -= size
            if left < 0:
                return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            chunks.append(self.rfile.read(size))
            self.rfile.readline(16)
        if size < 0:
            return HTTPStatus.BAD_REQUEST
        while self.rfile.readline(65537).strip():
            continue
        return b"".join(chunks)

    def _chunk_size(self) -> int:
        """Read the line that announces a chunk; -1 when it is no number."""
        told = self.rfile.readline(1024).partition(b";")[0].strip()
        return int(told, 16) if told and set(told) <= set(b"0123456789abcdefABCDEF") and len(told) < 16 else -1

    def _environ(self, body: bytes) -> WSGIEnvironment:
        path, _, query = self.path.partition("?")
        host, port = self.server.server_address[:2]
        environ: WSGIEnvironment = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(path, "latin-1"),
            "QUERY_STRING": query,
            "SERVER_NAME": str(host),
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": str(self.client_address[0]),
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": self.server.scheme,
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in self.headers.items():
            key = name.replace("-", "_").upper()
            if key == "CONTENT_TYPE":
                environ[key] = value
            elif key not in {"CONTENT_LENGTH", "TRANSFER_ENCODING"}:
                key = f"HTTP_{key}"
                environ[key] = f"{environ[key]},{value}" if key in environ else value
        return environ
