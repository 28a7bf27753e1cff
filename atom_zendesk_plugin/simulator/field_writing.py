"""What a write may say about a field: its key, type, title and options."""

from __future__ import annotations

import re
from typing import Any, Final

from atom_zendesk_plugin.simulator.exchange import Json, Refusal
from atom_zendesk_plugin.simulator.furniture import field_option
from atom_zendesk_plugin.simulator.intake import as_id, bad_attribute, invalid, read_choice, read_flag, read_text
from atom_zendesk_plugin.simulator.profile_values import TYPES
from atom_zendesk_plugin.simulator.state import Desk, Rows

WITH_OPTIONS: Final = ("tagger", "multiselect", "dropdown")
OPTIONS_MAX: Final = 2_000

_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")


def read_profile_field(desk: Desk, data: Json, old: Json | None, *, rows: Rows) -> Json:
    """Read a field of users, organizations or custom objects; key and type can't be changed."""
    values = _new_field(data, rows) if old is None else {}
    title = read_text(data, "title") if "title" in data or old is None else old["title"]
    if not title:
        raise invalid("title", "Title: cannot be blank", "BlankValue")
    values |= {"title": title, "raw_title": title}
    if "description" in data:
        values |= dict.fromkeys(("description", "raw_description"), read_text(data, "description") or "")
    if "active" in data:
        values["active"] = read_flag(data, "active")
    if data.get("position") is not None and (place := as_id(data["position"])) is not None:
        values["position"] = place
    if "tag" in data:
        values["tag"] = read_text(data, "tag")
    kind = values.get("type") or (old or {}).get("type")
    if kind == "regexp":
        values["regexp_for_validation"] = read_pattern(data, old)
    if kind in WITH_OPTIONS and ("custom_field_options" in data or old is None):
        values["custom_field_options"] = read_options(desk, data)
    return values


def read_options(desk: Desk, data: Json) -> list[Json]:
    """Read the options of a drop-down; each has a name and a value, no value twice."""
    told: Any = data.get("custom_field_options")
    if not isinstance(told, list) or not told or not all(isinstance(row, dict) for row in told):
        raise invalid("custom_field_options", "Custom field options: cannot be blank", "BlankValue")
    if len(told) > OPTIONS_MAX:
        raise invalid("custom_field_options", f"Custom field options: are more than {OPTIONS_MAX}")
    options = [read_option(desk, row) for row in told]
    if len({option["value"] for option in options}) < len(options):
        raise invalid("custom_field_options", "Custom field options: have a value twice", "DuplicateValue")
    return options


def read_option(desk: Desk, row: Json) -> Json:
    name, value = read_text(row, "name"), read_text(row, "value")
    if name is None or value is None:
        raise bad_attribute("custom_field_options", "must have a name and a value each")
    return field_option(desk, name=name, value=value.lower().replace(" ", "_"))


def _new_field(data: Json, rows: Rows) -> Json:
    kind, key = read_choice(data, "type", TYPES), read_text(data, "key")
    if kind is None:
        raise invalid("type", "Type: cannot be blank", "BlankValue")
    if key is None or not _KEY.fullmatch(key):
        raise invalid("key", "Key: is invalid: use small letters, digits and underscores")
    if any(row["key"] == key for row in rows.values()):
        raise Refusal.invalid(key=("Key: has already been taken", "DuplicateValue"))
    return {
        "type": kind,
        "key": key,
        "description": "",
        "raw_description": "",
        "position": 9999,
        "active": True,
        "system": False,
        "regexp_for_validation": None,
        "tag": None,
    }


def read_pattern(data: Json, old: Json | None) -> str:
    text = read_text(data, "regexp_for_validation") if "regexp_for_validation" in data or old is None else None
    if text is None and old is not None:
        return str(old["regexp_for_validation"])
    try:
        re.compile(text or "")
    except (re.error, OverflowError, RecursionError) as error:
        raise invalid("regexp_for_validation", "Regexp for validation: is not a pattern") from error
    if text is None:
        raise invalid("regexp_for_validation", "Regexp for validation: cannot be blank", "BlankValue")
    return text
