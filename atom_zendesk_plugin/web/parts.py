"""The seam between the routes and the assembly: all that a view may ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from flask import Request

    from atom_zendesk_plugin.caller import Caller
    from atom_zendesk_plugin.clock import Clock
    from atom_zendesk_plugin.config import Settings
    from atom_zendesk_plugin.desk.desk import Desk


class Capability(Protocol):
    """One feature as the set-up page shows it: on or off, why, and what to do about it."""

    @property
    def name(self) -> str: ...

    @property
    def on(self) -> bool: ...

    @property
    def why(self) -> str: ...

    @property
    def cure(self) -> str: ...


class Parts(Protocol):
    """What the assembly hands to the routes of one app. Building it must not touch the network or the database."""

    @property
    def settings(self) -> Settings: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def service_name(self) -> str:
        """The value of ``service`` in every envelope, ``zendesk``."""

    def identify(self, request: Request) -> Caller | None:
        """Return who asks, as the host vouches for them; None when nobody does. Never raises."""

    def desk(self, caller: Caller) -> Desk:
        """Return the desk of this caller. Raises NotConnected, ConfigError or DependencyMissing."""

    def health(self, *, refresh: bool = False) -> Mapping[str, object]:
        """Return the health report, ready for JSON: ``ok``, ``status`` (healthy, degraded, unhealthy), ``message``, ``checks`` ..."""

    def capabilities(self) -> Sequence[Capability]:
        """Return one row per feature."""
