"""Which Zendesk accounts a tenant has: the configured one, and those its administrators stored.

An account that is both has the stored client and service account: what a person entered here is newer than what the host was
started with. Names are short: the subdomain, or host and port of a local address.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final

from atom_zendesk_plugin.accounts.facts import AccountFacts, configured_facts
from atom_zendesk_plugin.accounts.ledger import Units
from atom_zendesk_plugin.accounts.terms import OAuthClient
from atom_zendesk_plugin.errors import ConfigError, InvalidInput, NotFound, StorageAway, ZendeskPluginError
from atom_zendesk_plugin.store import accounts
from atom_zendesk_plugin.store.accounts import AccountRow
from atom_zendesk_plugin.store.tenancy import Tenancy

if TYPE_CHECKING:
    from atom_zendesk_plugin.clock import Clock
    from atom_zendesk_plugin.config import Settings
    from atom_zendesk_plugin.keyring import KeyRing, Keys
    from atom_zendesk_plugin.store.tenancy import Unit


KEPT: Final = 5.0
"""Seconds for which a tenant's accounts are remembered; another process may change them, a change made here counts at once."""


class Directory:
    """The accounts of every tenant. Safe to share between threads. Without a key only the configured account is known."""

    def __init__(self, settings: Settings, units: Units, *, keys: Keys, clock: Clock) -> None:
        self._settings, self._units, self._keys, self._clock = settings, units, keys, clock
        self._kept: dict[str, tuple[float, Sequence[AccountFacts]]] = {}
        self._noted: dict[tuple[str, str], date] = {}

    def every(self, tenant_id: str) -> Sequence[AccountFacts]:
        """Return the tenant's accounts, the default one first. Raises StorageAway only when nothing else is known."""
        kept = self._kept.get(tenant_id)
        if kept is not None and self._clock.monotonic() < kept[0]:
            return kept[1]
        configured = self._configured(tenant_id)
        try:
            keys = self._keys.find()
            if keys is None:
                return [] if configured is None else [configured]
        except ZendeskPluginError:
            keys = None  # there is one and it cannot be used: what needs no secret is known all the same
        try:
            found = self._listed(tenant_id, configured, keys)
        except StorageAway:
            if configured is None:
                raise
            return [configured]
        if all(account.id is not None for account in found):  # else the first connection, made elsewhere, would be overlooked
            self._kept[tenant_id] = (self._clock.monotonic() + KEPT, found)
        return found

    def forget(self, tenant_id: str) -> None:
        """Read the tenant's accounts anew next time: something was written."""
        self._kept.pop(tenant_id, None)

    def get(self, tenant_id: str, name: str | None) -> AccountFacts:
        """Return one account by its short name; None: the default one, else the only one. Raises NotFound, InvalidInput, ConfigError."""
        every = self.every(tenant_id)
        if name is not None:
            wanted = name.strip().lower()
            for account in every:
                if account.name == wanted:
                    return account
            raise NotFound("Your organization has no Zendesk account of this name here.", field="account")
        if not every:
            raise ConfigError("No Zendesk account is set up for your organization: an administrator adds one first.")
        if len(every) == 1 or every[0].is_default:
            return every[0]
        raise InvalidInput(
            "Your organization has several Zendesk accounts: say which one.", field="account",
            takes="one of: " + ", ".join(account.name for account in every),
        )  # fmt: skip

    def numbered(self, tenant_id: str, account_id: int) -> AccountFacts:
        """Return one account by its row's number. Raises NotFound when it was removed."""
        for account in self.every(tenant_id):
            if account.id == account_id:
                return account
        raise NotFound("This Zendesk account was removed meanwhile.", field="account")

    def settled(self, account: AccountFacts) -> int:
        """Return the account's id, writing the configured account down when that has not happened yet. Raises StorageAway."""
        if account.id is not None:
            return account.id
        self.forget(account.tenant_id)
        with self._units.unit(Tenancy(tenant_id=account.tenant_id)) as unit:
            row = accounts.ensure_account(unit, subdomain=account.name, base_url=account.url, now=self._clock.now())
            return row.id

    def note_use(self, account: AccountFacts) -> None:
        """Write down, once a day, that a legacy API token is in use: Zendesk switches idle ones off. Lets a database that is away be."""
        key, today = (account.tenant_id, account.name), self._clock.now().date()
        if account.service != "api_token" or self._noted.get(key) == today:
            return
        self._noted[key] = today
        try:
            number = self.settled(account)
            with self._units.unit(Tenancy(tenant_id=account.tenant_id)) as unit:
                accounts.touch_service(unit, account_id=number, now=self._clock.now())
        except StorageAway:
            self._noted.pop(key, None)

    def _configured(self, tenant_id: str) -> AccountFacts | None:
        return configured_facts(self._settings) if self._settings.tenant == tenant_id else None

    def _listed(self, tenant_id: str, configured: AccountFacts | None, keys: KeyRing | None) -> Sequence[AccountFacts]:
        with self._units.unit(Tenancy(tenant_id=tenant_id)) as unit:
            rows = [_facts(unit, row, keys) for row in accounts.list_accounts(unit)]
        found = {account.name: account for account in rows if account.stored}
        if configured is not None:
            written = next((account for account in rows if account.name == configured.name), None)
            found[configured.name] = configured if written is None else _laid_over(written, configured)
        return sorted(found.values(), key=lambda account: (not account.is_default, account.name))


def _facts(unit: Unit, row: AccountRow, keys: KeyRing | None) -> AccountFacts:
    """Return what a row says; without a key its client has no secret."""
    secret = None if keys is None else accounts.account_secrets(unit, account_id=row.id, keys=keys).client_secret
    client = OAuthClient(id=row.client_id, secret=secret) if row.client_id else None
    return AccountFacts(
        tenant_id=row.tenant_id, name=row.subdomain, url=row.base_url, id=row.id, client=client, service=row.service_kind,
        stored=row.stored, is_default=row.is_default, configured=False,
        service_stored=row.service_kind != "none", service_used_at=row.service_used_at,
    )  # fmt: skip


def _laid_over(written: AccountFacts, configured: AccountFacts) -> AccountFacts:
    """Return the configured account with what a person stored for it."""
    return replace(
        configured,
        id=written.id,
        stored=written.stored,
        client=written.client or configured.client,
        service=written.service if written.service_stored else configured.service,
        service_stored=written.service_stored,
        service_used_at=written.service_used_at,
    )
