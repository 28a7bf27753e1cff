"""What a write may say about a trigger, an automation or a macro."""

from __future__ import annotations

from typing import Any, Final

from atom_zendesk_plugin.simulator.conditions import HOURS, check_conditions
from atom_zendesk_plugin.simulator.exchange import Json, Refusal
from atom_zendesk_plugin.simulator.intake import as_id, bad_attribute, invalid, read_flag, read_text
from atom_zendesk_plugin.simulator.rule_actions import ACTIONS, MACRO_ACTIONS, read_actions
from atom_zendesk_plugin.simulator.state import Desk

FIRST_PLACE: Final = 10_000


def read_trigger(desk: Desk, data: Json, old: Json | None) -> Json:
    values = _head(desk, data, old, "triggers")
    values["description"] = read_text(data, "description") if "description" in data or old is None else old["description"]
    values["conditions"] = _conditions(data, old, timed=False)
    if not values["conditions"]["all"] and not values["conditions"]["any"]:
        raise Refusal.invalid(base="Trigger: needs at least one condition")
    values["actions"] = _actions(data, old, known=ACTIONS)
    values["category_id"] = _category(desk, data, old)
    return values


def read_automation(desk: Desk, data: Json, old: Json | None) -> Json:
    """An automation asks about time, and does or asks something that keeps it from running on and on."""
    values = _head(desk, data, old, "automations")
    values["conditions"] = _conditions(data, old, timed=True)
    values["actions"] = _actions(data, old, known=ACTIONS)
    rows = values["conditions"]["all"]
    if not any(row["field"] in HOURS for row in rows):
        raise Refusal.invalid(base="Automation: must have at least one time-based condition in the all group")
    if not _ends(rows, values["actions"]):
        raise Refusal.invalid(base="Automation: must change something that one of its conditions asks about, or run once")
    return values


def read_macro(desk: Desk, data: Json, old: Json | None) -> Json:
    values = _head(desk, data, old, "macros")
    values["description"] = read_text(data, "description") if "description" in data or old is None else old["description"]
    values["actions"] = _actions(data, old, known=MACRO_ACTIONS)
    sent = data.get("restriction", old["restriction"] if old else None)
    if not isinstance(sent, dict | None):
        raise invalid("restriction", "Restriction: is not an object")
    values["restriction"] = sent
    return values


def _head(desk: Desk, data: Json, old: Json | None, table: str) -> Json:
    title = read_text(data, "title") if "title" in data or old is None else old["title"]
    if not title:
        raise invalid("title", "Title: cannot be blank", "BlankValue")
    place = as_id(data["position"]) if data.get("position") is not None else None
    last = FIRST_PLACE + len(desk.shelves[table])
    return {
        "title": title,
        "raw_title": title,
        "active": read_flag(data, "active") if "active" in data else (True if old is None else old["active"]),
        "default": False if old is None else old["default"],
        "position": place if place is not None else (last if old is None else old["position"]),
    }


def _conditions(data: Json, old: Json | None, *, timed: bool) -> Json:
    """Sent conditions replace the old ones whole, in whichever of the two forms they come."""
    sent = data.get("conditions")
    told: Json = sent if isinstance(sent, dict) else data
    if old is not None and "all" not in told and "any" not in told:
        kept: Json = old["conditions"]
        return kept
    rows = {name: _rows(told.get(name), name) for name in ("all", "any")}
    check_conditions(rows, timed=timed)
    return rows


def _rows(told: Any, name: str) -> list[Json]:
    told = [] if told is None else told
    if not isinstance(told, list) or not all(isinstance(row, dict) and row.get("field") for row in told):
        raise bad_attribute(name, "must be a list of conditions")
    if not all(isinstance(row.get("value"), str | int | bool | None) for row in told):
        raise bad_attribute(name, "must be a list of conditions with a plain value each")
    return [
        {"field": str(row["field"]), "operator": str(row.get("operator", "is")), "value": _plain(row.get("value"))}
        for row in told
    ]


def _plain(value: str | int | None) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)


def _actions(data: Json, old: Json | None, *, known: tuple[str, ...]) -> list[Json]:
    if "actions" not in data and old is not None:
        kept: list[Json] = old["actions"]
        return kept
    return read_actions(data.get("actions"), known=known)


def _category(desk: Desk, data: Json, old: Json | None) -> str | None:
    rows = desk.shelves["trigger_categories"]
    if data.get("category_id") is None:
        return (next(iter(rows), None)) if old is None else old["category_id"]
    number = str(data["category_id"])
    if number not in rows:
        raise invalid("category_id", "Category: does not exist")
    return number


def _ends(rows: list[Json], actions: list[Json]) -> bool:
    """Tell whether an automation stops by itself: by an exact hour, or by changing what it asked about."""
    if any(row["field"] in HOURS and row["operator"] == "is" for row in rows):
        return True
    asked = {row["field"] for row in rows} | ({"status"} if any(row["field"].isupper() for row in rows) else set())
    done = {"current_tags" if row["field"] in ("set_tags", "remove_tags") else row["field"] for row in actions}
    return bool(asked & done)
