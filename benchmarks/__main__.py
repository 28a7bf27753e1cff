"""Measure everything and print it; ``--write`` puts it into the documentation, ``--json`` prints it for a program."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from benchmarks import connections, loading, overhead, tasks
from benchmarks.figures import machine, table

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"


def main(arguments: list[str]) -> None:
    """Run the benchmarks."""
    loaded, done, beside = list(loading.measure()), list(tasks.measure()), list(overhead.measure())
    own = list(connections.measure())
    if "--json" in arguments:
        print(json.dumps({"machine": machine(), "figures": [asdict(figure) for figure in (*loaded, *done, *own, *beside)]}))
        return
    page = f"""# Performance

Medians, measured by `script/bench` on {machine()}. They depend on the machine; the calls do not.

## Loading

{table(loaded)}

## Tasks

{table(done)}

## Connections

{table(own)}

## Side by side

{table(beside)}
"""
    print(page)
    if "--write" in arguments:
        PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
