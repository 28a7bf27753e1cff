"""One process that shares an account's rate limits with others: it exports, reads in the background, is a person, or
exports in a hurry. See ``budgets``."""

from __future__ import annotations

import random
import sys

from sqlalchemy import event

from atom_zendesk_plugin.client.api import ZendeskClient, build_client
from atom_zendesk_plugin.client.observe import CallEvent
from atom_zendesk_plugin.clock import SystemClock
from atom_zendesk_plugin.config import load_settings
from atom_zendesk_plugin.errors import DeadlineExceeded
from atom_zendesk_plugin.pace import PaceStore
from atom_zendesk_plugin.store.database import open_database
from atom_zendesk_plugin.store.pace import SqlPace
from atom_zendesk_plugin.store.pace_redis import RedisPace, open_redis
from benchmarks.lockstep import WorkerClock, tell

EXPORT = "/api/v2/incremental/tickets/cursor.json"
READ = "/api/v2/users/me.json"
BETWEEN_VISITS = 4.0  # seconds, in the mean, between two calls of the person
HURRY = 50.0  # seconds
BETWEEN_READINGS = 180.0  # seconds the reader rests when it has used up what it may


def open_pace(url: str) -> PaceStore:
    if not url.startswith(("sqlite", "postgresql")):
        return RedisPace(open_redis(url))
    database = open_database(url, clock=SystemClock())
    if database.dialect == "sqlite":
        # A busy machine: what is measured is simulated time.
        event.listen(
            database.engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout = 60000")
        )
        database.engine.dispose()
    return SqlPace(database)


def main(role: str, base_url: str, token: str, store: str, until: float, seed: int) -> None:
    """Call Zendesk until that moment, and say what came of it."""
    clock, rng = WorkerClock(base_url), random.Random(seed)
    calls, waits = list[tuple[float, int]](), list[float]()

    def observe(seen: CallEvent) -> None:
        if seen.kind == "attempt" and seen.status is not None:
            calls.append((clock.monotonic(), seen.status))

    settings = load_settings({"ZENDESK_BASE_URL": base_url, "ZENDESK_ACCESS_TOKEN": token, "ZENDESK_RESERVE": "0"}, {})
    client = build_client(
        settings, account_key="default/acme", clock=clock, rng=rng, pace=open_pace(store), observer=observe
    )
    clock.sleep(rng.uniform(0.0, 0.5))
    if role == "hurried":
        tell({"role": role, **_hurry(client), "calls": calls})
        return
    while clock.monotonic() < until:
        if role == "person":
            clock.sleep(rng.expovariate(1 / BETWEEN_VISITS))
        began = clock.monotonic()
        _call(client, role)
        waits.append(clock.monotonic() - began)
        if role == "reader" and waits[-1]:
            clock.sleep(BETWEEN_READINGS)
    client.close()
    tell({"role": role, "calls": calls, "waits": waits})


def _hurry(client: ZendeskClient) -> dict[str, object]:
    """Export with one deadline for all calls, until it is in the way; tells what the error said, and after how many seconds."""
    began = client.clock.monotonic()
    within = client.within(seconds=HURRY)
    while True:
        try:
            within.request("GET", EXPORT, params={"start_time": 0, "per_page": 1})
        except DeadlineExceeded as error:
            took = client.clock.monotonic() - began
            return {
                "took": took,
                "endpoint": error.endpoint,
                "retry_after": error.retry_after,
                "message": error.message,
            }


def _call(client: ZendeskClient, role: str) -> None:
    if role == "export":
        client.within(lane="background").request("GET", EXPORT, params={"start_time": 0, "per_page": 1})
    else:
        client.within(lane="foreground" if role == "person" else "background").request("GET", READ)


if __name__ == "__main__":
    role, base_url, token, store, until, seed = sys.argv[1:]
    main(role, base_url, token, store, float(until), int(seed))
