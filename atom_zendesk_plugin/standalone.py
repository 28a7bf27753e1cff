"""A minimal ATOM host: finds plugins, calls their hooks in order, identifies users, and serves one health page for all.

Use it to run the plugin alone (``gunicorn "atom_zendesk_plugin.standalone:create_app()"``), or copy ``load_plugins`` into any Flask host.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pluggy
from flask import Flask, Response, jsonify
from werkzeug.exceptions import HTTPException

from atom_zendesk_plugin import hookspecs, plugin
from atom_zendesk_plugin.envfile import read_env_file
from atom_zendesk_plugin.extension import build_extension
from atom_zendesk_plugin.logs import event

ENV_FILE = Path(".env.zendesk")
GROUP = "atom"
CHECK_LIMIT = 15.0
"""Seconds for which the host's health page waits for its plugins."""


def create_app(
    config: Mapping[str, Any] | None = None,
    *,
    env_file: Path | None = ENV_FILE,
    instance_path: Path | None = None,
    parts: Mapping[str, Any] | None = None,
) -> Flask:
    """Return a host with every installed ATOM plugin on it, this one always among them.

    Settings: ``config`` wins over the environment, which wins over ``env_file`` (None: read none). ``instance_path`` is where the SQLite
    file goes, ``instance`` in the working directory by default. Without ``SECRET_KEY`` (or ``FLASK_SECRET_KEY``) one is made for
    this process: sessions then end with it. ``parts`` replaces parts of the plugin, as ``build_extension`` takes them (a clock, for
    one). Raises ConfigError when ``env_file`` cannot be read.
    """
    folder = (instance_path or Path.cwd() / "instance").resolve()
    app = Flask("atom_host", instance_path=str(folder), static_folder=None)
    app.config.update(_settings(config or {}, env_file))
    _secure(app)
    services: dict[str, Any] = {}
    app.extensions["atom.services"] = services
    if parts:
        build_extension(app, **parts)
    manager = load_plugins(app)
    for info in _mappings(call_each(manager, "atom_check_dependencies")):
        for row in _mappings(info.get("missing") or ()):
            event(
                "atom.package_missing",
                "warning",
                plugin=info.get("plugin"),
                package=row.get("package"),
                cure=row.get("cure"),
            )
    for report in _mappings(call_each(manager, "atom_validate_config", config=app.config)):
        for text in (*(report.get("issues") or ()), *(report.get("warnings") or ())):
            event("atom.config", "warning", advice=text)
    call_each(manager, "atom_register", app=app, services=services)
    call_each(manager, "atom_create_tables", app=app)
    checks = {
        name: check
        for found in _mappings(call_each(manager, "atom_health_checks", app=app))
        for name, check in found.items()
    }
    _serve_health(app, checks)
    _serve_errors(app)
    return app


def _mappings(answers: Iterable[Any]) -> list[Mapping[str, Any]]:
    """Keep the answers that are mappings; what another plugin gives instead is logged and left out."""
    for answer in answers:
        if not isinstance(answer, Mapping):
            event("atom.answer_unusable", "warning", answered=type(answer).__name__)
    return [answer for answer in answers if isinstance(answer, Mapping)]


def load_plugins(app: Flask) -> pluggy.PluginManager:
    """Return the app's plugin manager with every plugin of the entry-point group; one that cannot be loaded is logged and left out."""
    manager = app.extensions["atom.plugins"] = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    for point in entry_points(group=GROUP):
        try:
            manager.register(point.load(), name=point.name)
        except Exception as error:  # somebody else's module: whatever it raises, the others are loaded
            event("atom.plugin_broken", "error", plugin=point.name, error=error)
    if not manager.is_registered(plugin):  # a checkout on the path, without an installation
        manager.register(plugin, name="zendesk")
    return manager


def call_each(manager: pluggy.PluginManager, hook: str, **arguments: Any) -> list[Any]:
    """Call a hook plugin by plugin and return the answers; one that raises is logged and costs only its own answer."""
    answers = []
    for implementation in getattr(manager.hook, hook).get_hookimpls():
        try:
            given = {name: arguments[name] for name in implementation.argnames}
            answers.append(implementation.function(**given))
        except Exception as error:  # as above
            event("atom.hook_failed", "error", plugin=implementation.plugin_name, hook=hook, error=error)
    return [answer for answer in answers if answer is not None]


