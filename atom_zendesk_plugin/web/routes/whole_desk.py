"""The routes of everything that can be done at the desk beside its core, made from ``desk.operations``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, cast

import msgspec
from msgspec import Meta

from atom_zendesk_plugin.desk.operations import table
from atom_zendesk_plugin.desk.operations.operation import AnyDeskOperation, One, Takes
from atom_zendesk_plugin.web.fields import Body, Cursor, Query
from atom_zendesk_plugin.web.operations import API, Answer, AnyOperation, Call, Operation
from atom_zendesk_plugin.web.present.whole_desk import data_of, reply_of

Limit = Annotated[int, Meta(ge=1, le=1000, description="How many records at most.")]


class ListQuery(Query, kw_only=True, frozen=True):
    limit: Limit = 100
    cursor: Cursor | None = None


def operation_of(row: AnyDeskOperation) -> AnyOperation:
    """Return the route of one row. What it takes is in the query of a GET or DELETE, else in the body; so no name is taken twice."""
    in_query = row.method in ("GET", "DELETE")
    base = ListQuery if row.pages else Query
    status = 201 if _makes(row) else 200
    return Operation(
        method=row.method,
        path=f"{API}{row.path}",
        handler=_handler(row, in_query=in_query, status=status),
        summary=row.summary,
        tag=row.tag,
        reply=reply_of(row),
        query=cast(type[Query], _with_fields(row, base)) if in_query else base,
        body=Body if in_query else cast(type[Body], _with_fields(row, Body)),
        status=status,
        description=row.description,
        example=row.example,
    )


def _makes(row: AnyDeskOperation) -> bool:
    """Tell whether what it answers with is new."""
    named = row.name.startswith(("create_", "add_", "import_")) and "_or_" not in row.name
    return named and row.method == "POST" and isinstance(row.gives, One)


def _handler(row: AnyDeskOperation, *, in_query: bool, status: int) -> Callable[[Call[Any, Any]], Answer]:
    names = row.takes.__struct_fields__

    def handler(call: Call[Any, Any]) -> Answer:
        source = call.query if in_query else call.body
        asked = row.takes(**{name: getattr(source, name) for name in names})
        paging = {"limit": call.query.limit, "cursor": call.query.cursor or None} if row.pages else {}
        desk = call.desk()
        outcome = desk.perform(row, {**call.ids, **call.keys}, asked, **paging)
        return Answer(data=data_of(row, outcome, desk), status=status)

    return handler


def _with_fields(row: AnyDeskOperation, base: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """Return ``base`` with the fields of what the operation takes."""
    takes: type[Takes] = row.takes
    fields = msgspec.structs.fields(takes)
    if not fields:
        return base
    rows: list[Any] = [
        (field.name, field.type) if field.required else (field.name, field.type, msgspec.field(default=field.default))
        for field in fields
    ]
    name = "".join(part.capitalize() for part in row.name.split("_")) + ("Body" if base is Body else "Query")
    return msgspec.defstruct(
        name, rows, bases=(base,), kw_only=True, frozen=True, forbid_unknown_fields=base is Body, namespace={"__doc__": takes.__doc__}
    )


OPERATIONS: tuple[AnyOperation, ...] = tuple(operation_of(row) for row in table.OPERATIONS)
