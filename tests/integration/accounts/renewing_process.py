"""One of several processes that use one grant at the same moment; run by ``test_processes.py``.

Prints ``ready`` once it has made a first call's preparations, waits for a line, makes one call in each thread, and prints how they ended.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import flask

from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.clock import OffsetClock
from atom_zendesk_plugin.errors import ZendeskPluginError
from atom_zendesk_plugin.extension import build_extension


def main(told: dict[str, Any]) -> None:
    clock = OffsetClock()
    clock.advance(told["offset"])
    app = flask.Flask("host", static_folder=None, instance_path=str(Path(told["folder"]) / "instance"))
    app.config.update(told["config"])
    extension = build_extension(app, clock=clock, environ={})
    ann, threads = Caller(user_id="ann", via="bearer"), told["threads"]
    desks = [extension.desk(ann) for _ in range(threads)]  # reads the grant, as it was before its end
    barrier = Barrier(threads)

    def call(desk: Any) -> str:
        barrier.wait()
        try:
            return f"user {desk.me().user.id}"
        except ZendeskPluginError as error:
            return f"{type(error).__name__}: {error}"

    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    with ThreadPoolExecutor(threads) as pool:
        found = Counter(pool.map(call, desks))
    extension.close()
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
