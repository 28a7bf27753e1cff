"""Business hours: schedules with their week, in minutes from Sunday on, and holidays."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Route
from atom_zendesk_plugin.simulator.intake import invalid, is_day, read_text, wrapped
from atom_zendesk_plugin.simulator.routes.frame import API, found
from atom_zendesk_plugin.simulator.routes.stored import Family, crud, read_name, refuse_taken, route
from atom_zendesk_plugin.simulator.state import Desk

WEEK: Final = 7 * 24 * 60

_OFFICE_HOURS: Final = [{"start_time": day * 1440 + 540, "end_time": day * 1440 + 1020} for day in range(1, 6)]


def _read(desk: Desk, data: Json, old: Json | None) -> Json:
    name = read_name(data, old, "name")
    refuse_taken(desk.shelves["schedules"], "name", name, old)
    zone = read_name(data, old, "time_zone")
    if old is not None:
        return {"name": name, "time_zone": zone}
    return {"name": name, "time_zone": zone, "intervals": _OFFICE_HOURS, "holidays": []}


def _shown(desk: Desk, call: Call, row: Json) -> Json:
    return {name: value for name, value in row.items() if name not in ("url", "holidays")}


SCHEDULES = Family(
    one="schedule",
    many="schedules",
    path="business_hours/schedules",
    read=_read,
    feature="schedules",
    shown=_shown,
)


def list_schedules(desk: Desk, call: Call) -> Answer:
    """This list has no pages."""
    rows = desk.shelves["schedules"].values()
    return Answer(200, {"schedules": [_shown(desk, call, row) for row in rows], "url": f"{call.base_url}{call.path}"})


def put_workweek(desk: Desk, call: Call) -> Answer:
    row = SCHEDULES.find(desk, call)
    row["intervals"] = _intervals(wrapped(call, "workweek").get("intervals"))
    return Answer(200, {"workweek": {"intervals": row["intervals"]}})


def list_holidays(desk: Desk, call: Call) -> Answer:
    row = SCHEDULES.find(desk, call)
    return Answer(200, {"holidays": row["holidays"], "url": f"{call.base_url}{call.path}"})


def show_holiday(desk: Desk, call: Call) -> Answer:
    return Answer(200, {"holiday": _holiday(desk, call)})


def post_holiday(desk: Desk, call: Call) -> Answer:
    row = SCHEDULES.find(desk, call)
    holiday = {"id": desk.new_id(), **_read_holiday(wrapped(call, "holiday"), None)}
    row["holidays"] = [*row["holidays"], holiday]
    return Answer(201, {"holiday": holiday})


def put_holiday(desk: Desk, call: Call) -> Answer:
    holiday = _holiday(desk, call)
    holiday |= _read_holiday(wrapped(call, "holiday"), holiday)
    return Answer(200, {"holiday": holiday})


def remove_holiday(desk: Desk, call: Call) -> Answer:
    holiday = _holiday(desk, call)
    row = SCHEDULES.find(desk, call)
    row["holidays"] = [one for one in row["holidays"] if one is not holiday]
    return Answer(204)


def _holiday(desk: Desk, call: Call) -> Json:
    number = call.id("holiday_id")
    return found(next((one for one in SCHEDULES.find(desk, call)["holidays"] if one["id"] == number), None))


def _read_holiday(data: Json, old: Json | None) -> Json:
    values: Json = {"name": read_name(data, old, "name")}
    for name in ("start_date", "end_date"):
        day = read_text(data, name) if name in data or old is None else old[name]
        if day is None or not is_day(day):
            raise invalid(name, f"{name.replace('_', ' ').capitalize()}: is not a date")
        values[name] = day
    if values["end_date"] < values["start_date"]:
        raise invalid("end_date", "End date: is before the start date")
    return values


def _intervals(told: Any) -> list[Json]:
    """Read opening times: whole minutes, each ending after it starts, none inside another."""
    if not isinstance(told, list) or not all(isinstance(row, dict) for row in told):
        raise invalid("intervals", "Intervals: is not a list of intervals")
    rows = [{name: row.get(name) for name in ("start_time", "end_time")} for row in told]
    for row in rows:
        if not all(isinstance(value, int) and not isinstance(value, bool) for value in row.values()):
            raise invalid("intervals", "Intervals: need a start and an end in minutes each")
        if not 0 <= row["start_time"] < row["end_time"] <= WEEK:
            raise invalid("intervals", "Intervals: must lie within a week, and end after they start")
    rows.sort(key=lambda row: row["start_time"])
    if any(after["start_time"] < before["end_time"] for before, after in pairwise(rows)):
        raise invalid("intervals", "Intervals: overlap")
    return rows


_HERE = f"{API}/business_hours/schedules"
_DAYS = f"{_HERE}/{{id}}/holidays"
_DAY = f"{_DAYS}/{{holiday_id}}"

ROUTES: tuple[Route, ...] = (
    route(SCHEDULES, "GET", _HERE, list_schedules),
    *(row for row in crud(SCHEDULES) if (row.method, row.template) != ("GET", _HERE)),
    route(SCHEDULES, "PUT", f"{_HERE}/{{id}}/workweek", put_workweek),
    route(SCHEDULES, "GET", _DAYS, list_holidays),
    route(SCHEDULES, "POST", _DAYS, post_holiday),
    route(SCHEDULES, "GET", _DAY, show_holiday),
    route(SCHEDULES, "PUT", _DAY, put_holiday),
    route(SCHEDULES, "DELETE", _DAY, remove_holiday),
)
