"""What the fields of a profile can hold: the values of users, organizations and custom objects, read by the field's type."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from atom_zendesk_plugin.simulator.exchange import Json
from atom_zendesk_plugin.simulator.intake import as_id, invalid, is_day, read_flag, read_object, read_text, shown

TYPES: Final = (
    "text",
    "textarea",
    "checkbox",
    "date",
    "integer",
    "decimal",
    "regexp",
    "dropdown",
    "multiselect",
    "lookup",
)

_WHOLE = re.compile(r"-?\d{1,18}")
_DECIMAL = re.compile(r"-?\d{1,15}(\.\d{1,15})?")


def read_values(old: Mapping[str, Any], data: Json, field: str, *, rows: Iterable[Json]) -> Mapping[str, Any]:
    """Return profile values with the sent ones laid over; keys the account doesn't have are dropped."""
    sent, known = read_object(data, field), {str(row["key"]): row for row in rows}
    return {**old, **{key: read_value(known[key], value) for key, value in sent.items() if key in known}}


def read_value(row: Json, value: Any) -> Any:
    """Return a value that fits a field; None clears it. Raises Refusal naming the field by its key."""
    if value is None or value == "":
        return None
    key, text = str(row["key"]), {row["key"]: value}
    match row["type"]:
        case "checkbox":
            return read_flag(text, key)
        case "date":
            if not isinstance(value, str) or not is_day(value[:10]):
                raise _unfit(row, value)
            return f"{value[:10]}T00:00:00+00:00"
        case "integer":
            return int(_matched(row, value, _WHOLE))
        case "decimal":
            return float(_matched(row, value, _DECIMAL))
        case "dropdown":
            return _chosen(row, value)
        case "multiselect":
            return [_chosen(row, part) for part in (value if isinstance(value, list) else [value])]
        case "lookup":
            if as_id(value) is None:
                raise _unfit(row, value)
            return str(value)
        case "regexp":
            return _matched(row, value, _pattern(row))
        case _:
            return read_text(text, key)


def _matched(row: Json, value: Any, pattern: re.Pattern[str]) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float) or not pattern.fullmatch(str(value)):
        raise _unfit(row, value)
    return str(value)


def _pattern(row: Json) -> re.Pattern[str]:
    return re.compile(str(row.get("regexp_for_validation") or ".*"))


def _chosen(row: Json, value: Any) -> Any:
    if value not in [option["value"] for option in row.get("custom_field_options", ())]:
        raise _unfit(row, value)
    return value


def _unfit(row: Json, value: Any) -> Exception:
    return invalid(str(row["key"]), f"{row['title']}: {shown(value)} is not a value of this field")
