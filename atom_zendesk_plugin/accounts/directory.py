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
    from atom_zendesk_plugin.keyring import Keys
    from atom_zendesk_plugin.store.tenancy import Unit


KEPT: Final = 5.0
"""Seconds for which calls work with a tenant's accounts as they were; a change made in this process counts at once."""


class Directory:
    """The accounts of every tenant. Safe to share between threads."""

    def __init__(self, settings: Settings, units: Units, *, keys: Keys, clock: Clock) -> None:
        self._settings, self._units, self._keys, self._clock = settings, units, keys, clock
        self._kept: dict[str, tuple[float, Sequence[AccountFacts]]] = {}
        self._noted: dict[tuple[str, str], date] = {}

    def every(self, tenant_id: str) -> Sequence[AccountFacts]:
        """Return the tenant's accounts as they are now, the default one first. Raises StorageAway."""
        configured = self._configured(tenant_id)
        with self._units.reading(Tenancy(tenant_id=tenant_id)) as unit:
            rows = [self._facts(unit, row) for row in accounts.list_accounts(unit)]
        found = {account.name: account for account in rows}
        if configured is not None:
            found[configured.name] = _laid_over(found.get(configured.name), configured)
        listed = sorted(found.values(), key=lambda account: (not account.configured, not account.is_default, account.name))
        self._kept[tenant_id] = (self._clock.monotonic() + KEPT, listed)
        return listed

    def known(self, tenant_id: str) -> Sequence[AccountFacts]:
        """Return the accounts that calls work with: of this moment or some seconds ago.

        While the database is away they are those last seen, and in a process that never saw it the configured one. Raises
        StorageAway when even that is missing.
        """
        kept, configured = self._kept.get(tenant_id), self._configured(tenant_id)
        if kept is not None and self._clock.monotonic() < kept[0]:
            return kept[1]
        try:
            return self.every(tenant_id)
        except StorageAway:
            if kept is not None:
                return kept[1]
            if configured is None:
                raise
            return [configured]

    def has_seen(self, tenant_id: str) -> bool:
        """Tell whether this process has ever read the tenant's accounts."""
        return tenant_id in self._kept

    def forget(self, tenant_id: str) -> None:
        """Read the tenant's accounts anew next time: something was written."""
        kept = self._kept.get(tenant_id)
        if kept is not None:
            self._kept[tenant_id] = (float("-inf"), kept[1])

    def get(self, tenant_id: str, name: str | None) -> AccountFacts:
        """Return one account as it is now. Raises as ``chosen`` does, and StorageAway."""
        return self.chosen(self.every(tenant_id), name)

    @staticmethod
    def chosen(among: Sequence[AccountFacts], name: str | None) -> AccountFacts:
        """Return one account by its short name; None: the default one, else the only one. Raises NotFound, InvalidInput, ConfigError."""
        if name is not None:
            wanted = name.strip().lower()
            for account in among:
                if account.name == wanted:
                    return account
            raise NotFound("Your organization has no Zendesk account of this name here.", field="account")
        every = [account for account in among if account.in_use]
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
        for look in (self.known, self.every):
            for account in look(tenant_id):
                if account.id == account_id:
                    return account
        raise NotFound("This Zendesk account was removed meanwhile.", field="account")

    def settled(self, account: AccountFacts) -> int:
        """Return the account's id, writing the configured account down when that has not happened yet. Raises StorageAway."""
        if account.id is not None:
            return account.id
        with self._units.unit(Tenancy(tenant_id=account.tenant_id)) as unit:
            row = accounts.ensure_account(unit, subdomain=account.name, base_url=account.url, now=self._clock.now())
        self.forget(account.tenant_id)
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

    def _facts(self, unit: Unit, row: AccountRow) -> AccountFacts:
        """Return what a row says. A secret that does not open is the trouble of this account alone."""
        secret = trouble = None
        try:
            secret = accounts.account_secrets(unit, account_id=row.id, keys=self._keys.ring()).client_secret if row.key_id else None
        except ZendeskPluginError as error:
            trouble = error.message
        return AccountFacts(
            tenant_id=row.tenant_id, name=row.subdomain, url=row.base_url, id=row.id, stored=row.stored, is_default=row.is_default,
            client=OAuthClient(id=row.client_id, secret=secret) if row.client_id else None, service=row.service_kind,
            configured=False, service_stored=row.service_kind != "none", service_used_at=row.service_used_at, trouble=trouble,
        )  # fmt: skip


def _laid_over(written: AccountFacts | None, configured: AccountFacts) -> AccountFacts:
    """Return the configured account with what a person stored for it."""
    if written is None:
        return configured
    return replace(
        configured,
        id=written.id,
        stored=written.stored,
        client=written.client or configured.client,
        service=written.service if written.service_stored else configured.service,
        service_stored=written.service_stored,
        service_used_at=written.service_used_at,
        trouble=written.trouble,
    )
