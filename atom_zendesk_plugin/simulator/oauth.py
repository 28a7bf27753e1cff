"""How access tokens are handed out, shown and revoked: the token endpoint and ``/api/v2/oauth/tokens``.

A further grant is a method and a row in ``OAuth.grants``.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Refusal, Route
from atom_zendesk_plugin.simulator.objects import Role
from atom_zendesk_plugin.simulator.paging import paginate
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.tokens import ANY_SCOPE, AccessToken, OAuthClient, TokenStore

SHORTEST: Final = 300
LONGEST: Final = 172_800
DEFAULT: Final = 1_800

Parameters = Mapping[str, Any]


class OAuth:
    """The routes that give and take tokens."""

    def __init__(self, tokens: TokenStore) -> None:
        self._tokens = tokens
        self.grants: dict[str, Callable[[Parameters], Answer]] = {"client_credentials": self._client_credentials}

    def routes(self) -> tuple[Route, ...]:
        one = "/api/v2/oauth/tokens/{id}"
        current = "/api/v2/oauth/tokens/current"
        every = "/api/v2/oauth/tokens"
        return (
            Route(method="POST", template="/oauth/tokens", handler=self.grant, agents_only=False, anonymous=True),
            Route(method="GET", template=every, handler=self.listing, agents_only=False),
            Route(method="POST", template=every, handler=self.create, admins_only=True),
            Route(method="GET", template=current, handler=self.show_current, scope=ANY_SCOPE, agents_only=False),
            Route(method="DELETE", template=current, handler=self.revoke_current, scope=ANY_SCOPE, agents_only=False),
            Route(method="GET", template=one, handler=self.show, agents_only=False),
            Route(method="DELETE", template=one, handler=self.revoke, agents_only=False),
        )

    def grant(self, desk: Desk, call: Call) -> Answer:
        """Answer the token endpoint: JSON and form bodies alike, errors in OAuth's own envelope."""
        told = _parameters(call)
        name = told.get("grant_type")
        if not name:
            raise _refused(400, "invalid_request", "The parameter grant_type is missing.")
        answer = self.grants.get(str(name))
        if answer is None:
            raise _refused(400, "unsupported_grant_type", "This grant type is not supported.")
        return answer(told)

    def _client_credentials(self, told: Parameters) -> Answer:
        client = self._client(told)
        if client.kind == "public":
            raise _refused(400, "unauthorized_client", "A public client can't use this grant type.")
        scopes = _scopes(told, client)
        lifetime = _lifetime(told)
        token = self._tokens.issue(client.user_id, client_id=client.id, scopes=scopes, expires_in=lifetime)
        body: Json = {"access_token": token.value, "token_type": "bearer", "scope": " ".join(token.scopes)}
        if told.get("expires_in") is not None:
            # The service tells the lifetime only to those who asked for one.
            body["expires_in"] = lifetime
        return Answer(201, body, {"cache-control": "no-store"})

    def _client(self, told: Parameters) -> OAuthClient:
        client = self._tokens.find_client(str(told.get("client_id", "")))
        secret = str(told.get("client_secret", ""))
        fine = client is not None and (
            client.kind == "public" or hmac.compare_digest(client.secret.encode(), secret.encode(errors="replace"))
        )
        if client is None or not fine:
            raise _refused(401, "invalid_client", "Client authentication failed: unknown client or wrong secret.")
        return client

    def listing(self, desk: Desk, call: Call) -> Answer:
        rows = self._tokens.tokens()
        if not (call.params.get("all") == "true" and self._is_admin(desk, call)):
            rows = [token for token in rows if token.user_id == call.actor_id]
        if wanted := call.params.get("client_id"):
            rows = [token for token in rows if str(token.client_id) == wanted]
        return paginate(call, rows, key="tokens", render=lambda token: _shown(token, call), identity=lambda t: t.id)

    def create(self, desk: Desk, call: Call) -> Answer:
        """Make a token directly; here ``client_id`` is the client's number, and the whole token is told once."""
        told = call.body.get("token") if isinstance(call.body, dict) else None
        told = told if isinstance(told, dict) else {}
        client_id, scopes = told.get("client_id"), told.get("scopes")
        client = self._tokens.find_client_by_id(client_id) if isinstance(client_id, int) else None
        if client is None:
            raise Refusal.invalid(client=("Client: is invalid", "InvalidValue"))
        if not (isinstance(scopes, list) and scopes and all(isinstance(scope, str) for scope in scopes)):
            raise Refusal.invalid(scopes=("Scopes: cannot be blank", "BlankValue"))
        assert call.actor_id is not None
        token = self._tokens.issue(call.actor_id, client_id=client.id, scopes=scopes)
        shown = _shown(token, call)
        return Answer(201, {"token": {**shown, "token": token.value}}, {"location": shown["url"]})

    def show_current(self, desk: Desk, call: Call) -> Answer:
        return Answer(200, {"token": _shown(self._current(call), call)})

    def revoke_current(self, desk: Desk, call: Call) -> Answer:
        self._tokens.revoke(self._current(call))
        return Answer(204)

    def show(self, desk: Desk, call: Call) -> Answer:
        return Answer(200, {"token": _shown(self._get(desk, call), call)})

    def revoke(self, desk: Desk, call: Call) -> Answer:
        self._tokens.revoke(self._get(desk, call))
        return Answer(204)

    def _current(self, call: Call) -> AccessToken:
        token = self._tokens.current(call.headers.get("Authorization"))
        if token is None:
            raise Refusal.not_found()
        return token

    def _get(self, desk: Desk, call: Call) -> AccessToken:
        wanted = call.id()
        for token in self._tokens.tokens():
            if token.id == wanted and (token.user_id == call.actor_id or self._is_admin(desk, call)):
                return token
        raise Refusal.not_found()

    @staticmethod
    def _is_admin(desk: Desk, call: Call) -> bool:
        return call.actor_id is not None and desk.users[call.actor_id].role is Role.ADMIN


