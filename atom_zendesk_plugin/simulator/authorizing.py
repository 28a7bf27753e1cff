"""What an application must ask for at the consent page, and how the page answers it: by a redirect that carries the outcome.

Errors about the application or its address are never redirected; all others are. A further check is a row of ``_wrong_with``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from atom_zendesk_plugin.simulator.clients import OAuthClient

AUTHORIZE: Final = "/oauth/authorizations/new"

Parameters = Mapping[str, str]

_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")


class NoWayBack(ValueError):
    """The request can't be answered by a redirect: start again from the application, with a registered address."""


class SentBack(Exception):
    """The request is refused, and its application is told so: ``location`` is where."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """A request that may be put before a person. ``challenge`` None came without PKCE, ``state`` None without a state."""

    client: OAuthClient
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None
    challenge: str | None

    def answered(self, **outcome: str) -> str:
        return answer_address(self.redirect_uri, state=self.state, **outcome)


def read_request(told: Parameters, *, find_client: Callable[[str], OAuthClient | None]) -> AuthorizationRequest:
    """Check the parameters of the consent page; raises NoWayBack or SentBack."""
    client = find_client(told.get("client_id", ""))
    if client is None:
        raise NoWayBack("No application with this client_id is registered here.")
    redirect_uri, state = told.get("redirect_uri", ""), told.get("state")
    if redirect_uri not in client.redirect_uris:
        raise NoWayBack(f"This redirect_uri is not registered for {client.identifier}; it must match to the letter.")
    if (wrong := _wrong_with(told, client)) is not None:
        error, description = wrong
        raise SentBack(answer_address(redirect_uri, state=state, error=error, error_description=description))
    return AuthorizationRequest(
        client=client,
        redirect_uri=redirect_uri,
        scopes=tuple(dict.fromkeys(told["scope"].split())),
        state=state,
        challenge=told.get("code_challenge"),
    )


def answer_address(redirect_uri: str, *, state: str | None, **outcome: str) -> str:
    """Add an outcome to a redirect address, whose own query stays; the state comes back as it was sent."""
    told = outcome if state is None else {**outcome, "state": state}
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{urlencode(told)}"


def _wrong_with(told: Parameters, client: OAuthClient) -> tuple[str, str] | None:
    scopes = told.get("scope", "").split()
    method = told.get("code_challenge_method")
    rules = (
        ("response_type" in told, "invalid_request", "The parameter response_type is missing."),
        (told.get("response_type") == "code", "unsupported_response_type", "Only response_type=code is supported."),
        (bool(scopes), "invalid_scope", "The parameter scope is missing."),
        (not client.excess(scopes), "invalid_scope", "The scope exceeds what this application may ask for."),
        (method in {None, "S256"}, "invalid_request", "Only code_challenge_method=S256 is supported."),
        (
            client.kind == "confidential" or "code_challenge" in told,
            "invalid_request",
            "A public application must use PKCE: code_challenge is missing.",
        ),
        # A challenge without a method would be a plain one, a method without a challenge proves nothing.
        (
            ("code_challenge" in told) == (method is not None),
            "invalid_request",
            "code_challenge and code_challenge_method=S256 belong together.",
        ),
        (
            _CHALLENGE.fullmatch(told.get("code_challenge", "A" * 43)) is not None,
            "invalid_request",
            "code_challenge must be the 43 characters of a SHA-256 in base64url.",
        ),
    )
    return next(((error, description) for fine, error, description in rules if not fine), None)
