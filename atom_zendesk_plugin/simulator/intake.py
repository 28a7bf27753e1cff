"""How values in a request are read: one place that turns any JSON into what a field can hold, or refuses it.

Nothing a client sends may reach a rule unread: every reader accepts any JSON value, and what doesn't fit ends in the
service's 422 (a field of a record) or 400 (the shape of the body, an id list, a parameter).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Refusal

MOST_AT_ONCE: Final = 100
ID_MAX: Final = 2**63

_TAG_PARTS = re.compile(r"[\s,]+")


def wrapped(call: Call, key: str) -> Json:
    """Return the object under ``key`` of the body."""
    inner = call.body.get(key) if isinstance(call.body, dict) else None
    if not isinstance(inner, dict):
        raise bad_attribute(key, "must be an object")
    return inner


def wrapped_list(call: Call, key: str, *, too_many: str | None = None) -> list[Json]:
    """Return the objects under ``key`` of the body, at most 100 of them."""
    inner = call.body.get(key) if isinstance(call.body, dict) else None
    if not isinstance(inner, list) or not all(isinstance(row, dict) for row in inner):
        raise bad_attribute(key, "must be a list of objects")
    check_amount(inner, too_many=too_many)
    return inner


def check_amount(rows: Sequence[object], *, too_many: str | None = None) -> None:
    if len(rows) > MOST_AT_ONCE:
        # The two blanks are the service's own: the name of the parameter is missing there.
        told = too_many or f"Parameter  cannot specify more than {MOST_AT_ONCE} values"
        raise Refusal(Answer(400, {"error": "TooManyValues", "description": told, "max_count": MOST_AT_ONCE}))


def bad_attribute(name: str, told: str) -> Refusal:
    message = f"You passed an invalid value for the {name} attribute. Invalid parameter: {name} {told}"
    return Refusal(Answer(400, {"error": {"title": "Invalid attribute", "message": message}}))


def id_list(call: Call, name: str = "ids") -> list[int]:
    """Return the numbers of a comma-separated parameter, each once, in order; what is no number is left out."""
    text = call.params.get(name, "")
    if not text.strip():
        raise bad_attribute(name, "must be a list of numbers")
    parts = [part.strip() for part in text.split(",") if part.strip()]
    check_amount(parts)
    numbers = [int(part) for part in parts if part.isascii() and part.isdecimal() and len(part) < 20]
    return list(dict.fromkeys(numbers))


def name_list(call: Call, name: str) -> list[str]:
    """Return the texts of a comma-separated parameter, each once, in order."""
    parts = [part.strip() for part in call.params.get(name, "").split(",") if part.strip()]
    check_amount(parts)
    return list(dict.fromkeys(parts))


def invalid(field: str, told: str, code: str | None = "InvalidValue") -> Refusal:
    return Refusal.invalid(**{field: (told, code)})


def title_of(field: str) -> str:
    return field.removesuffix("_id").replace("_", " ").capitalize()


def read_text(data: Json, field: str) -> str | None:
    """Return a text field; numbers become text, blank text becomes None."""
    value = data.get(field)
    if isinstance(value, bool) or not isinstance(value, str | int | float | None):
        raise invalid(field, f"{title_of(field)}: is not a text")
    text = None if value is None else str(value).strip()
    return text or None


def read_id(data: Json, field: str) -> int | None:
    """Return a number that may be an id; blank and None are None."""
    value = data.get(field)
    if value is None or value == "":
        return None
    number = as_id(value)
    if number is None:
        raise invalid(field, f"{title_of(field)}: is not a number")
    return number


def as_id(value: Any) -> int | None:
    """Return an id given as number or digits, None when it is neither."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < ID_MAX:
        return value
    return None


def read_flag(data: Json, field: str) -> bool:
    value = data.get(field)
    if isinstance(value, bool):
        return value
    if value in ("true", "1", 1):
        return True
    if value in ("false", "0", 0, "", None):
        return False
    raise invalid(field, f"{title_of(field)}: is not true or false")


def read_choice(data: Json, field: str, choices: Sequence[str]) -> str | None:
    """Return one of ``choices``, case ignored; blank and None are None."""
    value = data.get(field)
    if value is None or value == "":
        return None
    if isinstance(value, str) and value.strip().lower() in choices:
        return value.strip().lower()
    raise invalid(field, f"{title_of(field)}: {shown(value)} is not one of {', '.join(choices)}")


def read_tags(value: Any, field: str = "tags") -> tuple[str, ...]:
    """Return tags from a list or from text with blanks or commas: lower case, each once, sorted."""
    if value is None:
        return ()
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list) or not all(isinstance(tag, str | int) for tag in value):
        raise invalid(field, f"{title_of(field)}: is not a list of texts")
    parts = (part for tag in value for part in _TAG_PARTS.split(str(tag).lower()))
    return tuple(sorted({part for part in parts if part}))


def read_time(data: Json, field: str) -> datetime | None:
    value = data.get(field)
    if value is None or value == "":
        return None
    moment = parse_time(value) if isinstance(value, str) else None
    if moment is None:
        raise invalid(field, f"{title_of(field)}: is not a time")
    return moment


def read_ids(data: Json, field: str) -> tuple[int, ...]:
    """Return a list of ids, each once; what is no number is refused."""
    value = data.get(field)
    if value is None:
        return ()
    numbers = [as_id(part) for part in value] if isinstance(value, list) else [None]
    if None in numbers:
        raise invalid(field, f"{title_of(field)}: is not a list of numbers")
    return tuple(dict.fromkeys(number for number in numbers if number is not None))


def read_object(data: Json, field: str) -> Json:
    value = data.get(field)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise invalid(field, f"{title_of(field)}: is not an object")
    return value


def parse_time(text: str) -> datetime | None:
    """Return an ISO 8601 moment or day as UTC in whole seconds, None for anything else."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC).replace(microsecond=0)
    except OverflowError:
        return None


def is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == 10


def shown(value: Any) -> str:
    """Return a client's value as it may be repeated in an error: short, on one line."""
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else f"{text[:57]}..."
