"""Search hits: records of several kinds in one list, each read as what it says it is."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from atom_zendesk_plugin.records.people import Group, Organization, User
from atom_zendesk_plugin.records.record import Part, Record
from atom_zendesk_plugin.records.tickets import Ticket

RESULT_TYPES: Mapping[str, type[Record]] = {
    "ticket": Ticket,
    "user": User,
    "organization": Organization,
    "group": Group,
}
"""What a search hit is, by its ``result_type``."""


class _Hit(Part, frozen=True, kw_only=True):
    result_type: str | None = None


def parse_hit(raw: bytes | msgspec.Raw) -> Record:
    """Read one search hit as what it says it is; a kind this package does not model keeps its raw form only."""
    kind = msgspec.json.decode(raw, type=_Hit).result_type
    return RESULT_TYPES.get(kind or "", Record).parse(raw)
