"""Telling a browser that opens a page from a program that wants JSON, and sending browsers elsewhere.

Where a browser is sent is decided by the settings and by the account, never by anything in a request.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit, urlunsplit

from flask import Request, Response


def opens_a_page(request: Request) -> bool:
    """Tell whether a person's browser is going to this address, as opposed to a script or a program asking for it."""
    if request.headers.get("Sec-Fetch-Mode", "").lower() == "navigate":
        return True
    return request.accept_mimetypes.best_match(("application/json", "text/html")) == "text/html"


def send_to(address: str, *, status: int = 302) -> Response:
    """Return a redirect that no cache keeps and that tells the next page nothing of this address, which may hold a code."""
    headers = {"Location": address, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return Response(status=status, headers=headers, mimetype="text/html")


def with_query(address: str, parameters: Mapping[str, str]) -> str:
    """Return an address with these parameters added to its query; a path stays a path."""
    parts = urlsplit(address)
    query = "&".join(part for part in (parts.query, urlencode(parameters)) if part)
    return urlunsplit(parts._replace(query=query))


def on_host(address: str, request: Request) -> str:
    """Return the address as the browser has to ask for it: a path is one of the host, wherever that is mounted."""
    return f"{request.script_root}{address}" if address.startswith("/") else address
