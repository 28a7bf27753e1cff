"""Files go out and come in piece by piece, with credentials for the account's own host and for nobody else."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, cast

import pytest
import requests

from atom_zendesk_plugin import errors
from atom_zendesk_plugin.client.resources.downloading import PublicAdapter, is_public, may_be_asked
from atom_zendesk_plugin.records import AttachedFile, Attachment
from tests.unit.client.wire import BASE, LOST, NOT_SENT, TOKEN, Answer, Rig, Sent, rig

UPLOAD = {"upload": {"token": "give-away", "attachment": {"id": 5}, "attachments": [{"id": 5}]}}
URL = f"{BASE}/attachments/token/secret-place/?name=a.png"
AWAY = "https://files.zdusercontent.com/a.png?signature=s"
FILE = Attachment(id=5, content_url=URL)


def moved(target: str) -> Answer:
    return Answer(302, headers={"location": target})


def sites(answers: Mapping[str, Answer | Exception]) -> Rig:
    """Build a client on a network where each address has one answer."""
    return rig(handler=lambda sent: answers[sent.url])


def authorized(there: Rig) -> list[bool]:
    return [TOKEN in sent.headers.get("Authorization", "") for sent in there.wire.sent]


def test_a_file_is_sent_from_where_it_stands() -> None:
    there = rig(Answer(201, UPLOAD))
    file = io.BytesIO(b"head" + b"x" * 200_000)
    file.seek(4)
    upload = there.client.attachments.upload(file, filename="ä b.png", content_type="image/png", token="earlier")
    (sent,) = there.wire.sent
    assert (sent.method, sent.path) == ("POST", "/api/v2/uploads")
    assert sent.params == {"filename": "ä b.png", "token": "earlier"}
    assert sent.body == b"x" * 200_000
    assert sent.headers["Content-Length"] == "200000"
    assert sent.headers["Content-Type"] == "image/png"
    assert "Transfer-Encoding" not in sent.headers
    assert upload.token == "give-away"
    assert "give-away" not in repr(upload)
    assert there.client.last_call is not None
    assert there.client.last_call.status == 201


@pytest.mark.parametrize("first", [Answer(429, headers={"retry-after": "1"}), NOT_SENT], ids=["429", "not sent"])
def test_a_file_is_sent_again_whole_when_that_is_safe(first: Answer | Exception) -> None:
    there = rig(first, Answer(201, UPLOAD))
    there.client.attachments.upload(io.BytesIO(b"abc"), filename="a")
    assert [sent.body for sent in there.wire.sent] == [b"abc", b"abc"]


@pytest.mark.parametrize(
    ("first", "error"), [(Answer(503), errors.ZendeskUnavailable), (LOST, errors.OutcomeUnknown)], ids=["503", "lost"]
)
def test_a_file_is_not_sent_again_when_it_may_have_arrived(
    first: Answer | Exception, error: type[errors.ZendeskCallFailed]
) -> None:
    there = rig(first, Answer(201, UPLOAD))
    with pytest.raises(error):
        there.client.attachments.upload(io.BytesIO(b"abc"), filename="a")
    assert len(there.wire.sent) == 1


def test_an_empty_file_is_sent_as_one() -> None:
    there = rig(Answer(201, UPLOAD))
    there.client.attachments.upload(io.BytesIO(), filename="a")
    assert there.wire.sent[0].headers["Content-Length"] == "0"


class Pipe(io.BytesIO):
    def seekable(self) -> bool:
        return False


class Shrinking(io.BytesIO):
    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        assert self.reads < 5
        return super().read(size)[:1] if self.tell() == 0 else b""


@pytest.mark.parametrize(
    ("file", "sent"), [(io.BytesIO(b"x" * 11), 0), (Pipe(b"x"), 0), (Shrinking(b"xxx"), 0)],
    ids=["too large", "can't be rewound", "became shorter"],
)  # fmt: skip
def test_a_file_that_can_not_be_sent_is_refused(file: BinaryIO, sent: int) -> None:
    there = rig(Answer(201, UPLOAD))
    with pytest.raises(errors.InvalidInput):
        there.client.attachments.upload(file, filename="a", most=10)
    assert len(there.wire.sent) == sent


def test_writing_switched_off_holds_for_files_too() -> None:
    there = rig(Answer(201, UPLOAD), read_only="true", client_id="id", client_secret="secret")
    with pytest.raises(errors.ReadOnly):
        there.client.attachments.upload(io.BytesIO(b"x"), filename="a")
    assert there.wire.sent == []


def test_a_file_of_the_account_comes_with_credentials() -> None:
    there = rig(Answer(200, b"\x89PNG", headers={"content-type": "image/png"}))
    into = io.BytesIO()
    receipt = there.client.attachments.download(FILE, into)
    assert into.getvalue() == b"\x89PNG"
    assert (receipt.size, receipt.content_type) == (4, "image/png")
    assert authorized(there) == [True]


def test_redirects_are_followed_without_credentials() -> None:
    further = "https://cdn.example.org/b"
    there = sites({URL: moved(AWAY), AWAY: moved(further), further: Answer(200, b"data")})
    into = io.BytesIO(b"kept")
    into.seek(4)
    there.client.attachments.download(FILE, into)
    assert into.getvalue() == b"keptdata"
    assert authorized(there) == [True, False, False]


def test_a_file_elsewhere_from_the_start_gets_no_credentials() -> None:
    there = sites({AWAY: Answer(200, b"data")})
    there.client.attachments.download(AttachedFile(content_url=AWAY), io.BytesIO())
    assert authorized(there) == [False]


def test_a_redirect_within_the_account_keeps_them() -> None:
    there = sites({URL: moved("/attachments/other"), f"{BASE}/attachments/other": Answer(200, b"x")})
    there.client.attachments.download(FILE, io.BytesIO())
    assert authorized(there) == [True, True]


@pytest.mark.parametrize(
    "target",
    [
        "http://files.example.org/a", "https://127.0.0.1/a", "https://localhost/a", "https://10.0.0.8/a", "https://[::1]/a",
        "https://169.254.169.254/latest", "https://[::ffff:10.0.0.1]/a", "https://metadata.internal/a", "https://0x7f000001/a",
        "https://2130706433/a", "https://user:pw@files.example.org/a", "ftp://files.example.org/a", "file:///etc/passwd",
        "https://printer.local/a", "https://100.64.0.1/a", f"http://{BASE.partition('//')[2]}/a",
    ],
)  # fmt: skip
def test_no_redirect_leads_into_a_network_or_off_https(target: str) -> None:
    there = sites({URL: moved(target)})
    into = io.BytesIO()
    with pytest.raises(errors.ForeignHost):
        there.client.attachments.download(FILE, into)
    assert [sent.url for sent in there.wire.sent] == [URL]
    assert into.getvalue() == b""


def test_three_redirects_are_followed_and_no_fourth() -> None:
    hops = [f"https://cdn.example.org/{number}" for number in range(5)]
    ring = {one: moved(hops[number + 1]) for number, one in enumerate(hops[:4])}
    there = sites({URL: moved(hops[0]), **ring})
    with pytest.raises(errors.ZendeskUnexpected):
        there.client.attachments.download(FILE, io.BytesIO())
    assert len(there.wire.sent) == 4
    there = sites({URL: moved(hops[0]), **ring, hops[2]: Answer(200, b"x")})
    assert there.client.attachments.download(FILE, io.BytesIO()).size == 1


@pytest.mark.parametrize(
    ("body", "headers"), [(b"x", {"content-length": "100001"}), (b"x" * 100_001, {})], ids=["told", "found"]
)
def test_more_bytes_than_allowed_are_not_kept(body: bytes, headers: dict[str, str]) -> None:
    into = io.BytesIO()
    with pytest.raises(errors.ZendeskTooLarge):
        rig(Answer(200, body, headers=headers)).client.attachments.download(FILE, into, most=100_000)
    assert into.getvalue() == b""
    assert rig(Answer(200, b"x" * 10)).client.attachments.download(FILE, into, most=10).size == 10


@pytest.mark.parametrize("first", [Answer(503), LOST, Answer(429, headers={"retry-after": "1"})], ids=["503", "lost", "429"])
def test_a_download_is_tried_again_and_written_once(first: Answer | Exception) -> None:
    there = rig(first, Answer(200, b"data"))
    into = io.BytesIO()
    there.client.attachments.download(FILE, into)
    assert into.getvalue() == b"data"


def test_a_file_cut_short_is_written_anew() -> None:
    there = rig(Answer(200, b"da", headers={"content-length": "4"}), Answer(200, b"data", headers={"content-length": "4"}))
    into = io.BytesIO()
    assert there.client.attachments.download(FILE, into).size == 4
    assert into.getvalue() == b"data"


def test_a_passing_failure_elsewhere_is_tried_again_from_the_account() -> None:
    seen: list[str] = []

    def handler(sent: Sent) -> Answer:
        seen.append(sent.url)
        if sent.url == URL:
            return moved(AWAY)
        return Answer(429, headers={"retry-after": "3600"}) if seen.count(AWAY) == 1 else Answer(200, b"data")

    there = rig(handler=handler)
    assert there.client.attachments.download(FILE, io.BytesIO()).size == 4
    assert there.clock.monotonic() < 600
    assert "limit" not in {event.kind for event in there.events}
    assert seen == [URL, AWAY, URL, AWAY]


@pytest.mark.parametrize("dead", [Answer(503), LOST, NOT_SENT, Answer(429)], ids=["503", "lost", "not sent", "429"])
def test_a_dead_place_of_files_is_no_dead_zendesk(dead: Answer | Exception) -> None:
    there = sites({URL: moved(AWAY), AWAY: dead, f"{BASE}/api/v2/tickets/1": Answer(200, {"ticket": {"id": 1}})})
    for _ in range(4):
        with pytest.raises(errors.ZendeskUnavailable):
            there.client.attachments.download(FILE, io.BytesIO())
    assert there.client.tickets.get(1).record.id == 1


def test_a_stranger_can_not_make_the_client_drop_its_token() -> None:
    there = sites({URL: moved(AWAY), AWAY: Answer(401, {"error": "invalid_token"}, headers={"x-request-id": "theirs"})})
    with pytest.raises(errors.ZendeskUnauthorized) as caught:
        there.client.attachments.download(FILE, io.BytesIO())
    assert (caught.value.zendesk_code, caught.value.request_id) == (None, None)
    assert len(there.wire.sent) == 2


def test_a_file_that_is_gone_is_told_and_nothing_is_written() -> None:
    there = rig(Answer(404, {"error": "RecordNotFound", "description": "Not found"}))
    into = io.BytesIO()
    with pytest.raises(errors.ZendeskNotFound) as caught:
        there.client.attachments.download(FILE, into)
    assert into.getvalue() == b""
    assert caught.value.zendesk_code == "RecordNotFound"


def test_the_address_of_a_file_is_in_no_event_and_no_error() -> None:
    there = rig(Answer(404))
    with pytest.raises(errors.ZendeskNotFound) as caught:
        there.client.attachments.download(FILE, io.BytesIO())
    assert there.events
    assert "secret-place" not in f"{there.events} {caught.value} {caught.value!r} {caught.value.endpoint}"


def test_malware_comes_only_when_asked_for() -> None:
    found = Attachment(content_url=URL, malware_scan_result="malware_found")
    there = rig(Answer(200, b"bad"))
    with pytest.raises(errors.InvalidInput):
        there.client.attachments.download(found, io.BytesIO())
    assert there.wire.sent == []
    allowed = AttachedFile(content_url=URL, malware_scan_result="malware_found", malware_access_override=True)
    assert there.client.attachments.download(found, io.BytesIO(), even_malware=True).size == 3
    assert there.client.attachments.download(allowed, io.BytesIO()).size == 3


@pytest.mark.parametrize(("file", "into"), [(Attachment(), io.BytesIO()), (FILE, Pipe())], ids=["no address", "pipe"])
def test_what_can_not_be_received_is_refused(file: Attachment, into: io.BytesIO) -> None:
    there = rig(Answer(200, b"x"))
    with pytest.raises(errors.InvalidInput):
        there.client.attachments.download(file, into)
    assert there.wire.sent == []


def test_a_local_account_may_point_to_its_own_machine() -> None:
    assert may_be_asked("http://127.0.0.1:8000/a", local=True)
    assert not may_be_asked("http://127.0.0.1:8000/a", local=False)
    assert not may_be_asked("ftp://127.0.0.1/a", local=True)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True), ("2606:2800:220:1::1", True), ("10.1.2.3", False), ("127.0.0.1", False), ("::1", False),
        ("fe80::1%eth0", False), ("::ffff:8.8.8.8", False), ("2002:7f00:1::", False), ("224.0.0.1", False), ("x", False),
    ],
)  # fmt: skip
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.fixture
def listening() -> Iterator[tuple[int, list[bytes]]]:
    """A server on this machine that keeps what it is sent."""
    server, heard = socket.create_server(("127.0.0.1", 0)), []

    def serve() -> None:
        while True:
            try:
                found, _ = server.accept()
            except OSError:
                return
            with found:
                heard.append(found.recv(1024))

    thread = threading.Thread(target=serve)
    thread.start()
    yield cast(int, server.getsockname()[1]), heard
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join()


def test_a_name_that_leads_into_the_network_is_found_out_before_a_byte_is_sent(listening: tuple[int, list[bytes]]) -> None:
    port, heard = listening
    session: Any = requests.Session()
    session.trust_env = False
    session.mount("https://", PublicAdapter())
    with session, pytest.raises(errors.ForeignHost):
        session.get(f"https://localhost:{port}/a", timeout=5)
    assert heard in ([], [b""])
