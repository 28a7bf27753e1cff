"""Reading a request: the query string, the JSON body or a form as structs, or an InvalidInput that names the field and what it takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import IO, Any, TypeVar

import msgspec
from flask import Request

from atom_zendesk_plugin.errors import InvalidInput
from atom_zendesk_plugin.web.failures import BodyTooLarge

S = TypeVar("S", bound=msgspec.Struct)

MAX_BODY_BYTES = 1024 * 1024
MAX_FORM_BYTES = 64 * 1024
_LONGEST_NAME = 80
_NOTHING = (b"", b'""', b"null")
"""What ATOM's clients send when they have no body to send."""

_PLACE = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_NAMED = re.compile(r"(?P<problem>missing required|contains unknown) field `(?P<name>.*)`$", re.S)


def read_query(request: Request, kind: type[S]) -> S:
    """Return the query string as ``kind``; of a repeated parameter the first counts. Lists are separated by commas."""
    told: dict[str, object] = dict(request.args.to_dict())
    for name in _lists(kind).intersection(told):
        told[name] = [part for part in str(told[name]).split(",") if part]
    try:
        return msgspec.convert(told, type=kind, strict=False)
    except msgspec.ValidationError as error:
        raise _invalid(str(error), kind, "parameter") from None


@cache
def _lists(kind: type[msgspec.Struct]) -> frozenset[str]:
    """Return the names of the fields that take a list."""
    properties = _properties(kind, "")
    return frozenset(name for name, schema in properties.items() if "array" in _types(schema))


def _types(schema: object) -> set[object]:
    if not isinstance(schema, dict):
        return set()
    return {schema.get("type"), *(option.get("type") for option in schema.get("anyOf", ()))}


def check_form(request: Request) -> None:
    """Raise InvalidInput or BodyTooLarge unless the body is a form that a browser sends without files, of at most 64 KiB."""
    if request.mimetype != "application/x-www-form-urlencoded":
        raise InvalidInput("Send the form as application/x-www-form-urlencoded.", field="Content-Type")
    if request.content_length is None:
        raise InvalidInput("Send the form with its length.", field="Content-Length")
    if request.content_length > MAX_FORM_BYTES:
        raise BodyTooLarge("The form is too large: send at most 64 kibibytes.", most_bytes=MAX_FORM_BYTES)


def read_form(values: Mapping[str, object], kind: type[S]) -> S:
    """Return the values of a form as ``kind``. Raises InvalidInput with the field."""
    try:
        return msgspec.convert(values, type=kind)
    except msgspec.ValidationError as error:
        raise _invalid(str(error), kind, "field") from None


def read_values(values: Mapping[str, object], kind: type[S]) -> S:
    """Return values from anywhere as ``kind``; texts count as the numbers and switches they spell. Raises InvalidInput with the field.

    The text ``null`` never counts as null: a template that has no value must not clear a field.
    """
    try:
        return msgspec.convert(values, type=kind)
    except msgspec.ValidationError as error:
        if any(isinstance(value, str) and value.strip().lower() == "null" for value in values.values()):
            raise _invalid(str(error), kind, "field") from None
    try:
        return msgspec.convert(values, type=kind, strict=False)
    except msgspec.ValidationError as error:
        raise _invalid(str(error), kind, "field") from None


def read_body(request: Request, kind: type[S]) -> S:
    """Return the JSON body as ``kind``; no body, ``""`` and null count as ``{}``. Raises InvalidInput, BodyTooLarge."""
    raw = _bytes(request).strip()
    if raw in _NOTHING:
        raw = b"{}"
    elif not request.is_json:
        raise InvalidInput("Send the body as JSON, with Content-Type: application/json.", field="Content-Type")
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        raise _invalid(str(error), kind, "field") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise InvalidInput(
            "The body is not JSON: check quotes, commas and brackets; NaN and Infinity are not JSON."
        ) from None


