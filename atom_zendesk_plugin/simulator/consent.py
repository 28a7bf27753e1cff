"""The consent page: who may see it, who signs in on it, and what each answer leads to.

A page carries a ticket that was made for it and works once, so no decision comes from anywhere else.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from werkzeug.datastructures import MultiDict

from atom_zendesk_plugin.clock import Clock
from atom_zendesk_plugin.simulator.authorizing import AUTHORIZE, AuthorizationRequest, NoWayBack, SentBack, read_request
from atom_zendesk_plugin.simulator.codes import CodeStore
from atom_zendesk_plugin.simulator.exchange import ID_DIGITS, Answer, Call, Route
from atom_zendesk_plugin.simulator.objects import User
from atom_zendesk_plugin.simulator.render.consent import consent_page, headers_of_page, refusal_page
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.tokens import ANY_SCOPE, TokenStore
from atom_zendesk_plugin.simulator.wire import is_elsewhere, parameters

DECIDE: Final = "/oauth/authorizations"
PATIENCE: Final = timedelta(minutes=10)
STAFF_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class _Shown:
    """A page somebody is looking at."""

    request: AuthorizationRequest
    until: datetime


class Consent:
    """The routes of the consent page, and the same decision without a page. Used under the desk's lock."""

    def __init__(self, tokens: TokenStore, codes: CodeStore, *, clock: Clock, seed: int = 1) -> None:
        self._tokens = tokens
        self._codes = codes
        self._clock = clock
        self._random = random.Random(f"{seed}:consent")
        self._shown: dict[str, _Shown] = {}

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(
                method="GET", template=AUTHORIZE, handler=self.show, scope=ANY_SCOPE, agents_only=False, anonymous=True
            ),
            Route(
                method="POST", template=DECIDE, handler=self.decide, scope=ANY_SCOPE, agents_only=False, anonymous=True
            ),
        )

    def show(self, desk: Desk, call: Call) -> Answer:
        """Show the page; ``as`` in the query, a user's id or e-mail, is who is chosen on it first."""
        told = call.params.to_dict()
        try:
            request = read_request(told, find_client=self._tokens.find_client)
            chosen = _signing_in(desk, told.get("as"))
        except NoWayBack as error:
            return _no_way_back(desk, error)
        except SentBack as sent_back:
            return _redirect(sent_back.location)
        page = consent_page(
            request, subdomain=desk.subdomain, ticket=self._ticket(request), users=_choices(desk, chosen), chosen=chosen
        )
        return Answer(200, page, headers_of_page(request.redirect_uri))

    def decide(self, desk: Desk, call: Call) -> Answer:
        """Take the decision of a page that was shown, once."""
        told = {name: str(value) for name, value in parameters(call).items()}
        try:
            request = self._taken(told)
            user = _signing_in(desk, told.get("as"))
        except NoWayBack as error:
            return _no_way_back(desk, error)
        return _redirect(self._settled(request, user, allowed=told["decision"] == "allow"))

    def without_page(self, desk: Desk, authorize_url: str, *, named: str | None, allowed: bool) -> str:
        """Decide on an authorize address at once and return where its application is answered; raises NoWayBack."""
        parts = urlsplit(authorize_url)
        if parts.path != AUTHORIZE or is_elsewhere(parts.hostname or "", subdomain=desk.subdomain):
            raise NoWayBack(f"This is not the consent page of {desk.subdomain}: {parts.hostname}{parts.path}")
        told = MultiDict(parse_qsl(parts.query, keep_blank_values=True)).to_dict()
        try:
            request = read_request(told, find_client=self._tokens.find_client)
        except SentBack as sent_back:
            return sent_back.location
        return self._settled(request, _signing_in(desk, named or told.get("as")), allowed=allowed)

    def _settled(self, request: AuthorizationRequest, user: User, *, allowed: bool) -> str:
        if allowed:
            return request.answered(code=self._codes.issue(request, user_id=user.id).value)
        denied = "The end-user or authorization server denied the request."
        return request.answered(error="access_denied", error_description=denied)

    def _ticket(self, request: AuthorizationRequest) -> str:
        now = self._clock.now()
        self._shown = {ticket: shown for ticket, shown in self._shown.items() if now < shown.until}
        ticket = self._random.randbytes(32).hex()
        self._shown[ticket] = _Shown(request, now + PATIENCE)
        return ticket

    def _taken(self, told: Mapping[str, str]) -> AuthorizationRequest:
        if told.get("decision") not in {"allow", "deny"}:
            raise NoWayBack("The decision must be allow or deny.")
        shown = self._shown.pop(told.get("ticket", ""), None)
        if shown is None or self._clock.now() >= shown.until:
            raise NoWayBack("This page was answered before or is too old. Start again from the application.")
        return shown.request


def _signing_in(desk: Desk, named: str | None) -> User:
    """Return who signs in: a user by id or e-mail, the account's owner when nobody is named. Raises NoWayBack."""
    if named is None:
        user = None if desk.admin_id is None else desk.users.get(desk.admin_id)
    elif named.isascii() and named.isdecimal() and len(named) <= ID_DIGITS:
        user = desk.users.get(int(named))
    else:
        user = desk.find_user_by_email(named)
    if user is None or not user.active or user.suspended:
        raise NoWayBack(f"Nobody can sign in as {named or 'the owner'}.")
    return user


def _choices(desk: Desk, chosen: User) -> list[User]:
    """Return the users to choose from: some of the staff, one customer, and in any case the one that is chosen."""
    able = [user for user in desk.active_users() if not user.suspended]
    staff = [user for user in able if user.is_staff and user is not chosen][:STAFF_SHOWN]
    customers = [user for user in able if not user.is_staff and user is not chosen][:1]
    return [chosen, *staff, *customers]


def _redirect(location: str) -> Answer:
    return Answer(302, None, {"location": location, "cache-control": "no-store"})


def _no_way_back(desk: Desk, error: NoWayBack) -> Answer:
    return Answer(400, refusal_page(str(error), subdomain=desk.subdomain), headers_of_page(None))
