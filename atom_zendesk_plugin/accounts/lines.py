"""How each account is reached: one transport, circuit and memory for everybody who calls it, and its token endpoint.

Accounts never share a connection pool, so one that hangs holds up nobody else's.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from atom_zendesk_plugin.accounts.facts import AccountFacts
from atom_zendesk_plugin.accounts.terms import Terms
from atom_zendesk_plugin.client.account import Account
from atom_zendesk_plugin.client.breaker import Breaker
from atom_zendesk_plugin.client.remembered import Memory
from atom_zendesk_plugin.client.transport import Transport
from atom_zendesk_plugin.errors import ConfigError, DependencyMissing

if TYPE_CHECKING:
    from requests.adapters import BaseAdapter

    from atom_zendesk_plugin.accounts.oauth import TokenEndpoint
    from atom_zendesk_plugin.clock import Clock
    from atom_zendesk_plugin.config import Settings


class Lines:
    """The transports of one process. Safe to share between threads."""

    def __init__(self, settings: Settings, *, clock: Clock, adapter: BaseAdapter | None = None) -> None:
        """``adapter`` carries the calls of every account instead of the network."""
        self._settings, self._clock, self._adapter = settings, clock, adapter
        self._lock = threading.Lock()
        self._transports: dict[tuple[str, str], Transport] = {}
        self._breakers: dict[tuple[str, str], Breaker] = {}
        self.memory = Memory(clock=clock, lifetime=settings.list_ttl)

    def transport(self, account: AccountFacts) -> Transport:
        """Return the account's transport, the same one each time. Raises ConfigError for an address that is no account's."""
        key = (account.tenant_id, account.url)
        with self._lock:
            found = self._transports.get(key)
            if found is None:
                found = self._transports[key] = Transport(
                    Account(key=f"{account.tenant_id}/{account.name}", base_url=account.url),
                    clock=self._clock,
                    connect_timeout=self._settings.connect_timeout,
                    read_timeout=self._settings.read_timeout,
                    adapter=self._adapter,
                    read_only=self._settings.read_only,
                )
            return found

    def breaker(self, account: AccountFacts) -> Breaker:
        """Return the account's circuit, the same one each time."""
        with self._lock:
            fresh = Breaker(account=f"{account.tenant_id}/{account.name}", clock=self._clock)
            return self._breakers.setdefault((account.tenant_id, account.url), fresh)

    def endpoint(self, account: AccountFacts) -> TokenEndpoint:
        """Return the token endpoint of people's OAuth client. Raises ConfigError when there is none, DependencyMissing."""
        if account.client is None:
            raise ConfigError("People cannot connect to this account yet: an administrator enters its OAuth client first.")
        try:
            from atom_zendesk_plugin.accounts.oauth import TokenEndpoint
        except ImportError as error:
            package = (error.name or "").partition(".")[0]  # Authlib, or what that needs
            if not package or package == __name__.partition(".")[0]:
                raise
            raise DependencyMissing(package, "Connecting people") from error
        return TokenEndpoint(self.transport(account), account.client, self.terms)

    @property
    def terms(self) -> Terms:
        """What is asked for with every token of a person."""
        settings = self._settings
        return Terms(
            scopes=settings.scopes,
            access_life=settings.token_ttl,
            refresh_life=settings.refresh_ttl,
            as_json=settings.token_request == "json",  # noqa: S105  # the form of the request
        )

    def close(self) -> None:
        """Close all connections; what is used again afterwards is opened again."""
        with self._lock:
            gone, self._transports = list(self._transports.values()), {}
        for transport in gone:
            transport.close()
