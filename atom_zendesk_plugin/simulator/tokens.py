"""Who is calling: OAuth clients, access tokens and API tokens, and what a token may do.

The store knows nothing of HTTP routes; ``oauth.py`` hands tokens out, ``app.py`` checks them. Expiry follows the desk's
clock. The same seed gives the same credentials.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from atom_zendesk_plugin.clock import Clock
from atom_zendesk_plugin.simulator.exchange import Answer, Json, Refusal
from atom_zendesk_plugin.simulator.state import Desk

ANY_SCOPE: Final = "*"
"""As a route's scope: a live token is enough, whatever it was granted."""

EVERYTHING: Final = frozenset({"read", "write", "impersonate"})
"""What an API token may do: it has no scopes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthClient:
    """An application registered on the account. ``allowed_scopes`` None lets it ask for anything.

    ``user_id`` is whom a client-credentials token acts for.
    """

    id: int
    identifier: str
    secret: str = field(repr=False)
    user_id: int
    kind: Literal["public", "confidential"] = "confidential"
    redirect_uris: tuple[str, ...] = ()
    allowed_scopes: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """A token as the account keeps it. ``expires_at`` None is a grant from before tokens expired."""

    id: int
    value: str = field(repr=False)
    user_id: int
    client_id: int
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who a call turned out to be; ``user_id`` None is nobody."""

    user_id: int | None
    scopes: frozenset[str]


NOBODY: Final = Caller(user_id=None, scopes=frozenset())


