"""Views: saved conditions, and the tickets that meet them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Refusal, Route
from atom_zendesk_plugin.simulator.furniture import execution, is_view_column, stamped
from atom_zendesk_plugin.simulator.intake import (
    as_id,
    bad_attribute,
    id_list,
    invalid,
    read_flag,
    read_text,
    wrapped,
    wrapped_list,
)
from atom_zendesk_plugin.simulator.objects import Ticket
from atom_zendesk_plugin.simulator.paging import paginate
from atom_zendesk_plugin.simulator.render.definitions import view_definitions
from atom_zendesk_plugin.simulator.render.frame import address, configured, stamp
from atom_zendesk_plugin.simulator.render.sideloads import beside_tickets, ticket_row
from atom_zendesk_plugin.simulator.routes.frame import API, counted, created, found, ticket_id
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.view_rules import check, matching, tickets_of
from atom_zendesk_plugin.simulator.visibility import actor_of, seen


def list_views(desk: Desk, call: Call) -> Answer:
    active = call.params.get("active")
    rows = list(desk.config.views.values())
    return _page(call, rows if active is None else [row for row in rows if str(row["active"]).lower() == active])


def list_active(desk: Desk, call: Call) -> Answer:
    return _page(call, [row for row in desk.config.views.values() if row["active"]])


def count_views(desk: Desk, call: Call) -> Answer:
    return counted(desk, len(desk.config.views))


def show_many(desk: Desk, call: Call) -> Answer:
    rows = desk.config.views
    return _page(call, [rows[key] for key in sorted(id_list(call)) if key in rows])


def search_views(desk: Desk, call: Call) -> Answer:
    """Find by words of the title; only offsets page through what is found."""
    text = call.params.get("query")
    if text is None:
        raise bad_attribute("query", "is missing")
    words = text.lower().split()
    rows = [row for row in desk.config.views.values() if all(word in row["title"].lower() for word in words)]
    active = call.params.get("active")
    if active is not None:
        rows = [row for row in rows if str(row["active"]).lower() == active.lower()]
    return _page(call, rows, cursor=False)


def show_definitions(desk: Desk, call: Call) -> Answer:
    return Answer(200, {"definitions": view_definitions()})


def put_many(desk: Desk, call: Call) -> Answer:
    """Change position and switch of several views, all or none."""
    told = wrapped_list(call, "views")
    pairs = [(found(desk.config.views.get(as_id(data.get("id")) or 0)), data) for data in told]
    plan = [(row, _moved(data)) for row, data in pairs]
    for row, values in plan:
        row |= {**values, "updated_at": stamp(desk.now())}
    return _page(call, [row for row, _ in plan])


def show_view(desk: Desk, call: Call) -> Answer:
    return Answer(200, {"view": configured(call, "views", _view(desk, call))})


def post_view(desk: Desk, call: Call) -> Answer:
    data = wrapped(call, "view")
    title = read_text(data, "title")
    if not title:
        raise invalid("title", "Title: cannot be blank", "BlankValue")
    conditions = _conditions(data, {"all": [], "any": []})
    check(conditions)
    row = stamped(
        desk,
        title=title,
        raw_title=title,
        active=read_flag(data, "active") if "active" in data else True,
        default=False,
        position=10_000 + len(desk.config.views),
        description=read_text(data, "description"),
        execution=_execution(data, None),
        conditions=conditions,
        restriction=data.get("restriction"),
    )
    desk.config.views[row["id"]] = row
    return created("view", configured(call, "views", row))


def put_view(desk: Desk, call: Call) -> Answer:
    """Sent conditions replace the old ones whole."""
    row = _view(desk, call)
    data = wrapped(call, "view")
    changed: Json = {"conditions": _conditions(data, row["conditions"])}
    check(changed["conditions"])
    if "title" in data:
        title = read_text(data, "title")
        if not title:
            raise invalid("title", "Title: cannot be blank", "BlankValue")
        changed |= {"title": title, "raw_title": title}
    if "description" in data:
        changed["description"] = read_text(data, "description")
    if "active" in data:
        changed["active"] = read_flag(data, "active")
    if "output" in data:
        changed["execution"] = _execution(data, row["execution"])
    row |= {**changed, "updated_at": stamp(desk.now())}
    return Answer(200, {"view": configured(call, "views", row)})


def remove_view(desk: Desk, call: Call) -> Answer:
    del desk.config.views[_view(desk, call)["id"]]
    return Answer(204)


def remove_many(desk: Desk, call: Call) -> Answer:
    for key in id_list(call):
        desk.config.views.pop(key, None)
    return Answer(204)


def list_tickets(desk: Desk, call: Call) -> Answer:
    return _ticket_page(desk, call, _view(desk, call), key="tickets")


def execute_view(desk: Desk, call: Call) -> Answer:
    """Answer with the columns of the view for each ticket, beside the ticket itself."""
    view = _view(desk, call)
    answer = _ticket_page(desk, call, view, key="rows")
    grouping = view["execution"]["group"]
    more: Json = {
        "columns": view["execution"]["columns"],
        "view": {"id": view["id"], "url": address(call, f"views/{view['id']}")},
    }
    if grouping is not None:
        more["groups"] = _groupings(answer.body["rows"], str(view["execution"]["group_by"]))
    return Answer(200, answer.body | more)


def count_view(desk: Desk, call: Call) -> Answer:
    return Answer(200, {"view_count": _view_count(desk, call, _view(desk, call))})


def count_many(desk: Desk, call: Call) -> Answer:
    views = [desk.config.views[key] for key in id_list(call) if key in desk.config.views]
    return Answer(200, {"view_counts": [_view_count(desk, call, view) for view in views]})


def preview(desk: Desk, call: Call) -> Answer:
    return _ticket_page(desk, call, _previewed(call), key="rows")


def preview_count(desk: Desk, call: Call) -> Answer:
    number = len(seen(desk, call, matching(desk, _previewed(call)["conditions"], user=actor_of(desk, call))))
    url = address(call, "views/preview/count")
    return Answer(200, {"view_count": {"url": url, "value": number, "pretty": str(number), "fresh": True}})


def _view(desk: Desk, call: Call) -> Json:
    return found(desk.config.views.get(call.id()))


def _previewed(call: Call) -> Json:
    data = wrapped(call, "view")
    conditions = _conditions(data, {"all": [], "any": []})
    check(conditions)
    return {"conditions": conditions, "execution": _execution(data, None)}


def _moved(data: Json) -> Json:
    values: Json = {}
    if data.get("position") is not None:
        place = as_id(data["position"])
        if place is None:
            raise bad_attribute("position", "must be a number")
        values["position"] = place
    if "active" in data:
        values["active"] = read_flag(data, "active")
    return values


def _page(call: Call, rows: list[Json], *, cursor: bool = True) -> Answer:
    return paginate(
        call,
        sorted(rows, key=lambda row: (row["position"], row["id"])),
        key="views",
        render=lambda row: configured(call, "views", row),
        identity=lambda row: int(row["id"]),
        sorts={
            "position": lambda row: row["position"],
            "title": lambda row: row["title"],
            "alphabetical": lambda row: row["title"],
            "created_at": lambda row: row["created_at"],
            "updated_at": lambda row: row["updated_at"],
        },
        default_sort="position",
        cursor=cursor,
    )


def _ticket_page(desk: Desk, call: Call, view: Json, *, key: str) -> Answer:
    rows = list(seen(desk, call, tickets_of(desk, view, user=actor_of(desk, call))))
    ranks = {ticket.id: rank for rank, ticket in enumerate(rows)}
    render = ticket_row(desk, call) if key == "tickets" else lambda ticket: _row(desk, call, view, ticket)
    # A view has one order, its own: sorting parameters of the call don't change it.
    kept = {name: call.params.getlist(name) for name in call.params if name not in ("sort", "sort_by", "sort_order")}
    return paginate(
        replace(call, params=type(call.params)(kept)),
        rows,
        key=key,
        render=render,
        identity=ticket_id,
        sorts={"rank": lambda ticket: ranks[ticket.id]},
        default_sort="rank",
        extra=beside_tickets(desk, call),
    )


def _row(desk: Desk, call: Call, view: Json, ticket: Ticket) -> Json:
    full = ticket_row(desk, call)(ticket)
    row: Json = {"ticket": {name: full[name] for name in _SHORT}}
    for column in view["execution"]["columns"]:
        name = column["id"]
        if name in ("requester", "assignee", "group", "organization", "submitter"):
            row[f"{name}_id"] = full[f"{name}_id"]
        else:
            row[name] = full.get(_COLUMN_SOURCES.get(name, name))
    group_by = view["execution"]["group_by"]
    if group_by is not None:
        row["group"] = full.get(_COLUMN_SOURCES.get(group_by, group_by), full.get(f"{group_by}_id"))
    return row


_SHORT = ("id", "subject", "description", "status", "type", "priority", "url", "custom_status_id")
_COLUMN_SOURCES = {"created": "created_at", "updated": "updated_at", "ticket_id": "id", "nice_id": "id"}


def _groupings(rows: list[Json], by: str) -> list[Json]:
    values = dict.fromkeys(row["group"] for row in rows)
    return [{"id": value, "name": value, "order": place, "field": by} for place, value in enumerate(values)]


def _view_count(desk: Desk, call: Call, view: Json) -> Json:
    """Answer without a number the first time: the service counts in the background and wants to be asked again."""
    told = {"url": address(call, f"views/{view['id']}/count"), "view_id": view["id"]}
    if view["id"] not in desk.counted_views:
        desk.counted_views.add(view["id"])
        return {**told, "value": None, "pretty": "...", "fresh": False, "active": view["active"]}
    number = len(seen(desk, call, matching(desk, view["conditions"], user=actor_of(desk, call))))
    return {**told, "value": number, "pretty": str(number), "fresh": True, "active": view["active"]}


def _conditions(data: Json, old: Json) -> Json:
    sent = data.get("conditions")
    told = sent if isinstance(sent, dict) else data
    return {
        name: _condition_rows(told[name], name) if told.get(name) is not None else old[name] for name in ("all", "any")
    }


def _condition_rows(rows: Any, name: str) -> list[Json]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) and row.get("field") for row in rows):
        raise bad_attribute(name, "must be a list of conditions")
    for row in rows:
        if not isinstance(row.get("value"), str | int | bool | list | None):
            raise bad_attribute(name, "must be a list of conditions")
    return [
        {"field": str(row["field"]), "operator": str(row.get("operator", "is")), "value": _plain(row.get("value"))}
        for row in rows
    ]


def _plain(value: Any) -> Any:
    """Conditions compare one text; lists carry theirs first."""
    if isinstance(value, list):
        return _plain(value[0]) if value and not isinstance(value[0], list | dict) else ""
    return str(value) if isinstance(value, int) else value


def _execution(data: Json, old: Json | None) -> Json:
    output = data.get("output")
    told = output if isinstance(output, dict) else {}
    columns = told.get("columns", ["subject", "requester"] if old is None else [row["id"] for row in old["columns"]])
    if not isinstance(columns, list):
        raise bad_attribute("columns", "must be a list of columns")
    before = old or {"group_by": None, "sort_by": None, "group_order": "desc", "sort_order": "desc"}
    group_by, sort_by = (told.get(name, before[name]) for name in ("group_by", "sort_by"))
    for name in (*columns, *(part for part in (group_by, sort_by) if part is not None)):
        if not isinstance(name, str) or not is_view_column(name):
            raise Refusal.invalid(base="Invalid output: it names a column that views don't have")
    return execution(
        columns=columns,
        group_by=group_by,
        group_order=_direction(told.get("group_order", before["group_order"])),
        sort_by=sort_by,
        sort_order=_direction(told.get("sort_order", before["sort_order"])),
    )


def _direction(order: Any) -> str:
    return "asc" if str(order).lower() == "asc" else "desc"


_HERE = f"{API}/views"
_ONE = f"{_HERE}/{{id}}"
_READ, _WRITE, _BUCKET = "ticket_views:read", "ticket_views:write", "views-execute"

ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_HERE, handler=list_views, scope=_READ),
    Route(method="POST", template=_HERE, handler=post_view, scope=_WRITE),
    Route(method="GET", template=f"{_HERE}/active", handler=list_active, scope=_READ),
    Route(method="GET", template=f"{_HERE}/compact", handler=list_active, scope=_READ),
    Route(method="GET", template=f"{_HERE}/count", handler=count_views, scope=_READ),
    Route(method="GET", template=f"{_HERE}/count_many", handler=count_many, scope=_READ, bucket="views-count-many"),
    Route(method="GET", template=f"{_HERE}/show_many", handler=show_many, scope=_READ),
    Route(method="GET", template=f"{_HERE}/search", handler=search_views, scope=_READ),
    Route(method="GET", template=f"{_HERE}/definitions", handler=show_definitions, scope=_READ),
    Route(method="PUT", template=f"{_HERE}/update_many", handler=put_many, scope=_WRITE),
    Route(method="DELETE", template=f"{_HERE}/destroy_many", handler=remove_many, scope=_WRITE),
    Route(method="POST", template=f"{_HERE}/preview", handler=preview, scope=_READ, bucket=_BUCKET),
    Route(method="POST", template=f"{_HERE}/preview/count", handler=preview_count, scope=_READ, bucket=_BUCKET),
    Route(method="GET", template=_ONE, handler=show_view, scope=_READ),
    Route(method="PUT", template=_ONE, handler=put_view, scope=_WRITE),
    Route(method="DELETE", template=_ONE, handler=remove_view, scope=_WRITE),
    Route(method="GET", template=f"{_ONE}/tickets", handler=list_tickets, scope=_READ),
    Route(method="GET", template=f"{_ONE}/execute", handler=execute_view, scope=_READ, bucket=_BUCKET),
    Route(method="GET", template=f"{_ONE}/count", handler=count_view, scope=_READ, bucket=_BUCKET),
)
