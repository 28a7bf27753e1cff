"""From an operation to a Flask view: identify, read, call, answer; and the one place where unexpected errors end."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Response, request
from werkzeug.exceptions import HTTPException

from atom_zendesk_plugin.errors import InvalidInput, ZendeskPluginError
from atom_zendesk_plugin.web.envelope import json_response, success_body
from atom_zendesk_plugin.web.failures import failure_response, from_http, unexpected
from atom_zendesk_plugin.web.fields import Body, Query
from atom_zendesk_plugin.web.identity import SAFE_METHODS, confirm, require_caller
from atom_zendesk_plugin.web.operations import Answer, AnyOperation, Call
from atom_zendesk_plugin.web.parts import Parts
from atom_zendesk_plugin.web.validation import read_body, read_query

_DIGITS = re.compile(r"[0-9]{1,19}", re.ASCII)


def view_of(operation: AnyOperation, parts: Parts) -> Callable[..., Response]:
    """Return the view of an operation. It always answers in our envelope; no exception leaves it."""

    def view(**ids: str) -> Response:
        return guarded(lambda: _respond(operation, parts, ids), parts, operation.name)

    view.__name__ = operation.name
    return view


def guarded(respond: Callable[[], Response], parts: Parts, name: str) -> Response:
    """Run ``respond`` and turn whatever it raises into our envelope: the boundary between our code and the host's."""
    try:
        return respond()
    except ZendeskPluginError as error:
        failed = error
    except HTTPException as error:
        failed = from_http(error)
    except Exception as error:
        failed = unexpected(error, operation=name)
    return failure_response(failed, service=parts.service_name, at=parts.clock.now())


def _respond(operation: AnyOperation, parts: Parts, ids: dict[str, str]) -> Response:
    answer = operation.handler(_call(operation, parts, ids))
    return json_response(_body(answer, parts), status=answer.status)


def _call(operation: AnyOperation, parts: Parts, ids: dict[str, str]) -> Call[Query, Body]:
    caller = require_caller(parts, request) if operation.identified else None
    query = read_query(request, operation.query)
    body = operation.body() if request.method in SAFE_METHODS else read_body(request, operation.body)
    if caller is not None:
        confirm(caller, [*request.args.getlist("user_id"), body.user_id])
    return Call(
        parts=parts,
        caller=caller,
        query=query,
        body=body,
        ids={name: _id(text, name) for name, text in ids.items()},
        idempotency_key=request.headers.get("Idempotency-Key") if operation.keyed else None,
    )


def _id(text: str, name: str) -> int:
    # Flask's own int converter would raise inside the host's routing for a number of thousands of digits.
    if _DIGITS.fullmatch(text):
        return int(text)
    raise InvalidInput(f"{name} takes the id of a record: a whole number above zero.", field=name)


def _body(answer: Answer, parts: Parts) -> object:
    if answer.bare:
        return answer.data
    return success_body(answer.data, service=parts.service_name, at=parts.clock.now(), message=answer.message)
