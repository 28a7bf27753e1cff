"""Proof that a form was sent from our own page, by the person it was shown to: a token over browser, person and purpose.

Callers identified by a bearer header need none, because no other site can make a browser send one.
"""

from __future__ import annotations

import hmac

import msgspec
from flask import Request

from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.errors import Forbidden
from atom_zendesk_plugin.web.identity import require_own_site

FIELD = "token"


class FormStale(Forbidden):
    """This form was open for too long, or was not shown to you in this browser. Nothing was changed: open the page again."""


def form_token(secret: str, caller: Caller, purpose: str) -> str:
    """Return the token of a form; ``secret`` is the one of the browser's cookie."""
    told = msgspec.json.encode([caller.tenant_id, caller.user_id, purpose])
    return hmac.new(secret.encode(), told, "sha256").hexdigest()


def require_form(request: Request, caller: Caller, *, secret: str | None, purpose: str) -> None:
    """Raise Forbidden unless the form comes from our own page in this browser, was shown to this caller, and was for this purpose."""
    if caller.via != "cookie":
        return
    require_own_site(request)
    sent = request.form.get(FIELD, "")
    if secret is None or not hmac.compare_digest(sent.encode(), form_token(secret, caller, purpose).encode()):
        raise FormStale
