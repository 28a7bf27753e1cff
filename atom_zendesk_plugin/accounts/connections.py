"""``Connections``: people's own connections to Zendesk, in one place for routes, commands and the assembly.

It finds the account, then delegates: sign-ins to ``sign_in``, tokens to ``renewal``, their end to ``revoking``, words to ``standing``.
"""

from __future__ import annotations

import random
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from atom_zendesk_plugin import logs
from atom_zendesk_plugin.accounts.administration import Administration
from atom_zendesk_plugin.accounts.directory import Directory
from atom_zendesk_plugin.accounts.facts import AccountFacts
from atom_zendesk_plugin.accounts.leaving import Leaving
from atom_zendesk_plugin.accounts.ledger import Ledger, Units
from atom_zendesk_plugin.accounts.lines import Lines
from atom_zendesk_plugin.accounts.model import AccountStatus, Connection, Disconnected, Started
from atom_zendesk_plugin.accounts.renewal import GrantCredentials
from atom_zendesk_plugin.accounts.sign_in import Line, Returned, SignIn
from atom_zendesk_plugin.accounts.standing import ELSE, REASONS, sealed, standing, unconnected
from atom_zendesk_plugin.accounts.threads import Threads
from atom_zendesk_plugin.errors import ReconnectNeeded, StorageAway, ZendeskPluginError
from atom_zendesk_plugin.keyring import Unsealable
from atom_zendesk_plugin.store import grants
from atom_zendesk_plugin.store.grants import GrantProfile, GrantRow, GrantState
from atom_zendesk_plugin.store.tenancy import Tenancy

if TYPE_CHECKING:
    from atom_zendesk_plugin.caller import Caller
    from atom_zendesk_plugin.clock import Clock
    from atom_zendesk_plugin.config import Settings
    from atom_zendesk_plugin.keyring import Keys

MOST_HELD: Final = 4096
"""People whose credentials one process keeps in memory; the one seen longest ago goes first, and is read again when it comes back."""
PAGE: Final = "/zendesk/connection"
TELLING: Final = "telling"
NOTHING: Final = "You were not connected; nothing was changed."
LOOKED: Final = 60.0
"""Seconds for which a host without a key remembers whether anybody's connection is stored all the same."""

