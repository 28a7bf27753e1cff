"""What loading the plugin costs the host: few imports, no socket, no file, no database."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]

AT_THE_DOOR = """
import sys
import pluggy
before = set(sys.modules)
import atom_zendesk_plugin.plugin
import json
third = sorted({name.partition(".")[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names))
own = sorted(name for name in set(sys.modules) - before if name.startswith("atom_zendesk_plugin"))
print(json.dumps({"third": third, "own": own}))
"""

REGISTRATION = """
import json, os, sys
import flask
app, second = flask.Flask("host", static_folder=None, instance_path=sys.argv[1]), flask.Flask("other", static_folder=None)
app.config.update(ZENDESK_SUBDOMAIN="acme", ZENDESK_ACCESS_TOKEN="t", ZENDESK_DATABASE_URL="sqlite:///" + sys.argv[1] + "/z.db")
seen = []
def watch(event, args):
    if event.startswith(("socket.connect", "socket.getaddrinfo", "sqlite3.connect", "subprocess", "os.mkdir")):
        seen.append(event)
    elif event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+"):
        seen.append("write")
sys.addaudithook(watch)
from atom_zendesk_plugin import plugin
assert plugin.register(app, {})
first = list(seen)
weights = "requests urllib3 sqlalchemy alembic spectree cryptography authlib joserfc rich"
heavy = [name for name in weights.split() if name in sys.modules]
assert plugin.register(second, {})
app.extensions["zendesk"].create_tables()
plugin.atom_shutdown(app)
print(json.dumps({"seen": first, "heavy": heavy, "later": [event for event in seen if event == "sqlite3.connect"]}))
"""


def run(script: str, *arguments: str) -> Any:
    # Bytecode is not part of the question: writing it would look like a file of ours.
    done = subprocess.run(
        [sys.executable, "-B", "-c", script, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_the_door_imports_the_standard_library_and_pluggy_only() -> None:
    told = run(AT_THE_DOOR)
    assert told["third"] == ["atom_zendesk_plugin"]
    assert told["own"] == ["atom_zendesk_plugin", "atom_zendesk_plugin.hookspecs", "atom_zendesk_plugin.plugin"]


def test_registration_opens_nothing_and_imports_nothing_heavy(tmp_path: Path) -> None:
    told = run(REGISTRATION, str(tmp_path))
    assert told["seen"] == []
    assert told["heavy"] == []
    assert told["later"], "the watch must be able to see a database being opened"
