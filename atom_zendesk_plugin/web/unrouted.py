"""What answers a path under our prefixes that no operation has: our JSON, in place of whatever the host shows for a 404 or 405."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from flask import Response, request
from werkzeug.exceptions import MethodNotAllowed, NotFound

from atom_zendesk_plugin.errors import Code
from atom_zendesk_plugin.web.envelope import HEADERS, error_body
from atom_zendesk_plugin.web.operations import API, AUTH, UI
from atom_zendesk_plugin.web.parts import Parts


def keep_json(parts: Parts) -> Callable[[Response], Response]:
    """Return an after-request hook. It changes the host's answer in place, so that headers other hooks set are kept."""

    def after(response: Response) -> Response:
        problem = request.routing_exception
        if not isinstance(problem, NotFound | MethodNotAllowed) or not _ours(request.path):
            return response
        allowed = sorted(problem.valid_methods or ()) if isinstance(problem, MethodNotAllowed) else ()
        return _filled(response, allowed, parts)

    return after


def unrouted(allowed: Sequence[str], parts: Parts) -> Response:
    """Return the answer for a path that takes only these methods; none: there is no such path."""
    return _filled(Response(), allowed, parts)


def _filled(response: Response, allowed: Sequence[str], parts: Parts) -> Response:
    status, code, message = 404, Code.NOT_FOUND, "There is no such path here; /api/zendesk/openapi.json lists all."
    if allowed:
        status, code, message = 405, Code.VALIDATION_ERROR, f"This path takes {', '.join(allowed)}."
        response.headers["Allow"] = ", ".join(allowed)
    body = error_body(code, message, status=status, service=parts.service_name, at=parts.clock.now())
    response.direct_passthrough = False
    response.status_code = status
    response.mimetype = "application/json"
    response.set_data(msgspec.json.encode(body))
    response.headers.update(HEADERS)
    return response


def _ours(path: str) -> bool:
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in (API, UI, AUTH))
