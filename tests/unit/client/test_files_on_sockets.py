"""Files over real connections: what arrives is what was sent, and a redirect on the same machine is followed without credentials."""

from __future__ import annotations

import io
import random
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

import pytest

from atom_zendesk_plugin.client.api import ZendeskClient, build_client
from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.config import load_settings
from atom_zendesk_plugin.records import Attachment

CONTENT = bytes(range(256)) * 2000


class Files(BaseHTTPRequestHandler):
    """Keeps what is uploaded and hands out ``CONTENT``, by way of a redirect to the server's other name."""

    heard: list[tuple[str, str | None, bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.heard.append((self.path, self.headers["Authorization"], body))
        self._answer(201, b'{"upload": {"token": "t"}}')

    def do_GET(self) -> None:
        self.heard.append((self.path, self.headers["Authorization"], b""))
        if self.path.startswith("/attachments"):
            self.send_response(302)
            self.send_header("Location", f"http://localhost:{cast(ThreadingHTTPServer, self.server).server_port}/cdn/file")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self._answer(200, CONTENT)

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def heard() -> list[tuple[str, str | None, bytes]]:
    return []


@pytest.fixture
def base_url(heard: list[tuple[str, str | None, bytes]]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Files,), {"heard": heard}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def client(base_url: str) -> Iterator[ZendeskClient]:
    settings = load_settings({"ZENDESK_BASE_URL": base_url, "ZENDESK_ACCESS_TOKEN": "token"}, {})
    client = build_client(settings, account_key="default/local", clock=ManualClock(), rng=random.Random(1))
    yield client
    client.close()


def test_an_upload_arrives_whole(client: ZendeskClient, heard: list[tuple[str, str | None, bytes]]) -> None:
    assert client.attachments.upload(io.BytesIO(CONTENT), filename="a.bin").token == "t"
    assert heard == [("/api/v2/uploads?filename=a.bin", "Bearer token", CONTENT)]


def test_a_download_arrives_whole_and_credentials_stay(
    client: ZendeskClient, base_url: str, heard: list[tuple[str, str | None, bytes]]
) -> None:
    into = io.BytesIO()
    receipt = client.attachments.download(Attachment(content_url=f"{base_url}/attachments/token/x"), into)
    assert into.getvalue() == CONTENT
    assert receipt.size == len(CONTENT)
    assert [(path, authorization) for path, authorization, _ in heard] == [
        ("/attachments/token/x", "Bearer token"),
        ("/cdn/file", None),
    ]
