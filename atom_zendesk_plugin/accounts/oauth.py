"""OAuth as Zendesk speaks it, through Authlib: the address of the consent page, and the two calls to the token endpoint.

Authlib brings PKCE and the form of the requests. Three things are Zendesk's own: the request is JSON, any 2xx is a success, and there is
no discovery. Everything is sent over the account's transport, so nothing leaves its host or outlives the deadline.
Nothing here keeps a token, and no other module imports Authlib.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import parse_qsl, urlencode

import msgspec
from authlib.integrations.requests_client import OAuth2Session, OAuthError
from werkzeug.utils import redirect

from atom_zendesk_plugin.accounts.terms import OAuthClient, Terms
from atom_zendesk_plugin.client.carrying import CarriedResponse, TransportAdapter, Unanswered
from atom_zendesk_plugin.client.credentials import TOKENS
from atom_zendesk_plugin.client.failures import read_complaint
from atom_zendesk_plugin.client.grants import Granted
from atom_zendesk_plugin.client.reply import NoReply, Reply

if TYPE_CHECKING:
    from authlib.integrations.flask_client import OAuth
    from werkzeug.wrappers import Response

    from atom_zendesk_plugin.client.transport import Transport

AUTHORIZE: Final = "/oauth/authorizations/new"
REGISTERED_AS: Final = "zendesk"
_NUMBERS: Final = ("expires_in", "refresh_token_expires_in")


@dataclass(frozen=True, slots=True)
class NotGranted:
    """The token endpoint gave no token: its answer, or that there was none (``lost`` may have taken effect)."""

    answer: Reply | NoReply
    code: str | None = None


class TokenEndpoint:
    """One account's OAuth, for one client. Safe to share between threads: each call has a session of its own."""

    def __init__(self, transport: Transport, client: OAuthClient, terms: Terms) -> None:
        self._transport, self._client, self.terms = transport, client, terms

    @property
    def client_id(self) -> str:
        """The client's unique identifier."""
        return self._client.id

    def authorize_url(self, *, state: str, verifier: str, redirect_uri: str) -> str:
        """Return the address of the consent page. The verifier is not in it, its S256 challenge is."""
        session = self._session(redirect_uri=redirect_uri, deadline=None)
        url, _ = session.create_authorization_url(
            self._transport.account.base_url + AUTHORIZE, state=state, code_verifier=verifier
        )
        return str(url)

    def exchange(self, *, code: str, verifier: str, redirect_uri: str, deadline: float | None) -> Granted | NotGranted:
        """Trade a code for tokens. A code works once, so this is never repeated."""
        session = self._session(redirect_uri=redirect_uri, deadline=deadline)
        return _granted(
            lambda: session.fetch_token(
                self._url, grant_type="authorization_code", code=code, code_verifier=verifier, scope=session.scope,
                allow_redirects=False, **self._lives(),
            )
        )  # fmt: skip

    def refresh(
        self, refresh_token: str, *, scopes: Sequence[str], deadline: float | None
    ) -> Granted | NotGranted:
        """Trade a refresh token for a new pair with the scopes the old one has; a success ends the old pair at once."""
        session = self._session(redirect_uri=None, deadline=deadline)
        # Asking for more than was granted would be refused, and the connection lost with it.
        scope = " ".join(scopes)
        return _granted(
            lambda: session.refresh_token(
                self._url, refresh_token=refresh_token, scope=scope, allow_redirects=False, **self._lives()
            )
        )

    @property
    def _url(self) -> str:
        return self._transport.account.base_url + TOKENS

    def _lives(self) -> dict[str, int]:
        # Zendesk tells how long tokens live only to those who ask for a life.
        return {"expires_in": self.terms.access_life, "refresh_token_expires_in": self.terms.refresh_life}

    def _session(self, *, redirect_uri: str | None, deadline: float | None) -> OAuth2Session:
        session = OAuth2Session(
            self._client.id,
            self._client.secret,
            scope=" ".join(self.terms.scopes),
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            token_endpoint_auth_method=self._sign,
        )
        session.trust_env = False  # the transport decides about proxies; ~/.netrc is nobody's business here
        for scheme in ("https://", "http://"):
            session.mount(scheme, TransportAdapter(self._transport, deadline=deadline))
        for hook in ("access_token_response", "refresh_token_response"):
            session.register_compliance_hook(hook, _only_success)
        return session

    def _sign(self, client: Any, method: str, uri: str, headers: Any, body: Any) -> tuple[str, dict[str, str], bytes]:
        """Put client and secret into the body, the only place Zendesk documents, and write the body in the chosen form."""
        text = body.decode() if isinstance(body, bytes) else body or ""
        fields: dict[str, Any] = dict(parse_qsl(text, keep_blank_values=True)) | {"client_id": client.client_id}
        if client.client_secret:
            fields["client_secret"] = client.client_secret
        if not self.terms.as_json:
            return uri, {**headers, "Content-Type": "application/x-www-form-urlencoded"}, urlencode(fields).encode()
        fields |= {name: int(fields[name]) for name in _NUMBERS if name in fields}
        return uri, {**headers, "Content-Type": "application/json"}, msgspec.json.encode(fields)


def register_client(registry: OAuth, *, start: Callable[[], str], client_id: str | None, base_url: str | None) -> None:
    """Put a client into a host's Authlib registry, under ``zendesk``; does nothing when one is there.

    Authlib's own would keep state and verifier in the browser's cookie and hand the token to whoever asks. This one sends the browser
    to ``start()``, where the plugin begins the sign-in itself.
    """
    from authlib.integrations.flask_client import FlaskOAuth2App

    class ZendeskOAuth(FlaskOAuth2App):  # type: ignore[misc]  # Authlib has no types
        """The registered client; ``authorize_redirect(account=...)`` may name one of several accounts."""

        def authorize_redirect(self, redirect_uri: str | None = None, *, account: str | None = None, **_: Any) -> Response:
            query = f"?{urlencode({'account': account})}" if account else ""
            return redirect(f"{start()}{query}")

        def authorize_access_token(self, **_: Any) -> NoReturn:
            raise OAuthError(description="Zendesk's answer goes to the plugin's own callback, which keeps the token.")

    if registry.create_client(REGISTERED_AS) is None:
        registry.register(
            REGISTERED_AS, client_cls=ZendeskOAuth, client_id=client_id,
            authorize_url=f"{base_url}{AUTHORIZE}" if base_url else None,
            access_token_url=f"{base_url}{TOKENS}" if base_url else None,
        )  # fmt: skip


class _Refused(Exception):
    """The endpoint's answer is not a success; raised through Authlib, which would take it for a token."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply


def _only_success(response: CarriedResponse) -> CarriedResponse:
    if not response.reply.ok:
        raise _Refused(response.reply)
    return response


def _granted(ask: Callable[[], Any]) -> Granted | NotGranted:
    """Ask, and read what Authlib made of the answer; whatever is not a usable token is a NotGranted."""
    try:
        return msgspec.convert(dict(ask()), Granted)
    except _Refused as refused:
        return NotGranted(refused.reply, read_complaint(refused.reply.body).code)
    except Unanswered as error:
        return NotGranted(error.lost)
    except (OAuthError, msgspec.MsgspecError, TypeError, ValueError, OverflowError, RecursionError):
        # A 2xx that holds no token, or is no JSON, or rubbish: what happened at Zendesk is not known.
        return NotGranted(NoReply("lost", "UnreadableAnswer"))
