"""What the plugin costs a host at start: each figure from fresh interpreters, so that nothing is warm by accident."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Iterator

from benchmarks.figures import Figure

TIMES = 7

ENTRY_MODULE = """
import flask, pluggy
began = monotonic()
import atom_zendesk_plugin.plugin
print((monotonic() - began) * 1000)
"""
FIRST_REGISTRATION = """
import flask, pluggy, atom_zendesk_plugin.plugin as plugin
app = flask.Flask("host")
began = monotonic()
assert plugin.register(app)
print((monotonic() - began) * 1000)
"""
SECOND_REGISTRATION = """
import flask, pluggy, atom_zendesk_plugin.plugin as plugin
assert plugin.register(flask.Flask("first"))
app = flask.Flask("second")
began = monotonic()
assert plugin.register(app)
print((monotonic() - began) * 1000)
"""
FIRST_HEALTH = """
import flask, pluggy, atom_zendesk_plugin.plugin as plugin
app = flask.Flask("host")
assert plugin.register(app)
began = monotonic()
assert app.test_client().get("/api/zendesk/health").status_code == 200
print((monotonic() - began) * 1000)
"""
HELP = """
import sys
began = monotonic()
from atom_zendesk_plugin.cli import main
sys.argv, sys.stdout = ["atom-zendesk", "--help"], sys.stderr
try:
    main()
except SystemExit:
    sys.stdout = sys.__stdout__
print((monotonic() - began) * 1000)
"""


def measure() -> Iterator[Figure]:
    """Measure each step of a host's start."""
    over = "over a host that has Flask and pluggy loaded"
    yield Figure("import of the entry module", _median(ENTRY_MODULE), "ms", over)
    yield Figure(
        "first registration in a process", _median(FIRST_REGISTRATION), "ms", "includes the imports of the routes"
    )
    yield Figure("registration on a second app", _median(SECOND_REGISTRATION), "ms", "same process")
    yield Figure("first health report", _median(FIRST_HEALTH), "ms", "nothing configured")
    yield Figure("atom-zendesk --help", _median(HELP), "ms", "without the interpreter's own start")


def _median(source: str) -> float:
    return statistics.median(_once(source) for _ in range(TIMES))


def _once(source: str) -> float:
    code = f"from time import perf_counter as monotonic\n{source}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout.splitlines()[-1])
