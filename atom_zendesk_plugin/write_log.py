"""The seam between who writes to Zendesk and who keeps the record of it: one entry per call that can change something there.

An entry is begun before anything is sent and ended when it is known how that went, so that a process that dies in between leaves
it behind as ``sent``. It holds names, ids and times, never a value of what was sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

WriteOutcome = Literal["sent", "done", "refused", "unknown", "not_sent"]
"""``sent``: it went out and nothing more is known. ``done``. ``refused``: an answer said no. ``unknown``: the answer was lost, it may have
been done. ``not_sent``: it never left."""

WRITE_OUTCOMES: tuple[WriteOutcome, ...] = ("sent", "done", "refused", "unknown", "not_sent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A call about to be sent. ``endpoint`` is its path without ids, ``record_id`` the first of those, None where the path has none.

    ``fields`` are names only. ``key_hash`` is the SHA-256 of the idempotency key, None without one. ``began_at`` is aware, in UTC.
    """

    method: str
    endpoint: str
    record_id: str | None
    fields: tuple[str, ...]
    key_hash: str | None
    began_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteEnd:
    """How it ended. ``status`` is None without an answer, ``error`` the name of the error's class, None for success.

    ``record_id`` is that of a record that was made, None for any other. ``duration`` is seconds, waits and retries included.
    """

    outcome: WriteOutcome
    status: int | None
    error: str | None
    request_id: str | None
    record_id: str | None
    duration: float
    attempts: int


class WriteLog(Protocol):
    """Where the writes of one caller on one account are recorded. Neither method raises: a write goes on without its entry."""

    def begin(self, write: Write) -> int | None:
        """Record a write as ``sent``, for good before it returns; return the entry's number, None when it could not be recorded."""

    def end(self, number: int | None, end: WriteEnd) -> None:
        """Complete an entry. Without a number there is none to complete."""
