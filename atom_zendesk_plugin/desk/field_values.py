"""What a custom field takes, by its type, and the value as Zendesk is sent it.

Values may come as text, from a command line or a workflow: ``true`` counts as true, ``12`` as a number. None clears any field; an empty
text does not, so that a template without a value deletes nothing. A type that is not known here is left to Zendesk. Extend by adding a
row to ``_CHECKS``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from atom_zendesk_plugin.desk import checks
from atom_zendesk_plugin.desk.field_names import likely, plain, shown
from atom_zendesk_plugin.desk.field_patterns import refuses
from atom_zendesk_plugin.errors import InvalidInput
from atom_zendesk_plugin.records import FieldDefinition

MOST_SHOWN: Final = 20
"""How many choices an error names."""
LONGEST_TEXT: Final = 65_535

_WHOLE = re.compile(r"[+-]?\d{1,19}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?\d{1,19}(?:\.\d{1,30})?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_REFERENCE = re.compile(r"[A-Za-z0-9]{1,64}", re.ASCII)


def checked(definition: FieldDefinition, value: object, place: str) -> object:
    """Return the value as Zendesk takes it. Raises InvalidInput for ``place``, saying what the field takes."""
    if value is None:
        return None
    if value == "":
        raise InvalidInput(f"{_title(definition)} got an empty text: null clears the field.", field=place)
    check = _CHECKS.get(definition.type or "")
    return value if check is None else check(definition, value, place)


def label(definition: FieldDefinition, value: object) -> str | tuple[str, ...] | None:
    """Return what people see for the value of a list field; None for other fields, and for a choice that is gone."""
    names = {option.value: option.name for option in definition.custom_field_options or () if option.value is not None}
    if isinstance(value, str):
        return names.get(value)
    if isinstance(value, list) and names:
        return tuple(names.get(part) or str(part) for part in value)
    return None


def _line(definition: FieldDefinition, value: object, place: str) -> str:
    if not isinstance(value, str) or "\n" in value or "\r" in value:
        raise _takes(definition, "one line of text", place)
    return _text(definition, value, place)


def _text(definition: FieldDefinition, value: object, place: str) -> str:
    if not isinstance(value, str) or not value.strip() or "\x00" in value or len(value) > LONGEST_TEXT:
        raise _takes(definition, f"text of at most {LONGEST_TEXT:,} characters that is not blank", place)
    return value


def _switch(definition: FieldDefinition, value: object, place: str) -> bool:
    told = {"true": True, "false": False}.get(value.strip().lower()) if isinstance(value, str) else value
    if not isinstance(told, bool):
        raise _takes(definition, "true or false", place)
    return told


def _whole(definition: FieldDefinition, value: object, place: str) -> int:
    text = value.strip() if isinstance(value, str) else ""
    if _WHOLE.fullmatch(text):
        value = int(text)
    elif isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > checks.MAX_ID:
        raise _takes(definition, "a whole number such as 12", place)
    return value


def _decimal(definition: FieldDefinition, value: object, place: str) -> int | float | str:
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= checks.MAX_ID:
        # Zendesk reads numbers in their plain notation, and JSON has 1e-07 for the small ones.
        return format(Decimal(repr(value)), "f") if "e" in repr(value) else value
    text = format(value, "f") if isinstance(value, Decimal) and value.is_finite() else value
    if not isinstance(text, str) or not _DECIMAL.fullmatch(text.strip()):
        raise _takes(definition, "a number such as 12.5, with a point", place)
    return text.strip()


def _day(definition: FieldDefinition, value: object, place: str) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    try:
        if isinstance(value, str) and _DAY.fullmatch(value.strip()):
            return date.fromisoformat(value.strip()).isoformat()
    except ValueError:
        pass
    raise _takes(definition, "a day such as 2026-01-31", place)


def _patterned(definition: FieldDefinition, value: object, place: str) -> str:
    text = _line(definition, value, place)
    pattern = definition.regexp_for_validation or ""
    if refuses(pattern, text):
        raise InvalidInput(
            f"{_title(definition)} takes text that fits the pattern {shown(pattern)}.", field=place, pattern=pattern
        )
    return text


def _choice(definition: FieldDefinition, value: object, place: str) -> str:
    options = [option for option in definition.custom_field_options or () if option.value is not None]
    if not isinstance(value, str):
        raise _takes(definition, "one of its choices, as text", place)
    if not options:
        return value  # a list without choices is not one Zendesk has: let it say what it wants
    if any(option.value == value for option in options):
        return value
    wanted = plain(value)
    fitting = {option.value or "" for option in options if wanted in (plain(option.name or ""), plain(option.value or ""))}
    if len(fitting) == 1:
        return fitting.pop()
    if fitting:
        raise InvalidInput(
            f"Several choices of {_title(definition)} are called {shown(value)}: give the value of one.",
            field=place, accepted=sorted(fitting)[:MOST_SHOWN],
        )  # fmt: skip
    names = [option.name or option.value or "" for option in options]
    first = ", ".join(names[:MOST_SHOWN]) + (f" and {len(names) - MOST_SHOWN} more" if len(names) > MOST_SHOWN else "")
    raise InvalidInput(
        f"{shown(value)} is no choice of {_title(definition)}, which takes one of: {first}.",
        field=place, accepted=names[:MOST_SHOWN], near=likely(value, names) or None,
    )  # fmt: skip


def _choices(definition: FieldDefinition, value: object, place: str) -> list[str]:
    parts: Sequence[object] | None = [value] if isinstance(value, str) else None
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, str | bytes):
        parts = [*value]
    if parts is None:
        raise _takes(definition, "a list of its choices", place)
    return list(dict.fromkeys(_choice(definition, part, f"{place}[{number}]") for number, part in enumerate(parts)))


def _reference(definition: FieldDefinition, value: object, place: str) -> str:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) and value > 0 else value
    if not isinstance(text, str) or not _REFERENCE.fullmatch(text.strip()):
        raise _takes(definition, "the id of a record", place)
    return text.strip()


def _takes(definition: FieldDefinition, what: str, place: str) -> InvalidInput:
    return InvalidInput(f"{_title(definition)} takes {what}.", field=place, takes=what)


def _title(definition: FieldDefinition) -> str:
    return shown(definition.title or definition.key or f"field {definition.id}")


_CHECKS: Mapping[str, Callable[[FieldDefinition, object, str], object]] = {
    "text": _line, "textarea": _text, "checkbox": _switch, "integer": _whole, "decimal": _decimal, "date": _day, "regexp": _patterned,
    "tagger": _choice, "dropdown": _choice, "multiselect": _choices, "lookup": _reference,
}  # fmt: skip
