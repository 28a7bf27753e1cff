"""What was asked of the simulator: one line for each call, without bodies, for tests to look at."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from atom_zendesk_plugin.simulator.exchange import Json

KEPT = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One call. ``path`` has no ``.json``; ``status`` is None when the connection was dropped."""

    method: str
    path: str
    query: str
    status: int | None
    actor_id: int | None
    at: datetime
    request_id: str
    fault: str | None = None

    def to_json(self) -> Json:
        return {
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "status": self.status,
            "actor": self.actor_id,
            "at": self.at.isoformat(),
            "request_id": self.request_id,
            "fault": self.fault,
        }


class CallLog:
    """The latest calls, oldest first. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: deque[CallRecord] = deque(maxlen=KEPT)

    def add(self, record: CallRecord) -> None:
        with self._lock:
            self._records.append(record)

    def clear(self) -> None:
        with self._lock:
            self._records.clear()

    def __iter__(self) -> Iterator[CallRecord]:
        with self._lock:
            return iter(tuple(self._records))

    def __len__(self) -> int:
        return len(self._records)
