"""The seam between who counts calls and who keeps the count: one budget per account and rate-limit bucket.

The client asks and learns; a store in memory, in a database or in Redis keeps the numbers. Every store applies the rule of
``budget`` and makes each change atomic, so that any number of threads or processes sharing it never hand out one call twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Taken:
    """Whether a call may go now; when not, ``wait`` is the seconds until the bucket opens again."""

    ok: bool
    wait: float = 0.0


class PaceStore(Protocol):
    """Where budgets live. ``key`` names account and bucket; ``now`` is seconds since the epoch, given by the caller's clock."""

    def take(self, key: str, *, floor: float, now: float, patience: float = 0.0) -> Taken:
        """Count one call, unless that would leave less than the share ``floor`` of the limit. A bucket nobody has learnt of is open.

        ``patience``, from 0 to below 1, is the share of what may be used that is spread over the window.
        """

    def give_back(self, key: str, *, now: float) -> None:
        """Undo one ``take`` of this window: the call was not sent after all."""

    def learn(self, key: str, *, limit: int, remaining: int, resets_in: float, now: float) -> None:
        """Correct the count from an answer's headers. Within one window the smaller ``remaining`` wins: answers arrive out of order."""

    def close_until(self, key: str, *, until: float, now: float) -> None:
        """Let nobody through before ``until`` (seconds since the epoch): the service asked everybody to wait."""