def _bytes(request: Request) -> bytes:
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise BodyTooLarge(most_bytes=MAX_BODY_BYTES)
    if request.content_length:
        return request.get_data()
    # A chunked body has no length to check beforehand; when the host has read it already, only get_data still has it.
    return _bounded(request.stream) or request.get_data()


def _bounded(stream: IO[bytes]) -> bytes:
    """Read to the end, or raise BodyTooLarge; a stream may give less at a time than it is asked for."""
    whole = bytearray()
    while piece := stream.read(MAX_BODY_BYTES + 1 - len(whole)):
        whole += piece
        if len(whole) > MAX_BODY_BYTES:
            raise BodyTooLarge(most_bytes=MAX_BODY_BYTES)
    return bytes(whole)


def _invalid(text: str, kind: type[msgspec.Struct], noun: str) -> InvalidInput:
    """Make our own sentence of msgspec's, which quotes the client's value without a bound."""
    found = _PLACE.search(text)
    path = found["path"].lstrip(".") if found else ""
    named = _NAMED.search(text[: found.start()] if found else text)
    if named is None:
        takes = _takes(kind, path)
        where = path or "The body"
        return InvalidInput(f"{where} takes {takes}.", field=path or None, takes=takes)
    field = ".".join(part for part in (path, named["name"][:_LONGEST_NAME]) if part)
    if named["problem"].startswith("missing"):
        takes = _takes(kind, field)
        return InvalidInput(f"{field} is missing: it takes {takes}.", field=field, takes=takes)
    known = sorted(_properties(kind, path))
    return InvalidInput(f"{field} is not a known {noun}: check its name.", field=field, known=known)


def _takes(kind: type[msgspec.Struct], path: str) -> str:
    schema, parts = _schema_at(kind, path)
    return _described(schema, parts)


def _properties(kind: type[msgspec.Struct], path: str) -> Mapping[str, object]:
    schema, parts = _schema_at(kind, path)
    for option in _options(schema, parts):
        properties = option.get("properties")
        if isinstance(properties, dict):
            return properties
    return {}


def _schema_at(kind: type[msgspec.Struct], path: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the JSON schema of the value at a path such as ``ticket.tags[3]``, and the named parts it may refer to."""
    (schema,), parts = msgspec.json.schema_components((kind,), ref_template="{name}")
    for step in re.findall(r"\[|[^.\[\]]+(?!\])", path):
        for option in _options(schema, parts):
            if step == "[" and "items" in option:
                schema = option["items"]
                break
            if step in option.get("properties", {}):
                schema = option["properties"][step]
                break
    return schema, parts


def _options(schema: Mapping[str, Any], parts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the alternatives of a schema, references followed."""
    whole = parts[schema["$ref"]] if "$ref" in schema else schema
    alternatives = whole.get("anyOf")
    return [option for one in alternatives for option in _options(one, parts)] if alternatives else [dict(whole)]


def _described(schema: Mapping[str, Any], parts: Mapping[str, Any]) -> str:
    return " or ".join(dict.fromkeys(_one_described(option) for option in _options(schema, parts)))


def _one_described(option: Mapping[str, Any]) -> str:
    if "enum" in option:
        return "one of: " + ", ".join(str(word) for word in option["enum"] if word != "")
    least, most = option.get("minimum"), option.get("maximum")
    longest = option.get("maxLength")
    match option.get("type"):
        case "integer" if least is not None and most is not None:
            return f"a whole number from {least} to {most}"
        case "string":
            return "text" if longest is None else f"text of {option.get('minLength', 0)} to {longest} characters"
        case "array":
            return f"a list{_size(option)}"
        case kind:
            plain = {
                "integer": "a whole number",
                "number": "a number",
                "boolean": "true or false",
                "object": "an object",
            }
            return plain.get(str(kind), str(kind))


def _size(option: Mapping[str, Any]) -> str:
    least, most = option.get("minItems", 0), option.get("maxItems")
    if most is None:
        return ""
    return f" of {least} to {most} items" if least else f" of at most {most} items"
