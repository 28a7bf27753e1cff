"""A server of bare sockets that answers as told, byte by byte, and drops connections where told."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Act = Callable[[socket.socket], None]
"""What happens to a connection after one whole request was read; closing it is up to the act."""


@dataclass
class Server:
    """Runs one act for each request, the last again and again; ``requests`` keeps what was read, ``connections`` counts."""

    port: int
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    def url(self, scheme: str = "http") -> str:
        return f"{scheme}://127.0.0.1:{self.port}"


@contextlib.contextmanager
def serving(*acts: Act, tls: ssl.SSLContext | None = None, greeting: bytes = b"") -> Iterator[Server]:
    """Serve on a free port while the block runs; ``greeting`` is said before anything was asked."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(listener.getsockname()[1])
    left = list(acts)
    lock = threading.Lock()
    open_ones: list[socket.socket] = []

    def handle(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            if tls is not None:
                connection = tls.wrap_socket(connection, server_side=True)
                open_ones.append(connection)
            connection.sendall(greeting)
            while request := _read(connection):
                with lock:
                    server.requests.append(request)
                    act = left.pop(0) if len(left) > 1 else left[0]
                act(connection)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with lock:
                server.connections += 1
                open_ones.append(connection)
            threading.Thread(target=handle, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield server
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in open_ones:
            connection.close()


def answer(
    body: bytes = b"{}", *, status: str = "200 OK", headers: str = "", length: int | None = None, close: bool = False
) -> Act:
    """Send an answer; ``length`` announces another one than the body has."""

    def act(connection: socket.socket) -> None:
        told = len(body) if length is None else length
        head = f"HTTP/1.1 {status}\r\nContent-Length: {told}\r\nContent-Type: application/json\r\n{headers}\r\n"
        connection.sendall(head.encode() + body)
        if close:
            hang_up(connection)

    return act


def raw(data: bytes) -> Act:
    """Send exactly these bytes, then close."""

    def act(connection: socket.socket) -> None:
        connection.sendall(data)
        hang_up(connection)

    return act


def drip(head: bytes, rest: bytes, go_on: threading.Event) -> Act:
    """Send a head, then single bytes until told to stop."""

    def act(connection: socket.socket) -> None:
        connection.sendall(head)
        for byte in rest:
            if go_on.wait(0.02):
                return
            connection.sendall(bytes([byte]))

    return act


def hang_up(connection: socket.socket) -> None:
    """Close in an orderly way."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


def reset(connection: socket.socket) -> None:
    """Close so that the other side sees a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _read(connection: socket.socket) -> bytes:
    """Read one whole request; empty when the other side has closed."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return b""
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while lengths and len(body) < lengths[0]:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
