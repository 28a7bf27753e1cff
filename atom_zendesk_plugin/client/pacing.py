"""When a call may go: the budgets Zendesk reports are spent by all callers of an account together, people first.

Every call takes one from the account's bucket and from its endpoint's. A bucket nobody knows yet is open. ``reserve`` is the share of
each limit that is left to the customer's other integrations; background work also leaves ``BACKGROUND_SHARE`` to people, except in
buckets that only exports use: there it spreads its calls over the window instead. A 429 closes its bucket for everybody until the time
Zendesk named. Accounts never share a bucket. What is held back for other integrations is the rule of ``budget``.

A store must not raise; one that can, such as a database, belongs behind a fallback that counts in process.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from atom_zendesk_plugin import budget
from atom_zendesk_plugin.budget import Budget
from atom_zendesk_plugin.client import buckets
from atom_zendesk_plugin.client.limits import ACCOUNT, Limit, parse_limits
from atom_zendesk_plugin.client.observe import Lane
from atom_zendesk_plugin.client.reply import Reply
from atom_zendesk_plugin.clock import Clock
from atom_zendesk_plugin.errors import DeadlineExceeded
from atom_zendesk_plugin.pace import PaceStore, Taken

BACKGROUND_SHARE: Final = 0.4
EXPORT_SHARE: Final = 0.2
"""What exports leave to people in other buckets than their own: they are few, and must not stand behind other background work."""
PATIENCE: Final = 0.9
"""The share of a window over which background work spreads its exports: the last call goes when a tenth of the window is left."""
MOST_RESERVED: Final = 0.95
UNTOLD_WINDOW: Final = budget.WINDOW
"""The window assumed when an answer reports a budget without its reset; the account's limits are per minute."""
SHORTEST_WAIT: Final = 0.05
_LARGEST: Final = 4096
_UNKNOWN: Final = Budget()


class MemoryPace:
    """Budgets of one process, safe for any number of threads. See ``pace.PaceStore`` for the contract."""

    def __init__(self) -> None:
        self._budgets: dict[str, Budget] = {}
        self._lock = threading.Lock()

    def take(self, key: str, *, floor: float, now: float, patience: float = 0.0) -> Taken:
        with self._lock:
            after, wait = budget.take(self._find(key), floor=floor, patience=patience, now=now)
            if after is None:
                return Taken(False, wait)
            self._keep(key, after, now)
            return Taken(True)

    def give_back(self, key: str, *, now: float) -> None:
        with self._lock:
            if key in self._budgets:
                self._budgets[key] = budget.give_back(self._budgets[key], now=now)

    def learn(self, key: str, *, limit: int, remaining: int, resets_in: float, now: float) -> None:
        if limit < 1:
            return
        with self._lock:
            after = budget.learn(self._find(key), limit=limit, remaining=remaining, resets_in=resets_in, now=now)
            self._keep(key, after, now)

    def close_until(self, key: str, *, until: float, now: float) -> None:
        with self._lock:
            self._keep(key, budget.close_until(self._find(key), until=until), now)

    def _find(self, key: str) -> Budget:
        return self._budgets.get(key, _UNKNOWN)

    def _keep(self, key: str, changed: Budget, now: float) -> None:
        if key not in self._budgets and len(self._budgets) >= _LARGEST:
            # Buckets of single tickets pile up; one whose window is over says nothing any more.
            self._budgets = {
                name: kept for name, kept in self._budgets.items() if max(kept.resets_at, kept.closed_until) > now
            }
        self._budgets[key] = changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """A call that was let through: the keys it was counted under."""

    keys: tuple[str, ...]


