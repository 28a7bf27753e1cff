"""What the client tells about its calls: one event per attempt, and one for each retry, limit and wait.

Events carry ids, counts and times, never bodies, queries or credentials. An observer is somebody else's code: when it raises, that
is logged once and the call goes on. Extend by passing another ``Observer``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from atom_zendesk_plugin import logs

Lane = Literal["foreground", "background"]
EventKind = Literal["attempt", "retry", "limit", "wait"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent:
    """One thing that happened to a call.

    ``attempt``: it was tried; ``status`` is None when no answer came, ``reason`` then names why. ``retry``: it will be tried again after
    ``wait`` seconds. ``limit``: Zendesk answered 429. ``wait``: it is held back for ``wait`` seconds, before it is sent, to stay
    inside the budget. ``remaining`` is what the answer says is left of the account's limit; ``elapsed`` the seconds one attempt took.
    """

    kind: EventKind
    account: str
    method: str
    endpoint: str
    attempt: int
    lane: Lane
    status: int | None = None
    wait: float | None = None
    remaining: int | None = None
    request_id: str | None = None
    elapsed: float | None = None
    reason: str | None = None


Observer = Callable[[CallEvent], None]


def log_observer(event: CallEvent) -> None:
    """Write events to the log: attempts and waits for debugging, retries for information, limits and lost answers as warnings."""
    level: logs.Level = "debug"
    if event.kind == "retry":
        level = "info" if event.status is not None else "warning"
    elif event.kind == "limit":
        level = "warning"
    names = (
        "account",
        "method",
        "endpoint",
        "status",
        "reason",
        "attempt",
        "lane",
        "wait",
        "remaining",
        "request_id",
        "elapsed",
    )
    told = {name: value for name in names if (value := getattr(event, name)) is not None}
    logs.event(f"zendesk.{event.kind}", level, **told)


class Notifier:
    """Passes events on to one observer and survives it."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._lock = threading.Lock()
        self._told = False

    def __call__(self, event: CallEvent) -> None:
        try:
            self._observer(event)
        except Exception as error:
            # The boundary to foreign code: whatever it raises, the call it watches must not fail for it.
            self._report(error)

    def _report(self, error: Exception) -> None:
        with self._lock:
            first, self._told = not self._told, True
        if first:
            logs.event("zendesk.observer_failed", "error", kind=type(error).__name__)
