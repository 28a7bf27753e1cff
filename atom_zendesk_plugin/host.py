"""What the host knows and the plugin does not: asked through the host's hooks, with a safe default for every silence.

A hook is somebody else's code. Whatever it raises is logged and counts as no answer; for an identity that means nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.capabilities import installed
from atom_zendesk_plugin.hookspecs import MANAGER
from atom_zendesk_plugin.logs import event
from atom_zendesk_plugin.options import OPTIONS

if TYPE_CHECKING:
    from flask import Flask, Request
    from sqlalchemy import Engine

    from atom_zendesk_plugin.config import Settings

CONFIGURED_URLS = ("SQLALCHEMY_DATABASE_URI", "DATABASE_URL")
OWN_FILE = "zendesk.db"
AUTHLIB = "authlib.integrations.flask_client"
"""Where Authlib's registry keeps itself in an app's extensions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSource:
    """Where the plugin's tables live: an engine of the host's, or the URL of an engine to make. ``origin`` may be shown."""

    origin: str
    engine: Engine | None = None
    url: str | None = None

    def __repr__(self) -> str:
        return f"DatabaseSource(origin={self.origin!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisSource:
    """The Redis that budgets are shared over: a client of the host's, or the URL of one to make. ``origin`` may be shown."""

    origin: str
    client: object | None = None
    url: str | None = None

    def __repr__(self) -> str:
        return f"RedisSource(origin={self.origin!r})"


class Host:
    """The host of one app, through its plugin manager at ``app.extensions["atom.plugins"]``, if it keeps one there."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def identify(self, request: Request) -> Caller | None:
        """Ask who sends the request. Anything but a usable answer is nobody."""
        answer = self._ask("atom_identify_user", request=request)
        if answer is None:
            return None
        caller = _caller(answer)
        if caller is None:
            event("zendesk.identity_unusable", "warning", hook="atom_identify_user", answered=type(answer).__name__)
        return caller

    def identifies(self) -> bool:
        """Tell whether anybody in the host implements the identity hook."""
        hook = self._hook("atom_identify_user")
        return hook is not None and bool(hook.get_hookimpls())

    def secrets(self, known: Mapping[str, Any]) -> dict[str, str]:
        """Ask the host's vault for every secret setting that is set neither in ``known`` nor under an older name there."""
        if self._hook("atom_get_secret") is None:
            return {}
        found: dict[str, str] = {}
        for row in OPTIONS:
            if not row.secret or any(known.get(name) for name in (row.name, *row.aliases)):
                continue
            answer = self._ask("atom_get_secret", name=row.name)
            if isinstance(answer, str) and answer:
                found[row.name] = answer
        return found

    def notify(self, user_id: str, message: str, metadata: Mapping[str, object]) -> None:
        """Tell a person something, through whoever in the host can."""
        if self._hook("atom_notify") is not None:
            with self._app.app_context():  # it is called from a thread of the plugin's
                self._ask("atom_notify", user_id=user_id, message=message, metadata=dict(metadata))

    def oauth_registry(self) -> object | None:
        """Return the host's Authlib registry, if it has made one."""
        found: object | None = self._app.extensions.get(AUTHLIB)
        return found

    def database(self, settings: Settings) -> DatabaseSource:
        """Choose the database: the plugin's own setting, the host's hook, its extension, its configuration, else a SQLite file.

        Connects to nothing. Imports of the host's database packages have happened already where they can be found.
        """
        if settings.database_url:
            return DatabaseSource(origin="ZENDESK_DATABASE_URL", url=self._anchored(settings.database_url))
        return self._hooked() or self._extended() or self._configured() or self._own_file()

    def redis(self, settings: Settings) -> RedisSource | None:
        """Choose the Redis: the plugin's own setting, the host's hook, its extension, its configuration; None when there is none.

        Connects to nothing. The host's own is passed over where the package is missing; the plugin's own setting is not.
        """
        if settings.redis_url:
            return RedisSource(origin="ZENDESK_REDIS_URL", url=settings.redis_url)
        if not installed("redis"):
            return None
        for origin, found in (
            ("the host's hook", self._ask("atom_get_redis", app=self._app)),
            ("the host's extension", self._app.extensions.get("redis")),
            ("REDIS_URL", self._app.config.get("REDIS_URL")),
        ):
            if isinstance(found, str) and found:
                return RedisSource(origin=origin, url=found)
            if _is_redis(found):
                return RedisSource(origin=origin, client=found)
            if found is not None:
                event("zendesk.redis_unusable", "warning", origin=origin, answered=type(found).__name__)
        return None

    def _hooked(self) -> DatabaseSource | None:
        answer = self._ask("atom_get_db", app=self._app)
        if answer is None:
            return None
        if isinstance(answer, str) and answer:
            return DatabaseSource(origin="the host's hook", url=self._anchored(answer))
        engine = self._engine_of(answer)
        if engine is None:
            event("zendesk.database_unusable", "warning", hook="atom_get_db", answered=type(answer).__name__)
            return None
        return DatabaseSource(origin="the host's hook", engine=engine)

    def _extended(self) -> DatabaseSource | None:
        extension = self._app.extensions.get("sqlalchemy")
        engine = self._engine_of(extension) if extension is not None else None
        return DatabaseSource(origin="the host's Flask-SQLAlchemy", engine=engine) if engine is not None else None

    def _configured(self) -> DatabaseSource | None:
        for name in CONFIGURED_URLS:
            value = self._app.config.get(name)
            # A database in memory belongs to the engine that made it; a second engine would see another, empty one.
            if isinstance(value, str) and value and not _in_memory(value):
                return DatabaseSource(origin=name, url=self._anchored(value))
        return None

    def _own_file(self) -> DatabaseSource:
        return DatabaseSource(origin="a SQLite file in the instance folder", url=_file_url(self._instance(OWN_FILE)))

    def _engine_of(self, value: object) -> Engine | None:
        if hasattr(value, "connect") and hasattr(value, "dialect"):
            return value  # type: ignore[return-value]  # an engine, known by its manners: SQLAlchemy may not be installed
        try:
            with self._app.app_context():
                engine = getattr(value, "engine", None)
        except Exception as error:  # the host's extension, set up by the host: anything can come out of it
            event("zendesk.database_unusable", "warning", error=error, answered=type(value).__name__)
            return None
        return engine if hasattr(engine, "connect") and hasattr(engine, "dialect") else None

    def _anchored(self, url: str) -> str:
        """Place a relative SQLite path in the instance folder, as Flask-SQLAlchemy does: the working directory is anybody's."""
        scheme, found, rest = url.partition(":///")
        if not found or not scheme.startswith("sqlite") or _in_memory(url) or rest.startswith("file:"):
            return url
        path, mark, query = rest.partition("?")
        return url if Path(path).is_absolute() else f"{scheme}:///{self._instance(path)}{mark}{query}"

    def _instance(self, name: str) -> Path:
        return Path(self._app.instance_path) / name

    def _hook(self, name: str) -> Any:
        manager = self._app.extensions.get(MANAGER)
        return getattr(getattr(manager, "hook", None), name, None)

    def _ask(self, name: str, /, **arguments: object) -> Any:
        hook = self._hook(name)
        if hook is None:
            return None
        try:
            answer = hook(**arguments)
        except Exception as error:  # one of the few places for it: the code behind a hook is not ours
            event("zendesk.hook_failed", "error", error=error, hook=name)
            return None
        if isinstance(answer, list):
            # Without our specifications a manager does not know that the first result is meant, and answers with all of them.
            return next((item for item in answer if item is not None), None)
        return answer


