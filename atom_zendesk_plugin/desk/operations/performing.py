"""An operation of the table, done for a desk: lists are read up to a limit and say where to go on, the rest is as the client gives it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

from atom_zendesk_plugin.client.pagination import One as Single
from atom_zendesk_plugin.client.pagination import Page, Reading
from atom_zendesk_plugin.desk import checks, cursors
from atom_zendesk_plugin.desk.listing import Listing, collect, names_of
from atom_zendesk_plugin.desk.operations.operation import AnyDeskOperation, Many, Takes, given, id_type
from atom_zendesk_plugin.errors import InvalidInput
from atom_zendesk_plugin.records import Record

if TYPE_CHECKING:
    from atom_zendesk_plugin.client.api import ZendeskClient

Outcome = Listing[Any] | Record | int | tuple[str, ...] | msgspec.Struct | None
"""A list, a record, a count, words, a value with fields of its own, or nothing but that it was done."""

PAGE = 100
_PAGING = ("limit", "cursor")


def perform(
    zendesk: ZendeskClient,
    operation: AnyDeskOperation,
    ids: Mapping[str, int | str],
    asked: Takes,
    *,
    limit: int = PAGE,
    cursor: str | None = None,
) -> Outcome:
    """Do it. ``ids`` are those in its path, by name; ``limit`` (1..1000) and ``cursor`` are for lists.

    Raises InvalidInput, and what the client raises.
    """
    checks.limit(limit)
    outcome = operation.do(zendesk, asked, *(ids[name] for name in operation.variables))
    if isinstance(operation.gives, Many):
        scope = cursors.scope_of(operation.name, path=dict(ids), asked=given(asked))
        return _listed(outcome, limit=limit, cursor=cursor, scope=scope)
    if isinstance(outcome, Single):
        record: Record = outcome.record
        return record
    assert outcome is None or isinstance(outcome, Record | int | tuple | msgspec.Struct)
    return outcome


def read_parameters(
    operation: AnyDeskOperation, parameters: Mapping[str, Any]
) -> tuple[dict[str, int | str], Takes, dict[str, Any]]:
    """Return ids, what else it takes, and limit and cursor, out of one flat mapping. Digits count as numbers. Raises InvalidInput."""
    rest = dict(parameters)
    ids = {name: _id(name, rest.pop(name, None), operation) for name in operation.variables}
    listed = _PAGING if operation.pages else ()
    paging: dict[str, Any] = {name: rest.pop(name) for name in listed if name in rest}
    if isinstance(paging.get("limit"), str) and paging["limit"].isdecimal():
        paging["limit"] = int(paging["limit"])
    known = [*operation.variables, *operation.takes.__struct_fields__, *listed]
    for name in rest:
        if name not in operation.takes.__struct_fields__:
            told = ", ".join(known) or "none"
            raise InvalidInput(f"{operation.name} has no such parameter; it takes {told}.", field=str(name)[:80], known=known)
    try:
        asked: Takes = msgspec.convert(rest, operation.takes, strict=False)
    except msgspec.ValidationError as error:
        raise _refused(error, operation) from None
    return ids, asked, paging


def _id(name: str, value: object, operation: AnyDeskOperation) -> int | str:
    if value is None or value == "":
        raise InvalidInput(f"{name} is missing: {operation.name} needs it.", field=name)
    try:
        found: int | str = msgspec.convert(value, id_type(name), strict=False)
    except msgspec.ValidationError:
        raise InvalidInput(f"{name} takes the id of a record, as Zendesk gave it.", field=name) from None
    return found


def _refused(error: msgspec.ValidationError, operation: AnyDeskOperation) -> InvalidInput:
    # Of msgspec's sentence only the place is passed on: the rest quotes what was sent.
    _, _, place = str(error).partition(" - at `$")
    field = place.rstrip("`").lstrip(".").partition("[")[0].partition(".")[0]
    text = str(error)
    if not field and "missing required field `" in text:
        field = text.partition("missing required field `")[2].partition("`")[0]
        return InvalidInput(f"{field} is missing: {operation.name} needs it.", field=field)
    return InvalidInput(f"{field or 'A parameter'} has a value that {operation.name} does not take.", field=field or None)


def _listed(outcome: object, *, limit: int, cursor: str | None, scope: str) -> Listing[Any]:
    if isinstance(outcome, Reading):
        return collect(lambda size, after: outcome.page(size=size, cursor=after), limit=limit, cursor=cursor, scope=scope)
    if cursor is not None:
        raise InvalidInput("This list is given whole and has no cursor: leave it out.", field="cursor")
    if isinstance(outcome, Page):
        return Listing(records=outcome.records, count=len(outcome.records), names=names_of([outcome.sides]))
    if isinstance(outcome, Iterator):
        records = tuple(islice(outcome, limit + 1))
        return Listing(records=records[:limit], has_more=len(records) > limit)
    assert isinstance(outcome, Iterable)
    records = tuple(outcome)
    return Listing(records=records, count=len(records))


