"""Macros: what a prepared set of changes would do to a ticket. Applying one saves nothing."""

from __future__ import annotations

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Route
from atom_zendesk_plugin.simulator.paging import paginate
from atom_zendesk_plugin.simulator.render.frame import configured
from atom_zendesk_plugin.simulator.render.history import markup_of
from atom_zendesk_plugin.simulator.render.tickets import render_ticket
from atom_zendesk_plugin.simulator.routes.frame import API, found
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.visibility import get_ticket


def list_macros(desk: Desk, call: Call) -> Answer:
    return _page(call, list(desk.config.macros.values()))


def list_active(desk: Desk, call: Call) -> Answer:
    return _page(call, [row for row in desk.config.macros.values() if row["active"]])


def show_macro(desk: Desk, call: Call) -> Answer:
    return Answer(200, {"macro": configured(call, "macros", found(desk.config.macros.get(call.id())))})


def preview(desk: Desk, call: Call) -> Answer:
    """Return what a macro sets, for any ticket."""
    return Answer(200, {"result": _effect(found(desk.config.macros.get(call.id())))})


def preview_on_ticket(desk: Desk, call: Call) -> Answer:
    """Return a ticket as it would be with a macro."""
    ticket = get_ticket(desk, call, call.id())
    effect = _effect(found(desk.config.macros.get(call.id("macro_id"))))
    effect["ticket"] = render_ticket(desk, call, ticket) | effect["ticket"]
    return Answer(200, {"result": effect})


def _effect(macro: Json) -> Json:
    changes: Json = {}
    for action in macro["actions"]:
        if action["field"] == "comment_value":
            body = action["value"]
            markup = markup_of(body)
            changes["comment"] = {
                "body": body,
                "html_body": markup,
                "public": True,
                "scoped_body": [["channel:all", body]],
                "scoped_html_body": [["channel:all", markup]],
            }
        else:
            changes[action["field"]] = action["value"]
    return {"ticket": changes}


def _page(call: Call, rows: list[Json]) -> Answer:
    return paginate(
        call,
        rows,
        key="macros",
        render=lambda row: configured(call, "macros", row),
        identity=lambda row: int(row["id"]),
        sorts={"title": lambda row: row["title"], "alphabetical": lambda row: row["title"]},
        default_sort="title",
    )


_HERE = f"{API}/macros"
_READ = "macros:read"

ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_HERE, handler=list_macros, scope=_READ),
    Route(method="GET", template=f"{_HERE}/active", handler=list_active, scope=_READ),
    Route(method="GET", template=f"{_HERE}/{{id}}", handler=show_macro, scope=_READ),
    Route(method="GET", template=f"{_HERE}/{{id}}/apply", handler=preview, scope=_READ),
    Route(
        method="GET",
        template=f"{API}/tickets/{{id}}/macros/{{macro_id}}/apply",
        handler=preview_on_ticket,
        scope=_READ,
    ),
)
