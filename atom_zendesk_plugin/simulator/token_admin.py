"""``/api/v2/oauth/tokens``: how tokens are shown, made directly and revoked. A token's secrets are cut to ten characters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Refusal, Route
from atom_zendesk_plugin.simulator.objects import Role
from atom_zendesk_plugin.simulator.paging import paginate
from atom_zendesk_plugin.simulator.render.frame import address, stamp
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.tokens import ANY_SCOPE, AccessToken, TokenStore

SHOWN: Final = 10


@dataclass(slots=True)
class Quirks:
    """Misbehaviour that was reported of the service and that is off unless asked for.

    ``current_delete_lies``: deleting ``tokens/current`` answers 204, and the token goes on working.
    """

    current_delete_lies: bool = False


class TokenAdmin:
    """The routes that show and revoke tokens."""

    def __init__(self, tokens: TokenStore, quirks: Quirks) -> None:
        self._tokens = tokens
        self._quirks = quirks

    def routes(self) -> tuple[Route, ...]:
        one = "/api/v2/oauth/tokens/{id}"
        current = "/api/v2/oauth/tokens/current"
        every = "/api/v2/oauth/tokens"
        return (
            Route(method="GET", template=every, handler=self.listing, agents_only=False),
            Route(method="POST", template=every, handler=self.create, admins_only=True),
            Route(method="GET", template=current, handler=self.show_current, scope=ANY_SCOPE, agents_only=False),
            Route(method="DELETE", template=current, handler=self.revoke_current, scope=ANY_SCOPE, agents_only=False),
            Route(method="GET", template=one, handler=self.show, agents_only=False),
            Route(method="DELETE", template=one, handler=self.revoke, agents_only=False),
        )

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
        token = self._current(call)
        # https://developer.zendesk.com/api-reference/ticketing/oauth/oauth_tokens/ promises more than some accounts saw happen.
        if not self._quirks.current_delete_lies:
            self._tokens.revoke(token)
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


def _shown(token: AccessToken, call: Call) -> Json:
    return {
        "url": address(call, f"oauth/tokens/{token.id}"),
        "id": token.id,
        "user_id": token.user_id,
        "client_id": token.client_id,
        "token": token.value[:SHOWN],
        "refresh_token": None if token.refresh_token is None else token.refresh_token[:SHOWN],
        "scopes": list(token.scopes),
        "created_at": stamp(token.created_at),
        "used_at": stamp(token.used_at),
        "expires_at": stamp(token.expires_at),
        "refresh_token_expires_at": stamp(token.refresh_expires_at),
    }
