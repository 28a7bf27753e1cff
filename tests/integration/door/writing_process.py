"""A host that makes one write and is killed in the middle of it; run by ``test_killed_writers.py``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.extension import build_extension
from tests.integration.door.hosts import new_app


def main(told: dict[str, Any]) -> None:
    extension = build_extension(new_app(Path(told["folder"]), **told["config"]), environ={})
    desk = extension.desk(Caller(user_id="ann", roles=frozenset({"admin"}), via="bearer"))
    if told["ticket"] is None:
        desk.tickets.create(subject="Once only", comment="x", idempotency_key="k-1")
    else:
        desk.tickets.update(told["ticket"], {"comment": "Once only"})


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
