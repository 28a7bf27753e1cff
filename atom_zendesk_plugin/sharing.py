"""Where the rate-limit budgets of one app are kept: in Redis when there is one, else in the database, else in this process.

Each is asked first at a moment when it is needed and may be away; then the next one counts, and the log says so once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from atom_zendesk_plugin.capabilities import needed_for
from atom_zendesk_plugin.host import RedisSource
from atom_zendesk_plugin.once import Once
from atom_zendesk_plugin.pace import PaceStore, Taken
from atom_zendesk_plugin.storage import Storage, StorageState

if TYPE_CHECKING:
    from atom_zendesk_plugin.store.database import Database

FEATURE = "Rate limits shared over Redis"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    pace: PaceStore
    away: Callable[[], bool]


class Sharing:
    """The budgets of one app. ``source`` is asked once; None means that there is no Redis."""

    def __init__(self, storage: Storage, *, source: Callable[[], RedisSource | None]) -> None:
        self._storage = storage
        self._source = Once(source)
        self._chosen = Once(self._choose)

    def pace(self) -> PaceStore:
        """Return the store of budgets, which never raises for want of a server. Raises DependencyMissing without the client's packages."""
        return self._chosen.get().pace

    def known(self) -> StorageState:
        """Tell where the budgets are kept, by what is known of each place; asks no server but the database's, as ``Storage.known``."""
        source = self._source.get()
        if source is None:
            return self._storage.known()
        chosen = self._chosen.peek()
        if chosen is None or not chosen.away():
            return StorageState(usable=True, origin=f"Redis, from {source.origin}")
        below = self._storage.known()
        if below.usable:
            return StorageState(
                usable=True, origin=f"{below.origin}, while Redis, from {source.origin}, does not answer"
            )
        reason = f"check that the Redis of {source.origin} runs and can be reached"
        return StorageState(usable=False, origin=source.origin, reason=reason)

    def _choose(self) -> _Chosen:
        from atom_zendesk_plugin.client.pacing import MemoryPace
        from atom_zendesk_plugin.store.pace_fallback import PaceWithFallback

        stored = PaceWithFallback(StoredPace(self._storage), own=MemoryPace())
        source = self._source.get()
        if source is None:
            return _Chosen(pace=stored, away=lambda: False)
        shared = PaceWithFallback(
            LatePace(lambda: _open(source)), own=stored, own_follows=False, events=("zendesk.pace.redis_away", "zendesk.pace.redis_back")
        )  # fmt: skip
        return _Chosen(pace=shared, away=lambda: shared.away)


def _open(source: RedisSource) -> PaceStore:
    with needed_for(FEATURE):
        from atom_zendesk_plugin.store.pace_redis import RedisPace, adopt_redis, open_redis
    return RedisPace(open_redis(source.url) if source.url else adopt_redis(source.client))


class LatePace:
    """A store that is made when it is first needed; making it may raise what using it may raise."""

    def __init__(self, make: Callable[[], PaceStore]) -> None:
        self._made = Once(make)

    def take(self, key: str, *, floor: float, now: float, patience: float = 0.0) -> Taken:
        return self._made.get().take(key, floor=floor, now=now, patience=patience)

    def give_back(self, key: str, *, now: float) -> None:
        self._made.get().give_back(key, now=now)

    def learn(self, key: str, *, limit: int, remaining: int, resets_in: float, now: float) -> None:
        self._made.get().learn(key, limit=limit, remaining=remaining, resets_in=resets_in, now=now)

    def close_until(self, key: str, *, until: float, now: float) -> None:
        self._made.get().close_until(key, until=until, now=now)


class StoredPace:
    """The database's budgets, looked up when they are needed: at a time when the database may be away, or not there yet."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._made: tuple[Database, PaceStore] | None = None

    def take(self, key: str, *, floor: float, now: float, patience: float = 0.0) -> Taken:
        return self._store().take(key, floor=floor, now=now, patience=patience)

    def give_back(self, key: str, *, now: float) -> None:
        self._store().give_back(key, now=now)

    def learn(self, key: str, *, limit: int, remaining: int, resets_in: float, now: float) -> None:
        self._store().learn(key, limit=limit, remaining=remaining, resets_in=resets_in, now=now)

    def close_until(self, key: str, *, until: float, now: float) -> None:
        self._store().close_until(key, until=until, now=now)

    def _store(self) -> PaceStore:
        database = self._storage.get()  # first: it says which package is missing, when one is
        from atom_zendesk_plugin.store.pace import SqlPace

        if self._made is None or self._made[0] is not database:
            self._made = (database, SqlPace(database))
        return self._made[1]
