"""What works here and what does not, feature by feature: on or off, why, and what to do about it.

A package counts as missing when Python's import system cannot find it; nothing heavy is imported to learn that. Extend by a row in
``PACKAGES`` (what needs a package) or in ``list_capabilities`` (what a person can do).
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from atom_zendesk_plugin.errors import DependencyMissing, ZendeskPluginError

if TYPE_CHECKING:
    from atom_zendesk_plugin.config import ConfigReport, Settings
    from atom_zendesk_plugin.storage import StorageState

REQUIRED: Mapping[str, str] = {
    "requests": "Everything that talks to Zendesk",
    "msgspec": "Every route except the health page",
    "jinja2": "The set-up page",
    "spectree": "The OpenAPI document",
    "offapi": "The documentation page",
    "sqlalchemy": "Shared pacing and the record of ticket creations",
    "alembic": "Shared pacing and the record of ticket creations",
    "flask_sqlalchemy": "Nothing that runs yet, but the package requires it",
    "authlib": "Connecting people",
    "cryptography": "Connecting people, and identity by ATOM's Bearer token",
    "joserfc": "Identity by ATOM's Bearer token",
    "rich": "Tables of the command line",
}
"""Import name of each package that an installation brings, and what it is for."""

DISTRIBUTIONS: Mapping[str, str] = {"flask_sqlalchemy": "flask-sqlalchemy"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """One feature. ``why`` says on what it rests or what is missing; ``cure`` is empty when it is on."""

    name: str
    on: bool
    why: str
    cure: str = ""

    def as_dict(self) -> dict[str, object]:
        return {"name": self.name, "on": self.on, "why": self.why, "cure": self.cure}


def installed(package: str) -> bool:
    """Tell whether a package can be found, without importing it."""
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):  # a finder that refuses; a module without a spec
        return False


def missing_packages() -> dict[str, str]:
    """Return the packages an installation should have and does not, each with what it is for."""
    return {package: feature for package, feature in REQUIRED.items() if not installed(package)}


@contextmanager
def needed_for(feature: str) -> Iterator[None]:
    """Turn a failing import of somebody else's package into DependencyMissing. A failing import of our own stays what it is."""
    try:
        yield
    except ImportError as error:
        package = (error.name or "").partition(".")[0]
        if not package or package == "atom_zendesk_plugin":
            raise
        raise DependencyMissing(DISTRIBUTIONS.get(package, package), feature) from error


def list_capabilities(
    settings: Settings,
    report: ConfigReport,
    *,
    host_identifies: bool,
    storage: StorageState,
    pacing: StorageState,
    connecting: Capability,
) -> tuple[Capability, ...]:
    """Return one row per feature of this version."""
    return (
        _desk(settings, report),
        _changes(settings),
        connecting,
        identity_of(settings, host_identifies=host_identifies),
        _storage("Pacing shared by all processes", pacing, without="paced in each process alone"),
        _storage("Record of ticket creations", storage, without="remembered by Zendesk alone, for two hours"),
        _storage("Log of what was changed at Zendesk", storage, without="not recorded"),
        _packaged("OpenAPI document", ("msgspec", "spectree"), "at /api/zendesk/openapi.json"),
        _packaged("Documentation page", ("msgspec", "spectree", "offapi"), "at /zendesk/docs"),
        _packaged("Command line", ("click", "rich"), "atom-zendesk, and flask zendesk"),
        # The log goes to Loguru only in a host that uses it; being installed is not enough.
        Capability(
            name="Log", on=True, why="through Loguru" if "loguru" in sys.modules else "through Python's logging"
        ),
    )


def _desk(settings: Settings, report: ConfigReport) -> Capability:
    name = "Live desk through the service account"
    gone = _absent(("msgspec", "requests"))
    if gone:
        return _off(name, gone)
    if not report.configured:
        cure = "; ".join(report.issues) or "run `atom-zendesk config check`"
        return Capability(name=name, on=False, why="account or credentials are not configured", cure=cure)
    if settings.credentials_kind() is None:
        cure = "set the secret of a confidential OAuth client, or let people connect themselves"
        return Capability(name=name, on=False, why="no service account is configured", cure=cure)
    return Capability(name=name, on=True, why="account and credentials are configured")


def _changes(settings: Settings) -> Capability:
    name = "Changes at Zendesk"
    if not settings.read_only:
        return Capability(name=name, on=True, why="whatever the connected user may change")
    return Capability(name=name, on=False, why="ZENDESK_READ_ONLY is on", cure="switch it off to let people change tickets")


def connecting_of(settings: Settings, *, require_keys: Callable[[], object], storage: StorageState) -> Capability:
    """Say whether people can connect themselves. ``require_keys`` raises the typed error that says what is wrong with the keys."""
    name = "People's own connections"
    gone = _absent(("authlib", "cryptography", "sqlalchemy", "alembic", "msgspec", "requests"))
    if gone:
        return _off(name, gone)
    try:
        require_keys()
    except ZendeskPluginError as error:
        return Capability(name=name, on=False, why="secrets cannot be stored", cure=error.message)
    if not storage.usable:
        return Capability(name=name, on=False, why="the database is away", cure=storage.reason or "see the host's log")
    where = "with the configured OAuth client" if settings.has_oauth_client else "to accounts entered at /zendesk/connection"
    return Capability(name=name, on=True, why=where)


def identity_of(settings: Settings, *, host_identifies: bool) -> Capability:
    """Say whether users can be identified: without that every route that needs a person answers 401."""
    name = "Identity of the user"
    if settings.identity == "session":
        return Capability(name=name, on=True, why="by the host's signed Flask session")
    if settings.identity == "host":
        if host_identifies:
            return Capability(name=name, on=True, why="by the host's atom_identify_user hook")
        cure = "implement atom_identify_user in the host, or set ZENDESK_IDENTITY to jwt or session"
        return Capability(name=name, on=False, why="the host implements no atom_identify_user hook", cure=cure)
    gone = _absent(("joserfc", "cryptography"))
    if gone:
        return _off(name, gone)
    if not settings.jwt_secret:
        return Capability(
            name=name, on=False, why="JWT_SECRET is not set", cure="set JWT_SECRET to the key of ATOM's user tokens"
        )
    return Capability(name=name, on=True, why="by ATOM's Bearer token")


def _storage(name: str, state: StorageState, *, without: str) -> Capability:
    if state.usable:
        return Capability(name=name, on=True, why=f"in {state.origin}")
    return Capability(name=name, on=False, why=without, cure=state.reason or "see the host's log")


def _packaged(name: str, packages: Iterable[str], why: str) -> Capability:
    gone = _absent(packages)
    return _off(name, gone) if gone else Capability(name=name, on=True, why=why)


def _off(name: str, gone: list[str]) -> Capability:
    cure = f"install {' and '.join(gone)} into the host's environment and restart the host"
    return Capability(name=name, on=False, why=f"{' and '.join(gone)} cannot be imported", cure=cure)


def _absent(packages: Iterable[str]) -> list[str]:
    return [DISTRIBUTIONS.get(package, package) for package in packages if not installed(package)]
