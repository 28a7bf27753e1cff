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
from atom_zendesk_plugin.desk.operations.operation import AnyDeskOperation, Many, Takes, given
from atom_zendesk_plugin.errors import InvalidInput
from atom_zendesk_plugin.records import Record

if TYPE_CHECKING:
    from atom_zendesk_plugin.client.api import ZendeskClient

Outcome = Listing[Any] | Record | int | tuple[str, ...] | msgspec.Struct | None
"""A list, a record, a count, words, a value with fields of its own, or nothing but that it was done."""

PAGE = 100


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


def _listed(outcome: object, *, limit: int, cursor: str | None, scope: str) -> Listing[Any]:
    if isinstance(outcome, Reading):
        return collect(lambda size, after: outcome.page(size=size, cursor=after), limit=limit, cursor=cursor, scope=scope)
    if cursor is not None:
        raise InvalidInput("This list is given whole and has no cursor: leave it out.", field="cursor")
    if isinstance(outcome, Page):
        # Zendesk's searches and completions give one page; that there was more is said, though nothing leads there.
        more = outcome.has_more or len(outcome.records) > limit
        count = outcome.count if more else len(outcome.records)
        return Listing(records=outcome.records[:limit], has_more=more, count=count, names=names_of([outcome.sides]))
    if isinstance(outcome, Iterator):
        records = tuple(islice(outcome, limit + 1))
        return Listing(records=records[:limit], has_more=len(records) > limit)
    assert isinstance(outcome, Iterable)
    records = tuple(outcome)
    return Listing(records=records, count=len(records))


