"""The options of one drop-down, one by one."""

from __future__ import annotations

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Handler, Json, Refusal, Route
from atom_zendesk_plugin.simulator.field_writing import WITH_OPTIONS, read_option
from atom_zendesk_plugin.simulator.intake import as_id, invalid, wrapped
from atom_zendesk_plugin.simulator.paging import paginate
from atom_zendesk_plugin.simulator.render.frame import address
from atom_zendesk_plugin.simulator.routes.frame import API, found
from atom_zendesk_plugin.simulator.routes.stored import Family, route
from atom_zendesk_plugin.simulator.state import Desk


def _field(desk: Desk, call: Call, family: Family) -> Json:
    row = family.find(desk, call)
    if row["type"] not in WITH_OPTIONS:
        raise Refusal.not_found()
    return row


def _render(call: Call, family: Family, row: Json, option: Json) -> Json:
    url = address(call, f"{family.path}/{row['id']}/options/{option['id']}")
    return {"url": url, "position": row["custom_field_options"].index(option), **option}


def _listing(family: Family) -> Handler:
    def handler(desk: Desk, call: Call) -> Answer:
        row = _field(desk, call, family)
        return paginate(
            call,
            row["custom_field_options"],
            key="custom_field_options",
            render=lambda option: _render(call, family, row, option),
            identity=lambda option: int(option["id"]),
        )

    return handler


def _showing(family: Family) -> Handler:
    def handler(desk: Desk, call: Call) -> Answer:
        row = _field(desk, call, family)
        return Answer(200, {"custom_field_option": _render(call, family, row, _option(call, row))})

    return handler


def _writing(family: Family) -> Handler:
    """An option with an id, or with a value that is there, is changed; any other is added."""

    def handler(desk: Desk, call: Call) -> Answer:
        row, data = _field(desk, call, family), wrapped(call, "custom_field_option")
        new, number = read_option(desk, data), as_id(data.get("id"))
        options: list[Json] = row["custom_field_options"]
        old = next((one for one in options if one["id"] == number or one["value"] == new["value"]), None)
        if any(one["value"] == new["value"] for one in options if one is not old):
            raise invalid("value", "Value: has already been taken", "DuplicateValue")
        if old is None:
            options.append(new)
            return Answer(201, {"custom_field_option": _render(call, family, row, new)})
        old |= {name: new[name] for name in ("name", "raw_name", "value")}
        return Answer(200, {"custom_field_option": _render(call, family, row, old)})

    return handler


def _removing(family: Family) -> Handler:
    def handler(desk: Desk, call: Call) -> Answer:
        row = _field(desk, call, family)
        row["custom_field_options"].remove(_option(call, row))
        return Answer(204)

    return handler


def _option(call: Call, row: Json) -> Json:
    number = call.id("option_id")
    return found(next((one for one in row["custom_field_options"] if one["id"] == number), None))


def option_routes(family: Family) -> tuple[Route, ...]:
    here = f"{API}/{family.path}/{{id}}/options"
    one = f"{here}/{{option_id}}"
    return (
        route(family, "GET", here, _listing(family)),
        route(family, "POST", here, _writing(family)),
        route(family, "GET", one, _showing(family)),
        route(family, "DELETE", one, _removing(family)),
    )