class TokenStore:
    """All credentials of one account. Safe to share between threads."""

    def __init__(self, *, clock: Clock, seed: int = 1, subdomain: str = "acme") -> None:
        self._clock = clock
        self._random = random.Random(f"{seed}:tokens")
        self._issuer = f"https://{subdomain}.zendesk.com"
        self._signing_key = self._random.randbytes(32)
        self._lock = threading.RLock()
        self._next_id = 30_000_000_000_000 + self._random.randrange(10**9) * 128
        self._clients: dict[str, OAuthClient] = {}
        self._tokens: dict[str, AccessToken] = {}
        self._api_tokens: set[str] = set()

    def register_client(
        self,
        identifier: str,
        *,
        user_id: int,
        kind: Literal["public", "confidential"] = "confidential",
        redirect_uris: Iterable[str] = (),
        allowed_scopes: Iterable[str] | None = None,
    ) -> OAuthClient:
        """Add an application; its secret is made here. The same identifier again replaces it."""
        with self._lock:
            client = OAuthClient(
                id=self._new_id(),
                identifier=identifier,
                secret=self._random.randbytes(32).hex(),
                user_id=user_id,
                kind=kind,
                redirect_uris=tuple(redirect_uris),
                allowed_scopes=None if allowed_scopes is None else frozenset(allowed_scopes),
            )
            self._clients[identifier] = client
            return client

    def find_client(self, identifier: str) -> OAuthClient | None:
        return self._clients.get(identifier)

    def find_client_by_id(self, client_id: int) -> OAuthClient | None:
        return next((client for client in self._clients.values() if client.id == client_id), None)

    def new_api_token(self) -> str:
        """Make an API token; it works with the e-mail address of any user."""
        with self._lock:
            value = base64.b64encode(self._random.randbytes(30)).decode().replace("/", "x").replace("+", "y")
            self._api_tokens.add(value)
            return value

    def revoke_api_token(self, value: str) -> None:
        self._api_tokens.discard(value)

    def issue(
        self, user_id: int, *, client_id: int, scopes: Iterable[str], expires_in: float | None = None
    ) -> AccessToken:
        """Make an access token that works at once; ``expires_in`` None makes one that never expires."""
        with self._lock:
            now = self._clock.now().replace(microsecond=0)
            expires_at = None if expires_in is None else now + timedelta(seconds=expires_in)
            token = AccessToken(
                id=self._new_id(),
                value="",
                user_id=user_id,
                client_id=client_id,
                scopes=tuple(dict.fromkeys(scopes)),
                created_at=now,
                expires_at=expires_at,
            )
            # Tokens that expire are long JWTs, the older ones 64 hex digits: clients must take both as opaque text.
            value = self._random.randbytes(32).hex() if expires_at is None else self._jwt(token)
            token = replace(token, value=value)
            self._tokens[value] = token
            return token

    def find(self, value: str) -> AccessToken | None:
        """Return a token that is alive, and note its use."""
        with self._lock:
            token = self._tokens.get(value)
            now = self._clock.now()
            if token is None or (token.expires_at is not None and token.expires_at <= now):
                return None
            used = replace(token, used_at=now.replace(microsecond=0))
            self._tokens[value] = used
            return used

    def tokens(self) -> list[AccessToken]:
        """Return all that were not revoked, expired ones included, in the order of their ids."""
        with self._lock:
            return list(self._tokens.values())

    def revoke(self, token: AccessToken) -> None:
        with self._lock:
            self._tokens.pop(token.value, None)

    def identify(self, authorization: str | None, *, desk: Desk) -> Caller:
        """Return who is calling; NOBODY without credentials or with a wrong e-mail or API token.

        Raises Refusal with the service's 401 for an access token that is dead or unknown.
        """
        scheme, _, told = (authorization or "").partition(" ")
        if scheme.lower() == "basic":
            return self._identify_basic(told.strip(), desk)
        if scheme.lower() != "bearer":
            return NOBODY
        token = self.find(told.strip())
        user = None if token is None else desk.users.get(token.user_id)
        if token is None or user is None or not user.active:
            raise dead_token()
        return Caller(user_id=token.user_id, scopes=frozenset(token.scopes))

    def current(self, authorization: str | None) -> AccessToken | None:
        """Return the access token a call came with, None when it came with an API token."""
        scheme, _, told = (authorization or "").partition(" ")
        return self.find(told.strip()) if scheme.lower() == "bearer" else None

    def _identify_basic(self, told: str, desk: Desk) -> Caller:
        try:
            pair = base64.b64decode(told, validate=True).decode()
        except ValueError:
            # Not base64, or not text inside it.
            return NOBODY
        login, _, secret = pair.partition(":")
        email, slash, word = login.rpartition("/")
        # A password in place of the token is no longer accepted by anybody.
        if not slash or word != "token" or secret not in self._api_tokens:
            return NOBODY
        user = desk.find_user_by_email(email)
        return NOBODY if user is None or not user.active else Caller(user_id=user.id, scopes=EVERYTHING)

    def _new_id(self) -> int:
        self._next_id += 128
        return self._next_id

    def _jwt(self, token: AccessToken) -> str:
        assert token.expires_at is not None
        claims: Json = {
            "iss": self._issuer,
            "sub": str(token.user_id),
            "client_id": token.client_id,
            "scope": " ".join(token.scopes),
            "iat": int(token.created_at.timestamp()),
            "exp": int(token.expires_at.timestamp()),
            "jti": self._random.randbytes(16).hex(),
        }
        signed = f"{_part({'typ': 'at+jwt', 'alg': 'HS256'})}.{_part(claims)}"
        signature = hmac.new(self._signing_key, signed.encode(), hashlib.sha256).digest()
        return f"{signed}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def missing_scopes(granted: frozenset[str], *, method: str, scope: str | None) -> list[str]:
    """Return what a token lacks for a route. The broad ``read`` or ``write`` does, or the route's own scope.

    ``write`` does not imply ``read``: sources disagree about the service, so clients should ask for both.
    """
    broad = "read" if method in {"GET", "HEAD"} else "write"
    enough = {broad} if scope is None else {broad, scope}
    return [] if scope == ANY_SCOPE or granted & enough else [broad]


def dead_token() -> Refusal:
    """The 401 for an access token that is expired, revoked or unknown."""
    told = "The access token provided is expired, revoked, malformed or invalid for other reasons."
    body = {"error": "invalid_token", "error_description": told}
    return Refusal(Answer(401, body, {"www-authenticate": 'Bearer realm="Zendesk", error="invalid_token"'}))


def unauthenticated() -> Refusal:
    """The 401 for missing or wrong credentials."""
    return Refusal(Answer(401, {"error": "Couldn't authenticate you"}, {"www-authenticate": 'Basic realm="Zendesk"'}))


def _part(told: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(told, separators=(",", ":")).encode()).decode().rstrip("=")
