"""Operations as tools: a name, what it does, a JSON Schema of its arguments, and running it with one flat set of arguments.

Agents, workflows and the command line use the very operations the routes are made of; a tool can do nothing that a route cannot,
    with the same
checks and the same answers. A tool never says who the caller is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from atom_zendesk_plugin.desk.operations.operation import TEXT_IDS, TextId, id_type
from atom_zendesk_plugin.desk.operations.table import OPERATIONS
from atom_zendesk_plugin.desk.values import Id, Line
from atom_zendesk_plugin.errors import InvalidInput
from atom_zendesk_plugin.web.fields import Body, Query, account_name
from atom_zendesk_plugin.web.operations import API, AnyOperation, Call, Method
from atom_zendesk_plugin.web.routes import CORE
from atom_zendesk_plugin.web.routes.whole_desk import operation_of
from atom_zendesk_plugin.web.validation import read_values

if TYPE_CHECKING:
    from atom_zendesk_plugin.caller import Caller
    from atom_zendesk_plugin.web.parts import Parts

Arguments = Mapping[str, Any]

_CORE: Mapping[tuple[Method, str], tuple[str, str]] = {
    ("GET", "/tickets"): ("list_tickets", "tickets list"),
    ("GET", "/tickets/{id}"): ("get_ticket", "tickets show"),
    ("POST", "/tickets"): ("create_ticket", "tickets create"),
    ("PUT", "/tickets/{id}"): ("update_ticket", "tickets update"),
    ("DELETE", "/tickets/{id}"): ("delete_ticket", "tickets delete"),
    ("POST", "/tickets/{ticket_id}/comments"): ("add_comment", "tickets comment"),
    ("GET", "/search/tickets"): ("search_tickets", "tickets search"),
    ("GET", "/users"): ("list_users", "users list"),
    ("GET", "/users/{id}"): ("get_user", "users get"),
    ("POST", "/users"): ("create_user", "users create"),
    ("PUT", "/users/{id}"): ("update_user", "users update"),
    ("DELETE", "/users/{id}"): ("delete_user", "users delete"),
    ("GET", "/organizations"): ("list_organizations", "organizations list"),
    ("GET", "/organizations/{id}"): ("get_organization", "organizations get"),
    ("POST", "/organizations"): ("create_organization", "organizations create"),
    ("PUT", "/organizations/{id}"): ("update_organization", "organizations update"),
    ("DELETE", "/organizations/{id}"): ("delete_organization", "organizations delete"),
    ("GET", "/groups"): ("list_groups", "groups list"),
    ("GET", "/views"): ("list_views", "views list"),
    ("GET", "/me"): ("get_me", "users me"),
    ("POST", "/bulk"): ("start_bulk_run", "bulk run"),
    ("GET", "/bulk"): ("list_bulk_runs", "bulk status"),
    ("GET", "/bulk/{id}"): ("get_bulk_run", "bulk status"),
    ("GET", "/bulk/{id}/results"): ("list_bulk_results", "bulk results"),
    ("DELETE", "/bulk/{id}"): ("cancel_bulk_run", "bulk cancel"),
    ("POST", "/bulk/{id}/resume"): ("resume_bulk_run", "bulk resume"),
    ("GET", "/analytics"): ("count_tickets_by_day_range", "tickets count-by-day-range"),
}
"""The core's operations by method and path: their names, and their words on the command line."""

