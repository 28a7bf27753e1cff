"""The OpenAPI 3.1 document, made by SpecTree from the table of operations.

SpecTree only writes the document: it decorates throwaway functions on an app nobody calls, and is imported when the document is first
asked for. Requests are checked by ``validation.py``, because SpecTree takes malformed JSON for an empty object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from flask import Flask

from atom_zendesk_plugin import __version__
from atom_zendesk_plugin.desk.checks import MAX_ID
from atom_zendesk_plugin.desk.operations.operation import TEXT_IDS
from atom_zendesk_plugin.errors import DependencyMissing
from atom_zendesk_plugin.web.envelope import ErrorEnvelope
from atom_zendesk_plugin.web.fields import Query
from atom_zendesk_plugin.web.files import file_paths
from atom_zendesk_plugin.web.operations import AnyOperation
from atom_zendesk_plugin.web.present.files import UploadData

Document = dict[str, Any]

FAILURES = {
    400: "A value that cannot be used; `error.details` names the field and what it takes.",
    401: "The host does not know you (`AUTH_REQUIRED`), or Zendesk is not connected for you (`ZENDESK_NOT_CONNECTED`).",
    403: "You, or the connected Zendesk user, may not do this; or a change from a browser came from another site.",
    404: "Zendesk has no such record, or does not show it to you.",
    405: "The path takes other methods; `Allow` names them.",
    409: "Somebody changed the record at the same time, or the Idempotency-Key was used for other fields.",
    413: "The body is larger than one mebibyte.",
    429: "Zendesk asks to wait; `Retry-After` says how many seconds.",
    500: "A fault of the integration's own.",
    502: "Zendesk could not be reached or gave no usable answer.",
    503: "The integration is not set up, or lacks a Python package.",
}
_WRITES_ONLY = frozenset({409, 413})
_OPEN = frozenset({400, 405, 500})
"""What an operation that needs no identity can fail with."""
_EVERYWHERE = frozenset(Query.__struct_fields__)
"""The parameters that every operation takes."""
_ACCOUNT = "The short name of the account, such as acme."

DESCRIPTION = (
    "Zendesk inside ATOM. Every answer has the same envelope: `ok`, `data`, `service`, `timestamp`, or `error` with `code`, `message` and "
    "`details`. Who you are comes from ATOM, as a bearer token or a session; `user_id` can only confirm it. A change sent with a session "
    "cookie must be JSON from the same origin."
)


def build_document(operations: Iterable[AnyOperation]) -> Document:
    """Return the document. Raises DependencyMissing without SpecTree."""
    try:
        from spectree import Response, SpecTree
        from spectree.model_adapter.msgspec_adapter import MsgspecModelAdapter
    except ImportError as error:
        raise DependencyMissing(error.name or "spectree", "The API documentation") from error

    table = tuple(operations)
    spec = SpecTree(
        "flask",
        model_adapter=MsgspecModelAdapter(),  # type: ignore[arg-type]  # its own protocol is wider than its own adapter
        mode="strict",
        # SpecTree leaves out every rule that begins with its own path.
        path="_spec",
        title="Zendesk for ATOM",
        version=__version__,
        description=DESCRIPTION,
        openapi_version="3.1.0",
        page_templates={},
        validation_error_status=400,
        validation_error_model=ErrorEnvelope,
        naming_strategy=lambda model: model.__name__,
        nested_naming_strategy=lambda _parent, child: child,
    )
    envelope = cache(_envelope)
    scratch = Flask(__name__, static_folder=None)
    for operation in table:
        answers: dict[str, Any] = {
            f"HTTP_{operation.status}": operation.reply
            if operation.bare
            else envelope(operation.reply, tuple(operation.lifted.items()))
        }
        answers |= {f"HTTP_{status}": envelope(operation.reply, tuple(operation.lifted)) for status in operation.also}
        answers |= {f"HTTP_{status}": (ErrorEnvelope, FAILURES[status]) for status in failures_of(operation)}
        if operation.bare:
            answers["HTTP_503"] = (operation.reply, "The integration is unhealthy; the report says why.")
        documented = spec.validate(
            query=operation.query,
            json=operation.body if operation.method in ("POST", "PUT") else None,
            resp=Response(**answers),
            tags=[operation.tag],
            security={"bearer": []} if operation.identified else None,
            operation_id=operation.name,
            path_parameter_descriptions={name: _description(name) for name in operation.variables},
        )
        scratch.add_url_rule(_rule(operation), operation.name, documented(_stand_in(operation)), methods=[operation.method])
    with scratch.app_context():
        document: Document = spec.spec
    return _finished(document, table)


def _description(variable: str) -> str:
    if variable == "account":
        return _ACCOUNT
    thing = variable.removesuffix("_id").replace("_", " ")
    return "The id of the record." if variable == "id" else f"The id of the {thing}, as Zendesk gave it."


def _rule(operation: AnyOperation) -> str:
    """Return the path in Flask's writing."""
    rule = operation.path
    for name in operation.variables:
        rule = rule.replace(f"{{{name}}}", f"<{name}>" if _is_text(name) else f"<int:{name}>")
    return rule


