"""What is written after a conflict: the same again, a merge, or nothing, by the policy the caller chose.

Fields that decide about each other are one field here: who changes the group of a ticket has also said something about its assignee.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, get_args

from atom_zendesk_plugin.desk.conflicts import FieldDifference, Fields, TicketConflict

Merge = Literal["fail", "disjoint", "mine"]
"""``fail``: raise the conflict. ``disjoint``: write when others changed other fields. ``mine``: write mine over theirs."""

MERGES: Final[tuple[Merge, ...]] = get_args(Merge)

_TOGETHER: Final = (
    frozenset({"status", "custom_status_id"}),
    frozenset({"assignee_id", "group_id"}),
    frozenset({"requester_id", "organization_id"}),
    frozenset({"type", "due_at", "problem_id"}),
)
_WITH: Final[Mapping[str, frozenset[str]]] = {name: group for group in _TOGETHER for name in group}


def merged(merge: Merge, conflict: TicketConflict) -> Fields | None:
    """Return the fields to write instead of the conflict's ``wanted``; None when the policy does not allow any.

    A list of tags is merged as what was added and taken away since the tags that the caller saw.
    """
    if merge == "mine":
        return conflict.wanted
    if merge == "fail" or not conflict.complete:
        return None
    theirs = {row.field for row in conflict.differences if row.by_them}
    mine = {row.field for row in conflict.differences if row.by_you} - {"tags"}
    if any(theirs & _WITH.get(name, frozenset({name})) for name in mine):
        return None
    tags = next((row for row in conflict.differences if row.field == "tags" and row.by_you and row.by_them), None)
    return conflict.wanted if tags is None else {**conflict.wanted, "tags": _tags(tags)}


def _tags(row: FieldDifference) -> list[str]:
    saw, now, want = map(_words, (row.before, row.theirs, row.yours))
    taken = set(saw) - set(want)
    return list(dict.fromkeys([*(tag for tag in now if tag not in taken), *(tag for tag in want if tag not in saw)]))


def _words(value: object) -> list[str]:
    return [str(tag) for tag in value] if isinstance(value, list | tuple) else []
