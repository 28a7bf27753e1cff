"""The one shape of every JSON answer, made to fit all the readers ATOM has, and the response that carries it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from flask import Response

from atom_zendesk_plugin.errors import Code

HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class ErrorBody(msgspec.Struct, kw_only=True):
    """What went wrong: a code for programs, a sentence for people, and details such as the field at fault."""

    code: Code
    message: str
    details: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET


class ErrorEnvelope(msgspec.Struct, kw_only=True):
    """The answer to a request that did not work."""

    ok: bool = False
    success: bool = False
    error: ErrorBody
    message: str
    service: str
    timestamp: datetime
    status_code: int


def success_body(data: object, *, service: str, at: datetime, message: str | None = None) -> dict[str, object]:
    """Return the envelope of an answer that worked; ``at`` is an aware time in UTC."""
    body: dict[str, object] = {"ok": True, "success": True, "data": data, "service": service, "timestamp": at}
    return body if message is None else body | {"message": message}


def error_body(
    code: Code, message: str, *, status: int, service: str, at: datetime, details: Mapping[str, object] | None = None
) -> ErrorEnvelope:
    """Return the envelope of an answer that did not."""
    error = ErrorBody(code=code, message=message, details=dict(details) if details else msgspec.UNSET)
    return ErrorEnvelope(error=error, message=message, service=service, timestamp=at, status_code=status)


def json_response(body: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a JSON response that no cache keeps."""
    response = Response(msgspec.json.encode(body), status=status, mimetype="application/json")
    response.headers.update({**HEADERS, **(headers or {})})
    return response
