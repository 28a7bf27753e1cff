"""What every list answer says about itself beside its records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypedDict

import msgspec

if TYPE_CHECKING:
    from atom_zendesk_plugin.desk.listing import Listing


class ListData(msgspec.Struct, kw_only=True, frozen=True):
    """What is here and what is not. ``count`` is how many records are in this answer, ``total`` how many there are, null when unknown.

    ``cursor`` leads on and is null at the end. ``may_lag``: the answer comes from Zendesk's search index, where changes of the last
    minutes may be missing.
    """

    count: int
    total: int | None
    has_more: bool
    cursor: str | None
    source: str
    may_lag: bool


class ListFacts(TypedDict):
    count: int
    total: int | None
    has_more: bool
    cursor: str | None
    source: str
    may_lag: bool


def facts_of(listing: Listing[Any], shown: Sequence[object]) -> ListFacts:
    return {
        "count": len(shown),
        "total": listing.count,
        "has_more": listing.has_more,
        "cursor": listing.cursor,
        "source": listing.source,
        "may_lag": listing.may_lag,
    }


class Deleted(msgspec.Struct, kw_only=True, frozen=True):
    """The record that is gone."""

    id: int
    deleted: bool = True
