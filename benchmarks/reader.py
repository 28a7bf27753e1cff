"""One process that reads tickets and says how much memory it holds: ``python -m benchmarks.reader HOW ADDRESS ROWS``.

``HOW`` is ``list`` or ``export`` (this package), or ``zenpy``. A line of JSON for each checkpoint: rows, seconds, MiB resident now, and the
most so far.
"""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from atom_zendesk_plugin.clock import SystemClock

CHECKPOINTS = (10_000, 100_000, 1_000_000)


def main(how: str, address: str, rows: int) -> None:
    """Read that many rows, one at a time, and keep none."""
    clock, count = SystemClock(), 0
    began = clock.monotonic()
    tickets = _zenpy(address) if how == "zenpy" else _ours(how, address)
    for _ in tickets:
        count += 1
        if count in CHECKPOINTS:
            now, most = resident()
            print(
                json.dumps({"rows": count, "seconds": clock.monotonic() - began, "now": now, "most": most}), flush=True
            )
        if count == rows:
            return
    raise SystemExit(f"only {count} rows came")


def resident() -> tuple[float, float]:
    """Return what this process holds and the most it ever held, in MiB. The kernel's getrusage would count the parent's too."""
    told = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines())
    now, most = (int(told[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))
    return now, most


def _ours(how: str, address: str) -> Iterator[object]:
    from atom_zendesk_plugin.client.api import build_client
    from atom_zendesk_plugin.client.resources.export_pages import Place
    from atom_zendesk_plugin.config import load_settings

    told = {"ZENDESK_BASE_URL": address, "ZENDESK_ACCESS_TOKEN": "any"}
    client = build_client(load_settings(told, {}), account_key="bench", clock=SystemClock(), rng=random.Random(1))
    if how == "list":
        yield from client.tickets.list()
    else:
        for page in client.exports.tickets(Place(start_time=1)):
            yield from page


def _zenpy(address: str) -> Iterator[object]:
    # Read by Zenpy at each call.
    os.environ["ZENPY_FORCE_SCHEME"], os.environ["ZENPY_FORCE_NETLOC"] = "http", urlsplit(address).netloc
    from zenpy import Zenpy

    yield from Zenpy(subdomain="acme", oauth_token="any", timeout=30).tickets()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
