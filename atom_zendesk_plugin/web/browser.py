"""Which browser a request comes from: a random secret in a cookie, so that a sign-in ends where it was begun.

It says nothing of who the person is. The same secret keys the tokens of our forms, so it lasts as long as the browser runs: a form may
wait while somebody looks something up in Zendesk. How long a sign-in may take is the state's matter.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Request, Response

from atom_zendesk_plugin.config import Settings

SECRET_BYTES = 32
_WELL_FORMED = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


def new_secret(*, draw: Callable[[int], str] = secrets.token_urlsafe) -> str:
    """Return a secret of 256 random bits; ``draw`` makes URL-safe text of that many bytes."""
    return draw(SECRET_BYTES)


def find_secret(request: Request, settings: Settings) -> str | None:
    """Return the secret of the browser's cookie; None when it has none, or one that we never gave."""
    found = request.cookies.get(cookie_name(settings), "")
    return found if _WELL_FORMED.fullmatch(found) else None


def keep_secret(response: Response, secret: str, settings: Settings) -> None:
    """Give the browser this secret, until it is closed."""
    response.set_cookie(
        cookie_name(settings),
        secret,
        path="/",
        secure=_over_tls(settings),
        httponly=True,
        # Lax, not Strict: Zendesk's page sends the browser back, and the cookie has to come along.
        samesite="Lax",
    )


def cookie_name(settings: Settings) -> str:
    """Return the cookie's name. Browsers take ``__Host-`` only over TLS and from this host alone, so no sibling can plant it."""
    return "__Host-atom_zendesk" if _over_tls(settings) else "atom_zendesk"


def _over_tls(settings: Settings) -> bool:
    # Behind a TLS proxy this process sees http; where the browser really is, the redirect address says.
    return urlsplit(settings.redirect_uri).scheme == "https"
