"""``Connections``: people's own connections to Zendesk, in one place for routes, commands and the assembly.

It finds the account, then delegates: sign-ins to ``sign_in``, tokens to ``renewal``, their end to ``revoking``, words to ``standing``.
"""

from __future__ import annotations

import random
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from atom_zendesk_plugin import logs
from atom_zendesk_plugin.accounts.administration import Administration
from atom_zendesk_plugin.accounts.directory import Directory
from atom_zendesk_plugin.accounts.facts import AccountFacts
from atom_zendesk_plugin.accounts.ledger import Ledger, Units
from atom_zendesk_plugin.accounts.lines import Lines
from atom_zendesk_plugin.accounts.model import AccountStatus, Connection, Disconnected, Started
from atom_zendesk_plugin.accounts.renewal import GrantCredentials
from atom_zendesk_plugin.accounts.revoking import revoke
from atom_zendesk_plugin.accounts.sign_in import Line, Returned, SignIn
from atom_zendesk_plugin.accounts.standing import ELSE, REASONS, standing, unconnected
from atom_zendesk_plugin.client.credentials import CURRENT
from atom_zendesk_plugin.errors import (
    NotConnected,
    ReconnectNeeded,
    StorageAway,
    ZendeskPluginError,
    ZendeskUnavailable,
)
from atom_zendesk_plugin.store.grants import GrantRow
from atom_zendesk_plugin.store.tenancy import Tenancy

if TYPE_CHECKING:
    from atom_zendesk_plugin.caller import Caller
    from atom_zendesk_plugin.clock import Clock
    from atom_zendesk_plugin.config import Settings
    from atom_zendesk_plugin.keyring import Keys

MOST_HELD: Final = 4096
"""People whose credentials one process keeps in memory; the one seen longest ago goes first, and is read again when it comes back."""
PAGE: Final = "/zendesk/connection"
_NOT_REVOKED: Final = (
    "Zendesk could not be asked to end the token, so nothing was erased: try again in a minute, or disconnect anyway."
)
Notify = Callable[[str, str, dict[str, object]], None]


