"""Who may ask: identity from the host alone, and proof that a cookie-borne write was meant.

A ``user_id`` in a request only ever confirms the identity. A browser sends cookies along with requests that other sites cause, so a
write identified by one must be JSON (which a foreign form cannot send) and must say that it comes from the same origin.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from flask import Request

from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.errors import AuthRequired, Forbidden
from atom_zendesk_plugin.web.parts import Parts

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_DEFAULT_PORTS = {"http": 80, "https": 443}


def require_caller(parts: Parts, request: Request) -> Caller:
    """Return who asks. Raises AuthRequired when the host does not say, Forbidden for a write that another site may have caused."""
    caller = known_caller(parts, request)
    if caller.via == "cookie" and request.method not in SAFE_METHODS:
        if not request.is_json:
            raise Forbidden(
                "A change from a signed-in browser must be sent as JSON, with Content-Type: application/json."
            )
        require_own_site(request)
    return caller


def known_caller(parts: Parts, request: Request) -> Caller:
    """Return who asks, whatever is asked for: the view has to see to other sites itself. Raises AuthRequired."""
    caller = parts.identify(request)
    if caller is None:
        raise AuthRequired
    return caller


def confirm(caller: Caller, claims: Iterable[object]) -> None:
    """Raise Forbidden when a ``user_id`` in the request names somebody else; empty ones say nothing."""
    for claim in claims:
        if claim not in (None, "", "current") and str(claim) != caller.user_id:
            raise Forbidden("user_id names somebody else than you: leave it out, or send current.", field="user_id")


def require_own_site(request: Request) -> None:
    """Raise Forbidden unless the browser says that one of this site's own pages caused the request."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site.lower() != "same-origin":
            raise Forbidden("This change came from another site; send it from ATOM's own pages.")
    elif not _is_own(request.headers.get("Origin", ""), request):
        raise Forbidden("A change from a signed-in browser must carry an Origin header of this site.")


def is_cross_site(request: Request) -> bool:
    """Tell whether the browser says that another site caused the request."""
    return request.headers.get("Sec-Fetch-Site", "").lower() == "cross-site"


def _is_own(origin: str, request: Request) -> bool:
    """Compare host and port. The scheme is left out: behind a TLS proxy this process sees http where the browser sees https."""
    try:
        theirs = urlsplit(origin)
        port = theirs.port or _DEFAULT_PORTS.get(theirs.scheme)
        own = urlsplit(f"//{request.host}")
        own_ports = {own.port} if own.port else set(_DEFAULT_PORTS.values())
    except ValueError:
        return False
    return bool(theirs.hostname) and theirs.hostname == own.hostname and port in own_ports