def _caller(answer: object) -> Caller | None:
    if isinstance(answer, Caller):
        return answer
    if not isinstance(answer, Mapping):
        return None
    return caller_from(answer, via="bearer" if answer.get("via") == "bearer" else "cookie")


def caller_from(claims: Mapping[str, Any], *, via: Any, ids: tuple[str, ...] = ("user_id",)) -> Caller | None:
    """Read a caller out of a mapping. Nobody without a usable id and tenant; other wrong fields count as not given."""
    found = next((claims[name] for name in ids if claims.get(name) is not None), None)
    if isinstance(found, bool) or not isinstance(found, str | int) or not str(found).strip():
        return None
    email, tenant = claims.get("email"), claims.get("tenant_id")
    if tenant is None or tenant == "":
        tenant = "default"
    elif isinstance(tenant, bool) or not isinstance(tenant, str | int):
        return None  # somebody of a tenant that cannot be told is nobody, not somebody of the default one
    return Caller(
        user_id=str(found).strip(),
        tenant_id=str(tenant),
        roles=_roles(claims),
        email=email if isinstance(email, str) and email else None,
        email_verified=claims.get("email_verified") is True,
        via=via,
    )


def _roles(claims: Mapping[str, Any]) -> frozenset[str]:
    named: list[object] = []
    for value in (claims.get("roles"), claims.get("role")):
        named += value if isinstance(value, list | tuple | set | frozenset) else [value]
    return frozenset(name.strip().lower() for name in named if isinstance(name, str) and name.strip())


def _is_redis(value: object) -> bool:
    """Tell a Redis client by its manners; one for coroutines has the same and would never be awaited."""
    return callable(getattr(value, "register_script", None)) and "asyncio" not in type(value).__module__


def _in_memory(url: str) -> bool:
    return url.startswith("sqlite") and (
        url.partition("://")[2] in ("", "/") or ":memory:" in url or "mode=memory" in url
    )


def _file_url(path: Path) -> str:
    return f"sqlite:///{path}"
