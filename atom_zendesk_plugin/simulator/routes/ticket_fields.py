"""The fields of tickets, with the options of drop-downs."""

from __future__ import annotations

from typing import Final

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Refusal, Route
from atom_zendesk_plugin.simulator.field_writing import WITH_OPTIONS, read_options, read_pattern
from atom_zendesk_plugin.simulator.furniture import ticket_field
from atom_zendesk_plugin.simulator.intake import id_list, invalid, read_choice, read_flag, read_text, wrapped
from atom_zendesk_plugin.simulator.render.frame import configured
from atom_zendesk_plugin.simulator.routes.field_options import option_routes
from atom_zendesk_plugin.simulator.routes.frame import API, counted, created
from atom_zendesk_plugin.simulator.routes.stored import (
    Family,
    changing,
    make,
    page,
    removing,
    reordering,
    route,
    showing,
)
from atom_zendesk_plugin.simulator.state import Desk

_CUSTOM_TYPES: Final = ("text", "textarea", "checkbox", "date", "integer", "decimal", "regexp", "tagger", "multiselect")
_FLAGS: Final = ("required", "active", "visible_in_portal", "editable_in_portal", "required_in_portal")


def list_fields(desk: Desk, call: Call) -> Answer:
    return _page(desk, call, list(desk.config.ticket_fields.values()))


def count_fields(desk: Desk, call: Call) -> Answer:
    return counted(desk, len(desk.config.ticket_fields))


def show_many(desk: Desk, call: Call) -> Answer:
    rows = desk.config.ticket_fields
    chosen = [rows[key] for key in id_list(call) if key in rows]
    return Answer(200, {"ticket_fields": [FIELDS.render(desk, call, row) for row in chosen]})


def post_field(desk: Desk, call: Call) -> Answer:
    """Add a custom field, to every form; drop-downs need their options."""
    row = make(desk, FIELDS, wrapped(call, "ticket_field"))
    for form in desk.config.ticket_forms.values():
        form["ticket_field_ids"] = [*form["ticket_field_ids"], row["id"]]
    return created("ticket_field", FIELDS.render(desk, call, row))


def _page(desk: Desk, call: Call, rows: list[Json]) -> Answer:
    """Fields come by id unless asked otherwise, whatever their position."""
    if "sort" in call.params or "sort_by" in call.params:
        return page(desk, call, FIELDS, rows)
    return page(desk, call, FIELDS, rows, by_position=False)


def _read(desk: Desk, data: Json, old: Json | None) -> Json:
    title = read_text(data, "title") if "title" in data or old is None else old["title"]
    kind = read_choice(data, "type", _CUSTOM_TYPES) if old is None else str(old["type"])
    if kind is None or title is None:
        field = "title" if kind else "type"
        raise invalid(field, f"{field.capitalize()}: cannot be blank", "BlankValue")
    values = ticket_field(desk, kind=kind, title=title) if old is None else {"title": title, "raw_title": title}
    values |= {name: read_flag(data, name) for name in _FLAGS if name in data}
    values |= {name: read_text(data, name) for name in ("agent_description", "tag") if name in data}
    if "description" in data:
        values |= dict.fromkeys(("description", "raw_description"), read_text(data, "description") or "")
    if kind == "regexp" and "regexp_for_validation" in data:
        values["regexp_for_validation"] = read_pattern(data, old)
    if kind in WITH_OPTIONS and ("custom_field_options" in data or old is None):
        values["custom_field_options"] = read_options(desk, data)
    return values


def _shown(desk: Desk, call: Call, row: Json) -> Json:
    if row["type"] == "custom_status":
        rows = desk.config.custom_statuses.values()
        return row | {"custom_statuses": [configured(call, "custom_statuses", status) for status in rows]}
    return row


def _let_go(desk: Desk, row: Json) -> None:
    """Only fields that somebody added can go; forms lose them."""
    if row["type"] not in _CUSTOM_TYPES:
        raise Refusal.invalid(base="System fields cannot be deleted")
    for form in desk.config.ticket_forms.values():
        form["ticket_field_ids"] = [key for key in form["ticket_field_ids"] if key != row["id"]]


FIELDS = Family(
    one="ticket_field",
    many="ticket_fields",
    path="ticket_fields",
    read=_read,
    rows_of=lambda desk: desk.config.ticket_fields,
    shown=_shown,
    before_removal=_let_go,
)

_HERE = f"{API}/ticket_fields"

ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_HERE, handler=list_fields, bucket="ticket-fields-index"),
    Route(method="GET", template=f"{_HERE}/count", handler=count_fields),
    Route(method="GET", template=f"{_HERE}/show_many", handler=show_many),
    route(FIELDS, "PUT", f"{_HERE}/reorder", reordering(FIELDS, "ticket_field_ids", answers="nothing")),
    route(FIELDS, "GET", f"{_HERE}/{{id}}", showing(FIELDS)),
    route(FIELDS, "POST", _HERE, post_field),
    route(FIELDS, "PUT", f"{_HERE}/{{id}}", changing(FIELDS)),
    route(FIELDS, "DELETE", f"{_HERE}/{{id}}", removing(FIELDS)),
    *option_routes(FIELDS),
)
