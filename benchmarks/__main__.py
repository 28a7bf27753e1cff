"""Measure everything and print it; ``--write`` puts it into the documentation, ``--json`` prints it for a program."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from benchmarks import connections, loading, memory, overhead, side_by_side, tasks
from benchmarks.figures import beside, machine, table

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"


def main(arguments: list[str]) -> None:
    """Run the benchmarks."""
    where = machine()  # before our own work is part of the load
    loaded, done, routes = list(loading.measure()), list(tasks.measure()), list(overhead.measure())
    own, compared, held = list(connections.measure()), list(side_by_side.measure()), list(memory.measure())
    if "--json" in arguments:
        figures = [asdict(figure) for figure in (*loaded, *done, *own, *routes, *held)]
        print(json.dumps({"machine": where, "figures": figures, "calls": [asdict(row) for row in compared]}))
        return
    page = f"""# Performance

Medians, measured by `script/bench` on {where}. They depend on the machine; the calls do not.

## Loading

{table(loaded)}

## Tasks

{table(done)}

## Connections

{table(own)}

## Routes

{table(routes)}

## Calls for the same task

Zenpy and node-zendesk, unchanged, on the same local Zendesk; two numbers are two ways its manual shows. All results are
compared: what is not the whole of it is said.

{beside(compared)}

## Memory

Readers that keep nothing, each a process of its own; pages come from another process that rendered them before.

{table(held)}
"""
    print(page)
    if "--write" in arguments:
        PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
