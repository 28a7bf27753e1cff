"""Migrate a database as one of several processes, or be killed before the Nth statement of it."""

from __future__ import annotations

import os
import signal
import sys

from sqlalchemy import event

from atom_zendesk_plugin.store import migrate
from atom_zendesk_plugin.store.engines import make_engine


def main(url: str, killed_before: str = "0") -> None:
    engine = make_engine(url)
    seen = 0

    @event.listens_for(engine, "before_cursor_execute")
    def maybe_die(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == int(killed_before):
            os.kill(os.getpid(), signal.SIGKILL)

    sys.stdin.readline()  # everybody starts at once
    print(migrate.upgrade(engine).changed)  # noqa: T201  # its only output


main(*sys.argv[1:])
