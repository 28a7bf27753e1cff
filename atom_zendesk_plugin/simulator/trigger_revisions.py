"""The earlier forms of triggers: one for every write that changed what a trigger says or does, with who wrote it.

Where a trigger stands among others is not part of its form.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from atom_zendesk_plugin.simulator.exchange import Json

if TYPE_CHECKING:
    from atom_zendesk_plugin.simulator.state import Desk

_PARTS: Final = ("title", "description", "active", "conditions", "actions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A trigger as it was after a write. ``before`` is the revision that the write changed, None for the first."""

    id: int
    author_id: int
    at: datetime
    snapshot: Json
    before: Revision | None


def note_revision(desk: Desk, trigger: Json, *, author_id: int, at: datetime) -> None:
    """Keep the form of a trigger, unless the last write left it as it was."""
    kept = desk.trigger_revisions.setdefault(trigger["id"], [])
    snapshot = copy.deepcopy({name: trigger[name] for name in _PARTS})
    before = kept[-1] if kept else None
    if before is None or before.snapshot != snapshot:
        kept.append(Revision(id=desk.new_id(), author_id=author_id, at=at, snapshot=snapshot, before=before))


def difference(revision: Revision) -> Json:
    """Return what a revision changed, line by line; what stayed is left out."""
    old: Json = revision.before.snapshot if revision.before is not None else {}
    new = revision.snapshot
    return {
        "source_id": revision.before.id if revision.before is not None else None,
        "target_id": revision.id,
        "title": _value(old.get("title"), new["title"]),
        "description": _value(old.get("description"), new["description"]),
        "active": _value(old.get("active"), new["active"]),
        "conditions": {
            name: _rows(old.get("conditions", {}).get(name, []), new["conditions"][name]) for name in ("all", "any")
        },
        "actions": _rows(old.get("actions", []), new["actions"]),
    }


def _value(old: Any, new: Any) -> list[Json]:
    if old == new:
        return []
    return [{"change": sign, "content": value} for sign, value in (("-", old), ("+", new)) if value is not None]


def _rows(old: Sequence[Json], new: Sequence[Json]) -> list[Json]:
    gone = [("-", row) for row in old if row not in new]
    come = [("+", row) for row in new if row not in old]
    return [{name: [{"change": sign, "content": value}] for name, value in row.items()} for sign, row in (*gone, *come)]
