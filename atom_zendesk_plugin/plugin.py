"""The door: what ATOM loads. Each hook receives, delegates and returns, and keeps its own failures from the host.

At the top only the standard library, pluggy and the specifications are imported: an import that fails here would stop the loading of
every plugin of the host. Everything else is imported inside the hooks.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from atom_zendesk_plugin.hookspecs import Action, Answer, Check, hookimpl

if TYPE_CHECKING:
    from flask import Flask

    from atom_zendesk_plugin.extension import ZendeskExtension

P = ParamSpec("P")
T = TypeVar("T")

DOOR = "atom_zendesk.door"
"""Key in ``app.extensions`` that says the routes are there; ``app.blueprints`` is not asked, some hosts replace it."""


def _contained(default: Callable[[], Any]) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Make a hook answer ``default()`` instead of raising, after one line in the log.

    One of the few places that catch every Exception: pluggy isolates nothing, and a raising hook would stop the other plugins'.
    """

    def decorate(hook: Callable[P, T]) -> Callable[P, T]:
        @functools.wraps(hook)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
            try:
                return hook(*args, **kwargs)
            except Exception as error:
                _log(hook.__name__, error)
                fallback: T = default()
                return fallback

        return guarded

    return decorate


@_contained(bool)
def register(app: Flask, services: object = None, db_pool: object = None) -> bool:
    """Register everything on the app; the second time it changes nothing. True when routes are served. Never raises.

    ``services`` is the host's service registry, updated in place; ``db_pool`` is accepted for older hosts and not used.
    """
    if not _serve(app):
        return False
    _join(app, services)
    _join_oauth(app)
    return True


@hookimpl
@_contained(dict)
def atom_plugin_info() -> dict[str, Any]:
    from atom_zendesk_plugin import __version__

    return {
        "id": "zendesk", "name": "Zendesk", "version": __version__, "description": "Zendesk inside ATOM",
        "health_path": "/api/zendesk/health", "config_prefix": "ZENDESK_",
    }  # fmt: skip


@hookimpl
@_contained(lambda: {"plugin": "zendesk", "ok": False, "missing": []})
def atom_check_dependencies() -> dict[str, Any]:
    from atom_zendesk_plugin.capabilities import DISTRIBUTIONS, missing_packages

    cure = "install it into the host's environment and restart the host"
    missing = [
        {"package": DISTRIBUTIONS.get(package, package), "feature": feature, "cure": cure}
        for package, feature in missing_packages().items()
    ]
    return {"plugin": "zendesk", "ok": not missing, "missing": missing}


@hookimpl
@_contained(
    lambda: {
        "valid": False,
        "configured": False,
        "issues": ["the check itself failed: see the log"],
        "warnings": [],
        "has_oauth": False,
    }
)
def atom_validate_config(config: Mapping[str, Any]) -> dict[str, Any]:
    import os

    from atom_zendesk_plugin.clock import SystemClock
    from atom_zendesk_plugin.config import load_settings, validate

    return validate(load_settings(config, os.environ), SystemClock().now().date()).as_dict()


@hookimpl
@_contained(bool)
def atom_register_blueprints(app: Flask) -> bool:
    return _serve(app)


@hookimpl
def atom_register(app: Flask, services: MutableMapping[str, Any] | None) -> bool:
    return register(app, services)


@hookimpl
@_contained(lambda: None)
def atom_register_oauth(app: Flask, oauth: object) -> None:
    _extension(app).register_oauth(oauth)


@hookimpl
@_contained(bool)
def atom_create_tables(app: Flask) -> bool:
    return _extension(app).create_tables()


@hookimpl
@_contained(dict)
def atom_service_registry_entries(app: Flask) -> dict[str, dict[str, Any]]:
    from atom_zendesk_plugin.registry import SERVICE_KEY, entry

    return {SERVICE_KEY: entry(_extension(app).health())}


@hookimpl
@_contained(dict)
def atom_health_checks(app: Flask) -> dict[str, Check]:
    return {"zendesk": _extension(app).health_check}


@hookimpl
@_contained(dict)
def atom_workflow_actions(app: Flask) -> dict[str, dict[str, Action]]:
    return {"zendesk": _extension(app).actions()}


@hookimpl
@_contained(list)
def atom_workflow_triggers() -> list[dict[str, Any]]:
    # None of ours fires yet. The host's own manual and scheduled triggers start our actions without any help.
    return []


@hookimpl
@_contained(list)
def atom_chat_commands() -> list[dict[str, Any]]:
    from atom_zendesk_plugin.chat import COMMANDS

    return [command.as_dict() for command in COMMANDS]


@hookimpl
@_contained(lambda: None)
def atom_run_chat_command(command: str, context: Mapping[str, Any]) -> Answer | None:
    from atom_zendesk_plugin.chat import find_command

    found = find_command(command)
    if found is None:
        return None
    wanted, rest = found
    extension, caller = _extension(context.get("app") or _current_app()), context.get("caller")
    if _in_event_loop():
        return extension.run_command_later(wanted, rest, caller=caller)
    return extension.run_command(wanted, rest, caller=caller)


@hookimpl
@_contained(lambda: None)
def atom_shutdown(app: Flask) -> None:
    _extension(app).close()


def _serve(app: Flask) -> bool:
    """Put routes on the app, once: the real ones, else those that say why the real ones are missing."""
    if app.extensions.get(DOOR):
        return True
    try:
        from atom_zendesk_plugin.installing import install

        install(app)
    except Exception as error:  # whatever it is, the host goes on, and the health page tells
        _log("register", error)
        from atom_zendesk_plugin.installing import install_fallback

        install_fallback(app, error)
    app.extensions[DOOR] = True
    return True


@_contained(lambda: None)
def _join(app: Flask, services: object) -> None:
    _extension(app).join(services)


@_contained(lambda: None)
def _join_oauth(app: Flask) -> None:
    _extension(app).register_oauth()


def _extension(app: Flask) -> ZendeskExtension:
    from atom_zendesk_plugin.extension import build_extension

    return build_extension(app)


def _current_app() -> Flask:
    from flask import current_app

    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # the proxy's own way to the object
    return app


def _in_event_loop() -> bool:
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _log(hook: str, error: Exception) -> None:
    from atom_zendesk_plugin.logs import event

    event(
        "zendesk.hook_failed",
        "error",
        error=error,
        hook=hook,
        cause=type(error.__cause__).__name__ if error.__cause__ else None,
    )
