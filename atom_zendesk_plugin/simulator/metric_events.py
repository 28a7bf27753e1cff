"""When the clocks of a ticket's metrics ran: computed from its audits, like the metrics themselves.

Seven metrics are told. Three follow the state (work of agents, waiting of the requester, resolution) and have one
instance for all of a ticket's life. Replies have an instance for each time somebody waits for one, updates one for each
public word of an agent, groups one for each stay. A clock that stops tells how long it has run, in ``update_status``.
SLA policies are stored, not computed, so nothing is applied or breached.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from atom_zendesk_plugin.simulator.objects import Audit, Comment, Status, Ticket
from atom_zendesk_plugin.simulator.state import Desk

_UNSOLVED: Final = frozenset({Status.NEW, Status.OPEN, Status.PENDING, Status.HOLD})
_DONE: Final = frozenset({Status.SOLVED, Status.CLOSED})
_BY_STATE: Final = {
    "agent_work_time": frozenset({Status.NEW, Status.OPEN}),
    "requester_wait_time": frozenset({Status.NEW, Status.OPEN, Status.HOLD}),
    "resolution_time": _UNSOLVED,
}
_UPDATES: Final = {
    "periodic_update_time": _UNSOLVED,
    "pausable_update_time": _UNSOLVED - {Status.PENDING},
}
_MEASURED: Final = (*_BY_STATE, *_UPDATES, "reply_time")


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricEvent:
    """One event. ``place`` is that of its audit; ``number`` counts the events of that audit; ``seconds`` is what ran."""

    audit: Audit
    place: int
    number: int
    metric: str
    instance_id: int
    type: str
    seconds: int | None = None

    @property
    def id(self) -> int:
        # Ids lie 128 apart; an audit's metric events take those right behind it.
        return self.audit.id + self.number


@dataclass(slots=True)
class _Clock:
    """What is known of one metric so far. ``since`` is None while it stands still."""

    instance: int = 0
    since: datetime | None = None
    ran: int = 0
    waiting: bool = False


@dataclass(slots=True)
class _Replay:
    """Goes through a ticket's audits once."""

    desk: Desk
    ticket: Ticket
    clocks: dict[str, _Clock] = field(default_factory=dict)
    status: Status | None = None
    group: str | None = None

    def run(self) -> Iterator[MetricEvent]:
        for place, audit in enumerate(self.ticket.audits):
            rows = list(self._of_audit(audit, first=place == 0))
            for number, (metric, kind, instance, seconds) in enumerate(rows, start=1):
                yield MetricEvent(
                    audit=audit,
                    place=place,
                    number=number,
                    metric=metric,
                    instance_id=instance,
                    type=kind,
                    seconds=seconds,
                )

    def _of_audit(self, audit: Audit, *, first: bool) -> Iterator[_Told]:
        at = audit.created_at
        if first:
            for metric in _MEASURED:
                yield metric, "measure", 0, None
        values = {event.field: event.value for event in audit.events if event.type in ("Create", "Change")}
        if "status" in values:
            told = values["status"]
            self.status = None if told == "deleted" else Status(told)
            for metric, running in _BY_STATE.items():
                yield from self._follow(metric, running, at)
        words = [event.comment for event in audit.events if event.comment is not None]
        for comment in words:
            yield from self._hear(comment, at, first=first)
        for metric, running in _UPDATES.items():
            if "status" in values and self.clocks.get(metric, _NEVER).instance:
                yield from self._follow(metric, running, at)
        if "group_id" in values:
            yield from self._move(values["group_id"], at)

    def _follow(self, metric: str, running: frozenset[Status], at: datetime) -> Iterator[_Told]:
        """Let a clock run or stand as the state says; a solved ticket ends it."""
        clock = self.clocks.setdefault(metric, _Clock())
        if self.status in running:
            if clock.since is None:
                yield from self._start(metric, at, instance=max(1, clock.instance))
        elif clock.since is not None or clock.waiting:
            yield from self._stop(metric, at, fulfilled=self.status in _DONE)

    def _hear(self, comment: Comment, at: datetime, *, first: bool) -> Iterator[_Told]:
        if first:
            yield from self._start("reply_time", at, instance=1)
            return
        if not comment.public:
            return
        reply = self.clocks.setdefault("reply_time", _Clock())
        if not self.desk.users[comment.author_id].is_staff:
            if reply.since is None:
                yield from self._start("reply_time", at, instance=reply.instance + 1, fresh=True)
            return
        if reply.since is not None:
            yield from self._stop("reply_time", at, fulfilled=True)
        for metric, running in _UPDATES.items():
            clock = self.clocks.setdefault(metric, _Clock())
            if clock.since is not None or clock.waiting:
                yield from self._stop(metric, at, fulfilled=True)
            if self.status in running:
                yield from self._start(metric, at, instance=clock.instance + 1, fresh=True)

    def _move(self, group: str | None, at: datetime) -> Iterator[_Told]:
        clock = self.clocks.setdefault("group_ownership_time", _Clock())
        if clock.since is not None:
            yield from self._stop("group_ownership_time", at, fulfilled=True)
        if group is not None:
            yield from self._start("group_ownership_time", at, instance=clock.instance + 1, fresh=True)

    def _start(self, metric: str, at: datetime, *, instance: int, fresh: bool = False) -> Iterator[_Told]:
        clock = self.clocks.setdefault(metric, _Clock())
        clock.instance, clock.since, clock.waiting = instance, at, False
        if fresh:
            clock.ran = 0
        yield metric, "activate", instance, None

    def _stop(self, metric: str, at: datetime, *, fulfilled: bool) -> Iterator[_Told]:
        """Stop a clock for a while, or for good. One that was paused already is only told when it ends."""
        clock = self.clocks[metric]
        if clock.since is None and not fulfilled:
            return
        if clock.since is not None:
            clock.ran += int((at - clock.since).total_seconds())
        clock.since, clock.waiting = None, not fulfilled
        yield metric, "fulfill" if fulfilled else "pause", clock.instance, None
        yield metric, "update_status", clock.instance, clock.ran


_Told = tuple[str, str, int, int | None]
_NEVER: Final = _Clock()


def metric_events(desk: Desk, ticket: Ticket) -> list[MetricEvent]:
    """Return everything that happened to the clocks of a ticket, in order."""
    return list(_Replay(desk, ticket).run())
