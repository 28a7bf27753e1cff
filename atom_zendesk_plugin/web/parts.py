"""The seam between the routes and the assembly: all that a view may ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Request

    from atom_zendesk_plugin.accounts.model import AccountStatus, Connection, Disconnected, Started
    from atom_zendesk_plugin.accounts.write_history import WritePage
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


class Connections(Protocol):
    """People's own connections to Zendesk, and the accounts of their tenant.

    ``account`` is an account's short name, mostly its subdomain; None is the tenant's only or default one. Everything raises NotFound
    for an account that the caller's tenant does not have, ConfigError or DependencyMissing when nothing can be stored.
    """

    def start(self, caller: Caller, *, browser: str, account: str | None = None) -> Started:
        """Begin a sign-in and return where to send the browser. ``browser`` is the secret of its cookie."""

    def finish(
        self,
        *,
        browser: str | None,
        caller: Caller | None,
        state: str | None,
        code: str | None,
        error: str | None = None,
        issuer: str | None = None,
        account: str | None = None,
    ) -> Connection:
        """Complete a sign-in with what Zendesk sent back. Raises ConnectionRefused with the reason.

        ``browser`` is the secret of the browser's cookie, ``caller`` who the host says it is now (None: it does not say).
        """

    def one(self, caller: Caller, *, account: str | None = None) -> Connection:
        """Return how the caller's own connection stands; asks the database, never Zendesk."""

    def every(self, caller: Caller) -> Sequence[Connection]:
        """Return one row per account of the tenant, connected or not, the default one first."""

    def disconnect(self, caller: Caller, *, account: str | None = None, anyway: bool = False) -> Disconnected:
        """Revoke the caller's token at Zendesk, make sure that it is dead, then erase the connection.

        When Zendesk cannot be asked it raises and erases nothing, unless ``anyway``. Without a connection it changes nothing.
        """

    def may_administer(self, caller: Caller) -> bool:
        """Tell whether the caller may see and change the tenant's accounts."""

    def accounts(self, caller: Caller) -> Sequence[AccountStatus]:
        """Return the tenant's accounts, the default one first. Raises Forbidden."""

    def add_account(
        self, caller: Caller, *, subdomain: str, client_id: str, client_secret: str | None, service: bool
    ) -> AccountStatus:
        """Store an account with its OAuth client, or the new client of one that is stored.

        ``client_secret`` None is a public client. ``service``: use the client for the service account too, after it has fetched a
        token and named a user. Raises Forbidden, InvalidInput, and what Zendesk says against it.
        """

    def remove_account(self, caller: Caller, *, account: str) -> int:
        """Remove a stored account with all connections to it, and return how many those were. Raises Forbidden, Conflict."""


class Writes(Protocol):
    """The log of what was changed at Zendesk."""

    def list(
        self,
        caller: Caller,
        *,
        account: str | None = None,
        limit: int = 30,
        user: str | None = None,
        endpoint: str | None = None,
        outcome: str | None = None,
        since: datetime | None = None,
        cursor: str | None = None,
    ) -> WritePage:
        """Return entries of the caller's tenant, the latest first. Raises Forbidden for who does not administer, InvalidInput."""


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

    @property
    def connections(self) -> Connections:
        """Return what connects people. Raises DependencyMissing without the packages it needs."""

    @property
    def writes(self) -> Writes:
        """Return the log of writes. Raises DependencyMissing without the packages it needs."""

    def desk(self, caller: Caller, account: str | None = None) -> Desk:
        """Return the caller's desk on an account of their tenant (None: the default one).

        Raises NotConnected, NotFound, ConfigError or DependencyMissing.
        """

    def health(self, *, refresh: bool = False) -> Mapping[str, object]:
        """Return the health report, ready for JSON: ``ok``, ``status`` (healthy, degraded, unhealthy), ``message``, ``checks`` ..."""

    def capabilities(self) -> Sequence[Capability]:
        """Return one row per feature."""
