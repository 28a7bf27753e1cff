"""Memory while reading a million tickets: each reader is a process of its own, and so is the server, which renders nothing meanwhile."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.figures import Figure

ROWS, ZENPYS_ROWS = 1_000_000, 100_000
MOST_GROWTH = 10.0
"""MiB between the first checkpoint and the last."""
HOW = {"list": "listed", "export": "exported", "zenpy": "listed, Zenpy"}


def measure() -> Iterator[Figure]:
    """Read with each reader; ours must stay flat."""
    if not Path("/proc/self/status").exists():
        print("MEMORY IS NOT MEASURED: it takes a Linux kernel", file=sys.stderr)
        return
    with _pages() as address:
        for how, rows in (("list", ROWS), ("export", ROWS), ("zenpy", ZENPYS_ROWS)):
            marks = read(how, address, rows)
            if how != "zenpy":
                gained = marks[-1]["most"] - marks[0]["most"]
                assert gained <= MOST_GROWTH, f"{how}: {gained:.1f} MiB more after {marks[-1]['rows']:,} rows"
            for mark in marks:
                note = f"{mark['now']:.1f} MiB at that moment; {mark['rows'] / mark['seconds']:,.0f} tickets a second"
                yield Figure(f"{mark['rows']:,} tickets {HOW[how]}: most memory so far", mark["most"], "MiB", note)


def read(how: str, address: str, rows: int) -> list[dict[str, float]]:
    """Run one reader and return its checkpoints."""
    command = [sys.executable, "-m", "benchmarks.reader", how, address, str(rows)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


@contextmanager
def _pages() -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.static_pages", str(ROWS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
