"""Custom objects: their definitions and fields. An object is named by its key, in paths too."""

from __future__ import annotations

import re
from typing import Any, Final

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Handler, Json, Method, Refusal, Route
from atom_zendesk_plugin.simulator.field_writing import read_profile_field
from atom_zendesk_plugin.simulator.furniture import stamped
from atom_zendesk_plugin.simulator.intake import invalid, read_flag, read_text, wrapped
from atom_zendesk_plugin.simulator.paging import paginate
from atom_zendesk_plugin.simulator.render.frame import address, stamp
from atom_zendesk_plugin.simulator.routes.frame import API, found
from atom_zendesk_plugin.simulator.routes.stored import read_name
from atom_zendesk_plugin.simulator.state import Desk, Rows

MOST_OBJECTS: Final = 50
MOST_FIELDS: Final = 100

_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,49}")


def list_objects(desk: Desk, call: Call) -> Answer:
    rows = [_render(call, row) for row in desk.shelves["custom_objects"].values()]
    return Answer(200, {"custom_objects": rows})


def show_object(desk: Desk, call: Call) -> Answer:
    return Answer(200, {"custom_object": _render(call, get_object(desk, call))})


def post_object(desk: Desk, call: Call) -> Answer:
    rows, data = desk.shelves["custom_objects"], wrapped(call, "custom_object")
    key = read_text(data, "key")
    if key is None or not _KEY.fullmatch(key):
        raise invalid("key", "Key: is invalid: use small letters, digits and underscores")
    if key in rows:
        raise invalid("key", "Key: has already been taken", "DuplicateValue")
    if len(rows) >= MOST_OBJECTS:
        raise Refusal.invalid(base=f"An account cannot have more than {MOST_OBJECTS} custom objects")
    now, maker = stamp(desk.now()), str(call.actor_id)
    head = {"key": key, "created_by_user_id": maker, "updated_by_user_id": maker, "created_at": now, "updated_at": now}
    rows[key] = {**head, **_read(data, None)}
    return Answer(201, {"custom_object": _render(call, rows[key])})


def put_object(desk: Desk, call: Call) -> Answer:
    row = get_object(desk, call)
    row |= _read(wrapped(call, "custom_object"), row)
    row |= {"updated_at": stamp(desk.now()), "updated_by_user_id": str(call.actor_id)}
    return Answer(200, {"custom_object": _render(call, row)})


def remove_object(desk: Desk, call: Call) -> Answer:
    """An object goes with its fields and records."""
    key = get_object(desk, call)["key"]
    del desk.shelves["custom_objects"][key]
    for shelf in (_fields_shelf(key), records_shelf(key)):
        desk.shelves.pop(shelf, None)
    return Answer(204)


def list_fields(desk: Desk, call: Call) -> Answer:
    row = get_object(desk, call)
    return paginate(
        call,
        list(fields_of(desk, row["key"]).values()),
        key="custom_object_fields",
        render=lambda field: _render_field(call, row, field),
        identity=lambda field: int(field["id"]),
    )


def show_field(desk: Desk, call: Call) -> Answer:
    row = get_object(desk, call)
    return Answer(200, {"custom_object_field": _render_field(call, row, _field(desk, call, row))})


def post_field(desk: Desk, call: Call) -> Answer:
    row = get_object(desk, call)
    fields = fields_of(desk, row["key"])
    if len(fields) >= MOST_FIELDS:
        raise Refusal.invalid(base=f"A custom object cannot have more than {MOST_FIELDS} fields")
    field = stamped(desk, **read_profile_field(desk, wrapped(call, "custom_object_field"), None, rows=fields))
    fields[field["id"]] = field
    return Answer(201, {"custom_object_field": _render_field(call, row, field)})


def put_field(desk: Desk, call: Call) -> Answer:
    row = get_object(desk, call)
    field, data = _field(desk, call, row), wrapped(call, "custom_object_field")
    field |= {
        **read_profile_field(desk, data, field, rows=fields_of(desk, row["key"])),
        "updated_at": stamp(desk.now()),
    }
    return Answer(200, {"custom_object_field": _render_field(call, row, field)})


def remove_field(desk: Desk, call: Call) -> Answer:
    row = get_object(desk, call)
    del fields_of(desk, row["key"])[_field(desk, call, row)["id"]]
    return Answer(204)


def show_object_limit(desk: Desk, call: Call) -> Answer:
    return Answer(200, {"count": len(desk.shelves["custom_objects"]), "limit": MOST_OBJECTS})


def show_field_limit(desk: Desk, call: Call) -> Answer:
    return Answer(200, {"count": len(fields_of(desk, get_object(desk, call)["key"])), "limit": MOST_FIELDS})


def get_object(desk: Desk, call: Call) -> Json:
    """Return the object that the path names; raises Refusal with 404."""
    return found(desk.shelves["custom_objects"].get(call.ids["key"]))


def fields_of(desk: Desk, key: str) -> Rows:
    return desk.shelves[_fields_shelf(key)]


def records_shelf(key: str) -> str:
    return f"custom_object_records {key}"


def _fields_shelf(key: str) -> str:
    return f"custom_object_fields {key}"


def _read(data: Json, old: Json | None) -> Json:
    titles = {name: read_name(data, old, name) for name in ("title", "title_pluralized")}
    told = read_text(data, "description") if "description" in data or old is None else old["description"]
    values: Json = {**titles, "description": told or ""}
    values |= {f"raw_{name}": value for name, value in values.items()}
    for name, default in (("include_in_list_view", True), ("allows_photos", False), ("allows_attachments", False)):
        values[name] = read_flag(data, name) if name in data else (default if old is None else old[name])
    return values


def _field(desk: Desk, call: Call, row: Json) -> Json:
    """Find a field by its key or its number."""
    told = call.ids["field"]
    fields = fields_of(desk, row["key"]).values()
    return found(next((field for field in fields if told in (field["key"], str(field["id"]))), None))


def _render(call: Call, row: Json) -> Json:
    return {"url": address(call, f"custom_objects/{row['key']}"), **row}


def _render_field(call: Call, row: Json, field: Json) -> Json:
    return {"url": address(call, f"custom_objects/{row['key']}/fields/{field['id']}"), **field}


def object_route(method: Method, template: str, handler: Handler, *, admins_only: bool = False) -> Route:
    scope = "custom_objects:read" if method == "GET" else "custom_objects:write"
    return Route(
        method=method,
        template=f"{API}/custom_objects{template}",
        handler=handler,
        scope=scope,
        feature="custom_objects",
        admins_only=admins_only,
    )


_ONE: Final = "/{key}"
_FIELD: Final = "/{key}/fields/{field}"
_ADMIN: Final[dict[str, Any]] = {"admins_only": True}

ROUTES: tuple[Route, ...] = (
    object_route("GET", "", list_objects),
    object_route("POST", "", post_object, **_ADMIN),
    object_route("GET", "/limits/object_limit", show_object_limit, **_ADMIN),
    object_route("GET", _ONE, show_object),
    object_route("PATCH", _ONE, put_object, **_ADMIN),
    object_route("DELETE", _ONE, remove_object, **_ADMIN),
    object_route("GET", f"{_ONE}/fields", list_fields),
    object_route("POST", f"{_ONE}/fields", post_field, **_ADMIN),
    object_route("GET", f"{_ONE}/limits/field_limit", show_field_limit, **_ADMIN),
    object_route("GET", _FIELD, show_field),
    object_route("PATCH", _FIELD, put_field, **_ADMIN),
    object_route("DELETE", _FIELD, remove_field, **_ADMIN),
)
