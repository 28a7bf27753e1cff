"""What the rest of the package is told about connections. No value here is a secret, so all of them may be shown and logged."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from atom_zendesk_plugin.errors import Code, ZendeskPluginError

ConnectionState = Literal["connected", "expired", "needs_reconnect", "not_connected"]
"""``expired``: the access token has ended and the next call renews it. ``needs_reconnect``: only the person can mend it."""

ClientKind = Literal["public", "confidential"]
ServiceKind = Literal["access_token", "client_credentials", "api_token", "none"]
Level = Literal["info", "warning", "urgent"]


class Refused(StrEnum):
    """Why a connection was not made. The values appear in answers, on pages and in addresses."""

    DENIED = "access_denied"
    PROVIDER = "provider_error"
    OTHER_BROWSER = "other_browser"
    STATE_MISSING = "state_missing"
    STATE_UNKNOWN = "state_unknown"
    STATE_USED = "state_used"
    STATE_EXPIRED = "state_expired"
    OTHER_USER = "other_user"
    OTHER_ACCOUNT = "other_account"
    OTHER_ISSUER = "other_issuer"
    CODE_MISSING = "code_missing"
    CODE_REFUSED = "code_refused"
    CLIENT_REFUSED = "client_refused"
    SCOPE_REFUSED = "scope_refused"
    NO_USER = "no_user"
    UNREACHABLE = "zendesk_unreachable"
    NOT_SAVED = "not_saved"


SENTENCES: dict[Refused, str] = {
    Refused.DENIED: "You declined on Zendesk's page, so nothing was connected. Start again when you want to.",
    Refused.PROVIDER: "Zendesk ended the sign-in with an error. Start again; if it stays, ask an administrator to check the OAuth client.",
    Refused.OTHER_BROWSER: "This answer belongs to a sign-in that was not begun in this browser. Start again here.",
    Refused.STATE_MISSING: "The answer from Zendesk carries no sign-in number (state). Start again from ATOM.",
    Refused.STATE_UNKNOWN: "ATOM knows of no such sign-in. Start again from ATOM.",
    Refused.STATE_USED: "This sign-in was already completed or given up. Start again if you are not connected.",
    Refused.STATE_EXPIRED: "The sign-in took longer than ten minutes. Start again.",
    Refused.OTHER_USER: "Somebody else began this sign-in. Sign in to ATOM as yourself and start again.",
    Refused.OTHER_ACCOUNT: "The answer belongs to another Zendesk account than the one this sign-in was begun for. Start again.",
    Refused.OTHER_ISSUER: "The answer does not come from your Zendesk account. Nothing was connected.",
    Refused.CODE_MISSING: "The answer from Zendesk carries no code. Start again.",
    Refused.CODE_REFUSED: "Zendesk did not accept the code: it lives two minutes and works once. Start again.",
    Refused.CLIENT_REFUSED: "Zendesk did not accept ATOM's OAuth client. An administrator must check its identifier and secret.",
    Refused.SCOPE_REFUSED: "Zendesk does not allow the OAuth client what ATOM asks for. An administrator must check ZENDESK_SCOPES.",
    Refused.NO_USER: "Zendesk gave a token that belongs to no active user. Sign in to Zendesk as yourself and start again.",
    Refused.UNREACHABLE: "Zendesk could not be reached to complete the sign-in. Start again in a minute.",
    Refused.NOT_SAVED: "The connection could not be stored, so it was taken back. Start again in a minute.",
}  # fmt: skip

_UPSTREAM = frozenset({Refused.PROVIDER, Refused.UNREACHABLE, Refused.NO_USER})
_FORBIDDEN = frozenset(
    {Refused.DENIED, Refused.OTHER_BROWSER, Refused.OTHER_USER, Refused.OTHER_ACCOUNT, Refused.OTHER_ISSUER}
)
_CONFIG = frozenset({Refused.CLIENT_REFUSED, Refused.SCOPE_REFUSED, Refused.NOT_SAVED})


class ConnectionRefused(ZendeskPluginError):
    """The connection was not made; `reason` names why."""

    code = Code.VALIDATION_ERROR

    def __init__(self, reason: Refused) -> None:
        super().__init__(SENTENCES[reason], reason=str(reason))
        self.reason = reason


class ConnectionForbidden(ConnectionRefused):
    """The answer belongs to somebody else, or to another sign-in."""

    code = Code.FORBIDDEN


class ConnectionNotPossible(ConnectionRefused):
    """An administrator has to mend something first."""

    code = Code.CONFIG_ERROR


class ConnectionNotAnswered(ConnectionRefused):
    """Zendesk did not do its part."""

    code = Code.UPSTREAM_ERROR


def refuse(reason: Refused) -> ConnectionRefused:
    """Return the error of a reason, with the code that decides the HTTP status."""
    if reason in _FORBIDDEN:
        return ConnectionForbidden(reason)
    if reason in _CONFIG:
        return ConnectionNotPossible(reason)
    return ConnectionNotAnswered(reason) if reason in _UPSTREAM else ConnectionRefused(reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureOff:
    """Something that does not work for want of a scope. ``feature`` is a phrase for people."""

    feature: str
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something to do about credentials before a day comes; ``text`` says what, and ``day`` (ISO date) by when, if there is one."""

    level: Level
    text: str
    day: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A person's own connection to one account, as it stands now. Moments are aware, in UTC.

    Without a connection everything after ``message`` is None or empty. ``access_expires_at`` None on a live one: the grant is from
    before tokens expired. ``refresh_expires_at`` None: it cannot be renewed, or Zendesk did not tell. ``message`` says how it stands
    and what to do. ``why_not`` says what keeps anybody from connecting to the account at the moment, None when nothing does.
    """

    account: str
    account_url: str
    state: ConnectionState
    message: str
    reason: str | None = None
    zendesk_user_id: int | None = None
    name: str | None = None
    email: str | None = None
    role: str | None = None
    scopes: tuple[str, ...] = ()
    missing_scopes: tuple[str, ...] = ()
    features_off: tuple[FeatureOff, ...] = ()
    connected_at: datetime | None = None
    access_expires_at: datetime | None = None
    refresh_expires_at: datetime | None = None
    notices: tuple[Notice, ...] = ()
    why_not: str | None = None

    @property
    def works(self) -> bool:
        """Whether the next call can be made: ``connected``, or ``expired`` and renewed by it."""
        return self.state in ("connected", "expired")

    @property
    def exists(self) -> bool:
        """Whether tokens are stored at all."""
        return self.state != "not_connected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A sign-in that was begun: send the browser to ``url`` before ``expires_at`` (aware, UTC). The address carries the state."""

    url: str = field(repr=False)
    account: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Disconnected:
    """A connection that is gone here. ``revoked``: Zendesk confirmed that the token is dead, or it already was."""

    account: str
    revoked: bool
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStatus:
    """One Zendesk account of a tenant, for its administrators and for people choosing where to connect.

    ``can_connect``: people can connect themselves; otherwise ``why_not`` says what is missing. ``service``: what the service account
    works with. ``stored``: kept in the database, so it can be changed and removed here; otherwise it comes from the settings.
    """

    account: str
    account_url: str
    is_default: bool
    stored: bool
    client_id: str | None
    can_connect: bool
    why_not: str | None
    service: ServiceKind
    notices: tuple[Notice, ...] = ()
