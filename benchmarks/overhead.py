"""What a host's route costs over the bare call to Zendesk that it makes: ratios of one run."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import requests
from flask import Flask
from joserfc import jwt
from joserfc.jwk import OctKey

from atom_zendesk_plugin.clock import SystemClock
from atom_zendesk_plugin.plugin import register
from benchmarks.figures import Figure

KEY = "a key that is long enough for HS256, made up for figures"
INCLUDE = "users,groups,organizations"
ROUNDS = 40
TIMEOUT = (5, 30)


def measure() -> Iterator[Figure]:
    """Measure each route in turn with its bare call, so that a slow moment of the machine hits both; the simulator is another process."""
    with _zendesk() as told, TemporaryDirectory() as folder:
        app = _host(told, folder)
        bearer = {"Authorization": f"Bearer {_token()}"}
        upstream = requests.Session()
        upstream.headers["Authorization"] = f"Bearer {told['access_token']}"

        def pair(bare: str, route: str) -> tuple[float, float]:
            return _side_by_side(
                lambda: upstream.get(f"{told['base_url']}{bare}", timeout=TIMEOUT).json(),
                lambda: app.test_client().get(route, headers=bearer).get_json(),
            )

        for name, bare, route in (
            (
                "30 tickets",
                f"/api/v2/tickets?page[size]=30&sort=-updated_at&include={INCLUDE}",
                "/api/zendesk/tickets?limit=30",
            ),
            (
                "100 tickets",
                f"/api/v2/tickets?page[size]=100&sort=-updated_at&include={INCLUDE}",
                "/api/zendesk/tickets?limit=100",
            ),
            ("who am I", "/api/v2/users/me", "/api/zendesk/me"),
        ):
            plain, ours = pair(bare, route)
            yield Figure(
                f"{name}: route over bare call", ours / plain, "times", f"{ours:.1f} ms against {plain:.1f} ms"
            )


def _side_by_side(first: Callable[[], object], second: Callable[[], object]) -> tuple[float, float]:
    clock = SystemClock()
    spent: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for work, durations in zip((first, second), spent, strict=True):
            began = clock.monotonic()
            work()
            durations.append((clock.monotonic() - began) * 1000)
    return statistics.median(spent[0]), statistics.median(spent[1])


@contextmanager
def _zendesk() -> Iterator[dict[str, str]]:
    command = [
        str(Path(sys.executable).with_name("atom-zendesk")),
        "simulator",
        "--port",
        "0",
        "--tickets",
        "2000",
        "--json",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


def _host(told: dict[str, str], folder: str) -> Flask:
    app = Flask("bench", instance_path=folder)
    app.config.update(
        ZENDESK_BASE_URL=told["base_url"],
        ZENDESK_ACCESS_TOKEN=told["access_token"],
        ZENDESK_IDENTITY="jwt",
        JWT_SECRET=KEY,
    )
    register(app)
    return app


def _token() -> str:
    claims = {"sub": "bench", "roles": ["admin"], "exp": int(SystemClock().now().timestamp()) + 3600}
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(KEY))
