"""What administrators do with a tenant's accounts: see them, store one with its OAuth client, remove it.

A client proves itself before anything is stored: Zendesk has to know it, and one that is to serve as the service account fetches a
token that names a user who may see the desk. Replacing credentials keeps the account's row, and so everything that hangs on it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from atom_zendesk_plugin import logs
from atom_zendesk_plugin.accounts.administrators import administers
from atom_zendesk_plugin.accounts.directory import Directory
from atom_zendesk_plugin.accounts.facts import AccountFacts
from atom_zendesk_plugin.accounts.ledger import Units
from atom_zendesk_plugin.accounts.lines import Lines
from atom_zendesk_plugin.accounts.model import AccountStatus, ClientKind
from atom_zendesk_plugin.accounts.renewal import CLIENT_CODES
from atom_zendesk_plugin.accounts.service import service_credentials, token_notices
from atom_zendesk_plugin.accounts.terms import OAuthClient
from atom_zendesk_plugin.client.api import assemble_client
from atom_zendesk_plugin.client.credentials import TOKENS
from atom_zendesk_plugin.client.failures import failure, no_answer
from atom_zendesk_plugin.client.grants import Granted
from atom_zendesk_plugin.client.reply import NoReply
from atom_zendesk_plugin.config import LOOPBACK, SUBDOMAIN
from atom_zendesk_plugin.errors import Code, Forbidden, InvalidInput, ZendeskPluginError
from atom_zendesk_plugin.store import accounts
from atom_zendesk_plugin.store.tenancy import Tenancy

if TYPE_CHECKING:
    from atom_zendesk_plugin.caller import Caller
    from atom_zendesk_plugin.clock import Clock
    from atom_zendesk_plugin.config import Settings
    from atom_zendesk_plugin.keyring import Keys

LONGEST: Final = 512


class ConfiguredAccount(ZendeskPluginError):
    """This account comes from the host's settings: remove it there."""

    code = Code.CONFLICT