def _is_text(variable: str) -> bool:
    return variable == "account" or variable in TEXT_IDS


def failures_of(operation: AnyOperation) -> list[int]:
    """Return the statuses this operation can fail with."""
    if not operation.identified:
        return sorted(_OPEN)
    left_out = _WRITES_ONLY if operation.method == "GET" else frozenset[int]()
    return sorted(set(FAILURES) - left_out)


def _envelope(reply: type[msgspec.Struct], lifted: tuple[tuple[str, str], ...]) -> type[msgspec.Struct]:
    """Return the struct of an answer that has ``reply`` under ``data``; its name is unique as that of the reply is."""
    fields: list[Any] = [
        ("ok", bool), ("success", bool), ("data", reply), ("service", str), ("timestamp", datetime),
        ("message", str | msgspec.UnsetType, msgspec.UNSET), *((name, _type_of(reply, source)) for name, source in lifted),
    ]  # fmt: skip
    return msgspec.defstruct(f"{reply.__name__}Answer", fields, kw_only=True)


def _type_of(reply: type[msgspec.Struct], field: str) -> Any:
    return next(found.type for found in msgspec.structs.fields(reply) if found.name == field)


def _stand_in(operation: AnyOperation) -> Callable[..., None]:
    def stand_in(**_: object) -> None:
        """Carry the documentation; never called."""

    stand_in.__name__ = operation.name
    stand_in.__doc__ = f"{operation.summary}\n\n{operation.description}"
    return stand_in


def _finished(document: Document, operations: Iterable[AnyOperation]) -> Document:
    """Add what SpecTree has no place for: examples, the key header, the bounds of ids, headers of failures."""
    document["components"]["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    for operation in operations:
        entry = document["paths"][operation.path][operation.method.lower()]
        for parameter in entry["parameters"]:
            if parameter["in"] == "path" and not _is_text(parameter["name"]):
                parameter["schema"] = {"type": "integer", "format": "int64", "minimum": 1, "maximum": MAX_ID}
        if operation.keyed:
            entry["parameters"].append(_key_parameter())
        if "requestBody" in entry:
            if operation.example is not None:
                entry["requestBody"]["content"]["application/json"]["example"] = operation.example
            entry["requestBody"]["required"] = _needs_body(operation)
        if "429" in entry["responses"]:
            entry["responses"]["429"]["headers"] = {
                "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
            }
    return _with_files(_with_parts_shared(document))


def _with_files(document: Document) -> Document:
    """Add the routes that carry files, which have no operation."""
    _, parts = msgspec.json.schema_components([_envelope(UploadData, ())], ref_template="#/components/schemas/{name}")
    document["components"]["schemas"].update(parts)
    document["paths"].update(file_paths())
    return document


def _with_parts_shared(document: Document) -> Document:
    """Say once what hundreds of operations say alike: how they fail, and which parameters all take."""
    shared: dict[str, Document] = {"responses": {}, "parameters": {}}
    for path in document["paths"].values():
        for entry in path.values():
            for status, answer in entry["responses"].items():
                if answer["description"] == FAILURES.get(int(status)):
                    shared["responses"][f"Failure{status}"] = answer
                    entry["responses"][status] = {"$ref": f"#/components/responses/Failure{status}"}
            entry["parameters"] = [_shared(parameter, shared["parameters"]) for parameter in entry["parameters"]]
    document["components"].update(shared)
    return document


def _shared(parameter: Document, shared: Document) -> Document:
    if parameter["name"] not in _EVERYWHERE or parameter["in"] != "query":
        return parameter
    shared[parameter["name"]] = parameter
    return {"$ref": f"#/components/parameters/{parameter['name']}"}


def _needs_body(operation: AnyOperation) -> bool:
    return any(field.required for field in msgspec.structs.fields(operation.body))


def _key_parameter() -> Document:
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "A value of your own, such as a UUID: repeating the request with it never makes a second ticket.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    }
