"""The contract between an ATOM host and its plugins: every hook that is called today, and what each side may rely on.

A host keeps a ``pluggy.PluginManager("atom")`` at ``app.extensions["atom.plugins"]``, adds this module with ``add_hookspecs`` and
registers its plugins, which it finds under the entry-point group ``atom``. pluggy isolates nothing: one implementation that raises
ends the call for everybody, so a plugin contains its own failures, and a host should call plugin by plugin (``standalone.py`` does).
Extend by adding a function here, its entry in ``docs/reference/hooks.md`` and a test named after it.
"""

# mypy: disable-error-code="empty-body"

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, TypeAlias

import pluggy

if TYPE_CHECKING:
    from flask import Flask, Request

    from atom_zendesk_plugin.caller import Caller

PROJECT = "atom"
MANAGER = "atom.plugins"

Check: TypeAlias = Callable[[], Coroutine[Any, Any, Any]]
Action: TypeAlias = Callable[[Mapping[str, Any]], Coroutine[Any, Any, dict[str, Any]]]
Answer: TypeAlias = "dict[str, Any] | Awaitable[dict[str, Any]]"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


# What a plugin implements, in the order a host calls it.


@hookspec
def atom_plugin_info() -> dict[str, Any]:
    """Say who the plugin is. Called any number of times, before anything else; must cost nothing.

    Returns ``{"id", "name", "version", "description", "health_path", "config_prefix"}``, all strings. None is not allowed.
    """


@hookspec
def atom_check_dependencies() -> dict[str, Any]:
    """Say which Python packages the plugin misses. Called once at startup, before registration; imports nothing heavy.

    Returns ``{"plugin", "ok", "missing"}``: ``missing`` is a list of ``{"package", "feature", "cure"}``, and ``ok`` is False when
    something the plugin requires is among them. A plugin with missing packages is registered all the same: it answers 503
    for what it cannot do. Raising means that the check itself is broken; the host logs it and goes on.
    """


@hookspec
def atom_validate_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """Judge the host's configuration for this plugin. Called at startup and whenever an operator asks; no network, no database.

    ``config`` is the host's ``app.config`` or any mapping with the same keys; what is not in it is read from the environment.
    Returns ``{"valid", "configured", "issues", "warnings", "has_oauth"}``: ``valid`` False means that something set is wrong,
    ``configured`` False that something needed is not set. The texts name the setting and the cure, and never a value that is secret.
    """


@hookspec
def atom_register_blueprints(app: Flask) -> bool:
    """Put the plugin's routes on the app. Called once per app, before its first request; a second call changes nothing.

    Opens no socket and no database. Returns True when routes are served, also when they only say what is missing; False when
    nothing could be registered. Never raises.
    """


@hookspec
def atom_register(app: Flask, services: MutableMapping[str, Any] | None) -> bool:
    """Do all of the registration in one call: routes, ``app.integrations`` and the service registry.

    For hosts that do not walk through the single steps. Idempotent per app. ``services`` is the host's service registry, updated in
    place and kept for updates of status and health; None when the host has none. Returns as ``atom_register_blueprints``.
    """


@hookspec
def atom_register_oauth(app: Flask, oauth: object) -> None:
    """Put the plugin's OAuth client into the host's Authlib registry. Called once, after the host has made it; may be left out.

    ``oauth`` is an ``authlib.integrations.flask_client.OAuth``. The plugin registers one client under its own id; a second call changes
    nothing. ``oauth.<id>.authorize_redirect()`` begins the plugin's own sign-in, and no token is handed out through the registry.
    """


@hookspec
def atom_create_tables(app: Flask) -> bool:
    """Create or migrate the plugin's own tables. Called at startup, once per process or by one process of many; may take seconds.

    Returns True when the tables are current; False when the database cannot be used now, which the log and health explain and
    which costs only the features that need it. Touches only tables whose names start with the plugin's prefix.
    """


@hookspec
def atom_service_registry_entries(app: Flask) -> dict[str, dict[str, Any]]:
    """Describe the plugin for the host's service registry. Called when the host builds or refreshes it.

    Returns one entry per service, by key, with ``name, status (connected | available | disconnected | error), type, description,
    capabilities, health (healthy | degraded | unhealthy), workflow_triggers, workflow_actions, chat_commands, last_checked``.
    The values are those of this moment; a cached probe may be up to half a minute old, and one may be made: seconds, at most.
    """


