"""Files, sent and received piece by piece: never whole in memory, and with every promise of a call.

A call that streams goes through the client's own caller, so its turn, its credentials, its retries and what is told of it are those of
any call. A file is sent or written anew from its beginning when a call is tried again. What is received lies in the file; the answer is
a ``Receipt`` of it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import BinaryIO, Final

from atom_zendesk_plugin.client.calling import Call, Caller
from atom_zendesk_plugin.client.observe import Lane
from atom_zendesk_plugin.client.reply import Reply
from atom_zendesk_plugin.client.resources.downloading import Downloading, Receipt
from atom_zendesk_plugin.client.transport import Params
from atom_zendesk_plugin.errors import InvalidInput

_CHUNK: Final = 64 * 1024


class Source:
    """A file as the body of a request: from where it stands to its end, again and again."""

    def __init__(self, file: BinaryIO, *, most: int) -> None:
        """Raises InvalidInput for a file that can't be read twice, or that has more than ``most`` bytes."""
        if not file.seekable():
            raise InvalidInput("A file to send has to be one that can be read again from its beginning.", field="file")
        self._file, self._start = file, file.tell()
        self._size = file.seek(0, os.SEEK_END) - self._start
        file.seek(self._start)
        if self._size > most:
            raise InvalidInput(f"The file has {self._size} bytes; {most} are the most that are sent.", field="file")

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        self._file.seek(self._start)
        left = self._size
        while left:
            part = self._file.read(min(left, _CHUNK))
            if not part:
                raise InvalidInput("The file became shorter while it was sent.", field="file")
            left -= len(part)
            yield part


class Streams:
    """The calls of a client that carry files. ``deadline`` is on the clock's monotonic scale."""

    def __init__(self, caller: Caller, *, lane: Lane, deadline: float | None) -> None:
        self._caller, self._lane, self._deadline = caller, lane, deadline

    def send(self, path: str, source: Source, *, params: Params, content_type: str) -> Reply:
        """POST a file. Repeated only as any other write: after 429, or when it provably never left."""
        self._caller.transport.url("POST", path)  # refused before a turn is waited for
        return self._caller.make(
            Call(
                method="POST",
                path=path,
                lane=self._lane,
                deadline=self._deadline,
                params=params,
                body=source if len(source) else b"",
                headers={"Content-Type": content_type},
                endpoint=path,
            )
        )

    def receive(self, address: str, into: BinaryIO, *, most: int) -> Receipt:
        """GET what lies at an address into a file; see ``Downloading``. On an error the file is as it was."""
        sender = Downloading(self._caller.transport, address, into, most=most)
        # The address of a file has a token in it, which must not get into logs and errors.
        where = sender.endpoint
        call = Call(method="GET", path=where, endpoint=where, lane=self._lane, deadline=self._deadline, sender=sender)
        try:
            return self._caller.make(call).decode(Receipt)
        except BaseException:
            sender.rewind()
            raise
        finally:
            sender.close_outside()
