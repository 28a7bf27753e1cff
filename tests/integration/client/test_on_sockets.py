"""What the transport makes of a real network that misbehaves: what was provably never sent is told from what may have been."""

from __future__ import annotations

import datetime
import gzip
import ipaddress
import random
import socket
import ssl
import threading
import time
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from atom_zendesk_plugin import errors
from atom_zendesk_plugin.client.account import Account
from atom_zendesk_plugin.client.api import ZendeskClient, build_client
from atom_zendesk_plugin.client.reply import NoReply, Reply
from atom_zendesk_plugin.client.transport import Transport
from atom_zendesk_plugin.clock import ManualClock, SystemClock
from atom_zendesk_plugin.config import load_settings
from tests.integration.client.sockets import Act, answer, drip, hang_up, raw, reset, serving

PATH = "/api/v2/tickets"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


def client(url: str, **settings: object) -> ZendeskClient:
    told = {"ZENDESK_BASE_URL": url, "ZENDESK_ACCESS_TOKEN": "token"} | {
        f"ZENDESK_{name.upper()}": str(value) for name, value in settings.items()
    }
    return build_client(load_settings(told, {}), account_key="default/local", clock=ManualClock(), rng=random.Random(1))


def once(url: str, *, read_timeout: float = 5.0, deadline: float | None = None, method: str = "GET") -> Reply | NoReply:
    """Send one request and give back what the transport says."""
    transport = Transport(
        Account(key="k", base_url=url), clock=SystemClock(), connect_timeout=2.0, read_timeout=read_timeout
    )
    try:
        return transport.send(method, PATH, authorization="Bearer x", body=b"{}", deadline=deadline)  # type: ignore[arg-type]
    finally:
        transport.close()


def kind(told: Reply | NoReply) -> tuple[str, str]:
    assert isinstance(told, NoReply)
    return told.kind, told.reason


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert kind(once(f"http://127.0.0.1:{taken.getsockname()[1]}"))[0] == "not_sent"


def test_no_such_host(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    assert kind(once("https://acme.zendesk.com")) == ("not_sent", "gaierror")


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (hang_up, "RemoteDisconnected"),
        (reset, "ConnectionResetError"),
        (raw(b"HTTP/1.1 200 OK\r\nContent-"), ""),
        (raw(b"\x16\x03\x01 what is this"), ""),
        (answer(b'{"tickets": []', length=100, close=True), "IncompleteRead"),
        (raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n"), ""),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello"), ""),
    ],
    ids=["closed", "reset", "half a head", "not http", "short body", "half a chunk", "not gzip"],
)  # fmt: skip
def test_an_answer_that_breaks_may_have_been_worked_on(act: Act, reason: str) -> None:
    with serving(act) as server:
        told = once(server.url(), method="PUT")
        if isinstance(told, Reply):
            assert not told.is_json  # a head cut in the middle is a whole answer without a body to some parsers
        else:
            assert told.kind == "lost"
            assert reason in told.reason


def test_no_answer_in_time() -> None:
    with serving(lambda _: None) as server:
        assert kind(once(server.url(), read_timeout=0.1))[0] == "lost"


def test_a_dripping_answer_ends_at_the_deadline() -> None:
    stop = threading.Event()
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 150\r\n\r\n"
    with serving(drip(head, b" " * 150, stop)) as server:
        began = time.monotonic()
        told = once(server.url(), deadline=SystemClock().monotonic() + 0.3)
        stop.set()
        assert kind(told)[0] == "lost"
        assert time.monotonic() - began < 1.3


def test_whole_answers_in_every_framing() -> None:
    packed = gzip.compress(b'{"a": 1}')
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n"
    chunked += b"".join(b"1\r\n" + bytes([byte]) + b"\r\n" for byte in packed) + b"0\r\n\r\n"
    for act in (
        answer(b'{"a": 1}'), answer(packed, headers="Content-Encoding: gzip\r\n"), raw(chunked),
        raw(b'HTTP/1.0 200 OK\r\n\r\n{"a": 1}'),
    ):  # fmt: skip
        with serving(act) as server:
            told = once(server.url())
            assert isinstance(told, Reply)
            assert told.json() == {"a": 1}


def test_connections_are_kept_and_a_dead_one_counts_as_maybe_sent() -> None:
    with serving(answer(), answer(), answer(close=True), answer()) as server:
        transport = Transport(Account(key="k", base_url=server.url()), clock=SystemClock())
        for _ in range(3):
            assert isinstance(transport.send("GET", PATH, authorization=None), Reply)
        assert server.connections == 1
        told = transport.send("PUT", PATH, authorization=None, body=b"{}")
        if isinstance(told, NoReply):
            assert told.kind == "lost"
        else:
            assert server.connections == 2  # the pool saw in time that it was dead
        transport.close()


def test_a_connection_that_dies_while_it_is_used_again_is_maybe_sent() -> None:
    with serving(answer(), reset) as server:
        transport = Transport(Account(key="k", base_url=server.url()), clock=SystemClock())
        assert isinstance(transport.send("GET", PATH, authorization=None), Reply)
        assert kind(transport.send("PUT", PATH, authorization=None, body=b"{}"))[0] == "lost"
        assert server.connections == 1
        transport.close()


def test_cookies_are_never_sent_back() -> None:
    with serving(answer(headers="Set-Cookie: _zendesk_session=abc; Path=/\r\n")) as server:
        there = client(server.url())
        for _ in range(2):
            there.request("GET", PATH)
        there.close()
        assert b"cookie" not in b"".join(server.requests).lower()


def test_a_redirect_sends_no_credentials_anywhere() -> None:
    with (
        serving(answer()) as other,
        serving(answer(status="307 Temporary Redirect", headers=f"Location: {other.url()}/x\r\n")) as server,
    ):
        there = client(server.url())
        with pytest.raises(errors.ForeignHost):
            there.request("GET", PATH)
        there.close()
        assert other.requests == []


def test_a_read_survives_a_reset_and_a_broken_page() -> None:
    with serving(
        reset, answer(b"<html>busy</html>"), answer(b'{"tick', length=50, close=True), answer(b'{"tickets": []}')
    ) as server:
        there = client(server.url())
        assert list(there.tickets.list()) == []
        there.close()
        assert len(server.requests) == 4


def test_an_update_whose_answer_breaks_is_sent_once() -> None:
    with serving(reset) as server:
        there = client(server.url())
        with pytest.raises(errors.OutcomeUnknown):
            there.tickets.update(1, {"comment": {"body": "x"}})
        there.close()
        assert len(server.requests) == 1


def test_an_update_that_never_left_is_tried_until_somebody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        there = client(f"http://127.0.0.1:{taken.getsockname()[1]}", max_attempts=3)
        with pytest.raises(errors.ZendeskUnreachable):
            there.tickets.update(1, {"comment": {"body": "x"}})
        there.close()


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A TLS server whose certificate nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stranger")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    folder: Path = tmp_path_factory.mktemp("tls")
    file = folder / "stranger.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def test_a_stranger_with_a_certificate_of_his_own_gets_nothing(stranger: ssl.SSLContext) -> None:
    with serving(answer(), tls=stranger) as server:
        assert kind(once(server.url("https"))) == ("not_sent", "SSLCertVerificationError")
        assert server.requests == []


def test_a_server_that_speaks_no_tls_gets_nothing() -> None:
    with serving(answer(), greeting=b"HTTP/1.1 400 Bad Request\r\n\r\n") as server:
        assert kind(once(server.url("https"))) == ("not_sent", "SSLError")
        assert server.requests == []