class Administration:
    """The accounts of tenants, for those with a role of ``ZENDESK_SERVICE_ROLES`` in theirs."""

    def __init__(
        self,
        settings: Settings,
        *,
        units: Units,
        keys: Keys,
        directory: Directory,
        lines: Lines,
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self._settings, self._units, self._keys, self._clock = settings, units, keys, clock
        self._directory, self._lines, self._rng = directory, lines, rng

    def allows(self, caller: Caller) -> bool:
        """Tell whether the caller may see and change the tenant's accounts."""
        return administers(caller, self._settings)

    def list(self, caller: Caller) -> Sequence[AccountStatus]:
        self.require(caller)
        return [self._status(account) for account in self._directory.every(caller.tenant_id)]

    def add(
        self, caller: Caller, *, subdomain: str, client_id: str, client_secret: str | None, service: bool
    ) -> AccountStatus:
        self.require(caller)
        keys = self._keys.ring()
        name, url = self._address(subdomain)
        client = _client(client_id, client_secret, service=service)
        known = {account.name: account for account in self._directory.every(caller.tenant_id)}
        before = known.get(name) or AccountFacts(
            tenant_id=caller.tenant_id, name=name, url=url, id=None, client=None, service="none", stored=False,
            is_default=not known, configured=False,
        )  # fmt: skip
        self._recognised(replace(before, client=client))
        if service:
            self._prove(replace(before, client=client, service="client_credentials", service_stored=True))
        with self._units.unit(Tenancy(tenant_id=caller.tenant_id)) as unit:
            accounts.save_account(
                unit, subdomain=name, base_url=before.url, client_id=client.id, client_kind=_kind(client),
                client_secret=client.secret, service_kind="client_credentials" if service else "none",
                is_default=before.is_default, keys=keys, now=self._clock.now(),
            )  # fmt: skip
        self._directory.forget(caller.tenant_id)
        logs.event("zendesk.account_stored", account=name, client=_kind(client), service=service)
        return self._status(self._directory.get(caller.tenant_id, name))

    def remove(self, caller: Caller, *, account: str) -> tuple[AccountFacts, int]:
        self.require(caller)
        facts = self._directory.get(caller.tenant_id, account)
        if facts.id is None or (facts.configured and not facts.stored):
            raise ConfiguredAccount
        with self._units.unit(Tenancy(tenant_id=caller.tenant_id)) as unit:
            gone = accounts.remove_account(unit, account_id=facts.id)
        self._directory.forget(caller.tenant_id)
        logs.event("zendesk.account_removed", account=facts.name, connections=gone)
        return facts, gone

    def why_not(self, account: AccountFacts) -> str | None:
        """Return what keeps people from connecting to the account, None when nothing does."""
        if account.trouble is not None:
            return account.trouble
        if not account.in_use:
            return "This account is neither configured nor entered any more: disconnect, or let an administrator remove it."
        try:
            self._keys.ring()
            self._lines.endpoint(account)
        except ZendeskPluginError as error:
            return error.message
        return None

    def require(self, caller: Caller) -> None:
        """Raise Forbidden for somebody who may not administer."""
        if not self.allows(caller):
            raise Forbidden("Only administrators may see and change the Zendesk accounts of your organization.")

    def _address(self, told: str) -> tuple[str, str]:
        """Return short name and address. Addresses of this machine are for hosts that are set to one themselves: simulators."""
        text = told.strip().lower().removeprefix("https://").removesuffix("/").removesuffix(".zendesk.com")
        if SUBDOMAIN.fullmatch(text):
            return text, f"https://{text}.zendesk.com"
        text = text.removeprefix("http://")
        host, _, port = text.partition(":")
        own = self._settings.account_url or ""
        if host in LOOPBACK and own.startswith("http://") and port.isascii() and port.isdecimal() and len(port) < 6:
            return text, f"http://{text}"
        raise InvalidInput("Give the part before .zendesk.com, letters, digits and hyphens only.", field="subdomain")

    def _recognised(self, account: AccountFacts) -> None:
        """See whether Zendesk knows the client, by a code that cannot be right: a client it does not know is refused before that.

        Raises InvalidInput for one it does not know, and what keeps Zendesk from being asked.
        """
        deadline = self._clock.monotonic() + self._settings.deadline
        answer = self._lines.endpoint(account).exchange(
            code="none", verifier="0" * 43, redirect_uri=self._settings.redirect_uri, deadline=deadline
        )
        if isinstance(answer, Granted) or answer.code == "invalid_grant":
            return
        if isinstance(answer.answer, NoReply):
            raise no_answer(answer.answer, method="POST", endpoint=TOKENS)
        if answer.code in CLIENT_CODES:
            raise InvalidInput(
                "Zendesk did not accept this OAuth client: check its unique identifier and its secret.", field="client_secret"
            )
        if answer.answer.status >= 500 or answer.answer.status == 429:
            raise failure(answer.answer)
        raise InvalidInput(
            "There is no Zendesk at this address that knows OAuth clients: check the subdomain.", field="subdomain"
        )

    def _prove(self, account: AccountFacts) -> None:
        """Fetch a token and see whom it acts for. Raises what Zendesk says against it."""
        transport, clock, rng = self._lines.transport(account), self._clock, self._rng
        credentials = service_credentials(account, self._settings, transport=transport, clock=clock, rng=rng)
        client = assemble_client(credentials, transport, settings=self._settings, clock=clock, rng=rng)
        if client.users.me().role not in ("admin", "agent"):
            raise InvalidInput(
                "The OAuth client acts for a user who is neither agent nor administrator in Zendesk: choose another one there.",
                field="client_id",
            )

    def _status(self, account: AccountFacts) -> AccountStatus:
        why_not = self.why_not(account)
        return AccountStatus(
            account=account.name,
            account_url=account.url,
            is_default=account.is_default,
            stored=account.stored,
            client_id=account.client.id if account.client is not None else None,
            can_connect=why_not is None,
            why_not=why_not,
            service=account.service,
            notices=tuple(
                token_notices(account, today=self._clock.now().date(), used_at=account.service_used_at)
            ),
        )


def _kind(client: OAuthClient) -> ClientKind:
    return "public" if client.secret is None else "confidential"


def _client(client_id: str, client_secret: str | None, *, service: bool) -> OAuthClient:
    """Return the client told, if it can be one. Raises InvalidInput, without the secret."""
    for field, told in (("client_id", client_id), ("client_secret", client_secret)):
        if told is not None and not (0 < len(told.strip()) <= LONGEST and told.isprintable()):
            raise InvalidInput(f"{field} takes 1 to {LONGEST} printable characters.", field=field)
    if service and client_secret is None:
        raise InvalidInput("A service account needs a confidential client: give its secret too.", field="client_secret")
    return OAuthClient(id=client_id.strip(), secret=client_secret.strip() if client_secret is not None else None)
