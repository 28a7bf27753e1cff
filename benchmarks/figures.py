"""One measured figure, and how a list of them is shown."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from atom_zendesk_plugin import __version__
from atom_zendesk_plugin.clock import SystemClock


@dataclass(frozen=True, slots=True)
class Figure:
    """A name, a value with its unit, and under which conditions it was measured."""

    name: str
    value: float
    unit: str
    conditions: str = ""

    @property
    def shown(self) -> str:
        return (
            f"{self.value:,.0f} {self.unit}"
            if self.value >= 100 or self.value == int(self.value)
            else f"{self.value:.2f} {self.unit}"
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """The calls one task takes with each client, as text: a peer's may say what it came to."""

    task: str
    ours: str
    zenpy: str
    node_zendesk: str
    conditions: str = ""


def milliseconds(work: Callable[[], object], *, times: int) -> float:
    """Return the median duration of ``work``."""
    clock = SystemClock()
    durations = []
    for _ in range(times):
        began = clock.monotonic()
        work()
        durations.append((clock.monotonic() - began) * 1000)
    return statistics.median(durations)


def machine() -> str:
    """Say where and when the figures were measured, and how busy the machine is: times taken beside other work are no figures."""
    today = datetime.now(UTC).date().isoformat()
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{today}, version {__version__}, Python {platform.python_version()}, {platform.machine()} with {os.cpu_count()} cores{load}"


def table(figures: Iterable[Figure]) -> str:
    """Return the figures as a table in Markdown."""
    rows = [f"| {figure.name} | {figure.shown} | {figure.conditions} |" for figure in figures]
    return "\n".join(["| what | figure | conditions |", "|---|---|---|", *rows])


def beside(comparisons: Iterable[Comparison]) -> str:
    """Return comparisons as a table in Markdown."""
    rows = [f"| {row.task} | {row.ours} | {row.zenpy} | {row.node_zendesk} | {row.conditions} |" for row in comparisons]
    return "\n".join(["| task | ours | Zenpy | node-zendesk | how |", "|---|---|---|---|---|", *rows])
