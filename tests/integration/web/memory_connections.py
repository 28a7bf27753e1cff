"""People's connections kept in memory: the seam's contract with real states, browsers and users, and no Zendesk behind it.

A code is good when it is ``code-of-`` and the name of a Zendesk user; everything else is told as Zendesk would.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from atom_zendesk_plugin.accounts.model import (
    AccountStatus,
    Connection,
    Disconnected,
    Refused,
    Started,
    refuse,
)
from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.clock import Clock
from atom_zendesk_plugin.errors import Code, Forbidden, InvalidInput, NotFound, ZendeskPluginError, ZendeskUnreachable

LIFE = timedelta(minutes=10)
CODE = "code-of-"
Person = tuple[str, str, str]
"""Tenant, user and account."""


class FromSettings(ZendeskPluginError):
    """This account comes from the settings: take it out of them."""

    code = Code.CONFLICT


@dataclass
class Begun:
    """A sign-in that was begun, and whether it was used up."""

    person: Person
    browser: str
    ends: datetime
    used: bool = False


class MemoryConnections:
    """The tenants ``default`` (accounts acme and globex) and ``other`` (none)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.begun: dict[str, Begun] = {}
        self.rows: dict[Person, Connection] = {}
        self.accounts_of: dict[str, dict[str, AccountStatus]] = {
            "default": {"acme": status("acme", is_default=True, stored=False), "globex": status("globex")}
        }
        self.secrets: dict[str, str | None] = {}
        self.reachable = True

    def start(self, caller: Caller, *, browser: str, account: str | None = None) -> Started:
        name = self._account(caller, account)
        state, ends = f"state-{len(self.begun) + 1}", self._clock.now() + LIFE
        self.begun[state] = Begun(person=(caller.tenant_id, caller.user_id, name), browser=browser, ends=ends)
        query = urlencode({"response_type": "code", "client_id": "atom", "state": state})
        return Started(
            url=f"https://{name}.zendesk.com/oauth/authorizations/new?{query}", account=name, expires_at=ends
        )

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
        if error is not None:
            raise refuse(Refused.DENIED if error == "access_denied" else Refused.PROVIDER)
        if state is None:
            raise refuse(Refused.STATE_MISSING)
        begun = self.begun.get(state)
        if begun is None:
            raise refuse(Refused.STATE_UNKNOWN)
        self._check(begun, browser=browser, caller=caller, issuer=issuer, account=account)
        begun.used = True
        if code is None:
            raise refuse(Refused.CODE_MISSING)
        if not code.startswith(CODE):
            raise refuse(Refused.CODE_REFUSED)
        return self.connect(begun.person, name=code.removeprefix(CODE))

    def _check(
        self, begun: Begun, *, browser: str | None, caller: Caller | None, issuer: str | None, account: str | None
    ) -> None:
        tenant, user, name = begun.person
        if begun.browser != browser:
            raise refuse(Refused.OTHER_BROWSER)
        if begun.used:
            raise refuse(Refused.STATE_USED)
        if begun.ends <= self._clock.now():
            raise refuse(Refused.STATE_EXPIRED)
        if caller is not None and (caller.tenant_id, caller.user_id) != (tenant, user):
            raise refuse(Refused.OTHER_USER)
        if account not in (None, name):
            raise refuse(Refused.OTHER_ACCOUNT)
        if issuer not in (None, f"https://{name}.zendesk.com"):
            raise refuse(Refused.OTHER_ISSUER)

    def connect(self, person: Person, *, name: str) -> Connection:
        """Connect a person, as a completed sign-in does."""
        now = self._clock.now()
        self.rows[person] = Connection(
            account=person[2],
            account_url=f"https://{person[2]}.zendesk.com",
            state="connected",
            message="Connected: what you do here is done as you.",
            zendesk_user_id=7,
            name=name,
            email="ann@example.com",
            role="agent",
            scopes=("read", "write"),
            connected_at=now,
            access_expires_at=now + timedelta(minutes=30),
            refresh_expires_at=now + timedelta(days=90),
        )
        return self.rows[person]

    def one(self, caller: Caller, *, account: str | None = None) -> Connection:
        return self._row(caller, self._account(caller, account))

    def every(self, caller: Caller) -> Sequence[Connection]:
        return [self._row(caller, name) for name in self.accounts_of.get(caller.tenant_id, {})]

    def disconnect(self, caller: Caller, *, account: str | None = None, anyway: bool = False) -> Disconnected:
        name = self._account(caller, account)
        person = (caller.tenant_id, caller.user_id, name)
        if person in self.rows and not self.reachable and not anyway:
            raise ZendeskUnreachable(method="GET", endpoint="/api/v2/oauth/tokens/current.json")
        was = self.rows.pop(person, None)
        return Disconnected(account=name, revoked=was is None or self.reachable, message="You are disconnected.")

    def may_administer(self, caller: Caller) -> bool:
        return "admin" in caller.roles

    def accounts(self, caller: Caller) -> Sequence[AccountStatus]:
        self._require_admin(caller)
        return list(self.accounts_of.get(caller.tenant_id, {}).values())

    def add_account(
        self, caller: Caller, *, subdomain: str, client_id: str, client_secret: str | None, service: bool
    ) -> AccountStatus:
        self._require_admin(caller)
        if not subdomain.isalnum():
            raise InvalidInput("subdomain takes letters, digits and hyphens, such as acme.", field="subdomain")
        if service and client_secret is None:
            raise InvalidInput("The service account needs the client's secret.", field="client_secret")
        if client_id == "unknown":
            raise refuse(Refused.CLIENT_REFUSED)
        self.secrets[subdomain] = client_secret
        stored = replace(status(subdomain), client_id=client_id, service="client_credentials" if service else "none")
        self.accounts_of.setdefault(caller.tenant_id, {})[subdomain] = stored
        return stored

    def remove_account(self, caller: Caller, *, account: str) -> int:
        self._require_admin(caller)
        name = self._account(caller, account)
        if not self.accounts_of[caller.tenant_id][name].stored:
            raise FromSettings
        del self.accounts_of[caller.tenant_id][name]
        gone = [person for person in self.rows if (person[0], person[2]) == (caller.tenant_id, name)]
        for person in gone:
            del self.rows[person]
        return len(gone)

    def _account(self, caller: Caller, account: str | None) -> str:
        names = list(self.accounts_of.get(caller.tenant_id, {}))
        if not names or (account is not None and account not in names):
            raise NotFound("Your tenant has no such Zendesk account.")
        return account or names[0]

    def _row(self, caller: Caller, name: str) -> Connection:
        nothing = Connection(
            account=name,
            account_url=f"https://{name}.zendesk.com",
            state="not_connected",
            message="You are not connected.",
        )
        return self.rows.get((caller.tenant_id, caller.user_id, name), nothing)

    def _require_admin(self, caller: Caller) -> None:
        if not self.may_administer(caller):
            raise Forbidden


def status(name: str, *, is_default: bool = False, stored: bool = True) -> AccountStatus:
    return AccountStatus(
        account=name,
        account_url=f"https://{name}.zendesk.com",
        is_default=is_default,
        stored=stored,
        client_id="atom",
        can_connect=True,
        why_not=None,
        service="none",
    )
