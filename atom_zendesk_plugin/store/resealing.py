"""The change of keys: every stored secret sealed anew with the first key, in batches, while everybody else goes on working.

A walk passes each row once, in the order of tables and ids. It may be killed anywhere and begun again: a row is sealed with the new key,
or still with the old one. One that was renewed in between is left to a later look. What does not open is named and left as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, func, select, true, update

from atom_zendesk_plugin.keyring import KeyRing, Unsealable
from atom_zendesk_plugin.store import accounts, bulk, grants
from atom_zendesk_plugin.store.models import Account, BulkRun, Grant
from atom_zendesk_plugin.store.statements import affected
from atom_zendesk_plugin.store.tenancy import OperatorUnit

Row = Account | Grant | BulkRun
Model = type[Account] | type[Grant] | type[BulkRun]
TABLES: tuple[Model, ...] = (Grant, Account, BulkRun)
"""What is sealed under a ``key_id``. A code verifier is not: it lives ten minutes (``states.count_open_by_key``)."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a walk has come: the place of the table, and the last id seen in it."""

    table: int = 0
    id: int = 0


@dataclass(frozen=True, slots=True)
class SealedRow:
    """The name of a row."""

    table: str
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """A part of a walk: ``done`` rows opened (or sealed anew), those that did not open, and where to go on; None: it is at its end."""

    done: int
    unopened: tuple[SealedRow, ...]
    mark: Mark | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resealed(Walked):
    """The same with how many rows are ``left`` that the writing key has not sealed, those that do not open among them."""

    left: int


def count_by_key(operator: OperatorUnit) -> dict[str, int]:
    """Return how many rows each key has sealed."""
    counted: Counter[str] = Counter()
    for model in TABLES:
        query = select(model.key_id, func.count()).where(model.key_id.is_not(None)).group_by(model.key_id)
        counted.update({str(key_id): number for key_id, number in operator.session.execute(query)})
    return dict(counted)


def count_stale(operator: OperatorUnit, *, key_id: str) -> int:
    """Return how many rows are sealed with another key than this."""
    return sum(number for sealed_with, number in count_by_key(operator).items() if sealed_with != key_id)


def reseal(operator: OperatorUnit, *, keys: KeyRing, limit: int, mark: Mark = Mark()) -> Resealed:
    """Seal the next ``limit`` rows of other keys with the writing key; commit, and call again with the ``mark`` of the answer."""
    stale = sorted(set(count_by_key(operator)) - {keys.writing_id})

    def work(row: Row) -> bool:
        return affected(operator.session, update(type(row)).where(_unchanged(row)).values(**_sealed_anew(row, keys))) == 1

    walked = _walk(operator, work, mark, limit, lambda model: model.key_id.in_(stale))
    left = count_stale(operator, key_id=keys.writing_id)
    return Resealed(done=walked.done, unopened=walked.unopened, mark=walked.mark, left=left)


def look(operator: OperatorUnit, *, keys: KeyRing, limit: int, mark: Mark = Mark()) -> Walked:
    """Open all secrets of the next ``limit`` rows, whatever their key, and change nothing."""

    def work(row: Row) -> bool:
        _opened(row, keys)
        return True

    return _walk(operator, work, mark, limit, lambda model: model.key_id.is_not(None) if model is Account else true())


def _walk(
    operator: OperatorUnit,
    work: Callable[[Row], bool],
    mark: Mark,
    limit: int,
    chosen: Callable[[Model], ColumnElement[bool]],
) -> Walked:
    done, unopened = 0, list[SealedRow]()
    model = TABLES[mark.table]
    rows = _next(operator, model, and_(model.id > mark.id, chosen(model)), limit)
    for row in rows:
        try:
            done += work(row)
        except Unsealable:
            unopened.append(SealedRow(model.__tablename__, row.id))
    if len(rows) == limit:
        onward: Mark | None = Mark(mark.table, rows[-1].id)
    else:
        onward = Mark(mark.table + 1) if mark.table + 1 < len(TABLES) else None
    return Walked(done=done, unopened=tuple(unopened), mark=onward)


def _next(operator: OperatorUnit, model: Model, condition: ColumnElement[bool], limit: int) -> Sequence[Row]:
    query = select(model).where(condition).order_by(model.id).limit(limit)
    found = operator.session.scalars(query.execution_options(populate_existing=True)).all()
    return cast("Sequence[Row]", found)


def _unchanged(row: Row) -> ColumnElement[bool]:
    """Say that nobody has written the row's secrets since it was read."""
    model = type(row)
    return and_(model.id == row.id, model.generation == row.generation, model.key_id == row.key_id)


def _opened(row: Row, keys: KeyRing) -> dict[str, str | None]:
    if isinstance(row, Account):
        return accounts.opened(row, keys)
    if isinstance(row, BulkRun):
        return {"data_key": bulk.opened_key(row, keys)}
    return grants.opened(row, keys, *grants.TOKENS, *grants.PERSONAL)


def _sealed_anew(row: Row, keys: KeyRing) -> dict[str, Any]:
    texts = _opened(row, keys)
    if isinstance(row, Account):
        return accounts.sealed_values(texts, keys, row.tenant_id, row.subdomain)
    if isinstance(row, BulkRun):
        return dict(bulk.sealed_key(str(texts["data_key"]), keys, row.tenant_id, row.id))
    place = grants.place_of(row)
    personal = grants.personal_values(texts["name"], texts["email"], keys, place)
    return personal | grants.sealed_values({column: texts[column] for column in grants.TOKENS}, keys, place)
