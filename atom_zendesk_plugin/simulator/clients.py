"""The applications registered on an account: where each may be answered, and what it may ask for.

Redirect addresses follow the service: absolute, https (http only for this machine), compared as exact strings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Literal

ClientKind = Literal["public", "confidential"]

_REDIRECT: Final = re.compile(
    r"(https://[a-z0-9.-]+|http://(localhost|127\.0\.0\.1))(:[0-9]{1,5})?([/?][!-\"$-~]*)?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthClient:
    """An application registered on the account. ``allowed_scopes`` None lets it ask for anything.

    ``user_id`` is whom a client-credentials token acts for. ``granted_scopes`` is a ceiling nobody is told about: tokens
    silently lack what is not in it, as the service is known to do; None hands out all that was asked for.
    """

    id: int
    identifier: str
    secret: str = field(repr=False)
    user_id: int
    kind: ClientKind = "confidential"
    redirect_uris: tuple[str, ...] = ()
    allowed_scopes: frozenset[str] | None = None
    granted_scopes: frozenset[str] | None = None

    def excess(self, scopes: Iterable[str]) -> list[str]:
        """Return what this application may not ask for."""
        return [] if self.allowed_scopes is None else [scope for scope in scopes if scope not in self.allowed_scopes]

    def handed_out(self, scopes: Iterable[str]) -> tuple[str, ...]:
        """Return what is left of scopes that were agreed to."""
        return tuple(scope for scope in scopes if self.granted_scopes is None or scope in self.granted_scopes)


def check_redirect_uri(uri: str) -> None:
    """Raise ValueError for an address that Admin Center would not take."""
    if not _REDIRECT.fullmatch(uri):
        raise ValueError(
            f"{uri!r} can't be registered as a redirect address: give an absolute https address without a fragment, "
            "or an http one on localhost or 127.0.0.1"
        )
