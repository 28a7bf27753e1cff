"""What every list answer says about itself beside its records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypedDict

import msgspec

if TYPE_CHECKING:
    from atom_zendesk_plugin.desk.listing import Listing


class ListData(msgspec.Struct, kw_only=True, frozen=True):
    """``count`` is how many records are here, ``total`` how many there are in all, null when Zendesk does not say.

    ``may_lag``: changes of the last minutes may be missing, because the answer comes from Zendesk's search index.
    """

    count: int
    total: int | None
    has_more: bool
    next_cursor: str | None
    source: str
    may_lag: bool


class ListFacts(TypedDict):
    count: int
    total: int | None
    has_more: bool
    next_cursor: str | None
    source: str
    may_lag: bool


def facts_of(listing: Listing[Any], shown: Sequence[object]) -> ListFacts:
    return {
        "count": len(shown),
        "total": listing.count,
        "has_more": listing.has_more,
        "next_cursor": listing.cursor,
        "source": listing.source,
        "may_lag": listing.may_lag,
    }


class Deleted(msgspec.Struct, kw_only=True, frozen=True):
    """The record that is gone."""

    id: int
    deleted: bool = True
