"""What an answer of the token endpoint means: the token, how long it lives, what it may do, or why there is none.

The life is taken from ``expires_in``; Zendesk may leave that out, then from the token's own record (``tokens/current``), then from the
``exp`` inside the token. Only an explicit null in the record means that a token does not expire.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import msgspec

from atom_zendesk_plugin.client.failures import failure, read_complaint
from atom_zendesk_plugin.client.reply import UNREADABLE, Reply
from atom_zendesk_plugin.errors import ConfigError, ZendeskPluginError, ZendeskUnauthorized

ASSUMED_LIFE: Final = 300.0
"""Seconds a token is believed to live when nothing tells: the shortest life Zendesk gives."""

_CONFIG = {
    "invalid_scope": "Zendesk does not allow the OAuth client all of ZENDESK_SCOPES: ask for less, or allow them in Admin Center.",
    "unauthorized_client": "The OAuth client may not use client credentials: make it a confidential client in Admin Center.",
    "unsupported_grant_type": "Zendesk does not offer client credentials for this OAuth client: make a confidential one.",
}
_CREDENTIALS = "Zendesk did not accept the OAuth client: check ZENDESK_CLIENT_ID and ZENDESK_CLIENT_SECRET."


class Granted(msgspec.Struct, frozen=True):
    """The token endpoint's answer. The tokens are in no representation."""

    access_token: str
    expires_in: Any = None
    scope: str | None = None
    refresh_token: str | None = None
    refresh_token_expires_in: Any = None

    def __repr__(self) -> str:
        return "Granted()"

    @property
    def life(self) -> float | None:
        """Return the seconds told, None when they were not or make no sense."""
        return _seconds(self.expires_in)

    @property
    def refresh_life(self) -> float | None:
        """Return the refresh token's seconds, None when they were not told or make no sense."""
        return _seconds(self.refresh_token_expires_in)


class _Shown(msgspec.Struct, frozen=True):
    id: int | None = None
    expires_at: datetime | msgspec.UnsetType | None = msgspec.UNSET
    refresh_token_expires_at: datetime | None = None
    scopes: list[str] | None = None


class _ShownAnswer(msgspec.Struct, frozen=True):
    token: _Shown


@dataclass(frozen=True, slots=True)
class Life:
    """How long a token lives from now, in seconds; None: for ever. ``scopes`` is what its record says it may do, if it was read.

    ``refresh_seconds`` is what the record says of the refresh token, None when it says nothing.
    """

    seconds: float | None
    scopes: tuple[str, ...] | None = field(default=None)
    refresh_seconds: float | None = None


def life_of(granted: Granted, shown: Reply | None, now: datetime) -> Life:
    """Return the life of a token whose answer did not tell, from its record (None: it could not be read) and from itself."""
    record = _record(shown)
    scopes = tuple(record.scopes) if record is not None and record.scopes is not None else None
    renewable = _until(record.refresh_token_expires_at, now) if record is not None else None
    if record is not None and record.expires_at is None:
        return Life(None, scopes, renewable)
    told = _until(record.expires_at, now) if record is not None else None
    if told is None:
        expires = _jwt_expiry(granted.access_token)
        told = ASSUMED_LIFE if expires is None else max(0.0, expires - now.timestamp())
    return Life(told, scopes, renewable)


def missing(asked: Iterable[str], granted: Iterable[str]) -> tuple[str, ...]:
    """Return the asked scopes that were not granted; a broad ``read`` or ``write`` covers every ``resource:read`` or ``:write``."""
    have = set(granted)
    return tuple(scope for scope in asked if scope not in have and scope.rpartition(":")[2] not in have)


def refusal(reply: Reply, *, retry_after: float | None) -> ZendeskPluginError:
    """Return the error for an answer of the token endpoint that grants nothing; it speaks OAuth's dialect."""
    code = read_complaint(reply.body).code
    if code in _CONFIG and 400 <= reply.status < 500:
        return ConfigError(_CONFIG[code], zendesk_status=reply.status, zendesk_code=code, request_id=reply.request_id)
    if reply.status in (400, 401, 403):
        return ZendeskUnauthorized(
            _CREDENTIALS,
            method=reply.method,
            endpoint=reply.endpoint,
            status=reply.status,
            zendesk_code=code,
            request_id=reply.request_id,
        )
    return failure(reply, retry_after=retry_after)


def token_number(shown: Reply) -> int | None:
    """Return the id in a token's own record, by which it can be revoked; None when it cannot be read."""
    record = _record(shown)
    return None if record is None else record.id


def _until(moment: object, now: datetime) -> float | None:
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        return None
    return max(0.0, (moment - now).total_seconds())


def _seconds(told: object) -> float | None:
    if isinstance(told, str) and told.isascii() and told.isdecimal() and len(told) < 10:
        told = int(told)
    return float(told) if isinstance(told, int | float) and not isinstance(told, bool) and 0 < told < 1e9 else None


def _record(shown: Reply | None) -> _Shown | None:
    if shown is None or not shown.ok:
        return None
    try:
        return msgspec.json.decode(shown.body, type=_ShownAnswer).token
    except UNREADABLE:
        return None


def _jwt_expiry(token: str) -> float | None:
    """Return ``exp`` of a token that is a JWT. The signature is not checked: it only says when to fetch the next one."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = msgspec.json.decode(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, *UNREADABLE):
        return None
    expires = claims.get("exp") if isinstance(claims, Mapping) else None
    return float(expires) if isinstance(expires, int | float) and 0 < expires < 1e11 else None
