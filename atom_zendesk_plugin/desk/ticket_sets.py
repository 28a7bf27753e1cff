"""What a change adds to a ticket's sets and takes out of them: tags, followers and e-mail copies. Nobody else's are touched.

Followers and copies are told one by one inside a ticket's change; tags have verbs of their own at Zendesk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from atom_zendesk_plugin.desk import checks
from atom_zendesk_plugin.errors import InvalidInput

TAGS: Final = ("add_tags", "remove_tags")
PEOPLE: Final = ("add_followers", "remove_followers", "add_email_ccs", "remove_email_ccs")
SETS: Final = (*TAGS, *PEOPLE)
MOST_PEOPLE: Final = 48
"""Zendesk takes 48 copies on one ticket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetChanges:
    """``people`` is what a ticket's change sends; the tags are for their own verbs."""

    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    people: Mapping[str, object]


def taken(given: Mapping[str, object]) -> tuple[dict[str, object], SetChanges]:
    """Split a change into its fields and its sets. None and an empty list change nothing. Raises InvalidInput."""
    fields = {name: value for name, value in given.items() if name not in SETS}
    sets = {name: value for name, value in given.items() if name in SETS and value not in (None, [], ())}
    for name in TAGS:
        if name in sets and "tags" in fields:
            raise InvalidInput(f"Give tags, which replaces all of them, or {name}, not both.", field=name)
    return fields, SetChanges(
        add_tags=tuple(checks.tags(sets.get("add_tags", ()), "add_tags")),
        remove_tags=tuple(checks.tags(sets.get("remove_tags", ()), "remove_tags")),
        people={
            **_people(sets, "followers"),
            **_people(sets, "email_ccs"),
        },
    )


def checked_tags(value: object, field: str) -> tuple[str, ...]:
    """Return at least one tag. Raises InvalidInput."""
    tags = checks.tags(value, field)
    if not tags:
        raise InvalidInput(f"{field} takes at least one tag.", field=field)
    return tuple(tags)


def _people(sets: Mapping[str, object], which: str) -> dict[str, object]:
    add, remove = f"add_{which}", f"remove_{which}"
    rows = [*_actions(sets.get(add, ()), add, "put"), *_actions(sets.get(remove, ()), remove, "delete")]
    named = [{name: value for name, value in row.items() if name != "action"} for row in rows]
    if any(one in named[place + 1 :] for place, one in enumerate(named)):
        raise InvalidInput(f"{add} and {remove} name somebody twice.", field=remove)
    return {which: rows} if rows else {}


def _actions(value: object, field: str, action: str) -> list[dict[str, object]]:
    items = list(value) if isinstance(value, Sequence) and not isinstance(value, str | bytes) else None
    if items is None or len(items) > MOST_PEOPLE:
        raise InvalidInput(f"{field} takes a list of at most {MOST_PEOPLE} user ids or e-mail addresses.", field=field)
    return [{**_person(item, f"{field}[{place}]"), "action": action} for place, item in enumerate(items)]


def _person(item: object, field: str) -> dict[str, object]:
    if isinstance(item, str):
        return {"user_email": checks.email(item, field)}
    return {"user_id": checks.identifier(item, field)}
