"""Whose credentials a caller works with: their own grant, else the service account if their role allows it, else nobody's.

Nothing is ever widened silently: somebody whose own connection has ended is told so, and does not become the service account meanwhile.
Without the database's packages, or without a key, only the configured service account is left.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from atom_zendesk_plugin.capabilities import needed_for
from atom_zendesk_plugin.errors import ConfigError, DependencyMissing, NotConnected, NotFound

if TYPE_CHECKING:
    from atom_zendesk_plugin.accounts.connections import Connections
    from atom_zendesk_plugin.accounts.facts import AccountFacts
    from atom_zendesk_plugin.accounts.lines import Lines
    from atom_zendesk_plugin.caller import Caller
    from atom_zendesk_plugin.client.api import ZendeskClient
    from atom_zendesk_plugin.client.credentials import Credentials
    from atom_zendesk_plugin.client.observe import Observer
    from atom_zendesk_plugin.clock import Clock
    from atom_zendesk_plugin.config import ConfigReport, Settings
    from atom_zendesk_plugin.pace import PaceStore
    from atom_zendesk_plugin.storage import StoredWrites

FEATURE = "Everything that talks to Zendesk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What a caller works with. ``own``: as themself; otherwise through the service account."""

    client: ZendeskClient
    account: AccountFacts
    own: bool


class Clients:
    """The clients of one app. Safe to share between threads; nothing is sent before a client is used."""

    def __init__(
        self,
        settings: Settings,
        *,
        report: Callable[[], ConfigReport],
        connections: Callable[[], Connections],
        lines: Callable[[], Lines],
        pace: Callable[[], PaceStore],
        clock: Clock,
        rng: random.Random,
        observer: Observer | None,
        writes: StoredWrites,
    ) -> None:
        """``connections`` and ``lines`` raise DependencyMissing when a package they need is not installed."""
        self._settings, self._report, self._connections, self._lines = settings, report, connections, lines
        self._pace, self._clock, self._rng, self._observer = pace, clock, rng, observer
        self._writes = writes
        self._lock = threading.Lock()
        self._services: dict[tuple[str, str], tuple[AccountFacts, ZendeskClient]] = {}

    def of(self, caller: Caller, account: str | None) -> Access:
        """Return what the caller works with on an account of their tenant; views of the client say whose writes theirs are.

        Raises NotConnected, NotFound, ConfigError ...
        """
        connections = self._find_connections()
        facts = self._facts(caller, account, connections)
        own = connections.credentials(caller, facts) if connections is not None else None
        if own is not None:
            return Access(client=self._client(facts, own, actor=caller.user_id), account=facts, own=True)
        if facts.service == "none" and facts.client is None:
            raise ConfigError(issues=list(self._report().issues))
        if facts.service == "none" or not self._may_use_service_account(caller):
            raise NotConnected(account=facts.name if facts.client is not None else None)
        if connections is not None:
            connections.note_service_use(facts)
        return Access(client=self.service(facts), account=facts, own=False)

    def service(self, account: AccountFacts | None = None) -> ZendeskClient:
        """Return the service account's client, one per process; None: of the configured account. Raises ConfigError."""
        with needed_for(FEATURE):
            from atom_zendesk_plugin.accounts.service import service_credentials
        facts = account or self._configured()
        key = (facts.tenant_id, facts.name)
        with self._lock:
            known = self._services.get(key)
            if known is not None and _same_credentials(known[0], facts):
                return known[1]
            transport = self._lines().transport(facts)
            credentials = service_credentials(
                facts, self._settings, transport=transport, clock=self._clock, rng=self._rng
            )
            client = self._client(facts, credentials)
            self._services[key] = (facts, client)
            return client

    def close(self) -> None:
        """Forget the clients; what is used again afterwards is built again."""
        with self._lock:
            self._services.clear()

    def _facts(self, caller: Caller, account: str | None, connections: Connections | None) -> AccountFacts:
        if connections is not None:
            found = connections.find(caller.tenant_id, account)
            if found is not None:
                return found
        if caller.tenant_id != self._settings.tenant:
            raise NotConnected
        facts = self._configured()
        if account is not None and account.strip().lower() != facts.name:
            raise NotFound("Your organization has no Zendesk account of this name here.", field="account")
        return facts

    def _configured(self) -> AccountFacts:
        from atom_zendesk_plugin.accounts.facts import configured_facts

        facts = configured_facts(self._settings)
        if facts is None:
            raise ConfigError(issues=list(self._report().issues))
        return facts

    def _find_connections(self) -> Connections | None:
        try:
            return self._connections()
        except DependencyMissing:
            return None

    def _client(self, facts: AccountFacts, credentials: Credentials, *, actor: str = "") -> ZendeskClient:
        from atom_zendesk_plugin.client.api import assemble_client

        return assemble_client(
            credentials,
            self._lines().transport(facts),
            settings=self._settings,
            clock=self._clock,
            rng=self._rng,
            pace=self._pace(),
            observer=self._observer,
            actor=actor,
            breaker=self._lines().breaker(facts),
            memory=self._lines().memory,
            writes=self._writes.of(facts, None),
        )

    def _may_use_service_account(self, caller: Caller) -> bool:
        allowed = self._settings.service_roles
        return "*" in allowed or not caller.roles.isdisjoint(allowed)


def _same_credentials(one: AccountFacts, other: AccountFacts) -> bool:
    return (one.url, one.service, one.service_stored, one.client) == (
        other.url, other.service, other.service_stored, other.client,
    )  # fmt: skip
