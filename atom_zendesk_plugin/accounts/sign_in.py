"""A sign-in from its beginning to the stored grant, and the order in which what Zendesk sends back is checked.

Provider error, browser, state, user, issuer, account, code, exchange, user in Zendesk, save: the first that fails names the reason, and
nothing is stored. The state is random, kept as a hash, bound to user, tenant and browser, lives ten minutes and works once. Zendesk's
own words go nowhere.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from atom_zendesk_plugin import logs
from atom_zendesk_plugin.accounts.ledger import Units
from atom_zendesk_plugin.accounts.model import ConnectionRefused, Refused, Started, refuse
from atom_zendesk_plugin.accounts.pairs import pair_of
from atom_zendesk_plugin.accounts.revoking import retire
from atom_zendesk_plugin.client.api import assemble_client
from atom_zendesk_plugin.client.credentials import AccessToken
from atom_zendesk_plugin.client.grants import Granted
from atom_zendesk_plugin.client.reply import Reply
from atom_zendesk_plugin.errors import (
    ConfigError,
    StorageAway,
    ZendeskCallFailed,
    ZendeskForbidden,
    ZendeskPluginError,
    ZendeskUnauthorized,
)
from atom_zendesk_plugin.records import User
from atom_zendesk_plugin.store import grants, states
from atom_zendesk_plugin.store.grants import GrantRow, NewGrant, TokenPair
from atom_zendesk_plugin.store.tenancy import Tenancy

if TYPE_CHECKING:
    from atom_zendesk_plugin.accounts.facts import AccountFacts
    from atom_zendesk_plugin.accounts.oauth import NotGranted, TokenEndpoint
    from atom_zendesk_plugin.caller import Caller
    from atom_zendesk_plugin.client.transport import Transport
    from atom_zendesk_plugin.clock import Clock
    from atom_zendesk_plugin.config import Settings
    from atom_zendesk_plugin.keyring import KeyRing

LIFE: Final = timedelta(minutes=10)
_EXCHANGE_REFUSALS: Final = {
    "invalid_grant": Refused.CODE_REFUSED,
    "invalid_client": Refused.CLIENT_REFUSED,
    "unauthorized_client": Refused.CLIENT_REFUSED,
    "unsupported_grant_type": Refused.CLIENT_REFUSED,
    "invalid_scope": Refused.SCOPE_REFUSED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What came back from Zendesk's page, as anybody could have sent it. What completes a sign-in is in no representation."""

    browser: str | None = field(repr=False)
    caller: Caller | None
    state: str | None = field(repr=False)
    code: str | None = field(repr=False)
    error: str | None = None
    issuer: str | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How one account is reached: its facts, its connections to the network, and its token endpoint."""

    account: AccountFacts
    account_id: int
    transport: Transport
    endpoint: TokenEndpoint


class SignIn:
    """Begins and completes sign-ins. ``line_of`` finds the account of a state by its number."""

    def __init__(
        self,
        settings: Settings,
        *,
        units: Units,
        keys: Callable[[], KeyRing],
        clock: Clock,
        rng: random.Random,
        new_secret: Callable[[], str] = lambda: secrets.token_urlsafe(48),
    ) -> None:
        """``keys`` raises ConfigError without a key; ``new_secret`` makes states and verifiers (43 to 128 URL-safe characters)."""
        self._settings, self._units, self._keys = settings, units, keys
        self._clock, self._rng, self._new_secret = clock, rng, new_secret

    def start(self, caller: Caller, line: Line, *, browser: str) -> Started:
        """Write a new state down and return the address of the consent page. Raises ConfigError, StorageAway."""
        keys, now = self._keys(), self._clock.now()
        state, verifier = self._new_secret(), self._new_secret()
        with self._units.unit(Tenancy(tenant_id=caller.tenant_id, user_id=caller.user_id)) as unit:
            states.issue(
                unit, state=state, account_id=line.account_id, browser=browser, code_verifier=verifier,
                redirect_uri=self._settings.redirect_uri, scopes=line.endpoint.terms.scopes, via=caller.via,
                client_id=line.endpoint.client_id, keys=keys, now=now, expires_at=now + LIFE,
            )  # fmt: skip
        url = line.endpoint.authorize_url(state=state, verifier=verifier, redirect_uri=self._settings.redirect_uri)
        return Started(url=url, account=line.account.name, expires_at=now + LIFE)

    def finish(self, returned: Returned, *, line_of: Callable[[str, int], Line]) -> tuple[Line, GrantRow]:
        """Check what came back, in order, and store the grant. Raises ConnectionRefused with the reason."""
        if returned.error:
            self._use_up(returned)
            raise refuse(Refused.DENIED if returned.error == "access_denied" else Refused.PROVIDER)
        issued = self._consume(returned)
        _check_user(returned.caller, issued)
        line = line_of(issued.tenant_id, issued.account_id)
        _check_origin(returned, line)
        if not returned.code:
            raise refuse(Refused.CODE_MISSING)
        pair = self._exchange(line, issued, returned.code)
        try:
            before = self._before(issued)
            row = self._save(line, issued, pair, self._me(line, pair))
        except BaseException:
            # Whatever went wrong, a token that nobody keeps must not live on.
            self._retire(pair, issued, line)
            raise
        if before is not None:
            # Nor the pair of the connection that this one replaces; what becomes of it is no reason to doubt the new one.
            self._retire(before, issued, line)
        return line, row

    def _use_up(self, returned: Returned) -> None:
        """End the sign-in of an error, if it is one of this browser: it cannot be completed any more."""
        if returned.state and returned.browser:
            with self._units.unit(Tenancy.of_state(states.hash_of(returned.state))) as unit:
                states.consume(
                    unit, state=returned.state, browser=returned.browser, now=self._clock.now(), keys=self._keys()
                )

    def _consume(self, returned: Returned) -> states.StateRow:
        if not returned.browser:
            raise refuse(Refused.OTHER_BROWSER)
        if not returned.state:
            raise refuse(Refused.STATE_MISSING)
        with self._units.unit(Tenancy.of_state(states.hash_of(returned.state))) as unit:
            outcome = states.consume(
                unit, state=returned.state, browser=returned.browser, now=self._clock.now(), keys=self._keys()
            )
        if isinstance(outcome, states.StateRow):
            return outcome
        raise refuse(_STATE_REFUSALS[outcome])

    def _exchange(self, line: Line, issued: states.StateRow, code: str) -> TokenPair:
        deadline = self._clock.monotonic() + self._settings.deadline
        granted = line.endpoint.exchange(
            code=code, verifier=issued.code_verifier, redirect_uri=issued.redirect_uri, deadline=deadline
        )
        if isinstance(granted, Granted):
            return pair_of(
                granted, asked=issued.scopes, transport=line.transport, clock=self._clock, deadline=deadline
            )
        raise _exchange_refusal(granted)

    def _me(self, line: Line, pair: TokenPair) -> User:
        """Return the user the token acts for; Zendesk shows an anonymous one to a call whose credentials it does not know."""
        client = assemble_client(
            AccessToken(pair.access_token), line.transport, settings=self._settings, clock=self._clock, rng=self._rng
        )
        try:
            user = client.users.me()
        except ZendeskForbidden as error:
            raise refuse(Refused.SCOPE_REFUSED if error.missing_scopes else Refused.NO_USER) from error
        except ZendeskUnauthorized as error:
            raise refuse(Refused.NO_USER) from error
        except ZendeskCallFailed as error:
            raise refuse(Refused.UNREACHABLE) from error
        if user.active is False or user.suspended is True:
            raise refuse(Refused.NO_USER)
        if not _lives_at(user, line):
            raise refuse(Refused.OTHER_ACCOUNT)
        return user

    def _save(self, line: Line, issued: states.StateRow, pair: TokenPair, user: User) -> GrantRow:
        assert user.id is not None
        grant = NewGrant(
            client_id=issued.client_id, zendesk_user_id=user.id, zendesk_role=user.role or "unknown", name=user.name, email=user.email,
            scopes=pair.scopes, asked_scopes=issued.scopes, pair=pair,
        )  # fmt: skip
        keys = self._keys()
        try:
            with self._units.unit(_own(issued)) as unit:
                row = grants.save_grant(
                    unit, account_id=issued.account_id, grant=grant, keys=keys, now=self._clock.now()
                )
        except (StorageAway, ConfigError) as error:
            logs.event("zendesk.grant_not_saved", "error", error=error, account=line.account.name)
            raise refuse(Refused.NOT_SAVED) from error
        logs.event("zendesk.connected", account=line.account.name, scopes=list(pair.scopes))
        return row

    def _before(self, issued: states.StateRow) -> TokenPair | None:
        """Return the pair that is about to be replaced, None when there is none or it cannot be opened."""
        try:
            with self._units.reading(_own(issued)) as unit:
                row = grants.find_grant(unit, account_id=issued.account_id, keys=self._keys())
        except ZendeskPluginError as error:
            logs.event("zendesk.replaced_grant_unreadable", "warning", error=error)
            return None
        if row is None or row.client_id != issued.client_id:
            return None
        return TokenPair(
            access_token=row.access_token, refresh_token=row.refresh_token, access_expires_at=row.access_expires_at,
            refresh_expires_at=row.refresh_expires_at, scopes=row.scopes,
        )  # fmt: skip

    def _retire(self, pair: TokenPair, issued: states.StateRow, line: Line) -> None:
        gone = retire(
            pair.access_token,
            pair.refresh_token,
            endpoint=line.endpoint,
            scopes=pair.scopes,
            transport=line.transport,
            deadline=self._clock.monotonic() + self._settings.deadline,
        )
        if not gone:
            logs.event("zendesk.token_left_alive", "warning", account=line.account.name, user_id=issued.user_id)


def _own(issued: states.StateRow) -> Tenancy:
    return Tenancy(tenant_id=issued.tenant_id, user_id=issued.user_id)


_STATE_REFUSALS: Final = {
    states.StateProblem.UNKNOWN: Refused.STATE_UNKNOWN,
    states.StateProblem.USED: Refused.STATE_USED,
    states.StateProblem.EXPIRED: Refused.STATE_EXPIRED,
    states.StateProblem.OTHER_BROWSER: Refused.OTHER_BROWSER,
}


def _check_user(caller: Caller | None, issued: states.StateRow) -> None:
    """Compare who is there now with who began. A bearer token does not ride along on a redirect; then the browser speaks for it."""
    if caller is None:
        if issued.via == "cookie":
            raise refuse(Refused.OTHER_USER)
    elif (caller.tenant_id, caller.user_id) != (issued.tenant_id, issued.user_id):
        raise refuse(Refused.OTHER_USER)


def _check_origin(returned: Returned, line: Line) -> None:
    # Zendesk names no issuer (RFC 9207) today; one that names another server is a mix-up all the same.
    if returned.issuer and returned.issuer.rstrip("/") != line.account.url:
        raise refuse(Refused.OTHER_ISSUER)
    if returned.account and returned.account.strip().lower() != line.account.name:
        raise refuse(Refused.OTHER_ACCOUNT)


def _exchange_refusal(refused: NotGranted) -> ConnectionRefused:
    answer = refused.answer
    status = answer.status if isinstance(answer, Reply) else None
    logs.event("zendesk.code_not_exchanged", "warning", oauth_error=refused.code, status=status)
    if status is None or status >= 500 or status == 429:
        return refuse(Refused.UNREACHABLE)
    return refuse(_EXCHANGE_REFUSALS.get(refused.code or "", Refused.CODE_REFUSED))


def _lives_at(user: User, line: Line) -> bool:
    """Tell whether Zendesk's own link to the user is on this account; a record without one says nothing against it."""
    return user.url is None or urlsplit(user.url).hostname == urlsplit(line.account.url).hostname
