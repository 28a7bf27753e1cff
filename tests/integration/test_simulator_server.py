"""The simulator on a real socket, and its command."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from werkzeug.wrappers import Request, Response

from atom_zendesk_plugin.simulator.faults import Dropped
from atom_zendesk_plugin.simulator.server import RunningServer, serve
from tests.other_clients import certificate

COMMAND = "from atom_zendesk_plugin.cli.simulator import simulator_command; simulator_command()"


def application(environ: Any, start_response: Any) -> Iterable[bytes]:
    """Echo, or misbehave as the path says."""
    request = Request(environ)
    if request.path == "/drop":
        raise Dropped("as asked")
    if request.path == "/defect":
        raise ZeroDivisionError("a defect")
    if request.path == "/raw":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"a body whatever the method"]
    told = {
        "method": request.method,
        "path": request.path,
        "query": request.query_string.decode(),
        "length": len(request.get_data()),
        "host": request.host_url,
        "type": request.content_type,
        "x": request.headers.get("X-Test"),
    }
    response = Response(json.dumps(told), content_type="application/json")
    if request.path == "/short":
        response.headers["Content-Length"] = "1000"
    if request.path == "/empty":
        response = Response(status=204)
    if request.path == "/large":
        response = Response(b"x" * 3_000_000)
    return response(environ, start_response)


@pytest.fixture
def server() -> Iterator[RunningServer]:
    with serve(application) as running:
        yield running


@pytest.fixture
def wire(server: RunningServer) -> Iterator[socket.socket]:
    with socket.create_connection((server.host, server.port), timeout=5) as connection:
        yield connection


def get(server: RunningServer, path: str, **more: Any) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.get(f"{server.base_url}{path}", timeout=5, **more)


def read_head(connection: socket.socket) -> bytes:
    """Read up to the end of the headers, or what there is."""
    seen = b""
    while b"\r\n\r\n" not in seen and (more := connection.recv(65536)):
        seen += more
    return seen


def test_requests_arrive_and_answers_leave(server: RunningServer) -> None:
    told = get(server, "/a%20b/%C3%BC?x=1&y=%20", headers={"X-Test": "yes"}).json()
    assert (told["path"], told["query"], told["x"]) == ("/a b/\u00fc", "x=1&y=%20", "yes")
    assert told["host"] == f"{server.base_url}/"


def test_one_connection_serves_many_requests(server: RunningServer) -> None:
    connection = http.client.HTTPConnection(server.host, server.port, timeout=5)
    with contextlib.closing(connection):
        sockets = set()
        for method, path, body in (
            ("GET", "/1", None),
            ("POST", "/2", b"x" * 70_000),
            ("DELETE", "/empty", None),
            ("HEAD", "/large", None),
            ("GET", "/large", None),
            ("GET", "/3", None),
        ):
            connection.request(method, path, body=body)
            answer = connection.getresponse()
            content = answer.read()
            sockets.add(id(connection.sock))
            assert answer.version == 11
            assert len(content) == {"/large": 3_000_000 * (method == "GET"), "/empty": 0}.get(path, len(content))
        assert len(sockets) == 1


def test_head_has_no_body_even_when_the_application_gives_one(wire: socket.socket) -> None:
    wire.sendall(b"HEAD /raw HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    told = b"".join(iter(lambda: wire.recv(65536), b""))
    assert told.startswith(b"HTTP/1.1 200 OK\r\n")
    assert told.endswith(b"\r\n\r\n")


def test_a_chunked_body_is_put_together(server: RunningServer) -> None:
    chunks: Any = iter([b"ab", b"cde"])
    with requests.Session() as session:
        session.trust_env = False
        assert session.post(f"{server.base_url}/", data=chunks, timeout=5).json()["length"] == 5
        assert session.get(f"{server.base_url}/", timeout=5).status_code == 200


def test_a_client_that_waits_to_continue_is_told_to(wire: socket.socket) -> None:
    wire.sendall(b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
    assert read_head(wire).startswith(b"HTTP/1.1 100")
    wire.sendall(b"ab")
    assert b"200 OK" in read_head(wire)


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", b" 400 "),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b" 400 "),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", b" 413 "),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b" 400 "),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n", b" 413 "),
        (b"rubbish\r\n\r\n", b" 400 "),
    ],
)
def test_rubbish_is_refused(wire: socket.socket, head: bytes, status: bytes) -> None:
    wire.sendall(head)
    told = read_head(wire)
    assert status in told or b"Error code: 400" in told


def test_a_dropped_connection_is_reset_not_closed(server: RunningServer, wire: socket.socket) -> None:
    wire.sendall(b"GET /drop HTTP/1.1\r\nHost: x\r\n\r\n")
    with pytest.raises(ConnectionResetError):
        wire.recv(100)
    with pytest.raises(requests.ConnectionError):
        get(server, "/drop")
    assert get(server, "/").status_code == 200


def test_a_body_shorter_than_announced_ends_with_the_connection(server: RunningServer) -> None:
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        get(server, "/short")


def test_a_defect_of_the_application_is_500_and_logged(server: RunningServer, caplog: pytest.LogCaptureFixture) -> None:
    answer = get(server, "/defect")
    assert (answer.status_code, answer.json()["error"]) == (500, "InternalServerError")
    assert "the application failed" in caplog.text
    assert get(server, "/").status_code == 200


def test_many_connections_are_served_side_by_side(server: RunningServer) -> None:
    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(lambda number: get(server, f"/{number}").status_code, range(200)))
    assert statuses == [200] * 200


def test_stopping_hangs_up_and_leaves_no_thread() -> None:
    before = threading.active_count()
    with serve(application) as running:
        idle = socket.create_connection((running.host, running.port), timeout=5)
        get(running, "/")
    with idle:
        assert idle.recv(10) == b""
    assert threading.active_count() == before
    with pytest.raises(requests.ConnectionError):
        get(running, "/")


def test_a_taken_port_is_an_error(server: RunningServer) -> None:
    with pytest.raises(OSError, match="in use"), serve(application, port=server.port):
        pytest.fail("two servers on one port")


def test_ipv6_and_wildcard_addresses_can_be_connected_to() -> None:
    assert RunningServer(host="::1", port=80).base_url == "http://[::1]:80"
    with serve(application, host="0.0.0.0") as running:  # noqa: S104
        assert running.base_url.startswith("http://127.0.0.1:")
        assert get(running, "/").status_code == 200


Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    running: list[subprocess.Popen[str]] = []

    def run(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", COMMAND, *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        running.append(process)
        return process

    yield run
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=10)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "one.jsonl"
    told = {
        "request": {"method": "GET", "path": "/x.json"},
        "response": {"status": 200, "headers": {}, "body": {"a": 1}},
    }
    path.write_text(json.dumps(told), encoding="utf-8")
    return path


def ready(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    told = process.stdout.readline()
    assert told, process.communicate(timeout=10)[1]
    answer: dict[str, Any] = json.loads(told)
    return answer


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_replays_a_recording_until_it_is_stopped(start: Start, recording: Path, number: int) -> None:
    process = start("--replay", str(recording), "--json")
    told = ready(process)
    assert requests.get(f"{told['base_url']}/x", timeout=5).json() == {"a": 1}
    began = time.monotonic()
    process.send_signal(number)
    assert process.wait(timeout=10) == 0
    assert time.monotonic() - began < 5
    assert process.communicate(timeout=10) == ("", "")


def test_the_command_serves_a_seeded_account_with_what_was_asked_for(start: Start, tmp_path: Path) -> None:
    faults = tmp_path / "faults.json"
    faults.write_text('[{"kind": "status", "status": 503, "path": "/api/v2/views"}]', encoding="utf-8")
    process = start("--tickets", "20", "--users", "9", "--plan", "suite-team", "--faults", str(faults), "--json")
    told = ready(process)
    assert set(told) == {"base_url", "subdomain", "access_token", "oauth", "public_oauth", "api_token"}
    assert set(told["oauth"]) == {"client_id", "client_secret", "redirect_uri"}
    assert set(told["public_oauth"]) == {"client_id", "redirect_uri"}
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {told['access_token']}"
        tickets = session.get(f"{told['base_url']}/api/v2/tickets", timeout=5)
        assert tickets.headers["x-rate-limit"] == "200"
        assert session.get(f"{told['base_url']}/api/v2/users/count", timeout=5).json()["count"]["value"] == 9
        assert session.get(f"{told['base_url']}/api/v2/views", timeout=5).status_code == 503
        del session.headers["Authorization"]
        auth = (f"{told['api_token']['email']}/token", told["api_token"]["token"])
        assert (
            session.get(f"{told['base_url']}/api/v2/users/me", auth=auth, timeout=5).json()["user"]["role"] == "admin"
        )
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == 0


def test_the_readable_text_names_every_credential(start: Start) -> None:
    process = start("--tickets", "0")
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(11)]
    assert lines[0].startswith("listening on")
    assert lines[-1] == "Ctrl-C stops it.\n"
    names = "".join(lines)
    for name in ("access token", "oauth client id", "oauth client secret", "public oauth client id", "api token email"):
        assert name in names


def test_a_taken_port_is_one_line_and_exit_code_2(start: Start, recording: Path, server: RunningServer) -> None:
    process = start("--replay", str(recording), "--port", str(server.port))
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (2, "")
    assert err == f"Error: can't listen on 127.0.0.1 port {server.port}: Address already in use\n"


def test_an_unknown_plan_is_one_line_and_exit_code_2(start: Start) -> None:
    out, err = (process := start("--plan", "gold")).communicate(timeout=20)
    assert (process.returncode, out, err.count("\n")) == (2, "", 1)
    assert "unknown plan 'gold': choose one of suite-team" in err


@pytest.mark.parametrize(
    ("option", "content", "says"),
    [
        ("--replay", None, "No such file or directory"),
        ("--replay", "{", "line 1: not JSON"),
        ("--faults", None, "No such file or directory"),
        ("--faults", '[{"kind": "flood"}]', "kind must be one of"),
        ("--faults", "nonsense", "not JSON"),
        ("--faults", "\x00", "not JSON"),
    ],
)
def test_a_bad_file_is_one_line_and_exit_code_2(
    start: Start, tmp_path: Path, option: str, content: str | None, says: str
) -> None:
    path = tmp_path / "given"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    process = start(option, str(path), "--tickets", "0")
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (2, "")
    assert says in err
    assert "given" in err
    assert err.count("\n") == 1


def test_https_is_spoken_with_a_certificate_and_nobody_waits_for_a_slow_handshake(tmp_path: Path) -> None:
    trusted, context = certificate(tmp_path, "localhost")
    with serve(application, tls=context) as server, socket.create_connection((server.host, server.port)) as silent:
        assert server.base_url == f"https://127.0.0.1:{server.port}"
        address = f"https://localhost:{server.port}"
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(f"{address}/x", verify=str(trusted), timeout=(2, 2))
            assert answer.json()["host"] == f"{address}/"
        # A session of its own: older versions of requests go on with a connection that was once verified.
        with requests.Session() as stranger:
            stranger.trust_env = False
            with pytest.raises(requests.exceptions.SSLError):
                stranger.get(f"{address}/x", timeout=(2, 2))
        # Plain words on the secure port end that connection only.
        with contextlib.suppress(OSError), socket.create_connection((server.host, server.port), timeout=2) as plain:
            plain.sendall(b"GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert b"200" not in plain.recv(100)
        assert requests.get(f"{address}/y", verify=str(trusted), timeout=(2, 2)).status_code == 200
        assert silent.fileno() >= 0
