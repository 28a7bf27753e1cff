"""The token endpoint: how codes, refresh tokens and client secrets are traded for tokens.

A further grant is a method and a row in ``OAuth.grants``.
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from atom_zendesk_plugin.simulator.clients import OAuthClient
from atom_zendesk_plugin.simulator.codes import Code, CodeStore, proves
from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Refusal, Route
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.tokens import ANY_SCOPE, AccessToken, TokenStore
from atom_zendesk_plugin.simulator.wire import parameters

ACCESS: Final = "expires_in"
REFRESH: Final = "refresh_token_expires_in"

LIVES: Final = {ACCESS: (300, 172_800, 1_800), REFRESH: (604_800, 7_776_000, 2_592_000)}
"""Shortest, longest and default life in seconds, by the name of the parameter that asks for one."""

Parameters = Mapping[str, Any]


class OAuth:
    """The route that gives tokens. ``granted`` and ``refused`` count its answers by grant type, under the desk's lock."""

    def __init__(self, tokens: TokenStore, codes: CodeStore) -> None:
        self._tokens = tokens
        self._codes = codes
        self.granted: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.grants: dict[str, Callable[[Desk, Parameters], Answer]] = {
            "authorization_code": self._authorization_code,
            "client_credentials": self._client_credentials,
            "refresh_token": self._refresh_token,
        }

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(
                method="POST",
                template="/oauth/tokens",
                handler=self.grant,
                scope=ANY_SCOPE,
                agents_only=False,
                anonymous=True,
            ),
        )

    def grant(self, desk: Desk, call: Call) -> Answer:
        """Answer the token endpoint: JSON and form bodies alike, errors in OAuth's own envelope."""
        told = parameters(call)
        name = str(told.get("grant_type") or "")
        if not name:
            raise _refused(400, "invalid_request", "The parameter grant_type is missing.")
        if name not in self.grants:
            raise _refused(400, "unsupported_grant_type", "This grant type is not supported.")
        try:
            answer = self.grants[name](desk, told)
        except Refusal:
            self.refused[name] += 1
            raise
        self.granted[name] += 1
        return answer

    def _authorization_code(self, desk: Desk, told: Parameters) -> Answer:
        """Trade a code. Used a second time it is refused, and the tokens of the first time stay.

        Whether the service ends those, as RFC 6749 recommends, is not known.
        """
        client = self._client(told, secret_needed=False)
        code = self._codes.find(str(told.get("code", "")))
        if code is None or not _is_active(desk, code.user_id):
            raise _invalid_grant("The code is unknown, expired or was used before.")
        if client.kind == "confidential" and not told.get("client_secret") and code.request.challenge is None:
            raise _invalid_client()
        _check_proof(code, client, told)
        scopes = client.handed_out(_scopes(told, client, had=code.request.scopes))
        access, refresh = _life(told, ACCESS), _life(told, REFRESH)
        self._codes.spend(code)
        token = self._tokens.issue(
            code.user_id, client_id=client.id, scopes=scopes, expires_in=access, refresh_expires_in=refresh
        )
        return _given(token, told, **{ACCESS: access, REFRESH: refresh})

    def _refresh_token(self, desk: Desk, told: Parameters) -> Answer:
        """Trade a refresh token for a new pair. A spent one is refused, and its successors go on working."""
        client = self._client(told)
        old = self._tokens.find_refreshable(str(told.get("refresh_token", "")))
        if old is None or old.client_id != client.id or not _is_active(desk, old.user_id):
            raise _invalid_grant("The refresh token is unknown, expired, revoked, another client's or was used before.")
        scopes = client.handed_out(_scopes(told, client, had=old.scopes))
        access, refresh = _life(told, ACCESS), _life(told, REFRESH)
        token = self._tokens.rotate(old, scopes=scopes, expires_in=access, refresh_expires_in=refresh)
        return _given(token, told, **{ACCESS: access, REFRESH: refresh})

    def _client_credentials(self, desk: Desk, told: Parameters) -> Answer:
        client = self._client(told)
        if client.kind == "public":
            raise _refused(400, "unauthorized_client", "A public client can't use this grant type.")
        scopes = client.handed_out(_scopes(told, client, had=None))
        access = _life(told, ACCESS)
        token = self._tokens.issue(client.user_id, client_id=client.id, scopes=scopes, expires_in=access)
        return _given(token, told, **{ACCESS: access})

    def _client(self, told: Parameters, *, secret_needed: bool = True) -> OAuthClient:
        """Return who asks. A secret that is sent must be right, and a public client has none to send."""
        client = self._tokens.find_client(str(told.get("client_id", "")))
        secret = str(told.get("client_secret") or "")
        if client is None:
            raise _invalid_client()
        if client.kind == "public":
            fine = not secret
        elif secret:
            fine = hmac.compare_digest(client.secret.encode(), secret.encode(errors="replace"))
        else:
            fine = not secret_needed
        if not fine:
            raise _invalid_client()
        return client


def _check_proof(code: Code, client: OAuthClient, told: Parameters) -> None:
    asked = code.request
    if asked.client.id != client.id or asked.redirect_uri != str(told.get("redirect_uri", "")):
        raise _invalid_grant("The code was given to another client or another redirect_uri.")
    if asked.challenge is not None and not proves(str(told.get("code_verifier", "")), challenge=asked.challenge):
        raise _invalid_grant("The code_verifier does not belong to the code_challenge.")


def _scopes(told: Parameters, client: OAuthClient, *, had: tuple[str, ...] | None) -> tuple[str, ...]:
    """Return the scopes asked for; ``had`` are those agreed to, which may be narrowed and are the default."""
    asked = tuple(dict.fromkeys(str(told.get("scope") or "").split()))
    if extra := client.excess(asked):
        raise _refused(400, "invalid_scope", f"The requested scope is not allowed for this client: {' '.join(extra)}")
    if had is None:
        return asked or ("read",)
    if extra := _widening(asked, had):
        raise _refused(400, "invalid_scope", f"The requested scope exceeds what was granted: {' '.join(extra)}")
    return asked or had


def _widening(asked: Iterable[str], had: Iterable[str]) -> list[str]:
    """Return what goes beyond ``had``; ``tickets:read`` is part of ``read``."""
    return [scope for scope in asked if not {scope, scope.rpartition(":")[2]} & set(had)]


def _life(told: Parameters, name: str) -> int:
    shortest, longest, default = LIVES[name]
    asked = told.get(name)
    if asked is None:
        return default
    text = "" if isinstance(asked, bool) else str(asked)
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and shortest <= int(text) <= longest):
        raise _refused(400, "invalid_request", f"{name} must lie between {shortest} and {longest} seconds.")
    return int(text)


def _given(token: AccessToken, told: Parameters, **lives: int) -> Answer:
    body: Json = {"access_token": token.value, "token_type": "bearer", "scope": " ".join(token.scopes)}
    if token.refresh_token is not None:
        body["refresh_token"] = token.refresh_token
    # The service tells a life only to those who asked for one.
    body |= {name: life for name, life in lives.items() if told.get(name) is not None}
    return Answer(201, body, {"cache-control": "no-store"})


def _is_active(desk: Desk, user_id: int) -> bool:
    return user_id in desk.users and desk.users[user_id].active


def _invalid_grant(description: str) -> Refusal:
    return _refused(400, "invalid_grant", description)


def _invalid_client() -> Refusal:
    return _refused(401, "invalid_client", "Client authentication failed: unknown client or wrong secret.")


def _refused(status: int, error: str, description: str) -> Refusal:
    return Refusal(Answer(status, {"error": error, "error_description": description}, {"cache-control": "no-store"}))
