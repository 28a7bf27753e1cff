"""Ticket forms and brands: which fields a ticket asks for, and under which name the account is met."""

from __future__ import annotations

import re
from typing import Final

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Refusal, Route
from atom_zendesk_plugin.simulator.furniture import stamped
from atom_zendesk_plugin.simulator.intake import id_list, invalid, read_flag, read_ids, read_text
from atom_zendesk_plugin.simulator.routes.frame import API
from atom_zendesk_plugin.simulator.routes.stored import Family, crud, read_name, refuse_taken, reordering, route
from atom_zendesk_plugin.simulator.state import Desk

_SUBDOMAIN: Final = re.compile(r"[a-z0-9][a-z0-9-]{2,62}")
_LISTS: Final = ("agent_conditions", "end_user_conditions")


def _read_form(desk: Desk, data: Json, old: Json | None) -> Json:
    name = read_name(data, old, "name")
    shown = read_text(data, "display_name") if "display_name" in data else (old or {}).get("display_name")
    values: Json = {"name": name, "raw_name": name} | dict.fromkeys(("display_name", "raw_display_name"), shown or name)
    for flag, default in (("active", True), ("end_user_visible", False), ("in_all_brands", True)):
        values[flag] = read_flag(data, flag) if flag in data else (default if old is None else old[flag])
    for key, rows in (("ticket_field_ids", desk.config.ticket_fields), ("restricted_brand_ids", desk.config.brands)):
        numbers = list(read_ids(data, key)) if key in data else (old[key] if old else [])
        if any(number not in rows for number in numbers):
            raise invalid(key, f"{key.replace('_', ' ').capitalize()}: name something that does not exist")
        values[key] = numbers
    for key in _LISTS:
        told = data.get(key, old[key] if old else [])
        if not isinstance(told, list) or not all(isinstance(row, dict) for row in told):
            raise invalid(key, f"{key.replace('_', ' ').capitalize()}: is not a list of conditions")
        values[key] = told
    if old is None:
        values |= {"default": False, "position": len(desk.config.ticket_forms) + 1, "deleted_at": None}
        values["form_type"] = "standard"
    if old is not None and old["default"] and not values["active"]:
        raise invalid("active", "Active: the default form cannot be deactivated")
    return values


def _read_brand(desk: Desk, data: Json, old: Json | None) -> Json:
    name, subdomain = read_name(data, old, "name"), read_name(data, old, "subdomain").lower()
    if not _SUBDOMAIN.fullmatch(subdomain):
        raise invalid("subdomain", "Subdomain: is invalid")
    refuse_taken(desk.config.brands, "subdomain", subdomain, old)
    values: Json = {"name": name, "subdomain": subdomain, "brand_url": f"https://{subdomain}.zendesk.com"}
    values["active"] = read_flag(data, "active") if "active" in data else (True if old is None else old["active"])
    for key in ("host_mapping", "signature_template"):
        values[key] = read_text(data, key) if key in data else (old or {}).get(key)
    if old is None:
        forms = [desk.default_form_id()]
        values |= {"has_help_center": False, "help_center_state": "disabled", "default": False, "is_deleted": False}
        values |= {"logo": None, "ticket_form_ids": forms}
    return values


def _keep_default(desk: Desk, row: Json) -> None:
    if row["default"]:
        raise Refusal.invalid(base="The default one cannot be deleted")


FORMS = Family(
    one="ticket_form",
    many="ticket_forms",
    path="ticket_forms",
    read=_read_form,
    feature="ticket_forms",
    rows_of=lambda desk: desk.config.ticket_forms,
    before_removal=_keep_default,
)
BRANDS = Family(
    one="brand",
    many="brands",
    path="brands",
    read=_read_brand,
    scope="brands",
    rows_of=lambda desk: desk.config.brands,
    before_removal=_keep_default,
)


def show_many(desk: Desk, call: Call) -> Answer:
    rows = desk.config.ticket_forms
    return Answer(200, {"ticket_forms": [FORMS.render(desk, call, rows[key]) for key in id_list(call) if key in rows]})


def clone(desk: Desk, call: Call) -> Answer:
    """Make a form like another one, inactive at first."""
    old = FORMS.find(desk, call)
    parts = {key: value for key, value in old.items() if key not in ("id", "created_at", "updated_at")}
    named = dict.fromkeys(("name", "raw_name"), f"{old['name']} copy")
    row = stamped(desk, **{**parts, **named, "default": False, "active": False})
    row["position"] = len(desk.config.ticket_forms) + 1
    desk.config.ticket_forms[row["id"]] = row
    return Answer(200, {"ticket_form": FORMS.render(desk, call, row)})


_FORMS = f"{API}/ticket_forms"

ROUTES: tuple[Route, ...] = (
    *crud(FORMS),
    route(FORMS, "GET", f"{_FORMS}/show_many", show_many),
    route(FORMS, "PUT", f"{_FORMS}/reorder", reordering(FORMS, "ticket_form_ids")),
    route(FORMS, "POST", f"{_FORMS}/{{id}}/clone", clone),
    *crud(BRANDS),
)