class Connections:
    """People's connections, of every tenant. Safe to share between threads."""

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
        executor: Callable[[], Executor],
        notify: Notify,
    ) -> None:
        """``executor`` runs renewals; ``notify(user_id, message, metadata)`` tells a person through the host."""
        self._settings, self._units, self._keys, self._clock, self._rng = settings, units, keys, clock, rng
        self._directory, self._lines, self._executor, self._notify = directory, lines, executor, notify
        self._administration = Administration(
            settings, units=units, keys=keys, directory=directory, lines=lines, clock=clock, rng=rng
        )
        self._sign_in = SignIn(settings, units=units, keys=keys.ring, clock=clock, rng=rng)
        self._lock = threading.Lock()
        self._held: OrderedDict[tuple[str, str, str], GrantCredentials] = OrderedDict()

    def start(self, caller: Caller, *, browser: str, account: str | None = None) -> Started:
        """Begin a sign-in. What each of these methods promises stands where routes read it, in ``web.parts.Connections``."""
        return self._sign_in.start(caller, self._line(self._directory.get(caller.tenant_id, account)), browser=browser)

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
        returned = Returned(
            browser=browser, caller=caller, state=state, code=code, error=error, issuer=issuer, account=account
        )
        line, row = self._sign_in.finish(returned, line_of=self._line_of)
        return self._standing(row, line.account)

    def one(self, caller: Caller, *, account: str | None = None) -> Connection:
        return self._connection(caller, self._directory.get(caller.tenant_id, account))

    def every(self, caller: Caller) -> Sequence[Connection]:
        return [self._connection(caller, account) for account in self._directory.every(caller.tenant_id)]

    def disconnect(self, caller: Caller, *, account: str | None = None, anyway: bool = False) -> Disconnected:
        facts = self._directory.get(caller.tenant_id, account)
        ledger = self._ledger(caller, facts)
        row = ledger.read() if ledger is not None else None
        if ledger is None or row is None:
            if ledger is not None:
                ledger.erase()  # sign-ins under way end too
            return Disconnected(account=facts.name, revoked=True, message="You were not connected; nothing was changed.")
        revoked = row.state == "needs_reconnect" or self._revoke(caller, facts, ledger, anyway=anyway)
        ledger.erase()
        self._forget(caller, facts)
        logs.event("zendesk.disconnected", account=facts.name, revoked=revoked)
        return Disconnected(account=facts.name, revoked=revoked, message=_farewell(revoked))

    def may_administer(self, caller: Caller) -> bool:
        return self._administration.allows(caller)

    def accounts(self, caller: Caller) -> Sequence[AccountStatus]:
        return self._administration.list(caller)

    def add_account(
        self, caller: Caller, *, subdomain: str, client_id: str, client_secret: str | None, service: bool
    ) -> AccountStatus:
        return self._administration.add(
            caller, subdomain=subdomain, client_id=client_id, client_secret=client_secret, service=service
        )

    def remove_account(self, caller: Caller, *, account: str) -> int:
        return self._administration.remove(caller, account=account)

    def administered(self, caller: Caller, account: str | None) -> Sequence[AccountFacts]:
        """Return the accounts an administrator has before them, or the named one. Raises Forbidden, NotFound."""
        self._administration.require(caller)
        if account is not None:
            return [self._directory.get(caller.tenant_id, account)]
        return self._directory.every(caller.tenant_id)

    def find(self, tenant_id: str, name: str | None) -> AccountFacts | None:
        """Return an account as ``Directory.get`` does, None when the tenant has none at all."""
        return self._directory.get(tenant_id, name) if self._directory.every(tenant_id) else None

    def note_service_use(self, account: AccountFacts) -> None:
        """Write down that the service account is about to be used, where that matters."""
        self._directory.note_use(account)

    def credentials(self, caller: Caller, account: AccountFacts) -> GrantCredentials | None:
        """Return the caller's own credentials on the account, None when they never connected. Raises ReconnectNeeded.

        The grant is read each time, so that what another process did counts at once; while the database is away, what this process
        holds goes on working.
        """
        ledger = self._ledger(caller, account)
        if ledger is None:
            return None
        try:
            row = ledger.read()
        except StorageAway:
            return self._held.get(_key(caller, account))
        except ZendeskPluginError:
            # The key cannot be used. Who has a grant is told so; for who has none it makes no difference.
            if ledger.exists():
                raise
            return None
        if row is None:
            self._forget(caller, account)
            return None
        if row.state == "needs_reconnect":
            raise ReconnectNeeded(REASONS.get(row.reason or ""), reason=row.reason, account=account.name)
        held = self._of(caller, account, ledger)
        held.adopt(row)
        return held

    def _revoke(self, caller: Caller, account: AccountFacts, ledger: Ledger, *, anyway: bool) -> bool:
        """Revoke the living token, renewing it first if need be: only it can prove that it is dead."""
        deadline = self._clock.monotonic() + self._settings.deadline
        try:
            header = self._of(caller, account, ledger).authorization(deadline=deadline)
        except (ReconnectNeeded, NotConnected):
            return True
        except ZendeskPluginError:
            if anyway:
                return False
            raise
        token = header.removeprefix("Bearer ")
        revoked = revoke(token, transport=self._lines.transport(account), deadline=deadline)
        if not revoked and not anyway:
            raise ZendeskUnavailable(_NOT_REVOKED, method="DELETE", endpoint=CURRENT)
        return revoked

    def _connection(self, caller: Caller, account: AccountFacts) -> Connection:
        ledger = self._ledger(caller, account)
        row = ledger.read() if ledger is not None else None
        found = unconnected(account.name, account.url) if row is None else self._standing(row, account)
        return replace(found, why_not=self._administration.why_not(account))

    def _standing(self, row: GrantRow, account: AccountFacts) -> Connection:
        return standing(row, account=account.name, account_url=account.url, now=self._clock.now())

    def _line(self, account: AccountFacts) -> Line:
        endpoint = self._lines.endpoint(account)
        self._keys.ring()  # nothing is begun that could not be stored
        number = self._directory.settled(account)
        return Line(account=account, account_id=number, transport=self._lines.transport(account), endpoint=endpoint)

    def _line_of(self, tenant_id: str, account_id: int) -> Line:
        return self._line(self._directory.numbered(tenant_id, account_id))

    def _ledger(self, caller: Caller, account: AccountFacts) -> Ledger | None:
        """Return the caller's ledger; None where nobody can be connected: no key, or an account that is not in the database."""
        if account.id is None or not self._settings.has_keys:
            return None
        tenancy = Tenancy(tenant_id=caller.tenant_id, user_id=caller.user_id)
        return Ledger(self._units, tenancy=tenancy, account_id=account.id, keys=self._keys.ring, clock=self._clock)

    def _of(self, caller: Caller, account: AccountFacts, ledger: Ledger) -> GrantCredentials:
        """Return the one object of this process for this grant."""
        key = _key(caller, account)
        with self._lock:
            held = self._held.get(key)
            if held is None:
                held = self._held[key] = GrantCredentials(
                    ledger,
                    lambda: self._lines.endpoint(account),
                    transport=self._lines.transport(account),
                    clock=self._clock,
                    rng=self._rng,
                    executor=self._executor,
                    tell=lambda row, reason: self._tell(row, reason, account.name),
                )
            self._held.move_to_end(key)
            while len(self._held) > MOST_HELD:
                self._held.popitem(last=False)
            return held

    def _forget(self, caller: Caller, account: AccountFacts) -> None:
        with self._lock:
            self._held.pop(_key(caller, account), None)

    def _tell(self, row: GrantRow, reason: str, account: str) -> None:
        told: dict[str, object] = {"event": "zendesk.reconnect_needed", "account": account, "reason": reason, "path": PAGE}
        self._notify(row.user_id, f"Zendesk ({account}): {REASONS.get(reason, ELSE)}", told)


def _key(caller: Caller, account: AccountFacts) -> tuple[str, str, str]:
    return caller.tenant_id, account.name, caller.user_id


def _farewell(revoked: bool) -> str:
    if revoked:
        return "You are disconnected: Zendesk refuses the token now, and everything about the connection was erased here."
    return (
        "The connection was erased here, but Zendesk did not confirm that the token is dead. It ends by itself; an administrator "
        "can end it at once in Zendesk's Admin Center."
    )
