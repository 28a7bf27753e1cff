"""Where blocking work goes when the host asks from an event loop: a few threads, and a bounded queue in front of them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from atom_zendesk_plugin.errors import Code, ZendeskPluginError
from atom_zendesk_plugin.once import Once

T = TypeVar("T")


class TooBusy(ZendeskPluginError):
    """Too many calls are waiting for Zendesk already: try again in a moment."""

    code = Code.RATE_LIMITED


class Workers:
    """Run blocking functions for coroutines. ``threads`` at once, ``waiting`` more in the queue; the next one is refused.

    No thread is started before the first call.
    """

    def __init__(self, *, threads: int = 4, waiting: int = 64) -> None:
        self._pool = Once(lambda: ThreadPoolExecutor(max_workers=threads, thread_name_prefix="atom-zendesk"))
        self._room = threading.BoundedSemaphore(threads + waiting)

    async def run(self, work: Callable[[], T]) -> T:
        """Await ``work()`` done in a thread. Raises what it raises, and TooBusy when the queue is full.

        A cancelled await stops waiting; work that has begun goes on to its end, because a half-sent write cannot be taken back.
        """
        if not self._room.acquire(blocking=False):
            raise TooBusy
        try:
            future = self._pool.get().submit(work)
        except BaseException:
            self._room.release()
            raise
        future.add_done_callback(self._leave)
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Let running work end, drop what is queued, and stop the threads."""
        pool = self._pool.take()
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)

    def _leave(self, _: Future[T]) -> None:
        self._room.release()
