"""Threads for what must not end with a request: renewals, and telling people. Each account has its own few, so none starves another."""

from __future__ import annotations

import os
import threading
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Final

EACH: Final = 4
"""Renewals of one account at the same time."""


class Threads:
    """The threads of one process, started when they are first needed. A forked process starts its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pools: dict[tuple[int, str], ThreadPoolExecutor] = {}

    def of(self, name: str) -> Executor:
        """Return the threads of that name."""
        with self._lock:
            key = (os.getpid(), name)
            if key not in self._pools:
                self._pools[key] = ThreadPoolExecutor(EACH, thread_name_prefix=f"atom-zendesk-{name}")
            return self._pools[key]

    def close(self) -> None:
        """Wait for what runs and let the threads go: one under way may hold the only living pair. Used again, they are started again."""
        with self._lock:
            own = [pool for (process, _), pool in self._pools.items() if process == os.getpid()]
            self._pools = {}
        for pool in own:
            pool.shutdown(wait=True)