class Pacer:
    """The budget of one account as one client sees it.

    ``actor`` tells users of one account apart in limits that Zendesk counts per user; leave it empty for the service account.
    """

    def __init__(self, store: PaceStore, *, account: str, clock: Clock, reserve: float, actor: str = "") -> None:
        self._store, self._account, self._clock = store, account, clock
        self._actor = f"@{actor}" if actor else ""
        self._reserve = reserve
        self._learnt: dict[str, frozenset[str]] = {}

    def acquire(
        self,
        method: str,
        path: str,
        *,
        lane: Lane,
        deadline: float | None,
        waiting: Callable[[float], None] | None = None,
    ) -> Permit:
        """Count one call, waiting by the clock until its buckets allow it. ``waiting`` is told each wait before it begins.

        ``deadline`` is on the clock's monotonic scale. Raises DeadlineExceeded at once when the wait would not end before it.
        """
        names = self.buckets(method, path)
        while True:
            permit, wait = self._take(names, path, lane)
            if permit is not None:
                return permit
            wait = max(wait, SHORTEST_WAIT)
            if deadline is not None and self._clock.monotonic() + wait > deadline:
                raise DeadlineExceeded(method=method, endpoint=path, retry_after=wait)
            if waiting is not None:
                waiting(wait)
            self._clock.sleep(wait)

    def give_back(self, permit: Permit) -> None:
        """Undo ``acquire``: the call was provably not sent."""
        now = self._now()
        for key in permit.keys:
            self._store.give_back(key, now=now)

    def learn(self, reply: Reply, *, retry_after: float | None = None) -> list[Limit]:
        """Correct the budgets by what an answer reports; a 429 with ``retry_after`` seconds closes its bucket until then."""
        limits = parse_limits(reply.headers)
        self._remember(reply, limits)
        now = self._now()
        if reply.status == 429:
            self._uncount(reply, limits, now)
        for limit in limits:
            key = self._key(limit.bucket, reply.endpoint)
            if key is not None:
                resets_in = UNTOLD_WINDOW if limit.resets_in is None else limit.resets_in
                self._store.learn(key, limit=limit.limit, remaining=limit.remaining, resets_in=resets_in, now=now)
        if reply.status == 429 and retry_after:
            for name in self._blamed(reply, limits):
                key = self._key(name, reply.endpoint)
                if key is not None:
                    self._store.close_until(key, until=now + retry_after, now=now)
        return limits

    def buckets(self, method: str, path: str) -> tuple[str, ...]:
        """Return the limits a call counts against, the account's first."""
        place = buckets.template(method, path)
        known = buckets.KNOWN.get(place, ())
        return (ACCOUNT, *known, *sorted(self._learnt.get(place, frozenset()).difference(known)))

    def _take(self, names: tuple[str, ...], path: str, lane: Lane) -> tuple[Permit | None, float]:
        taken: list[str] = []
        now, exporting = self._now(), any(map(buckets.is_for_exports, names))
        for name in names:
            key = self._key(name, path)
            if key is None:
                continue
            left, patience = _manners(name, lane=lane, exporting=exporting)
            floor = min(self._reserve + left, MOST_RESERVED)
            answer = self._store.take(key, floor=floor, now=now, patience=patience)
            if not answer.ok:
                self.give_back(Permit(keys=tuple(taken)))
                return None, answer.wait
            taken.append(key)
        return Permit(keys=tuple(taken)), 0.0

    def _blamed(self, reply: Reply, limits: list[Limit]) -> Iterable[str]:
        """Return the limits that a 429 is about.

        An answer may report only limits that still have room and refuse all the same (recorded: an export refused with 684 of the
        account's 700 left): then it is about the endpoint.
        """
        empty = [limit.bucket for limit in limits if limit.remaining == 0]
        if empty:
            return empty
        own = self.buckets(reply.method, reply.endpoint)[1:]
        if own or limits:
            return own or self._own_bucket(reply)
        return (ACCOUNT,)

    def _uncount(self, reply: Reply, limits: list[Limit], now: float) -> None:
        """Take the refused call out of the buckets that refused it, where the service has not counted it either."""
        counted = self.buckets(reply.method, reply.endpoint)
        for limit in limits:
            key = self._key(limit.bucket, reply.endpoint)
            if key is not None and limit.remaining == 0 and limit.bucket in counted:
                self._store.give_back(key, now=now)

    def _own_bucket(self, reply: Reply) -> tuple[str, ...]:
        place = buckets.template(reply.method, reply.endpoint)
        name = f"endpoint {place}"
        self._learnt[place] = self._learnt.get(place, frozenset()) | {name}
        return (name,)

    def _remember(self, reply: Reply, limits: list[Limit]) -> None:
        # One dictionary write of an immutable value: threads that do this at once can at worst learn a name again.
        names = {limit.bucket for limit in limits if limit.bucket != ACCOUNT}
        place = buckets.template(reply.method, reply.endpoint)
        if names and not names <= self._learnt.get(place, frozenset()):
            self._learnt[place] = self._learnt.get(place, frozenset()) | names

    def _key(self, bucket: str, path: str) -> str | None:
        key = buckets.pace_key(self._account, bucket, path)
        return f"{key}{self._actor}" if key is not None and buckets.is_per_object(bucket) else key

    def _now(self) -> float:
        return self._clock.now().timestamp()


def _manners(bucket: str, *, lane: Lane, exporting: bool) -> tuple[float, float]:
    """Return the share of a bucket that a call leaves to people, and its patience in it."""
    if lane == "foreground":
        return 0.0, 0.0
    if buckets.is_for_exports(bucket):
        return 0.0, PATIENCE
    return (EXPORT_SHARE if exporting else BACKGROUND_SHARE), 0.0
