"""Files of a Zenpy program: sent from whatever holds them, received whole, and never a complaint in place of the content."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from atom_zendesk_plugin import errors
from atom_zendesk_plugin.client.resources.attachments import LARGEST
from tests.unit.client.wire import Answer, Rig, Sent, rig

pytest.importorskip("zenpy", reason="zenpy is needed: install the extra [test]")

UPLOADED = Answer(201, {"upload": {"token": "t", "attachment": {"id": 5}}})


def spoken(there: Rig) -> Any:
    return there.client.zenpy(cache=False)


class Unseekable(io.RawIOBase):
    """A file as a socket is one: in small pieces, and only once."""

    def __init__(self, content: bytes) -> None:
        self._left = content

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def read(self, size: int = -1) -> bytes:
        part, self._left = self._left[:3], self._left[3:]
        return part if size else b""


def pieces() -> Iterator[bytes]:
    yield b"caf"
    yield b"\xc3\xa9"


@pytest.mark.parametrize(
    "given",
    [
        lambda: "café".encode(),
        lambda: "café",
        lambda: bytearray("café".encode()),
        lambda: io.BytesIO("café".encode()),
        lambda: io.StringIO("café"),
        lambda: Unseekable("café".encode()),
        pieces,
    ],
    ids=["bytes", "text", "bytearray", "file", "text file", "socket", "generator"],
)
def test_an_upload_is_sent_whole_whatever_holds_it_and_again_when_refused(given: Callable[[], Any]) -> None:
    there = rig(Answer(429, b"", {"retry-after": "1"}), UPLOADED)
    told = spoken(there).attachments.upload(given(), target_name="menu.txt", content_type="text/plain")
    assert told.token == "t"
    assert [sent.body for sent in there.wire.sent] == ["café".encode()] * 2
    sent = there.wire.sent[1]
    assert (sent.path, sent.params, sent.headers["Content-Type"]) == (
        "/api/v2/uploads.json", {"filename": "menu.txt"}, "text/plain",
    )  # fmt: skip


def test_a_file_is_sent_from_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "menu.txt"
    path.write_bytes(b"head:tail")
    there = rig(UPLOADED)
    with path.open("rb") as file:
        file.seek(5)
        spoken(there).attachments.upload(file, target_name="menu.txt")
    spoken(there).attachments.upload(path)
    assert [sent.body for sent in there.wire.sent] == [b"tail", b"head:tail"]


@pytest.mark.parametrize(
    "given", [io.BytesIO, bytes, lambda content: iter([content])], ids=["file", "bytes", "generator"]
)
def test_more_than_the_limit_is_refused_before_anything_is_sent(given: Callable[[bytes], Any]) -> None:
    there = rig(UPLOADED)
    with pytest.raises(errors.InvalidInput, match=str(LARGEST)):
        spoken(there).attachments.upload(given(bytes(LARGEST + 1)), target_name="x")
    assert there.wire.sent == []


def files(status: int, content: bytes) -> Callable[[Sent], Answer]:
    def handler(sent: Sent) -> Answer:
        if sent.path.startswith("/api/"):
            address = "https://acme.zendesk.com/attachments/token/secret-of-the-file/?name=x.txt"
            return Answer(200, {"attachment": {"id": 5, "file_name": "x.txt", "content_url": address}})
        return Answer(status, content, {"content-type": "text/plain"})

    return handler


def test_a_file_is_received_into_memory_or_a_folder(tmp_path: Path) -> None:
    zen = spoken(rig(handler=files(200, b"content" * 1000)))
    assert zen.attachments.download(5).getvalue() == b"content" * 1000
    assert Path(zen.attachments.download(5, tmp_path)).read_bytes() == b"content" * 1000


def test_a_file_that_is_not_there_is_an_error_and_not_its_content() -> None:
    there = rig(handler=files(404, b"no such file"))
    with pytest.raises(errors.ZendeskNotFound) as caught:
        spoken(there).attachments.download(5)
    assert "secret-of-the-file" not in str(caught.value)


def test_a_file_larger_than_the_limit_is_not_kept() -> None:
    with pytest.raises(errors.ZendeskTooLarge):
        spoken(rig(handler=files(200, bytes(LARGEST + 1)))).attachments.download(5)
