"""Run by CI in an environment that holds the wheel and what it requires: a plain Flask host finds the plugin and serves it."""

from __future__ import annotations

import sysconfig
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pluggy
from flask import Flask

app = Flask("host")
plugins = app.extensions["atom.plugins"] = pluggy.PluginManager("atom")
for entry in entry_points(group="atom"):
    plugins.register(entry.load(), name=entry.name)
plugins.hook.atom_register(app=app, services={})

client = app.test_client()
for path, status in {
    "/api/zendesk/health": 200,
    "/api/zendesk/openapi.json": 200,
    "/zendesk/": 200,
    "/zendesk/docs": 200,
    "/api/zendesk/tickets": 401,
}.items():
    assert client.get(path).status_code == status, f"{path}: {client.get(path).status}"

manifest = Path(sysconfig.get_path("data")) / "share/atom/plugins/zendesk/plugin.toml"
assert tomllib.loads(manifest.read_text(encoding="utf-8"))["id"] == "zendesk"
print("wheel: 1 passed, 0 failed")
