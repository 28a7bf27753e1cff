"""Take calls from one bucket until it is closed, and print how many were had: one of several processes that share the bucket."""

from __future__ import annotations

import sys

from atom_zendesk_plugin.clock import SystemClock
from atom_zendesk_plugin.pace import PaceStore
from atom_zendesk_plugin.store.database import open_database
from atom_zendesk_plugin.store.pace import SqlPace
from atom_zendesk_plugin.store.pace_redis import RedisPace, open_redis
from tests.databases import wait_long


def open_pace(url: str) -> PaceStore:
    if url.startswith("unix:"):
        return RedisPace(open_redis(url))
    database = open_database(url, clock=SystemClock())
    wait_long(database)
    return SqlPace(database)


def main(url: str, key: str, floor: str, now: str) -> None:
    pace = open_pace(url)
    sys.stdin.readline()  # everybody starts at once
    had = 0
    while pace.take(key, floor=float(floor), now=float(now)).ok:
        had += 1
    print(had)  # noqa: T201  # its only output


main(*sys.argv[1:])