@hookspec
def atom_health_checks(app: Flask) -> dict[str, Check]:
    """Hand over health checks by name. Called once, after the host has made its checker; the checks are called as often as it likes.

    Each check is a coroutine function without parameters. Its result has ``name, status, message, response_time (seconds), details,
    last_check`` and says ``degraded`` at worst, so that a missing configuration never takes the host down. It neither raises nor
    blocks the event loop.
    """


@hookspec
def atom_workflow_actions(app: Flask) -> dict[str, dict[str, Action]]:
    """Hand over what a workflow can do, by service and action. Called once, when the workflow engine starts.

    Each action is a coroutine function of one mapping of parameters. It returns a dictionary with ``status: "completed"`` and
    its fields, or ``{"error", "code", "status": "failed"}``; it raises only when it is cancelled, and does not block the event loop.
    Actions act as the plugin's service account on behalf of the host: a parameter never says who the caller is.
    """


@hookspec
def atom_workflow_triggers() -> list[dict[str, Any]]:
    """Describe the workflow triggers that the plugin fires. Called when the workflow editor is built; must cost nothing.

    Returns ``{"id", "name", "service", "description", "icon", "color", "fields_schema", "outputs_schema"}`` each; the list is empty
    when the plugin fires none.
    """


@hookspec
def atom_chat_commands() -> list[dict[str, Any]]:
    """Describe the chat commands of the plugin. Called when the chat's help is built; must cost nothing.

    Returns ``{"command", "usage", "description"}`` each; ``command`` is the text a message has to start with.
    """


@hookspec(firstresult=True)
def atom_run_chat_command(command: str, context: Mapping[str, Any]) -> Answer | None:
    """Run one chat message if it is a command of this plugin. Called for every message that looks like a command.

    ``context`` carries ``caller``, a ``Caller`` that the host vouches for, and ``app``, the Flask app (absent: the current one).
    Returns None when the command belongs to somebody else. Otherwise a dictionary ``{"success", "message", "data"}``; when the
    calling thread runs an event loop, an awaitable of it, so that the loop is not held. Never raises: a failure is an answer with
    ``success`` False and a message for the person who typed.
    """


@hookspec
def atom_shutdown(app: Flask) -> None:
    """Let go of what is held for the app: connections and threads. Called when the host stops; a second call is harmless.

    Waits for calls to Zendesk that are under way, which have a deadline. What is used again afterwards is built again.
    """


# What a host may implement. Every one of them has a safe default when it is absent, returns None or raises.


@hookspec(firstresult=True)
def atom_identify_user(request: Request) -> Caller | Mapping[str, Any] | None:
    """Say who sends this request. Called once per request to a route that needs a person; answer from the host's own session or token.

    Returns a ``Caller``, or a mapping with ``user_id`` and, where known, ``tenant_id, roles, email, email_verified`` and ``via``
    ("cookie" or "bearer": how the identity arrived; "cookie" when left out, which is the strict choice). None means nobody: the route
    answers 401. So does raising, after a line in the log.
    """


@hookspec(firstresult=True)
def atom_get_db(app: Flask) -> object | None:
    """Hand over the host's database: an SQLAlchemy engine, a Flask-SQLAlchemy object or a database URL. Called once per process.

    None: the plugin looks at ``app.extensions["sqlalchemy"]``, then at the configuration, then makes a SQLite file of its own.
    The plugin uses sessions and tables of its own on that engine and never disposes of it.
    """


@hookspec(firstresult=True)
def atom_get_redis(app: Flask) -> object | None:
    """Hand over the host's Redis: a ``redis.Redis``, what behaves like one, or a URL. Called once per process.

    It may be dead, and answer with text or bytes. None: the plugin looks at ``app.extensions["redis"]``, then at ``REDIS_URL`` in the
    configuration, then does without. The plugin only touches keys that start with ``zendesk:`` and never closes the host's client.
    """


@hookspec(firstresult=True)
def atom_get_secret(name: str) -> str | None:
    """Hand over one secret setting from the host's vault. Called once per process for each secret that is set nowhere else.

    ``name`` is the setting's name, ``ZENDESK_CLIENT_SECRET`` for example. None: the setting is not set.
    """


@hookspec
def atom_notify(user_id: str, message: str, metadata: Mapping[str, Any]) -> None:
    """Tell a person something. Called from any thread, once per thing, when only they can act; must not block for long.

    ``user_id`` is the host's own, ``message`` one or two sentences for people. ``metadata`` has ``event`` and more that depends on it, such
    as ``path``, a page of the host to send them to. Nothing in it is secret. Without an implementation the plugin's pages tell.
    """
