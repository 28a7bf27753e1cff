"""What runs, chunks and items of bulk work share at rest: whose rows they are, and the seal of a run's data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, and_, update

from atom_zendesk_plugin.keyring import KeyRing
from atom_zendesk_plugin.store.models import BulkChunk, BulkItem, BulkRun
from atom_zendesk_plugin.store.statements import affected
from atom_zendesk_plugin.store.tenancy import Unit

Fields = Mapping[str, object]
Model = type[BulkRun] | type[BulkChunk] | type[BulkItem]

DATA_KEY: Final = "run"
"""The id of the one key in the ring of a run."""


@dataclass(frozen=True, slots=True)
class Vault:
    """What the items of one run are sealed with. No key in its ``repr``."""

    run_id: int
    ring: KeyRing = field(repr=False)

    def seal(self, text: str, column: str, position: int) -> str:
        return self.ring.seal(text, about=self._about(column, position))

    def open(self, sealed: str, column: str, position: int) -> str:
        return self.ring.open(sealed, about=self._about(column, position))

    def _about(self, column: str, position: int) -> tuple[str, ...]:
        return "zendesk_bulk_items", column, str(self.run_id), str(position)


def change_run(unit: Unit, run_id: int, **values: Any) -> None:
    affected(unit.session, update(BulkRun).where(own(unit, BulkRun), BulkRun.id == run_id).values(**values))


def own(unit: Unit, model: Model) -> ColumnElement[bool]:
    return and_(model.tenant_id == unit.tenancy.tenant, model.user_id == unit.tenancy.user)


def of_run(
    unit: Unit, model: type[BulkChunk] | type[BulkItem], run_id: int, *conditions: ColumnElement[bool]
) -> ColumnElement[bool]:
    return and_(own(unit, model), model.run_id == run_id, *conditions)


def text_of(fields: Fields) -> str:
    return json.dumps(dict(fields), separators=(",", ":"))


def fields_in(text: str) -> Fields:
    return cast(Fields, json.loads(text))
