"""Which error answers with which HTTP status, once; and the answer itself.

An answer tells what our own errors say and their public data; never the text of an exception or of Zendesk. Extend by adding a row.
"""

from __future__ import annotations

import math
import traceback
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from flask import Response
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from atom_zendesk_plugin import logs
from atom_zendesk_plugin.errors import Code, InvalidInput, ZendeskPluginError
from atom_zendesk_plugin.web.envelope import error_body, json_response


class BodyTooLarge(InvalidInput):
    """The request's body is too large: send at most one mebibyte."""


STATUS_OF_CODE: Mapping[Code, int] = {
    Code.VALIDATION_ERROR: 400,
    Code.AUTH_REQUIRED: 401,
    Code.ZENDESK_NOT_CONNECTED: 401,
    Code.FORBIDDEN: 403,
    Code.NOT_FOUND: 404,
    Code.CONFLICT: 409,
    Code.RATE_LIMITED: 429,
    Code.INTERNAL_ERROR: 500,
    Code.UPSTREAM_ERROR: 502,
    Code.CONFIG_ERROR: 503,
    Code.DEPENDENCY_MISSING: 503,
}
STATUS_OF_CLASS: Mapping[type[ZendeskPluginError], int] = {BodyTooLarge: 413}
"""The few classes whose status is not that of their code."""

DEFAULT_RETRY_AFTER = 60
"""Zendesk counts by the minute: after one its limits are open again, when it did not say more."""


def status_of(error: ZendeskPluginError) -> int:
    return STATUS_OF_CLASS.get(type(error), STATUS_OF_CODE[error.code])


def failure_response(error: ZendeskPluginError, *, service: str, at: datetime) -> Response:
    """Return the answer to one of our own errors."""
    status = status_of(error)
    body = error_body(error.code, error.message, status=status, service=service, at=at, details=error.public)
    return json_response(body, status=status, headers=retry_after(error))


def from_http(error: HTTPException) -> ZendeskPluginError:
    """Translate what Flask raises while a request is read."""
    if isinstance(error, RequestEntityTooLarge):
        return BodyTooLarge()
    return InvalidInput("The request could not be read: send it again, as JSON.")


def unexpected(error: Exception, *, operation: str) -> ZendeskPluginError:
    """Log a fault of our own, by its kind and place only (its text may hold bodies or secrets), and return what clients are told."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    logs.event(
        "zendesk.view_failed",
        "error",
        operation=operation,
        kind=type(error).__name__,
        file=Path(place.filename).name,
        line=place.lineno,
    )
    return ZendeskPluginError("Something went wrong in the Zendesk integration; the host's log says where.")


def retry_after(error: ZendeskPluginError) -> dict[str, str]:
    """Return the header that says when to try again, if the error tells."""
    seconds = error.public.get("retry_after")
    if isinstance(seconds, int | float) and math.isfinite(seconds):
        return {"Retry-After": str(max(1, math.ceil(seconds)))}
    return {"Retry-After": str(DEFAULT_RETRY_AFTER)} if error.code is Code.RATE_LIMITED else {}
