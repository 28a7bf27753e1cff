"""How a test steers credentials over HTTP: tokens counted and revoked, scopes of an application changed, quirks turned on."""

from __future__ import annotations

from typing import Any

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Refusal, Route
from atom_zendesk_plugin.simulator.oauth import OAuth
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.token_admin import Quirks
from atom_zendesk_plugin.simulator.tokens import TokenStore


class TokenControl:
    """The control routes of one simulator's credentials."""

    def __init__(self, tokens: TokenStore, oauth: OAuth, quirks: Quirks) -> None:
        self._tokens = tokens
        self._oauth = oauth
        self._quirks = quirks

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(method="GET", template="/_simulator/tokens", handler=self.count),
            Route(method="POST", template="/_simulator/tokens/revoke", handler=self.revoke),
            Route(method="POST", template="/_simulator/clients/{identifier}/scopes", handler=self.change_scopes),
            Route(method="GET", template="/_simulator/quirks", handler=self.tell_quirks),
            Route(method="PUT", template="/_simulator/quirks", handler=self.change_quirks),
        )

    def count(self, desk: Desk, call: Call) -> Answer:
        """Count live tokens by user, and the answers of the token endpoint by grant type; an answer that got lost counts."""
        with desk.lock:
            now = desk.clock.now()
            live: dict[int, Json] = {}
            for token in self._tokens.tokens():
                row = live.setdefault(token.user_id, {"user_id": token.user_id, "access": 0, "refresh": 0})
                row["access"] += token.works_at(now)
                row["refresh"] += token.refreshable_at(now)
            body = {
                "live": [row for row in live.values() if row["access"] or row["refresh"]],
                "granted": {name: self._oauth.granted[name] for name in self._oauth.grants},
                "refused": {name: self._oauth.refused[name] for name in self._oauth.grants},
            }
        return Answer(200, body)

    def revoke(self, desk: Desk, call: Call) -> Answer:
        """Revoke every token of a user, or of everybody; returns how many."""
        user_id = call.body.get("user_id")
        if "user_id" not in call.body or isinstance(user_id, bool) or not isinstance(user_id, int | None):
            raise _refused('give {"user_id": id}, or null for everybody')
        with desk.lock:
            if user_id is not None and user_id not in desk.users:
                raise _refused(f"no user has the id {user_id}")
            gone = [token for token in self._tokens.tokens() if user_id in {None, token.user_id}]
            for token in gone:
                self._tokens.revoke(token)
        return Answer(200, {"revoked": len(gone)})

    def change_scopes(self, desk: Desk, call: Call) -> Answer:
        """Change what an application may ask for (``allowed``) or silently gets (``granted``); what is left out stays."""
        told = call.body
        if not told or not set(told) <= {"allowed", "granted"} or not all(_is_list(value) for value in told.values()):
            raise _refused('give {"allowed": [scope, ...] or null, "granted": [scope, ...] or null}, or one of them')
        with desk.lock:
            client = self._tokens.find_client(call.ids["identifier"])
            if client is None:
                raise Refusal.not_found()
            client = self._tokens.change_scopes(
                client,
                allowed=_as_set(told["allowed"]) if "allowed" in told else client.allowed_scopes,
                granted=_as_set(told["granted"]) if "granted" in told else client.granted_scopes,
            )
        return Answer(200, {"allowed": _as_list(client.allowed_scopes), "granted": _as_list(client.granted_scopes)})

    def tell_quirks(self, desk: Desk, call: Call) -> Answer:
        return Answer(200, {"current_delete_lies": self._quirks.current_delete_lies})

    def change_quirks(self, desk: Desk, call: Call) -> Answer:
        told = call.body.get("current_delete_lies")
        if not isinstance(told, bool):
            raise _refused('give {"current_delete_lies": true or false}')
        self._quirks.current_delete_lies = told
        return self.tell_quirks(desk, call)


def _is_list(told: Any) -> bool:
    return told is None or (isinstance(told, list) and all(isinstance(scope, str) for scope in told))


def _as_set(told: list[str] | None) -> frozenset[str] | None:
    return None if told is None else frozenset(told)


def _as_list(scopes: frozenset[str] | None) -> list[str] | None:
    return None if scopes is None else sorted(scopes)


def _refused(description: str) -> Refusal:
    return Refusal(Answer(422, {"error": "Unprocessable Entity", "description": description}))
