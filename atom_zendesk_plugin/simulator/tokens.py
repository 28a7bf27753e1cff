"""Who is calling: OAuth clients, access and refresh tokens and API tokens, and what a token may do.

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
from typing import Final

from atom_zendesk_plugin.clock import Clock
from atom_zendesk_plugin.simulator.clients import ClientKind, OAuthClient, check_redirect_uri
from atom_zendesk_plugin.simulator.exchange import Answer, Json, Refusal
from atom_zendesk_plugin.simulator.state import Desk

ANY_SCOPE: Final = "*"
"""As a route's scope: a live token is enough, whatever it was granted."""

EVERYTHING: Final = frozenset({"read", "write", "impersonate"})
"""What an API token may do: it has no scopes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """A token as the account keeps it, with the refresh token it came with, if any: they live and die as one record.

    ``expires_at`` None is a grant from before tokens expired.
    """

    id: int
    value: str = field(repr=False)
    user_id: int
    client_id: int
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None = None
    refresh_token: str | None = field(default=None, repr=False)
    refresh_expires_at: datetime | None = None

    def works_at(self, now: datetime) -> bool:
        return self.expires_at is None or now < self.expires_at

    def refreshable_at(self, now: datetime) -> bool:
        return self.refresh_expires_at is not None and now < self.refresh_expires_at


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
        self._by_refresh: dict[str, str] = {}
        self._api_tokens: set[str] = set()

    def register_client(
        self,
        identifier: str,
        *,
        user_id: int,
        kind: ClientKind = "confidential",
        redirect_uris: Iterable[str] = (),
        allowed_scopes: Iterable[str] | None = None,
    ) -> OAuthClient:
        """Add an application; its secret is made here. The same identifier again replaces it.

        Raises ValueError for a redirect address that the service would not take.
        """
        redirect_uris = tuple(redirect_uris)
        for uri in redirect_uris:
            check_redirect_uri(uri)
        with self._lock:
            client = OAuthClient(
                id=self._new_id(),
                identifier=identifier,
                secret=self._random.randbytes(32).hex(),
                user_id=user_id,
                kind=kind,
                redirect_uris=redirect_uris,
                allowed_scopes=None if allowed_scopes is None else frozenset(allowed_scopes),
            )
            self._clients[identifier] = client
            return client

    def find_client(self, identifier: str) -> OAuthClient | None:
        return self._clients.get(identifier)

    def find_client_by_id(self, client_id: int) -> OAuthClient | None:
        return next((client for client in self._clients.values() if client.id == client_id), None)

    def change_scopes(
        self, client: OAuthClient, *, allowed: frozenset[str] | None, granted: frozenset[str] | None
    ) -> OAuthClient:
        """Change what an application may ask for and what it is handed out; its tokens stay as they are."""
        with self._lock:
            changed = replace(client, allowed_scopes=allowed, granted_scopes=granted)
            self._clients[client.identifier] = changed
            return changed

    def new_api_token(self) -> str:
        """Make an API token; it works with the e-mail address of any user."""
        with self._lock:
            value = base64.b64encode(self._random.randbytes(30)).decode().replace("/", "x").replace("+", "y")
            self._api_tokens.add(value)
            return value

    def revoke_api_token(self, value: str) -> None:
        self._api_tokens.discard(value)

    def issue(
        self,
        user_id: int,
        *,
        client_id: int,
        scopes: Iterable[str],
        expires_in: float | None = None,
        refresh_expires_in: float | None = None,
    ) -> AccessToken:
        """Make an access token that works at once; ``expires_in`` None makes one that never expires.

        ``refresh_expires_in`` None makes one without a refresh token.
        """
        with self._lock:
            now = self._clock.now().replace(microsecond=0)
            expires_at = None if expires_in is None else now + timedelta(seconds=expires_in)
            refresh_until = None if refresh_expires_in is None else now + timedelta(seconds=refresh_expires_in)
            token = AccessToken(
                id=self._new_id(),
                value="",
                user_id=user_id,
                client_id=client_id,
                scopes=tuple(dict.fromkeys(scopes)),
                created_at=now,
                expires_at=expires_at,
                refresh_token=None if refresh_until is None else self._random.randbytes(32).hex(),
                refresh_expires_at=refresh_until,
            )
            # Tokens that expire are long JWTs, the older ones 64 hex digits: clients must take both as opaque text.
            value = self._random.randbytes(32).hex() if expires_at is None else self._jwt(token)
            token = replace(token, value=value)
            self._tokens[value] = token
            if token.refresh_token is not None:
                self._by_refresh[token.refresh_token] = value
            return token

    def find_refreshable(self, refresh_token: str) -> AccessToken | None:
        """Return the token that a live refresh token came with; that one may have expired."""
        with self._lock:
            token = self._tokens.get(self._by_refresh.get(refresh_token, ""))
            return token if token is not None and token.refreshable_at(self._clock.now()) else None

    def rotate(
        self, old: AccessToken, *, scopes: Iterable[str], expires_in: float, refresh_expires_in: float
    ) -> AccessToken:
        """Make a new pair and end the old one, its access token included. Raises KeyError when that is gone."""
        with self._lock:
            if old.value not in self._tokens:
                raise KeyError("this pair was revoked or rotated before")
            self.revoke(old)
            return self.issue(
                old.user_id,
                client_id=old.client_id,
                scopes=scopes,
                expires_in=expires_in,
                refresh_expires_in=refresh_expires_in,
            )

    def find(self, value: str) -> AccessToken | None:
        """Return a token that is alive, and note its use."""
        with self._lock:
            token = self._tokens.get(value)
            now = self._clock.now()
            if token is None or not token.works_at(now):
                return None
            used = replace(token, used_at=now.replace(microsecond=0))
            self._tokens[value] = used
            return used

    def tokens(self) -> list[AccessToken]:
        """Return all that were not revoked, expired ones included, in the order of their ids."""
        with self._lock:
            return list(self._tokens.values())

    def revoke(self, token: AccessToken) -> None:
        """End a token and its refresh token."""
        with self._lock:
            self._tokens.pop(token.value, None)
            self._by_refresh.pop(token.refresh_token or "", None)

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
