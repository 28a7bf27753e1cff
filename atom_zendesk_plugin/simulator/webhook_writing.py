"""What a write may say about a webhook, and what is never told again: its secrets.

Nothing is delivered from here; what rules want sent is written down as ``Desk.webhook_calls``.
"""

from __future__ import annotations

import base64
from typing import Any, Final
from urllib.parse import urlsplit

from atom_zendesk_plugin.simulator.exchange import Json, Refusal
from atom_zendesk_plugin.simulator.state import Desk

BY_RULES: Final = "conditional_ticket_events"
EVENT_PREFIX: Final = "zen:event-type:"

_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
_FORMATS: Final = ("json", "xml", "form_encoded")
_STATES: Final = ("active", "inactive")
_PROOFS: Final = {"basic_auth": ("username", "password"), "bearer_token": ("token",), "api_key": ("name", "value")}
_SECRETS: Final = frozenset({"password", "token", "value"})


def read_webhook(data: Json, old: Json | None) -> Json:
    """Read a webhook with its secrets; what is missing stays, or has the service's default in a new one."""
    told: Json = {**(old or {}), **data}
    values: Json = {
        "name": _text(told, "name"),
        "description": told.get("description") if isinstance(told.get("description"), str) else None,
        "status": _choice(told, "status", _STATES, default="active"),
        "endpoint": _endpoint(told),
        "http_method": _choice(told, "http_method", _METHODS),
        "request_format": _choice(told, "request_format", _FORMATS),
        "subscriptions": _subscriptions(told, old),
        "authentication": _authentication(told),
        "custom_headers": _headers(told),
    }
    if values["subscriptions"] != [BY_RULES] and (values["http_method"], values["request_format"]) != ("POST", "json"):
        raise _wrong("http_method", "webhooks that subscribe to events use POST and json")
    return values


def new_secret(desk: Desk) -> str:
    return base64.b64encode(desk.rng.randbytes(32)).decode()


def without_secrets(row: Json) -> Json:
    """Return a webhook as it is shown: passwords, tokens and keys left out, and what was never given."""
    shown = {name: value for name, value in row.items() if name not in ("updated_at", "secret") and value is not None}
    proof = row["authentication"]
    if proof is not None:
        data = {name: value for name, value in proof["data"].items() if name not in _SECRETS}
        shown["authentication"] = {"type": proof["type"], **({"data": data} if data else {}), "add_position": "header"}
    return shown


def _text(told: Json, name: str) -> str:
    value = told.get(name)
    if not isinstance(value, str) or not value.strip():
        raise _wrong(name, "must not be blank")
    return value.strip()


def _choice(told: Json, name: str, choices: tuple[str, ...], *, default: str | None = None) -> str:
    value = told.get(name, default)
    if not isinstance(value, str) or value not in choices:
        raise _wrong(name, f"must be one of {', '.join(choices)}")
    return value


def _endpoint(told: Json) -> str:
    text = _text(told, "endpoint")
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise _wrong("endpoint", "must be an address") from error
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise _wrong("endpoint", "must be an address that begins with http or https")
    return text


def _subscriptions(told: Json, old: Json | None) -> list[str]:
    """Either called by rules or by events; which of the two can't be changed later."""
    rows: Any = told.get("subscriptions") or [BY_RULES]
    if not isinstance(rows, list) or not all(isinstance(row, str) for row in rows):
        raise _wrong("subscriptions", "must be a list of texts")
    by_rules = BY_RULES in rows
    if (by_rules and len(rows) > 1) or not (by_rules or all(row.startswith(EVENT_PREFIX) for row in rows)):
        raise _wrong("subscriptions", f"must be {BY_RULES} alone, or event types")
    if old is not None and by_rules != (BY_RULES in old["subscriptions"]):
        raise _wrong("subscriptions", "cannot change between rules and events")
    return list(dict.fromkeys(rows))


def _authentication(told: Json) -> Json | None:
    proof: Any = told.get("authentication")
    if proof is None:
        return None
    kind = proof.get("type") if isinstance(proof, dict) else None
    data = proof.get("data") if isinstance(proof, dict) else None
    if not isinstance(kind, str) or kind not in _PROOFS or not isinstance(data, dict):
        raise _wrong("authentication", f"must have a type of {', '.join(_PROOFS)} and its data")
    if not all(isinstance(data.get(name), str) for name in _PROOFS[kind]):
        raise _wrong("authentication", f"needs {' and '.join(_PROOFS[kind])}")
    return {"type": kind, "data": {name: data[name] for name in _PROOFS[kind]}, "add_position": "header"}


def _headers(told: Json) -> Json | None:
    rows: Any = told.get("custom_headers")
    if rows is None:
        return None
    if not isinstance(rows, dict) or not all(isinstance(value, str) for value in rows.values()):
        raise _wrong("custom_headers", "must be an object of texts")
    if rows and not str(told.get("endpoint", "")).startswith("https:"):
        raise _wrong("custom_headers", "need an endpoint that begins with https")
    return rows


def _wrong(name: str, told: str) -> Refusal:
    return Refusal.bad_request("InvalidValue", f"Invalid {name}", f"{name} {told}")
