"""A process that moves bulk runs on; run by ``test_processes.py``, which may kill it at any moment.

It begins a run of its own, or takes up what others have left, prints the run's id, and at the end how the run stands.
"""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import Any

import flask

from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.clock import OffsetClock
from atom_zendesk_plugin.extension import build_extension
from tests.integration.bulk.staging import new_tickets


class HurriedClock(OffsetClock):
    """Real time, except that waiting takes none."""

    def sleep(self, seconds: float) -> None:
        self.advance(max(0.0, seconds))


def main(told: dict[str, Any]) -> None:
    clock = HurriedClock()
    clock.advance(told["offset"])
    app = flask.Flask("host", static_folder=None, instance_path=str(Path(told["folder"]) / "instance"))
    app.config.update(told["config"])
    extension = build_extension(app, clock=clock, environ={})
    ann = Caller(user_id="ann", roles=frozenset({"admin"}), via="bearer")
    bulk = extension.desk(ann).bulk
    if told["run"] is None:
        say({"run": bulk.start("tickets", "create", new_tickets(told["items"])).id})
    else:
        say({"run": told["run"], "taken": extension.bulk_runner.resume()})
    run_id = bulk.list()[0].id
    look = threading.Event()
    while not (run := bulk.get(run_id)).ended:
        look.wait(0.05)
    extension.close()
    say({"state": run.state, "done": run.done, "failed": run.failed, "unknown": run.unknown})


def say(facts: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
