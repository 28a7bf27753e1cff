"""Time, injected: nothing in the package reads the system clock or sleeps on its own.

Extend by writing another class with these three methods; every constructor that needs time takes a ``Clock``.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What the package needs of time."""

    def now(self) -> datetime:
        """Return the wall-clock time, aware, in UTC."""

    def monotonic(self) -> float:
        """Return seconds that never run backwards; only differences mean anything."""

    def sleep(self, seconds: float) -> None:
        """Wait that many seconds; zero and below return at once."""


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            time.sleep(seconds)


class ManualClock:
    """Time that stands still until it is moved; sleeping moves it. Safe to share between threads."""

    def __init__(self, start: datetime = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)) -> None:
        self._now = start
        self._elapsed = 0.0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        with self._lock:
            return self._now

    def monotonic(self) -> float:
        with self._lock:
            return self._elapsed

    def sleep(self, seconds: float) -> None:
        self.advance(max(0.0, seconds))

    def advance(self, seconds: float) -> None:
        """Move both readings forward."""
        if seconds < 0:
            raise ValueError("a clock only moves forward: give a positive number of seconds")
        with self._lock:
            self._now += timedelta(seconds=seconds)
            self._elapsed += seconds


class OffsetClock:
    """Another clock's time plus an offset that can be moved forward: running time that a test can hurry along."""

    def __init__(self, base: Clock | None = None) -> None:
        self._base: Clock = base or SystemClock()
        self._offset = 0.0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        with self._lock:
            return self._base.now() + timedelta(seconds=self._offset)

    def monotonic(self) -> float:
        with self._lock:
            return self._base.monotonic() + self._offset

    def sleep(self, seconds: float) -> None:
        self._base.sleep(seconds)

    def advance(self, seconds: float) -> None:
        """Move time forward by that many seconds."""
        if seconds < 0:
            raise ValueError("a clock only moves forward: give a positive number of seconds")
        with self._lock:
            self._offset += seconds