class Loop:
    """One event loop in a thread of its own, for coroutine checks called from Flask's threads; started when it is first needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: tuple[int, asyncio.AbstractEventLoop] | None = None

    def run(self, work: Coroutine[Any, Any, Any], *, seconds: float) -> Any:
        """Return what the coroutine returns. Raises TimeoutError."""
        return asyncio.run_coroutine_threadsafe(work, self._loop()).result(seconds)

    def _loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._running is None or self._running[0] != os.getpid():  # a forked worker has no such thread
                loop = asyncio.new_event_loop()
                threading.Thread(target=loop.run_forever, name="atom-health", daemon=True).start()
                self._running = (os.getpid(), loop)
            return self._running[1]


def _settings(config: Mapping[str, Any], env_file: Path | None) -> dict[str, Any]:
    """Put together what app.config, which wins over the environment, has to hold."""
    from_file = read_env_file(env_file) if env_file is not None else {}
    settings: dict[str, Any] = {name: value for name, value in from_file.items() if not os.environ.get(name)}
    settings.update(config)

    def find(name: str) -> Any:
        return settings.get(name) or os.environ.get(name)

    if not find("ZENDESK_IDENTITY") and find("JWT_SECRET"):
        settings["ZENDESK_IDENTITY"] = "jwt"  # this host has no users of its own, so its token key decides
    settings["SECRET_KEY"] = find("SECRET_KEY") or find("FLASK_SECRET_KEY")
    return settings


def _secure(app: Flask) -> None:
    if app.config["SESSION_COOKIE_SAMESITE"] is None:
        app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    if not app.config["SECRET_KEY"]:
        app.config["SECRET_KEY"] = secrets.token_hex(32)
        event(
            "atom.secret_key_made",
            "warning",
            advice="set SECRET_KEY: sessions end with this process, and other processes refuse them",
        )


def _serve_health(app: Flask, checks: Mapping[str, Callable[[], Coroutine[Any, Any, Any]]]) -> None:
    loop = Loop()

    @app.get("/health")
    def health() -> tuple[Response, int]:
        try:
            found = loop.run(_gather(checks), seconds=CHECK_LIMIT)
        except TimeoutError:
            found = {}
        results = {
            name: found.get(name, {"status": "unknown", "message": "The check did not end in time."}) for name in checks
        }
        bad = any(result["status"] in ("unhealthy", "error") for result in results.values())
        status = "unhealthy" if bad else _worst(result["status"] for result in results.values())
        return jsonify(success=not bad, status=status, services=results), 503 if bad else 200


async def _gather(checks: Mapping[str, Callable[[], Coroutine[Any, Any, Any]]]) -> dict[str, dict[str, Any]]:
    outcomes = await asyncio.gather(*(check() for check in checks.values()), return_exceptions=True)
    return dict(zip(checks, map(_told, outcomes), strict=True))


def _told(outcome: Any) -> dict[str, Any]:
    if isinstance(outcome, BaseException):
        event("atom.health_check_failed", "error", error=outcome)
        return {"status": "error", "message": "The check itself failed; the host's log says why."}
    return {
        "status": outcome.status, "message": outcome.message, "response_time": outcome.response_time, "details": outcome.details,
        "last_check": outcome.last_check.isoformat(),
    }  # fmt: skip


def _worst(states: Iterator[str]) -> str:
    return "degraded" if any(state != "healthy" for state in states) else "healthy"


def _serve_errors(app: Flask) -> None:
    """Answer errors outside the plugins' routes in ATOM's shape, headers of the original (Allow, for one) kept."""

    @app.errorhandler(HTTPException)
    def told(error: HTTPException) -> tuple[Response, int]:
        response = jsonify(success=False, error=error.name, message=error.description, status_code=error.code)
        kept = {
            name: value for name, value in error.get_headers() if name.lower() not in ("content-type", "content-length")
        }
        response.headers.update(kept)
        return response, error.code or 500
