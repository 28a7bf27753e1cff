"""Simulated time for several processes: it stands still while anybody works, and moves to the earliest moment anybody waits for.

A worker's clock asks the simulator for the time over HTTP and waits by telling its conductor, on standard output, until when; a line on
standard input wakes it. The conductor moves the simulator's clock when everybody waits.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import requests

from atom_zendesk_plugin.clock import ManualClock

ROOT = Path(__file__).resolve().parent.parent
TICK = 1e-6  # the simulator's time has microseconds


class WorkerClock:
    """A ``Clock`` of a process that a ``Conductor`` leads. For one thread."""

    def __init__(self, base_url: str) -> None:
        self._url, self._session = f"{base_url}/_simulator/clock", requests.Session()
        self._told: datetime | None = None

    def now(self) -> datetime:
        if self._told is None:  # it does not move while this process works
            self._told = datetime.fromisoformat(self._session.get(self._url, timeout=30).json()["now"])
        return self._told

    def monotonic(self) -> float:
        return self.now().timestamp()

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            tell({"until": self.monotonic() + seconds})
            sys.stdin.readline()
            self._told = None


def tell(message: dict[str, Any]) -> None:
    """Say something to the conductor."""
    print(json.dumps(message), flush=True)


@dataclass
class Conductor:
    """Leads worker processes and actions of its own, given as (moment, action) in their order. Moments are seconds since the epoch."""

    clock: ManualClock
    actions: Iterator[tuple[float, Callable[[], None]]]
    _workers: list[subprocess.Popen[str]] = field(default_factory=list)

    def run(self, commands: list[list[str]]) -> list[dict[str, Any]]:
        """Run the workers, each a Python module with arguments, to their ends; returns the last thing each of them said."""
        self._workers = [self._start(command) for command in commands]
        waiting, results = dict[int, float](), dict[int, dict[str, Any]]()
        awake, planned = set(range(len(commands))), next(self.actions, None)
        try:
            while len(results) < len(commands):
                for number in sorted(awake):
                    said = self._hear(number)
                    if "until" in said:
                        waiting[number] = said["until"]
                    else:
                        results[number] = said
                moments = [*waiting.values(), *([planned[0]] if planned is not None else [])]
                if not waiting:
                    break
                self.clock.advance(max(0.0, min(moments) - self.clock.now().timestamp()) + TICK)
                now = self.clock.now().timestamp()
                while planned is not None and planned[0] <= now:
                    planned[1]()
                    planned = next(self.actions, None)
                awake = {number for number, until in waiting.items() if until <= now}
                for number in awake:
                    del waiting[number]
                    self._wake(number)
        finally:
            self._stop()
        return [results[number] for number in range(len(commands))]

    def _start(self, command: list[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )

    def _hear(self, number: int) -> dict[str, Any]:
        worker = self._workers[number]
        assert worker.stdout is not None
        line = worker.stdout.readline()
        if not line:
            raise RuntimeError(f"worker {number} ended with {worker.wait()} and no result: its standard error says why")
        said: dict[str, Any] = json.loads(line)
        return said

    def _wake(self, number: int) -> None:
        stdin = self._workers[number].stdin
        assert stdin is not None
        stdin.write("go\n")
        stdin.flush()

    def _stop(self) -> None:
        for worker in self._workers:
            if worker.stdin is not None:
                worker.stdin.close()
            if worker.stdout is not None:
                worker.stdout.close()
            worker.terminate()
            worker.wait()
