"""What the connection page shows, for each state a connection and the integration can be in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit

from atom_zendesk_plugin.accounts.model import AccountStatus, Connection
from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.config import API_TOKENS_END
from atom_zendesk_plugin.errors import Code, ZendeskPluginError
from atom_zendesk_plugin.web.banners import NOT_REVOKED, banner_of
from atom_zendesk_plugin.web.csrf import FIELD, form_token
from atom_zendesk_plugin.web.lacking import lacking, lacking_key
from atom_zendesk_plugin.web.operations import AUTH
from atom_zendesk_plugin.web.parts import Parts
from atom_zendesk_plugin.web.wording import Moment, moment

DISCONNECT, ADD_ACCOUNT, REMOVE_ACCOUNT = "disconnect", "add_account", "remove_account"
"""What the forms of the page are for."""

_STATES = {
    "connected": ("Connected", "good"),
    "expired": ("Connected", "good"),
    "needs_reconnect": ("Needs you", "bad"),
    "not_connected": ("Not connected", "off"),
}
_SERVICES = {
    "access_token": "works with an OAuth access token from the settings",
    "client_credentials": "works with the OAuth client",
    "api_token": "works with an API token, which Zendesk is retiring",
    "none": "is not set up",
}
_TONES = {"info": "quiet", "warning": "fair", "urgent": "bad"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountForm:
    """The form for a new account as it was sent, to be shown again; it has no place for the secret. ``field`` None: all of it."""

    subdomain: str = ""
    client_id: str = ""
    service: bool = False
    problem: str | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A connection in words. ``stuck``: it could not be disconnected just now, because Zendesk could not be asked."""

    of: Connection
    word: str
    tone: str
    start: str
    connected: Moment | None
    ends: Moment | None
    renewable: Moment | None
    stuck: bool


def connection_facts(
    parts: Parts, caller: Caller, *, asked: Mapping[str, str], secret: str, form: AccountForm
) -> dict[str, object]:
    """Return the values of the page's template; ``asked`` is the query, ``secret`` the one of the browser's cookie."""
    try:
        found = _found(parts, caller, asked)
    except ZendeskPluginError as error:
        if error.code not in (Code.CONFIG_ERROR, Code.DEPENDENCY_MISSING):
            raise
        found = {"off": error, "lacks": lacking(parts.settings), "cards": (), "administers": False, "accounts": ()}
    cards = found["cards"]
    works = any(card.of.works for card in cards) if isinstance(cards, Sequence) else False
    origin = urlsplit(parts.settings.redirect_uri)
    return {
        **found,
        "banner": banner_of(asked, works=works, home=f"{origin.scheme}://{origin.netloc}"),
        "form": form,
        "tokens": {
            purpose: form_token(secret, caller, purpose) for purpose in (DISCONNECT, ADD_ACCOUNT, REMOVE_ACCOUNT)
        },
        "token_field": FIELD,
        "tones": _TONES,
        "services": _SERVICES,
        "redirect_uri": parts.settings.redirect_uri,
        "scopes": " ".join(parts.settings.scopes),
    }


def _found(parts: Parts, caller: Caller, asked: Mapping[str, str]) -> dict[str, object]:
    connections, now = parts.connections, parts.clock.now()
    administers = connections.may_administer(caller)
    accounts = connections.accounts(caller) if administers else ()
    cards = [_card(row, now, asked) for row in connections.every(caller)]
    key = lacking_key(parts.settings)
    return {
        "off": None,
        "lacks": () if key is None else (key,) if cards else lacking(parts.settings),
        "cards": cards,
        "administers": administers,
        "accounts": accounts,
        "closed": {card.of.account: card.of.why_not for card in cards if card.of.why_not}
        | {row.account: row.why_not for row in accounts if not row.can_connect},
        "days_left": _days_left(accounts, now),
        "last_day": API_TOKENS_END,
    }


def _card(connection: Connection, now: datetime, asked: Mapping[str, str]) -> Card:
    word, tone = _STATES[connection.state]
    return Card(
        of=connection,
        word=word,
        tone=tone,
        start=f"{AUTH}?{urlencode({'account': connection.account})}",
        connected=moment(connection.connected_at, now=now),
        ends=moment(connection.access_expires_at, now=now),
        renewable=moment(connection.refresh_expires_at, now=now),
        stuck=asked.get("outcome") == NOT_REVOKED and asked.get("account") == connection.account,
    )


def _days_left(accounts: Sequence[AccountStatus], now: datetime) -> int | None:
    """Return how many days API tokens still work, when an account depends on one; zero and below: they do not any more."""
    if not any(account.service == "api_token" for account in accounts):
        return None
    return (API_TOKENS_END - now.astimezone(UTC).date()).days
