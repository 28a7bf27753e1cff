"""What happens to pacing while the shared store is away: calls go on, counted in this process alone, and the log says so once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from atom_zendesk_plugin import logs
from atom_zendesk_plugin.errors import ZendeskPluginError
from atom_zendesk_plugin.pace import PaceStore, Taken

Answer = TypeVar("Answer")

ASK_AGAIN = 15.0  # seconds; a SQLite file that the host keeps locked costs its whole timeout each time it is asked


class PaceWithFallback:
    """A ``PaceStore`` that never raises for want of its database: ``shared`` counts when it can, ``own`` when it cannot.

    ``own`` learns from every answer, so that it knows the limits when it is needed.
    """

    def __init__(self, shared: PaceStore, *, own: PaceStore) -> None:
        self._shared, self._own = shared, own
        self._lock = threading.Lock()
        self._away = False
        self._ask_from = float("-inf")

    @property
    def away(self) -> bool:
        """Whether the shared store did not answer when it was last asked; for health."""
        return self._away

    def take(self, key: str, *, floor: float, now: float) -> Taken:
        answer = self._ask(lambda: self._shared.take(key, floor=floor, now=now), now=now)
        return self._own.take(key, floor=floor, now=now) if answer is None else answer

    def give_back(self, key: str, *, now: float) -> None:
        self._ask(lambda: self._shared.give_back(key, now=now), now=now)
        if self._away:
            self._own.give_back(key, now=now)

    def learn(self, key: str, *, limit: int, remaining: int, resets_in: float, now: float) -> None:
        self._own.learn(key, limit=limit, remaining=remaining, resets_in=resets_in, now=now)
        self._ask(
            lambda: self._shared.learn(key, limit=limit, remaining=remaining, resets_in=resets_in, now=now), now=now
        )

    def close_until(self, key: str, *, until: float, now: float) -> None:
        self._own.close_until(key, until=until, now=now)
        self._ask(lambda: self._shared.close_until(key, until=until, now=now), now=now)

    def _ask(self, work: Callable[[], Answer], *, now: float) -> Answer | None:
        if self._away and now < self._ask_from:
            return None
        try:
            answer = work()
        except ZendeskPluginError as error:
            self._ask_from = now + ASK_AGAIN
            if self._turned(away=True):
                logs.event("zendesk.pace.alone", "warning", error=error)
            return None
        if self._turned(away=False):
            logs.event("zendesk.pace.shared")
        return answer

    def _turned(self, *, away: bool) -> bool:
        with self._lock:
            turned, self._away = self._away != away, away
        return turned
