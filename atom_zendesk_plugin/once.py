"""Things that cost something, built at first use: once per process, whatever the number of threads."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Once(Generic[T]):
    """One object, made by ``build`` when it is first asked for.

    A process forked from this one builds its own: a pooled connection must not be shared by two processes. ``build`` that raises
    builds nothing, and the next caller tries again.
    """

    def __init__(self, build: Callable[[], T]) -> None:
        self._build = build
        self._lock = threading.Lock()
        self._made: tuple[int, T] | None = None

    def get(self) -> T:
        """Return the object of this process, building it if need be."""
        made = self._made
        if made is not None and made[0] == os.getpid():
            return made[1]
        with self._lock:
            made = self._made
            if made is None or made[0] != os.getpid():
                made = self._made = (os.getpid(), self._build())
            return made[1]

    def peek(self) -> T | None:
        """Return the object if this process has built it."""
        made = self._made
        return made[1] if made is not None and made[0] == os.getpid() else None

    def take(self) -> T | None:
        """Return the object if this process has built it, and forget it: the caller closes it."""
        with self._lock:
            made, self._made = self._made, None
        return made[1] if made is not None and made[0] == os.getpid() else None
