"""The records of custom objects: one by one, by external id, counted and searched."""

from __future__ import annotations

from collections.abc import Sequence

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Refusal, Route
from atom_zendesk_plugin.simulator.intake import bad_attribute, invalid, read_text, wrapped
from atom_zendesk_plugin.simulator.paging import paginate
from atom_zendesk_plugin.simulator.profile_values import read_values
from atom_zendesk_plugin.simulator.render.frame import address, stamp
from atom_zendesk_plugin.simulator.routes.custom_objects import fields_of, get_object, object_route, records_shelf
from atom_zendesk_plugin.simulator.routes.frame import counted, found
from atom_zendesk_plugin.simulator.routes.stored import read_name
from atom_zendesk_plugin.simulator.state import Desk, Rows
from atom_zendesk_plugin.simulator.ulids import new_ulid, order_of


def list_records(desk: Desk, call: Call) -> Answer:
    """Filter by ``filter[ids]`` and ``filter[external_ids]``."""
    rows = list(_records(desk, call).values())
    for name, field in (("filter[ids]", "id"), ("filter[external_ids]", "external_id")):
        if name in call.params:
            wanted = {part.strip() for part in call.params[name].split(",")}
            rows = [row for row in rows if row[field] in wanted]
    return _page(call, rows)


def show_record(desk: Desk, call: Call) -> Answer:
    return Answer(200, {"custom_object_record": _render(call, _record(desk, call))})


def post_record(desk: Desk, call: Call) -> Answer:
    row = _make(desk, call, wrapped(call, "custom_object_record"))
    return Answer(201, {"custom_object_record": _render(call, row)})


def put_record(desk: Desk, call: Call) -> Answer:
    row = _record(desk, call)
    _change(desk, call, row, wrapped(call, "custom_object_record"))
    return Answer(200, {"custom_object_record": _render(call, row)})


def upsert_record(desk: Desk, call: Call) -> Answer:
    """Change the record with the ``external_id`` of the query, or make one."""
    external_id = call.params.get("external_id", "").strip()
    if not external_id:
        raise bad_attribute("external_id", "is missing")
    data = {**wrapped(call, "custom_object_record"), "external_id": external_id}
    row = next((row for row in _records(desk, call).values() if row["external_id"] == external_id), None)
    if row is None:
        row = _make(desk, call, data)
    else:
        _change(desk, call, row, data)
    return Answer(200, {"custom_object_record": _render(call, row)})


def remove_record(desk: Desk, call: Call) -> Answer:
    del _records(desk, call)[_record(desk, call)["id"]]
    return Answer(204)


def remove_by_external_id(desk: Desk, call: Call) -> Answer:
    external_id = call.params.get("external_id", "")
    rows = _records(desk, call)
    row = found(next((row for row in rows.values() if external_id and row["external_id"] == external_id), None))
    del rows[row["id"]]
    return Answer(204)


def count_records(desk: Desk, call: Call) -> Answer:
    return counted(desk, len(_records(desk, call)))


def search_records(desk: Desk, call: Call) -> Answer:
    """Find by words of the name, the external id and the values."""
    words = call.params.get("query", "").lower().split()
    rows = _records(desk, call).values()
    return _page(call, [row for row in rows if all(word in _text(row) for word in words)])


def autocomplete(desk: Desk, call: Call) -> Answer:
    start = call.params.get("name", "").strip().lower()
    if not start:
        raise bad_attribute("name", "is missing")
    return _page(call, [row for row in _records(desk, call).values() if row["name"].lower().startswith(start)])


def _records(desk: Desk, call: Call) -> Rows:
    return desk.shelves[records_shelf(get_object(desk, call)["key"])]


def _record(desk: Desk, call: Call) -> Json:
    return found(_records(desk, call).get(call.ids["record_id"]))


def _make(desk: Desk, call: Call, data: Json) -> Json:
    values = _read(desk, call, data, None)
    now, maker = stamp(desk.now()), str(call.actor_id)
    row: Json = {"id": new_ulid(desk), "custom_object_key": call.ids["key"], **values, "photo": None}
    row |= {"created_by_user_id": maker, "updated_by_user_id": maker, "created_at": now, "updated_at": now}
    _records(desk, call)[row["id"]] = row
    return row


def _change(desk: Desk, call: Call, row: Json, data: Json) -> None:
    row |= _read(desk, call, data, row)
    row |= {"updated_by_user_id": str(call.actor_id), "updated_at": stamp(desk.now())}


def _read(desk: Desk, call: Call, data: Json, old: Json | None) -> Json:
    held = old["custom_object_fields"] if old else {}
    fields = fields_of(desk, call.ids["key"]).values()
    external_id = read_text(data, "external_id") if "external_id" in data or old is None else old["external_id"]
    if external_id and any(row["external_id"] == external_id for row in _records(desk, call).values() if row is not old):
        raise invalid("external_id", "External: has already been taken", "DuplicateValue")
    return {
        "name": read_name(data, old, "name"),
        "external_id": external_id,
        "custom_object_fields": read_values(held, data, "custom_object_fields", rows=fields),
    }


def _text(row: Json) -> str:
    values = (str(value) for value in row["custom_object_fields"].values() if value is not None)
    return " ".join((row["name"], row["external_id"] or "", *values)).lower()


def _page(call: Call, rows: Sequence[Json]) -> Answer:
    """By cursor only; the answer counts its own rows, not all."""
    answer = paginate(
        call,
        rows,
        key="custom_object_records",
        render=lambda row: _render(call, row),
        identity=lambda row: order_of(row["id"]),
        offset=False,
        sorts={"updated_at": lambda row: row["updated_at"]},
    )
    if "page" in call.params:
        raise Refusal.bad_request("InvalidPaginationParameter", "Invalid pagination parameter", "use page[size]")
    return Answer(200, answer.body | {"count": len(answer.body["custom_object_records"])})


def _render(call: Call, row: Json) -> Json:
    return {"url": address(call, f"custom_objects/{row['custom_object_key']}/records/{row['id']}"), **row}


_HERE = "/{key}/records"
_ONE = "/{key}/records/{record_id}"

ROUTES: tuple[Route, ...] = (
    object_route("GET", _HERE, list_records),
    object_route("POST", _HERE, post_record),
    object_route("PATCH", _HERE, upsert_record),
    object_route("DELETE", _HERE, remove_by_external_id),
    object_route("GET", f"{_HERE}/count", count_records),
    object_route("GET", f"{_HERE}/search", search_records),
    object_route("GET", f"{_HERE}/autocomplete", autocomplete),
    object_route("GET", _ONE, show_record),
    object_route("PATCH", _ONE, put_record),
    object_route("DELETE", _ONE, remove_record),
)