def _parameters(call: Call) -> Parameters:
    if isinstance(call.body, dict) and call.body:
        return call.body
    if "form" in call.headers.get("Content-Type", ""):
        return dict(parse_qsl(call.raw.decode("utf-8", errors="replace"), keep_blank_values=True))
    return {}


def _scopes(told: Parameters, client: OAuthClient) -> list[str]:
    scopes = str(told.get("scope") or "read").split()
    if client.allowed_scopes is not None and (
        extra := [scope for scope in scopes if scope not in client.allowed_scopes]
    ):
        raise _refused(400, "invalid_scope", f"The requested scope is not allowed for this client: {' '.join(extra)}")
    return scopes


def _lifetime(told: Parameters) -> int:
    asked = told.get("expires_in")
    if asked is None:
        return DEFAULT
    text = "" if isinstance(asked, bool) else str(asked)
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and SHORTEST <= int(text) <= LONGEST):
        raise _refused(400, "invalid_request", f"expires_in must lie between {SHORTEST} and {LONGEST} seconds.")
    return int(text)


def _refused(status: int, error: str, description: str) -> Refusal:
    return Refusal(Answer(status, {"error": error, "error_description": description}, {"cache-control": "no-store"}))


def _shown(token: AccessToken, call: Call) -> Json:
    return {
        "url": f"{call.base_url}/api/v2/oauth/tokens/{token.id}.json",
        "id": token.id,
        "user_id": token.user_id,
        "client_id": token.client_id,
        "token": token.value[:10],
        "refresh_token": None,
        "scopes": list(token.scopes),
        "created_at": _stamp(token.created_at),
        "used_at": None if token.used_at is None else _stamp(token.used_at),
        "expires_at": None if token.expires_at is None else _stamp(token.expires_at),
        "refresh_token_expires_at": None,
    }


def _stamp(at: Any) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
