"""What happens to pacing while the shared store is away: calls go on, counted by the next one, and the log says so once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from atom_zendesk_plugin import logs
from atom_zendesk_plugin.errors import ZendeskPluginError
from atom_zendesk_plugin.pace import PaceStore, Taken

Answer = TypeVar("Answer")

ASK_AGAIN = 15.0  # seconds; a server that is gone and a SQLite file that stays locked cost a whole timeout each time they are asked


class PaceWithFallback:
    """A ``PaceStore`` that never raises for want of its server: ``shared`` counts when it can, ``own`` when it cannot.

    ``own`` follows every call and answer, so that it knows the limits when it is needed, and what others use: other processes are others
    to it. Without ``own_follows`` it is told only while it counts, for a store that is shared as well. ``events`` name the log's lines
    for a shared store that went away and for one that is back.
    """

    def __init__(
        self,
        shared: PaceStore,
        *,
        own: PaceStore,
        own_follows: bool = True,
        events: tuple[str, str] = ("zendesk.pace.alone", "zendesk.pace.shared"),
    ) -> None:
        self._shared, self._own, self._own_follows, self._events = shared, own, own_follows, events
        self._lock = threading.Lock()
        self._away = False
        self._ask_from = float("-inf")

    @property
    def away(self) -> bool:
        """Whether the shared store did not answer when it was last asked; for health."""
        return self._away

    def take(self, key: str, *, floor: float, now: float, patience: float = 0.0) -> Taken:
        answer = self._ask(lambda: self._shared.take(key, floor=floor, now=now, patience=patience), now=now)
        if answer is None:
            return self._own.take(key, floor=floor, now=now, patience=patience)
        if answer.ok and self._own_follows:
            self._own.take(key, floor=0.0, now=now)  # counted, whatever it thinks of it
        return answer

    def give_back(self, key: str, *, now: float) -> None:
        self._tell(lambda pace: pace.give_back(key, now=now), now=now)

    def learn(self, key: str, *, limit: int, remaining: int, resets_in: float, now: float) -> None:
        self._tell(
            lambda pace: pace.learn(key, limit=limit, remaining=remaining, resets_in=resets_in, now=now), now=now
        )

    def close_until(self, key: str, *, until: float, now: float) -> None:
        self._tell(lambda pace: pace.close_until(key, until=until, now=now), now=now)

    def _tell(self, work: Callable[[PaceStore], None], *, now: float) -> None:
        def told() -> bool:
            work(self._shared)
            return True

        if not self._ask(told, now=now) or self._own_follows:
            work(self._own)

    def _ask(self, work: Callable[[], Answer], *, now: float) -> Answer | None:
        if not self._may_ask(now):
            return None
        try:
            answer = work()
        except ZendeskPluginError as error:
            if self._turned(away=True, ask_from=now + ASK_AGAIN):
                logs.event(self._events[0], "warning", error=error)
            return None
        if self._turned(away=False):
            logs.event(self._events[1])
        return answer

    def _may_ask(self, now: float) -> bool:
        with self._lock:
            if self._away and now < self._ask_from:
                return False
            if self._away:
                self._ask_from = now + ASK_AGAIN  # one of the threads asks; the others do not wait with it
            return True

    def _turned(self, *, away: bool, ask_from: float = float("-inf")) -> bool:
        with self._lock:
            turned, self._away, self._ask_from = self._away != away, away, ask_from
        return turned
