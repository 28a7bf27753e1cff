"""What may never be read by the wrong eyes, named once: keys whose values are hidden, and text patterns that hide themselves.

Extend by adding a key to ``SECRET_KEYS``; every log line, diagnostic and repr goes through here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

HIDDEN = "[hidden]"

SECRET_KEYS = frozenset(
    {
        "access_token", "refresh_token", "token", "id_token", "api_token", "authenticity_token", "client_secret", "secret",
        "signing_secret", "password", "authorization", "cookie", "set-cookie", "code", "code_verifier", "state",
        "idempotency-key", "encryption_keys",
    }
)  # fmt: skip

_IN_TEXT = (
    re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}"),
    re.compile(
        r"(?i)\b(access_token|refresh_token|api_token|client_secret|code_verifier|password|token|secret)=[^&\s\"']+"
    ),
    re.compile(r"(?<=://)[^/@\s]+:[^/@\s]+(?=@)"),
)


def is_secret(key: str) -> bool:
    """Tell whether a key names a secret, whatever its case and prefix (``ZENDESK_CLIENT_SECRET`` does)."""
    lowered = key.lower()
    return lowered in SECRET_KEYS or lowered.endswith(("_secret", "_token", "_password", "_secret_key", "_keys"))


def redact(value: object) -> object:
    """Return a copy in which every value under a secret key, and every secret-looking piece of text, is hidden."""
    if isinstance(value, Mapping):
        return {
            key: HIDDEN if is_secret(str(key)) and item not in (None, "") else redact(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [redact(item) for item in value]
    return redact_text(value) if isinstance(value, str) else value


def redact_text(text: str) -> str:
    """Hide credentials inside free text: bearer and basic headers, ``token=...`` pairs, user and password of a URL."""
    for pattern in _IN_TEXT[:2]:
        text = pattern.sub(lambda match: f"{match.group(1)} {HIDDEN}", text)
    return _IN_TEXT[2].sub(HIDDEN, text)


def redact_url(url: str) -> str:
    """Return the address without user, password and query."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return urlunsplit((parts.scheme, f"{host}:{parts.port}" if parts.port else host, parts.path, "", ""))
