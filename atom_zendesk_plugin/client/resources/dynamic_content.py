"""Dynamic content: texts that rules and macros name, in several languages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from atom_zendesk_plugin.client.pagination import Page
from atom_zendesk_plugin.client.resources.base import Fields, page_in, within_bulk
from atom_zendesk_plugin.client.resources.verbs import Editable, Nested
from atom_zendesk_plugin.records import Record


class Variants(Nested[Record]):
    """The texts of one item, one for each language."""

    root, single, kind = "variants", "variant", Record

    def create_many(self, rows: Sequence[Fields]) -> Page[Record]:
        """Add texts for several languages at once, no job."""
        return self._many("POST", "create_many", rows)

    def update_many(self, rows: Sequence[Fields]) -> Page[Record]:
        """Change several texts at once, no job; each row names its ``id``."""
        return self._many("PUT", "update_many", rows)

    def _many(self, method: Literal["POST", "PUT"], verb: str, rows: Sequence[Fields]) -> Page[Record]:
        within_bulk(rows, field="variants")
        reply = self._caller.request(method, self._path(verb), json={"variants": [dict(row) for row in rows]})
        return page_in(self._listing(), reply)


class DynamicContent(Editable[Record]):
    """``/api/v2/dynamic_content/items``."""

    root, single, kind, at = "items", "item", Record, ("dynamic_content", "items")

    def show_many(self, identifiers: Sequence[str]) -> Page[Record]:
        """Return the items with these placeholder names."""
        params = {"identifiers": identifiers}
        return self._listing().read(self._caller.request("GET", self._path("show_many"), params=params))

    def variants(self, item_id: int) -> Variants:
        """Return the texts of an item."""
        return Variants(self._caller, *self.at, item_id, "variants")
