"""What the write log is told of a call: which calls are writes, what they are called without their ids, and how they ended.

A path is cut down to the words of the API: whatever else is in it may be an id, a name somebody gave, or a token. Of a body only
names are taken, and only those that look like names of the API.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

import msgspec

from atom_zendesk_plugin.client.reply import UNREADABLE, Reply
from atom_zendesk_plugin.client.transport import OF_TOKENS, READS
from atom_zendesk_plugin.clock import Clock
from atom_zendesk_plugin.errors import OutcomeUnknown, ZendeskCallFailed, ZendeskUnreachable
from atom_zendesk_plugin.write_log import Write, WriteEnd, WriteLog, WriteOutcome

MOST_FIELDS: Final = 100
LONGEST_ID: Final = 64

_WORD = re.compile(r"[a-z]+(?:_[a-z]+)*", re.ASCII)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}", re.ASCII)
_SECRET_AFTER: Final = frozenset({"uploads"})
"""What follows these words gives something away: an upload's token."""


class Entry:
    """What one call leaves in the write log; nothing when it only reads, or when nobody keeps a log. For one thread."""

    def __init__(
        self, log: WriteLog | None, clock: Clock, *, method: str, endpoint: str, headers: Mapping[str, str], body: object
    ) -> None:
        """``endpoint`` is the call's path; a ``body`` that is no JSON has no field names."""
        self._log, self._clock = log if is_write(method, endpoint) else None, clock
        self._method, self._endpoint, self._headers, self._body = method, endpoint, headers, body
        self._begun, self._at = False, clock.monotonic()
        self._number: int | None = None

    def begin(self) -> None:
        """Write the entry down, the first time: the call is about to be sent."""
        if self._log is None or self._begun:
            return
        name, record_id = split_path(self._endpoint)
        key = self._headers.get("Idempotency-Key")
        write = Write(
            method=self._method, endpoint=name, record_id=record_id, fields=_fields_in(self._body),
            key_hash=None if key is None else sha256(key.encode()).hexdigest(), began_at=self._clock.now(),
        )  # fmt: skip
        self._begun, self._number = True, self._log.begin(write)

    def done(self, reply: Reply, *, attempts: int) -> None:
        """Complete the entry of a call that Zendesk has taken."""
        if self._log is not None:
            self._log.end(
                self._number,
                WriteEnd(
                    outcome="done", status=reply.status, error=None, request_id=reply.request_id, record_id=_made(reply),
                    duration=self._took(), attempts=attempts,
                ),
            )  # fmt: skip

    def failed(self, error: BaseException, *, was_sent: bool, attempts: int) -> None:
        """Complete the entry of a call that raised. ``was_sent``: at least one attempt may have left."""
        if self._log is None:
            return
        self.begin()  # it failed before anything was sent
        call = error if isinstance(error, ZendeskCallFailed) else None
        end = WriteEnd(
            outcome=_outcome(error, was_sent=was_sent), status=call.status if call else None, error=type(error).__name__,
            request_id=call.request_id if call else None, record_id=None, duration=self._took(), attempts=attempts,
        )  # fmt: skip
        self._log.end(self._number, end)

    def _took(self) -> float:
        return self._clock.monotonic() - self._at


def is_write(method: str, endpoint: str) -> bool:
    """Tell whether a call can change something at Zendesk. Fetching and revoking tokens is no such thing."""
    return method not in READS and not endpoint.startswith(OF_TOKENS)


def split_path(endpoint: str) -> tuple[str, str | None]:
    """Return a path with ``{id}`` for everything that is no word of the API, and the first of what that was (None: nothing)."""
    parts, found, before = [], None, ""
    for part in endpoint.removesuffix(".json").removeprefix("/api/v2").strip("/").split("/"):
        secret = before in _SECRET_AFTER
        if _WORD.fullmatch(part) and not secret:
            parts.append(part)
        else:
            parts.append("{id}")
            found = found or (None if secret else part[:LONGEST_ID])
        before = part
    return "/" + "/".join(parts), found


def field_names(body: object) -> tuple[str, ...]:
    """Return the names of the fields in a body, those inside its one wrapper object or list where it has one, in order, each once.

    A name that cannot be one of the API's is told as ``?``.
    """
    inner = next(iter(body.values())) if isinstance(body, Mapping) and len(body) == 1 else None
    rows = inner if isinstance(inner, list | tuple) else [inner]
    objects = [row for row in rows if isinstance(row, Mapping)]
    if not objects:
        objects = [body] if isinstance(body, Mapping) else []
    names = dict.fromkeys(name for row in objects for name in map(_name, row))
    return tuple(names)[:MOST_FIELDS]


def _outcome(error: BaseException, *, was_sent: bool) -> WriteOutcome:
    if not was_sent or isinstance(error, ZendeskUnreachable):
        return "not_sent"
    if isinstance(error, OutcomeUnknown) or not isinstance(error, ZendeskCallFailed):
        return "unknown"  # what is no answer broke off in the middle
    taken = error.status is not None and 200 <= error.status < 300
    return "unknown" if taken else "refused"


def _fields_in(body: object) -> tuple[str, ...]:
    """Return the field names of a JSON body; a file has none."""
    if not isinstance(body, bytes) or not body:
        return ()
    try:
        return field_names(msgspec.json.decode(body))
    except UNREADABLE:
        return ()


def _made(reply: Reply) -> str | None:
    """Return the id of a record that was made, which Zendesk tells as an address."""
    if reply.method != "POST" or reply.status != 201:
        return None
    return split_path(urlsplit(reply.headers.get("location", "")).path)[1]


def _name(name: object) -> str:
    return name if isinstance(name, str) and _NAME.fullmatch(name) else "?"
