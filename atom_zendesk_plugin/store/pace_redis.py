"""Rate-limit budgets in Redis, shared by every process of every machine: one hash per bucket, one script per change.

The script ``pace.lua`` is the rule of ``budget`` again, because Redis runs nothing else in one piece. It reads the caller's time, never the
server's. A bucket is gone an hour after its window. The client is made here or belongs to the host, which may have chosen text or bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from redis import Redis
from redis.backoff import NoBackoff
from redis.connection import ConnectionPool
from redis.exceptions import RedisError
from redis.retry import Retry

from atom_zendesk_plugin.errors import Code, ConfigError, ZendeskPluginError
from atom_zendesk_plugin.pace import Taken

if TYPE_CHECKING:
    from redis.commands.core import Script

PREFIX: Final = "zendesk:pace:"
PATIENCE: Final = 0.5
"""Seconds to wait for Redis, once: it answers in less than one of them, or it is away."""
SCRIPT: Final = Path(__file__).with_name("pace.lua")


class RedisUnavailable(ZendeskPluginError):
    """Redis, which the Zendesk integration shares its rate limits over, cannot be used right now: check that it runs and that
    ZENDESK_REDIS_URL is right."""

    code = Code.CONFIG_ERROR


class RedisPace:
    """A ``PaceStore`` (see ``atom_zendesk_plugin.pace``) on a Redis client; raises ``RedisUnavailable`` when that is away."""

    def __init__(self, client: Any) -> None:
        """``client`` is a ``redis.Redis``, or what behaves like one."""
        with _translated():
            self._script: Script = client.register_script(SCRIPT.read_text(encoding="utf-8"))

    def take(self, key: str, *, floor: float, now: float, patience: float = 0.0) -> Taken:
        answer = self._run("take", key, now, floor, patience)
        if answer in (b"open", "open"):
            return Taken(ok=True)
        return Taken(ok=False, wait=float(answer))

    def give_back(self, key: str, *, now: float) -> None:
        self._run("give_back", key, now)

    def learn(self, key: str, *, limit: int, remaining: int, resets_in: float, now: float) -> None:
        if limit < 1:
            return  # no service has such a limit; believing it would close the bucket for good
        self._run("learn", key, now, limit, remaining, resets_in)

    def close_until(self, key: str, *, until: float, now: float) -> None:
        self._run("close_until", key, now, until)

    def _run(self, verb: str, key: str, now: float, *values: float) -> Any:
        with _translated():
            return self._script(keys=[PREFIX + key], args=[verb, repr(now), *map(repr, values)])


def open_redis(url: str) -> Redis:
    """Return a client that gives up soon; connects to nothing yet. Raises ConfigError for an address that is none."""
    try:
        return Redis.from_url(url, **_hasty())
    except ValueError as error:
        raise ConfigError(
            "ZENDESK_REDIS_URL is not the address of a Redis: give redis://HOST:6379/0, rediss://... or unix:///PATH."
        ) from error


def adopt_redis(client: Any) -> Any:
    """Return a client for the same server as the host's that gives up soon; the host's own when it is of a kind we can't copy."""
    pool = getattr(client, "connection_pool", None)
    if type(pool) is not ConnectionPool:  # a sentinel's or a cluster's finds its servers in its own way
        return client
    kwargs = {**pool.connection_kwargs, **_hasty()}
    return Redis(connection_pool=ConnectionPool(connection_class=pool.connection_class, **kwargs))


def _hasty() -> dict[str, Any]:
    return {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE, "retry": Retry(NoBackoff(), 0)}


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError) as error:
        raise RedisUnavailable from error