_NOT_ARGUMENTS = frozenset({"user_id", "account"})
_THING = re.compile(r"/([a-z_]+)/\{id\}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tool:
    """One operation as agents see it.

    ``command`` is its words on the command line. ``reads``: it changes nothing. ``destroys``: what it takes away does not come back by
    itself. ``everyday``: offered to agents and workflows.
    """

    name: str
    command: str
    operation: AnyOperation
    reads: bool
    destroys: bool
    everyday: bool

    @property
    def description(self) -> str:
        """What it does, in one or two sentences."""
        told = self.operation.description
        return f"{self.operation.summary}. {told}".strip() if told else f"{self.operation.summary}."

    def arguments(self) -> dict[str, str]:
        """Return the argument for each variable of the path, by the variable: ``ticket_id`` where the path says only ``id``.

        A user of Zendesk is ``zendesk_user_id``: a plain ``user_id`` names the caller everywhere else.
        """
        thing = _THING.search(self.operation.path)
        single = thing[1].removesuffix("s") if thing else ""
        named = {name: f"{single}_id" if name == "id" else name for name in self.operation.variables if name != "account"}
        return {name: "zendesk_user_id" if argument == "user_id" else argument for name, argument in named.items()}

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema (2020-12) of the arguments."""
        ids = [(argument, id_type(argument) | Id if argument in TEXT_IDS else id_type(argument)) for argument in self.arguments().values()]
        key: list[Any] = [("idempotency_key", Line | None, None)] if self.operation.keyed else []
        fields: list[Any] = [*ids, *_fields(self.operation.query), *_fields(self.operation.body), *key]
        kind = msgspec.defstruct(f"{self.name}_arguments", fields, kw_only=True, forbid_unknown_fields=True)
        (reference,), parts = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
        own: dict[str, Any] = parts.pop(reference["$ref"].rpartition("/")[2])
        own.pop("title", None)
        return own | ({"$defs": parts} if parts else {})

    def as_dict(self) -> dict[str, Any]:
        """Return the tool as agent frameworks take it; ``annotations`` are those of the Model Context Protocol."""
        return {
            "name": self.name,
            "description": self.description,
            "input_schema": self.schema(),
            "annotations": {"readOnlyHint": self.reads, "destructiveHint": self.destroys},
            "method": self.operation.method,
            "path": self.operation.path,
        }

    def run(self, parts: Parts, caller: Caller, arguments: Arguments, *, account: str | None = None) -> Any:
        """Run it for a caller and return the ``data`` of its answer as plain values. Blocks. Raises what the route would answer with."""
        if not isinstance(arguments, Mapping):
            raise InvalidInput(f"{self.name} takes an object of arguments.")
        rest = dict(arguments)
        ids = {variable: _id(argument, rest.pop(argument, None), self.name) for variable, argument in self.arguments().items()}
        query, body = self._split(rest)
        key = rest.get("idempotency_key") if self.operation.keyed else None
        call = Call(
            parts=parts, caller=caller, query=query, body=body,
            ids={name: value for name, value in ids.items() if isinstance(value, int)},
            keys={name: value for name, value in ids.items() if isinstance(value, str)},
            account=account_name(account), idempotency_key=key,
        )  # fmt: skip
        return msgspec.json.decode(msgspec.json.encode(self.operation.handler(call).data))

    def _split(self, rest: Mapping[str, Any]) -> tuple[Query, Body]:
        """Sort what was given into the operation's query and body."""
        of_query = {name for name in self.operation.query.__struct_fields__ if name not in _NOT_ARGUMENTS}
        of_body = {name for name in self.operation.body.__struct_fields__ if name not in _NOT_ARGUMENTS}
        known = [*self.arguments().values(), *sorted(of_query | of_body), *(["idempotency_key"] if self.operation.keyed else [])]
        for name in rest:
            if name not in known:
                told = ", ".join(known) or "none"
                raise InvalidInput(f"{self.name} has no such argument; it takes {told}.", field=str(name)[:80], known=known)
        query = read_values({name: value for name, value in rest.items() if name in of_query}, self.operation.query)
        body = read_values({name: value for name, value in rest.items() if name in of_body}, self.operation.body)
        return query, body


@cache
def tools() -> Mapping[str, Tool]:
    """Return every tool by its name, the core's first."""
    core = {(row.method, row.path.removeprefix(API)): row for row in CORE}
    found = {
        name: Tool(
            name=name, command=command, operation=core[place], everyday=True, reads=place[0] == "GET",
            destroys=place[0] == "DELETE",
        )
        for place, (name, command) in _CORE.items()
    }  # fmt: skip
    for row in OPERATIONS:
        found[row.name] = Tool(
            name=row.name, command=row.command, operation=operation_of(row), reads=row.reads, destroys=row.destroys,
            everyday=row.everyday,
        )  # fmt: skip
    return found


def find_tool(name: str) -> Tool:
    """Return the tool of this name. Raises InvalidInput that names near ones."""
    tool = tools().get(name)
    if tool is None:
        raise InvalidInput("There is no tool of this name.", field="name", near=get_close_matches(name, tools(), n=5) or None)
    return tool


def _fields(kind: type[msgspec.Struct]) -> list[Any]:
    return [
        (field.name, field.type) if field.required else (field.name, field.type, _default(field))
        for field in msgspec.structs.fields(kind)
        if field.name not in _NOT_ARGUMENTS
    ]


def _default(field: msgspec.structs.FieldInfo) -> Any:
    if field.default_factory is not msgspec.NODEFAULT:
        return msgspec.field(default_factory=field.default_factory)
    return msgspec.field(default=field.default)


def _id(argument: str, value: object, tool: str) -> int | str:
    if value is None or value == "":
        raise InvalidInput(f"{argument} is missing: {tool} needs it.", field=argument)
    kind = id_type(argument)
    if kind is TextId and isinstance(value, int) and not isinstance(value, bool):
        value = str(value)  # Zendesk answers many of these with a number
    try:
        # Workflows and the command line have only texts, so digits count as a number; 1.0 and 1e3 do not.
        is_digits = isinstance(value, str) and value.isascii() and value.isdecimal()
        found: int | str = msgspec.convert(value, kind, strict=not is_digits)
    except msgspec.ValidationError:
        raise InvalidInput(f"{argument} takes the id of a record, as Zendesk gave it.", field=argument) from None
    return found
