"""In which order things happened, kept while they happen, so that an export never walks the whole account.

Seconds are Unix seconds. ``ChangeOrder`` knows when each ticket changed last, ``AuditLog`` when each audit was written.
Both are told by ``history.record``; neither looks at the clock.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from typing import Final

Mark = tuple[int, int]
"""A place in an order: a second, and the id of the row there. What follows the mark is what comes after that row."""

_REBUILD_BEYOND: Final = 64


class ChangeOrder:
    """Ids by the second of their last change, and by id within a second."""

    def __init__(self) -> None:
        self._second: dict[int, int] = {}
        self._rows: list[Mark] = []
        self._moved: dict[int, int | None] = {}

    def touch(self, number: int, second: int) -> None:
        """Note a change; the order itself is mended when it is read next."""
        if number not in self._moved:
            self._moved[number] = self._second.get(number)
        self._second[number] = second

    def after(self, mark: Mark) -> Iterator[Mark]:
        """Yield what changed last after the mark, the earliest first."""
        self._mend()
        for at in range(bisect_right(self._rows, mark), len(self._rows)):
            yield self._rows[at]

    def _mend(self) -> None:
        if len(self._moved) > max(_REBUILD_BEYOND, len(self._rows) // _REBUILD_BEYOND):
            self._rows = sorted((second, number) for number, second in self._second.items())
        else:
            for number, before in self._moved.items():
                if before is not None:
                    del self._rows[bisect_left(self._rows, (before, number))]
                insort(self._rows, (self._second[number], number))
        self._moved.clear()


class AuditLog:
    """Where every audit is, in the order of writing: its ticket, and its place among the audits of that ticket.

    Audits are not held themselves: redaction replaces them, and a copy here would keep what was blacked out.
    """

    def __init__(self) -> None:
        # Arrays instead of rows: an account of 100,000 tickets has most of a million audits.
        self._seconds = array("q")
        self._tickets = array("q")
        self._places = array("l")

    def add(self, second: int, ticket_id: int, place: int) -> None:
        at = len(self._seconds)
        if at and self._seconds[-1] > second:
            at = bisect_right(self._seconds, second)
        self._seconds.insert(at, second)
        self._tickets.insert(at, ticket_id)
        self._places.insert(at, place)

    def since(self, second: int) -> Iterator[tuple[int, int, int]]:
        """Yield second, ticket id and place of every audit written at that second or later."""
        for at in range(bisect_left(self._seconds, second), len(self._seconds)):
            yield self._seconds[at], self._tickets[at], self._places[at]
