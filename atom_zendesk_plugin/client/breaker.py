"""When an account is not worth asking: after calls in a row that Zendesk did not answer, the next ones fail at once for a while.

A dead Zendesk then costs each request milliseconds instead of its whole deadline and a thread. After the pause one call is let through;
its outcome closes the circuit, or opens it again for longer. An answer of any kind, a refusal included, is a sign of life. Each process
keeps its own: what one sees broken may be its own network.
"""

from __future__ import annotations

import threading
from typing import Final

from atom_zendesk_plugin import logs
from atom_zendesk_plugin.clock import Clock
from atom_zendesk_plugin.errors import CircuitOpen

THRESHOLD: Final = 3
"""Calls in a row, retries included in each, after which the circuit opens."""
FIRST_PAUSE: Final = 5.0
LONGEST_PAUSE: Final = 60.0
TRIAL: Final = 30.0
"""Seconds after which a trial that never ended is forgotten."""


class Breaker:
    """The circuit of one account in one process. Safe to share between threads; times are seconds."""

    def __init__(self, *, account: str, clock: Clock) -> None:
        self._account, self._clock = account, clock
        self._lock = threading.Lock()
        self._failures = 0
        self._pause = FIRST_PAUSE
        self._closed_from: float | None = None
        self._trial_until = float("-inf")

    @property
    def is_open(self) -> bool:
        """Whether calls fail at once now."""
        return self._closed_from is not None

    def admit(self, *, method: str, endpoint: str) -> None:
        """Let a call through, or raise CircuitOpen with the seconds to wait. Who is let through says how it ended, in any case."""
        now = self._clock.monotonic()
        with self._lock:
            if self._closed_from is None:
                return
            wait = max(self._closed_from, self._trial_until) - now
            if wait <= 0:
                self._trial_until = now + TRIAL
                return
        raise CircuitOpen(method=method, endpoint=endpoint, retry_after=wait)

    def answered(self) -> None:
        """Note a sign of life."""
        with self._lock:
            was_open = self._closed_from is not None
            self._failures, self._closed_from, self._pause = 0, None, FIRST_PAUSE
            self._trial_until = float("-inf")
        if was_open:
            logs.event("zendesk.circuit_closed", account=self._account)

    def failed(self) -> None:
        """Note a call that Zendesk did not answer, or answered with an outage."""
        now = self._clock.monotonic()
        with self._lock:
            self._failures += 1
            if self._failures < THRESHOLD or (self._closed_from is not None and now < self._closed_from):
                return  # calls that were under way when it opened change nothing
            first = self._closed_from is None
            if not first:
                self._pause = min(self._pause * 2, LONGEST_PAUSE)
            self._closed_from, self._trial_until = now + self._pause, float("-inf")
        if first:
            logs.event("zendesk.circuit_opened", "warning", account=self._account, pause=self._pause)

    def undecided(self) -> None:
        """Note that a call ended without asking Zendesk: the next one may try."""
        with self._lock:
            self._trial_until = float("-inf")
