"""The activity stream: what others did to the caller's tickets."""

from __future__ import annotations

from collections.abc import Sequence

from atom_zendesk_plugin.simulator.activities import Activity, activities_of
from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Route
from atom_zendesk_plugin.simulator.intake import bad_attribute, parse_time
from atom_zendesk_plugin.simulator.paging import paginate
from atom_zendesk_plugin.simulator.render.frame import address, stamp
from atom_zendesk_plugin.simulator.render.people import render_user
from atom_zendesk_plugin.simulator.render.sideloads import users_by_id
from atom_zendesk_plugin.simulator.routes.frame import API, counted, found
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.visibility import actor_of


def list_activities(desk: Desk, call: Call) -> Answer:
    """Beside the activities stand the people in them, whether asked for or not."""

    def people(page: Sequence[Activity]) -> Json:
        user = actor_of(desk, call)
        return {
            "actors": users_by_id(desk, call, (row.actor_id for row in page)),
            "users": [render_user(desk, call, user)] if page else [],
        }

    return paginate(
        call,
        _since(desk, call),
        key="activities",
        render=lambda row: _shown(desk, call, row),
        identity=lambda row: row.id,
        sorts={"created_at": lambda row: row.at},
        extra=people,
        presorted=True,
    )


def count_activities(desk: Desk, call: Call) -> Answer:
    return counted(desk, len(activities_of(desk, actor_of(desk, call))))


def show_activity(desk: Desk, call: Call) -> Answer:
    wanted = call.id()
    rows = activities_of(desk, actor_of(desk, call))
    row = found(next((row for row in rows if row.id == wanted), None))
    return Answer(200, {"activity": _shown(desk, call, row)})


def _since(desk: Desk, call: Call) -> list[Activity]:
    rows = activities_of(desk, actor_of(desk, call))
    text = call.params.get("since")
    if text is None:
        return rows
    moment = parse_time(text)
    if moment is None:
        raise bad_attribute("since", "must be a time")
    return [row for row in rows if row.at >= moment]


def _shown(desk: Desk, call: Call, row: Activity) -> Json:
    user, actor = actor_of(desk, call), desk.users[row.actor_id]
    ticket = {"ticket": {"id": row.ticket.id, "subject": row.ticket.subject}}
    about, title = _told(row, actor.name)
    return {
        "url": address(call, f"activities/{row.id}"),
        "id": row.id,
        "title": title,
        "verb": row.verb,
        "user_id": user.id,
        "actor_id": actor.id,
        "updated_at": stamp(row.at),
        "created_at": stamp(row.at),
        "object": about or ticket,
        "target": ticket,
        "user": render_user(desk, call, user),
        "actor": render_user(desk, call, actor),
    }


def _told(row: Activity, name: str) -> tuple[Json, str]:
    """Return what was done and a sentence that says so; what is done to a ticket as a whole is the ticket itself."""
    number = row.ticket.id
    if row.verb == "tickets.assignment":
        return {}, f"{name} assigned ticket #{number} to you."
    if row.event.comment is not None:
        comment = row.event.comment
        about = {"comment": {"value": comment.body, "public": comment.public}}
        return about, f"{name} commented on ticket #{number}: {comment.body}."
    now, before = (str(value).capitalize() if value else "-" for value in (row.event.value, row.event.previous))
    about = {"change": {"value": now, "value_previous": before}}
    return about, f"{name} increased priority of ticket #{number} to {now}."


_HERE = f"{API}/activities"

ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_HERE, handler=list_activities),
    Route(method="GET", template=f"{_HERE}/count", handler=count_activities),
    Route(method="GET", template=f"{_HERE}/{{id}}", handler=show_activity),
)
