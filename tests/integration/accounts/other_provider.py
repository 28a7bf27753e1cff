"""An OAuth provider that is not our simulator: Authlib's own authorization server, with codes, PKCE and rotating refresh tokens.

It lives at Zendesk's paths, because those are what the plugin asks; what it says and refuses is Authlib's.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import authlib
import flask
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin, grants
from authlib.oauth2.rfc7636 import CodeChallenge

CLIENT, SECRET = "authlib-client", "a secret of the provider's own"


class Client(ClientMixin):  # type: ignore[misc]  # Authlib has no types
    def __init__(self, redirect_uri: str) -> None:
        self.redirect_uri = redirect_uri

    def get_client_id(self) -> str:
        return CLIENT

    def get_default_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self.redirect_uri

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_post"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in ("authorization_code", "refresh_token")


class Code:
    def __init__(self, code: str) -> None:
        # Flask's request, not Authlib's: that one has another form in each of its versions.
        asked = flask.request.args
        self.code, self.redirect_uri, self.scope = code, asked["redirect_uri"], asked["scope"]
        self.code_challenge, self.code_challenge_method = asked.get("code_challenge"), asked.get("code_challenge_method")

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope


class Token(TokenMixin):  # type: ignore[misc]  # as above
    def __init__(self, told: dict[str, Any]) -> None:
        self.told, self.dead = told, False

    def check_client(self, client: Client) -> bool:
        return client.get_client_id() == CLIENT

    def get_scope(self) -> str:
        return str(self.told["scope"])

    def get_expires_in(self) -> int:
        return int(self.told["expires_in"])

    def is_expired(self) -> bool:
        return self.dead

    def is_revoked(self) -> bool:
        return self.dead


class Provider:
    """The provider as a WSGI application; ``tokens`` are all it ever gave."""

    def __init__(self, redirect_uri: str) -> None:
        self.client = Client(redirect_uri)
        self.codes: dict[str, Code] = {}
        self.tokens: list[Token] = []
        self.refusals: list[str] = []
        self.app = flask.Flask("provider", static_folder=None)
        self.app.config["OAUTH2_REFRESH_TOKEN_GENERATOR"] = True
        server = AuthorizationServer(
            self.app, query_client=lambda client_id: self.client if client_id == CLIENT else None, save_token=self._save
        )
        server.register_grant(_code_grant(self), [CodeChallenge(required=True)])
        server.register_grant(_refresh_grant(self))
        self.server = server
        self.app.add_url_rule("/oauth/authorizations/new", "consent", self._consent)
        self.app.add_url_rule("/oauth/tokens", "token", server.create_token_response, methods=["POST"])
        self.app.add_url_rule("/api/v2/users/me.json", "me", self._me)
        self.app.add_url_rule("/api/v2/users/me", "me2", self._me)

    def _consent(self) -> flask.Response:
        """Agree at once, as the one user there is."""
        asked = self.server.get_consent_grant(end_user="u")
        respond = self.server.create_authorization_response
        # The oldest Authlib looks the grant up itself.
        known = {} if authlib.__version__.startswith("1.3.") else {"grant": asked}
        answer: flask.Response = respond(grant_user="u", **known)
        return answer

    def _save(self, told: dict[str, Any], _request: Any) -> None:
        self.tokens.append(Token(told))

    def find(self, kind: str, value: str) -> Token | None:
        return next((token for token in self.tokens if token.told.get(kind) == value and not token.dead), None)

    def _me(self) -> tuple[flask.Response, int]:
        value = flask.request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.find("access_token", value) is None:
            return flask.jsonify(error="invalid_token"), 401
        return flask.jsonify(user={"id": 77, "name": "Pat Provider", "role": "agent", "email": "pat@example.com", "active": True}), 200


def _code_grant(provider: Provider) -> type:
    class CodeGrant(grants.AuthorizationCodeGrant):  # type: ignore[misc]  # as above
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_post",)

        def save_authorization_code(self, code: str, _request: Any) -> None:
            provider.codes[code] = Code(code)

        def query_authorization_code(self, code: str, client: Client) -> Code | None:
            return provider.codes.get(code)

        def delete_authorization_code(self, authorization_code: Code) -> None:
            provider.codes.pop(authorization_code.code, None)

        def authenticate_user(self, authorization_code: Code) -> str:
            return "u"

    return CodeGrant


def _refresh_grant(provider: Provider) -> type:
    class RefreshGrant(grants.RefreshTokenGrant):  # type: ignore[misc]  # as above
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_post",)
        INCLUDE_NEW_REFRESH_TOKEN = True

        def authenticate_refresh_token(self, refresh_token: str) -> Token | None:
            return provider.find("refresh_token", refresh_token)

        def authenticate_user(self, refresh_token: Token) -> str:
            return "u"

        def revoke_old_credential(self, refresh_token: Token) -> None:
            refresh_token.dead = True

    return RefreshGrant


def redirect_of(app: flask.Flask, url: str) -> str:
    """Open the provider's consent address, which agrees at once, and return where it sends the browser."""
    parts = urlsplit(url)
    answer = app.test_client().get(f"{parts.path}?{parts.query}", base_url=f"{parts.scheme}://{parts.netloc}")
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return answer.headers["Location"]


