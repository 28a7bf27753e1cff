"""Which features a scope turns on, so that a missing one can be told as what does not work.

Extend by a row: the scopes of which one is enough, and the feature as people call it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from atom_zendesk_plugin.accounts.model import FeatureOff
from atom_zendesk_plugin.client.grants import missing


@dataclass(frozen=True, slots=True)
class _Need:
    scope: str
    broad: str
    feature: str


# Search and its export take the broad read only; a resource's own scope is enough for the rest (API reference, "Scopes").
NEEDS: tuple[_Need, ...] = (
    _Need("tickets:read", "read", "reading tickets and their comments"),
    _Need("read", "read", "search, filtered ticket lists and counts"),
    _Need("tickets:write", "write", "creating, changing and deleting tickets"),
    _Need("users:read", "read", "reading users"),
    _Need("users:write", "write", "creating and changing users"),
    _Need("organizations:read", "read", "reading organizations"),
    _Need("organizations:write", "write", "creating and changing organizations"),
    _Need("read", "read", "reading groups and views"),
)


def features_off(granted: Iterable[str]) -> tuple[FeatureOff, ...]:
    """Return what a token with these scopes cannot do, each with the broad scope that would turn it on."""
    have = frozenset(granted)
    return tuple(_off(have))


def missing_scopes(asked: Iterable[str], granted: Iterable[str]) -> tuple[str, ...]:
    """Return the asked scopes that were not granted; a broad one covers its resources."""
    return missing(asked, granted)


def _off(have: frozenset[str]) -> Iterator[FeatureOff]:
    for need in NEEDS:
        if need.scope not in have and need.broad not in have:
            yield FeatureOff(feature=need.feature, scope=need.broad)
