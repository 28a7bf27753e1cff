"""Which field a name means: a title as people see it, a key, or an id written as text.

Titles are compared without regard to case and outer blanks. A name that fits no field, or several, is refused with what was likely meant;
so are system fields, which Zendesk would ignore here without an error, and fields that are switched off. Extend by adding a system type
to ``_INSTEAD``.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NoReturn

from atom_zendesk_plugin.errors import InvalidInput
from atom_zendesk_plugin.records import FieldDefinition, StatusChoice

_INSTEAD: Mapping[str, str] = {
    "subject": "subject", "description": "comment", "status": "status", "tickettype": "type", "priority": "priority", "basic_priority":
    "priority", "group": "group_id", "assignee": "assignee_id", "custom_status": "custom_status",
}  # fmt: skip
"""The system fields of tickets by type, and the parameter that sets each."""
CUSTOM_TYPES: Final = frozenset(
    {
        "text", "textarea", "checkbox", "date", "integer", "decimal", "regexp", "partialcreditcard", "multiselect", "tagger", "dropdown",
        "lookup",
    }
)  # fmt: skip
_NEAR: Final = 5
_LONGEST: Final = 80


def plain(name: str) -> str:
    """Return a name in the form that names are compared in."""
    return " ".join(unicodedata.normalize("NFC", name).split()).casefold()


def likely(name: str, known: Sequence[str], *, most: int = _NEAR) -> list[str]:
    """Return which of the known names are nearest to one that is none of them."""
    by_form = {plain(one): one for one in known}
    return [by_form[form] for form in difflib.get_close_matches(plain(name), by_form, n=most)]


def shown(name: str) -> str:
    """Return a name short enough to be told back."""
    return name if len(name) <= _LONGEST else f"{name[:_LONGEST]}..."


@dataclass(frozen=True, slots=True)
class FieldTable:
    """The fields of one kind of record."""

    definitions: Sequence[FieldDefinition]
    by_id: Mapping[int, FieldDefinition] = field(init=False)

    def __post_init__(self) -> None:
        numbered = {one.id: one for one in self.definitions if isinstance(one.id, int)}
        object.__setattr__(self, "by_id", numbered)

    @property
    def statuses(self) -> Sequence[StatusChoice]:
        """The custom statuses of tickets; empty where the account has none."""
        return [status for one in self.definitions if one.type == "custom_status" for status in one.custom_statuses or ()]

    def named(self, name: str, place: str) -> FieldDefinition:
        """Return the field that can be written under a name. Raises InvalidInput for ``place``, saying what was likely meant."""
        fitting = [one for one in self.definitions if one.key is not None and one.key == name.strip()]
        fitting = fitting or [one for one in self.definitions if one.title and plain(one.title) == plain(name)]
        active = [one for one in fitting if is_custom(one) and one.active is not False]
        if len(active) > 1:
            ids = [one.id for one in active]
            raise InvalidInput(
                f"Several active fields are called {shown(name)}: name the one you mean by its id, {_listed(ids)}.",
                field=place, ids=ids,
            )  # fmt: skip
        chosen = active[0] if active else fitting[0] if fitting else self._numbered(name)
        if chosen is None:
            self._unknown(name, place)
        return writable(chosen, place)

    def _numbered(self, name: str) -> FieldDefinition | None:
        digits = name.strip()
        return self.by_id.get(int(digits)) if is_number(digits) else None

    def _unknown(self, name: str, place: str) -> NoReturn:
        titles = [one.title for one in self.definitions if one.title and is_custom(one) and one.active is not False]
        near = likely(name, titles)
        hint = f"did you mean {_listed(near)}?" if near else "give its title as Zendesk shows it, or its id."
        raise InvalidInput(f"There is no field called {shown(name)}: {hint}", field=place, near=near or None)


def is_number(text: str) -> bool:
    """Tell whether a text is an id in digits."""
    return text.isascii() and text.isdecimal() and len(text) < 20


def is_custom(definition: FieldDefinition) -> bool:
    """Tell whether somebody made this field; one of a type that is not known here counts unless Zendesk says that it can't be removed."""
    kind = definition.type
    return kind in CUSTOM_TYPES or (kind not in _INSTEAD and definition.removable is not False)


def writable(definition: FieldDefinition, place: str) -> FieldDefinition:
    """Return the field if a value can be given to it. Raises InvalidInput with advice."""
    title = shown(definition.title or str(definition.id))
    if not is_custom(definition):
        instead = _INSTEAD.get(definition.type or "")
        advice = f"use {instead} instead" if instead else "it can't be set"
        raise InvalidInput(f"{title} is a system field, no custom one: {advice}.", field=place)
    if definition.active is False:
        raise InvalidInput(f"The field {title} is switched off in Zendesk: an administrator can activate it.", field=place)
    if definition.type == "partialcreditcard":
        raise InvalidInput(f"{title} holds a part of a card number, which is never written from here.", field=place)
    return definition


def _listed(names: Sequence[object]) -> str:
    return ", ".join(str(name) for name in names)