Key = tuple[str, int | None, str]
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
        threads: Threads,
        notify: Notify,
    ) -> None:
        """``threads`` run renewals; ``notify(user_id, message, metadata)`` tells a person through the host, and may be slow."""
        self._settings, self._units, self._keys, self._clock, self._rng = settings, units, keys, clock, rng
        self._directory, self._lines, self._threads, self._notify = directory, lines, threads, notify
        self._administration = Administration(
            settings, units=units, keys=keys, directory=directory, lines=lines, clock=clock, rng=rng
        )
        self._sign_in = SignIn(settings, units=units, keys=keys.ring, clock=clock, rng=rng)
        self._lock = threading.Lock()
        self._held: OrderedDict[Key, GrantCredentials] = OrderedDict()
        self._any_grants = (float("-inf"), False)

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
        facts = self._directory.get(caller.tenant_id, account)
        return self._connections(caller, [facts])[0]

    def every(self, caller: Caller) -> Sequence[Connection]:
        found = self._directory.every(caller.tenant_id)
        rows = self._connections(caller, found)
        # What a changed setting left behind is shown to those who are connected there.
        return [row for row, account in zip(rows, found, strict=True) if account.in_use or row.exists]

    def disconnect(self, caller: Caller, *, account: str | None = None, anyway: bool = False) -> Disconnected:
        facts = self._directory.get(caller.tenant_id, account)
        ledger = self._ledger(caller, facts)
        if ledger is None:
            return Disconnected(account=facts.name, revoked=True, message=NOTHING)
        leaving = Leaving(
            ledger,
            lambda: self._lines.endpoint(facts),
            transport=self._lines.transport(facts),
            clock=self._clock,
            patience=self._settings.deadline,
        )
        left = leaving.leave(anyway=anyway)
        self._forget(caller, facts)
        if not left.existed:
            return Disconnected(account=facts.name, revoked=True, message=NOTHING)
        logs.event("zendesk.disconnected", account=facts.name, revoked=left.revoked)
        return Disconnected(account=facts.name, revoked=left.revoked, message=_farewell(left.revoked))

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
        facts, gone = self._administration.remove(caller, account=account)
        with self._lock:
            for key in [key for key in self._held if key[:2] == (caller.tenant_id, facts.id)]:
                del self._held[key]
        return gone

    def administered(self, caller: Caller, account: str | None) -> Sequence[AccountFacts]:
        """Return the accounts an administrator has before them, or the named one. Raises Forbidden, NotFound."""
        self._administration.require(caller)
        if account is not None:
            return [self._directory.get(caller.tenant_id, account)]
        return self._directory.every(caller.tenant_id)

    def find(self, tenant_id: str, name: str | None) -> AccountFacts | None:
        """Return the account a call works with, as ``Directory.chosen`` does; None when the tenant has none at all."""
        known = self._directory.known(tenant_id)
        return self._directory.chosen(known, name) if any(account.in_use for account in known) else None

    def note_service_use(self, account: AccountFacts) -> None:
        """Write down that the service account is about to be used, where that matters."""
        self._directory.note_use(account)

    def credentials(self, caller: Caller, account: AccountFacts) -> GrantCredentials | None:
        """Return the caller's own credentials on the account, None when they never connected. Raises ReconnectNeeded.

        The grant is read each time, so that what another process did counts at once. While the database is away, what this process
        holds goes on working; for others it is not known whether they have a connection, which raises StorageAway. Only a process that
        never saw the database takes that for nobody's.
        """
        ledger = self._ledger(caller, account)
        if ledger is None or not (self._settings.has_keys or self._has_grants()):
            return None
        held = self._held.get(_key(caller, account))
        try:
            row = ledger.read()
        except StorageAway:
            if held is not None:
                return held
            raise
        except ZendeskPluginError:
            # The key cannot be used. Who has a grant is told so; for who has none it makes no difference.
            if ledger.state() is not None:
                raise
            return None
        if row is None:
            self._forget(caller, account)
            return None
        if row.state == "needs_reconnect":
            if held is not None and held.holds_unsaved:
                return held  # the pair that makes it whole again is here
            raise ReconnectNeeded(REASONS.get(row.reason or ""), reason=row.reason, account=account.name)
        credentials = self._of(caller, account, ledger)
        credentials.adopt(row)
        return credentials

    def _connections(self, caller: Caller, accounts: Sequence[AccountFacts]) -> list[Connection]:
        stored = self._stored(caller)
        return [
            replace(self._standing(stored.get(account.id), account), why_not=self._administration.why_not(account))
            for account in accounts
        ]

    def _stored(self, caller: Caller) -> Mapping[int | None, GrantProfile | GrantState]:
        """Return the caller's grants by account, in one look: opened as far as people are shown, bare where they do not open."""
        with self._units.reading(Tenancy(tenant_id=caller.tenant_id, user_id=caller.user_id)) as unit:
            bare = grants.list_grants(unit)
            if not bare:
                return {}
            try:
                return {row.account_id: row for row in grants.describe_grants(unit, keys=self._keys.ring())}
            except Unsealable:
                return {row.account_id: row for row in bare}

    def _standing(self, row: GrantState | None, account: AccountFacts) -> Connection:
        if row is None:
            return unconnected(account.name, account.url)
        if not isinstance(row, GrantProfile):
            return sealed(row, account=account.name, account_url=account.url)
        return standing(row, account=account.name, account_url=account.url, now=self._clock.now())

    def _has_grants(self) -> bool:
        """Tell whether connections are stored although no key is set: then one was taken away, and nobody is taken for somebody else."""
        until, known = self._any_grants
        if self._clock.monotonic() >= until:
            try:
                with self._units.operator_unit() as operator:
                    known = grants.any_grant(operator)
            except StorageAway:
                known = False
            self._any_grants = (self._clock.monotonic() + LOOKED, known)
        return known

    def _line(self, account: AccountFacts) -> Line:
        endpoint = self._lines.endpoint(account)
        self._keys.ring()  # nothing is begun that could not be stored
        number = self._directory.settled(account)
        return Line(account=account, account_id=number, transport=self._lines.transport(account), endpoint=endpoint)

    def _line_of(self, tenant_id: str, account_id: int) -> Line:
        return self._line(self._directory.numbered(tenant_id, account_id))

    def _ledger(self, caller: Caller, account: AccountFacts) -> Ledger | None:
        """Return the caller's ledger; None for an account that is not in the database, to which nobody ever connected."""
        if account.id is None:
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
                    # Looked up anew each time: an administrator may have replaced the client.
                    lambda: self._lines.endpoint(self._directory.numbered(account.tenant_id, ledger.account_id)),
                    transport=self._lines.transport(account),
                    clock=self._clock,
                    rng=self._rng,
                    executor=lambda: self._threads.of(f"{account.tenant_id}/{ledger.account_id}"),
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
        message = f"Zendesk ({account}): {REASONS.get(reason, ELSE)}"
        # The host's hook may be slow, and renewals are waiting for this thread.
        self._threads.of(TELLING).submit(self._notify, row.user_id, message, told)


def _key(caller: Caller, account: AccountFacts) -> Key:
    return caller.tenant_id, account.id, caller.user_id


def _farewell(revoked: bool) -> str:
    if revoked:
        return "You are disconnected: Zendesk refuses the token now, and everything about the connection was erased here."
    return (
        "The connection was erased here, but Zendesk did not confirm that the token is dead. It ends by itself; an administrator "
        "can end it at once in Zendesk's Admin Center."
    )
