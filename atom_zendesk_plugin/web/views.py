"""From an operation to a Flask view: identify, read, call, answer; and the one place where unexpected errors end."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from flask import Response, request
from werkzeug.exceptions import HTTPException

from atom_zendesk_plugin.desk.operations.operation import TEXT_IDS
from atom_zendesk_plugin.errors import Forbidden, InvalidInput, ZendeskPluginError
from atom_zendesk_plugin.web.browser import find_secret, keep_secret
from atom_zendesk_plugin.web.envelope import json_response, success_body
from atom_zendesk_plugin.web.failures import failure_response, from_http, unexpected
from atom_zendesk_plugin.web.fields import Body, Query, account_name
from atom_zendesk_plugin.web.identity import SAFE_METHODS, confirm, is_cross_site, require_caller
from atom_zendesk_plugin.web.operations import Answer, AnyOperation, Call
from atom_zendesk_plugin.web.parts import Parts
from atom_zendesk_plugin.web.validation import read_body, read_query

_DIGITS = re.compile(r"[0-9]{1,19}", re.ASCII)
_KEY = re.compile(r"[A-Za-z0-9_.:-]{1,128}", re.ASCII)


def view_of(operation: AnyOperation, parts: Parts) -> Callable[..., Response]:
    """Return the view of an operation. It always answers in our envelope; no exception leaves it."""

    def view(**variables: str) -> Response:
        return guarded(lambda: _respond(operation, parts, variables), parts, operation.name)

    view.__name__ = operation.name
    return view


def guarded(
    respond: Callable[[], Response],
    parts: Parts,
    name: str,
    *,
    failed: Callable[[ZendeskPluginError], Response] | None = None,
) -> Response:
    """Run ``respond`` and turn whatever it raises into ``failed``'s answer (None: our envelope): where our code meets the host's."""
    try:
        return respond()
    except ZendeskPluginError as error:
        problem = error
    except HTTPException as error:
        problem = from_http(error)
    except Exception as error:
        problem = unexpected(error, operation=name)
    return failed(problem) if failed else failure_response(problem, service=parts.service_name, at=parts.clock.now())


def _respond(operation: AnyOperation, parts: Parts, variables: dict[str, str]) -> Response:
    answer = operation.handler(_call(operation, parts, variables))
    lifted = {name: getattr(answer.data, source) for name, source in operation.lifted.items()}
    response = json_response(_body(answer, parts, lifted), status=answer.status)
    if answer.browser is not None:
        keep_secret(response, answer.browser, parts.settings)
    return response


def _call(operation: AnyOperation, parts: Parts, variables: dict[str, str]) -> Call[Query, Body]:
    caller = require_caller(parts, request) if operation.identified else None
    if operation.starts and caller is not None and caller.via == "cookie" and is_cross_site(request):
        raise Forbidden("Another site asked for this sign-in; start it from ATOM's own pages.")
    query = read_query(request, operation.query)
    body = operation.body() if request.method in SAFE_METHODS else read_body(request, operation.body)
    if caller is not None:
        confirm(caller, [*request.args.getlist("user_id"), body.user_id])
    return Call(
        parts=parts,
        caller=caller,
        query=query,
        body=body,
        ids={name: read_id(text, name) for name, text in variables.items() if name != "account" and name not in TEXT_IDS},
        keys={name: _key(text, name) for name, text in variables.items() if name in TEXT_IDS},
        account=account_name(variables.get("account") or query.account),
        browser=find_secret(request, parts.settings),
        idempotency_key=request.headers.get("Idempotency-Key") if operation.keyed else None,
    )


def read_id(text: str, name: str) -> int:
    """Return the id that a part of a path names. Raises InvalidInput."""
    # Flask's own int converter would raise inside the host's routing for a number of thousands of digits.
    if _DIGITS.fullmatch(text):
        return int(text)
    raise InvalidInput(f"{name} takes the id of a record: a whole number above zero.", field=name)


def _key(text: str, name: str) -> str:
    if _KEY.fullmatch(text):
        return text
    raise InvalidInput(f"{name} takes the id or key of a record, as Zendesk gave it.", field=name)


def _body(answer: Answer, parts: Parts, lifted: Mapping[str, object]) -> object:
    if answer.bare:
        return answer.data
    body = success_body(answer.data, service=parts.service_name, at=parts.clock.now(), message=answer.message)
    return {**body, **lifted}
