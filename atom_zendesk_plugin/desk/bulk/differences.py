"""Which fields of a record are not yet what a change wants them to be; for a dry run, and for finding out whether a change was made."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

COMMENT: Final = "comment"
_NOT_A_FIELD: Final = frozenset({COMMENT, "metadata", "id"})
_UNREADABLE: Final = "requester"
"""Sent by address, shown by id: it cannot be compared without asking for the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field that would change; values as Zendesk writes them."""

    field: str
    now: Any = dataclasses.field(repr=False)
    then: Any = dataclasses.field(repr=False)


def differences(record: Mapping[str, Any], changes: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Return what would change in a record, by field. A comment is no field; a requester given by address always counts as changed."""
    return tuple(_differences(record, changes))


def _differences(record: Mapping[str, Any], changes: Mapping[str, Any]) -> Iterator[Difference]:
    for name, then in changes.items():
        if name in _NOT_A_FIELD:
            continue
        if name in ("additional_tags", "remove_tags"):
            yield from _tags(record, name, then)
        elif name == "custom_fields":
            yield from _custom(record, then)
        elif name == "tags":
            if set(record.get("tags") or ()) != set(then or ()):
                yield Difference(field=name, now=record.get("tags"), then=then)
        elif name == _UNREADABLE or not _same(record.get(name), then):
            yield Difference(field=name, now=record.get(name), then=then)


def _tags(record: Mapping[str, Any], name: str, tags: list[str]) -> Iterator[Difference]:
    now = list(record.get("tags") or ())
    then = (
        [*now, *(tag for tag in tags if tag not in now)]
        if name == "additional_tags"
        else [t for t in now if t not in tags]
    )
    if now != then:
        yield Difference(field="tags", now=now, then=then)


def _custom(record: Mapping[str, Any], wanted: list[dict[str, Any]]) -> Iterator[Difference]:
    values = {row.get("id"): row.get("value") for row in record.get("custom_fields") or () if isinstance(row, dict)}
    for row in wanted:
        if not _same(values.get(row["id"]), row["value"]):
            yield Difference(field=f"custom_fields.{row['id']}", now=values.get(row["id"]), then=row["value"])


def _same(now: Any, then: Any) -> bool:
    if now == then or (now in (None, "") and then in (None, "")):
        return True
    if isinstance(now, str) and isinstance(then, str):
        one, other = _moment(now), _moment(then)
        return now.strip() == then.strip() or (one is not None and one == other)
    return isinstance(now, list) and isinstance(then, list) and sorted(map(str, now)) == sorted(map(str, then))


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if len(text) >= len("2026-01-05T09:00") else None
    except ValueError:
        return None
