"""Who sends a request: the resolvers that ``ZENDESK_IDENTITY`` chooses between. None of them believes a request parameter."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.host import Host, caller_from
from atom_zendesk_plugin.logs import event
from atom_zendesk_plugin.once import Once

if TYPE_CHECKING:
    from flask import Request
    from joserfc.jwk import OctKey

    from atom_zendesk_plugin.clock import Clock
    from atom_zendesk_plugin.config import Settings

Resolver = Callable[["Request"], Caller | None]
USER_CLAIMS = ("sub", "id", "user_id")
LONGEST_TOKEN = 8192
SAFE_KEY_BYTES = 32


def build_resolver(settings: Settings, *, host: Host, clock: Clock) -> Resolver:
    """Return the resolver of the settings: a function of the request that answers a caller or None, and never raises."""
    if settings.identity == "jwt":
        return TokenIdentity(settings.jwt_secret, clock=clock)
    return SessionIdentity() if settings.identity == "session" else host.identify


class TokenIdentity:
    """ATOM's user token: ``Authorization: Bearer``, a JWT signed with HS256 and the host's ``JWT_SECRET``.

    The algorithm is pinned, ``exp`` is required and, with ``nbf``, judged by the injected clock. The user is claim ``sub``, else ``id``,
    else ``user_id``; ``roles`` or ``role``, ``email``, ``email_verified`` and ``tenant_id`` are read as they are.
    """

    def __init__(self, secret: str | None, *, clock: Clock) -> None:
        self._secret, self._clock = secret, clock
        self._key = Once(lambda: _key(secret or ""))

    def __repr__(self) -> str:
        return "TokenIdentity()"

    def __call__(self, request: Request) -> Caller | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not self._secret or not 0 < len(token) <= LONGEST_TOKEN:
            return None
        claims = self._claims(token)
        return caller_from(claims, via="bearer", ids=USER_CLAIMS) if claims is not None else None

    def _claims(self, token: str) -> dict[str, Any] | None:
        try:
            from joserfc import jwt
            from joserfc.errors import JoseError
        except ImportError as error:
            event("zendesk.identity_off", "error", error=error, identity="jwt", package=error.name)
            return None
        try:
            claims = jwt.decode(token, self._key.get(), algorithms=["HS256"]).claims
            now = int(self._clock.now().timestamp())
            jwt.JWTClaimsRegistry(now=now, exp={"essential": True}).validate(claims)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            # joserfc reads the header before it checks the signature, and trips over types that a stranger chose.
            return None
        return claims


def _key(secret: str) -> OctKey:
    from joserfc.errors import SecurityWarning
    from joserfc.jwk import OctKey

    with warnings.catch_warnings():
        # How long the host's key is, is not ours to decide, and a warning turned into an error must not lock everybody out.
        warnings.simplefilter("ignore", SecurityWarning)
        key = OctKey.import_key(secret)
    if len(secret.encode()) < SAFE_KEY_BYTES:
        event(
            "zendesk.jwt_secret_short", "warning", setting="JWT_SECRET", advice=f"use at least {SAFE_KEY_BYTES} bytes"
        )
    return key


class SessionIdentity:
    """The host's signed Flask session: ``user_id``, ``roles`` or ``role``, ``email``, ``email_verified``, ``tenant_id``."""

    def __call__(self, _: Request) -> Caller | None:
        from flask import session

        return caller_from(session, via="cookie")
