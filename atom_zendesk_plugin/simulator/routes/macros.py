"""Macros: prepared sets of changes, and what one would do to a ticket. Applying one saves nothing."""

from __future__ import annotations

from atom_zendesk_plugin.simulator.conditions import CUSTOM
from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Refusal, Route
from atom_zendesk_plugin.simulator.render.definitions import action_definition, macro_definitions
from atom_zendesk_plugin.simulator.render.history import markup_of
from atom_zendesk_plugin.simulator.render.tickets import render_ticket
from atom_zendesk_plugin.simulator.routes.frame import API
from atom_zendesk_plugin.simulator.routes.stored import (
    Family,
    changing_many,
    crud,
    listing_active,
    removing_many,
    route,
    searching,
)
from atom_zendesk_plugin.simulator.rule_actions import MACRO_ACTIONS
from atom_zendesk_plugin.simulator.rule_writing import read_macro
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.visibility import get_ticket

MACROS = Family(
    one="macro",
    many="macros",
    path="macros",
    read=read_macro,
    scope="macros",
    rows_of=lambda desk: desk.config.macros,
)


def preview(desk: Desk, call: Call) -> Answer:
    """Return what a macro sets, for any ticket."""
    return Answer(200, {"result": _effect(MACROS.find(desk, call))})


def preview_on_ticket(desk: Desk, call: Call) -> Answer:
    """Return a ticket as it would be with a macro."""
    ticket = get_ticket(desk, call, call.id())
    macro = desk.config.macros.get(call.id("macro_id"))
    if macro is None:
        raise Refusal.not_found()
    shown = render_ticket(desk, call, ticket)
    changes: Json = _effect(macro)["ticket"]
    return Answer(200, {"result": {"ticket": _laid_over(shown, changes)}})


def _laid_over(shown: Json, changes: Json) -> Json:
    """Return a shown ticket with the changes of a macro: tags and custom fields are merged, everything else is replaced."""
    tags = set(shown["tags"])
    custom = {row["id"]: row["value"] for row in shown["custom_fields"]}
    plain: Json = {}
    for name, value in changes.items():
        words = set(str(value or "").split())
        match name:
            case "set_tags":
                tags = words
            case "current_tags":
                tags |= words
            case "remove_tags":
                tags -= words
            case _ if name.startswith(CUSTOM):
                custom[int(name.removeprefix(CUSTOM))] = value
            case _:
                plain[name] = value
    fields = [{"id": field_id, "value": value} for field_id, value in custom.items()]
    return {**shown, **plain, "tags": sorted(tags), "custom_fields": fields, "fields": fields}


def show_definitions(desk: Desk, call: Call) -> Answer:
    return Answer(200, {"definitions": macro_definitions()})


def list_actions(desk: Desk, call: Call) -> Answer:
    return Answer(200, {"actions": [action_definition(name) for name in MACRO_ACTIONS]})


def list_categories(desk: Desk, call: Call) -> Answer:
    """A category is what stands before ``::`` in a title."""
    titles = (row["title"] for row in desk.config.macros.values())
    return Answer(200, {"categories": sorted({title.partition("::")[0] for title in titles if "::" in title})})


def _effect(macro: Json) -> Json:
    changes: Json = {}
    for action in macro["actions"]:
        name, value = action["field"], action["value"]
        if name in ("comment_value", "comment_value_html"):
            changes["comment"] = {**_comment(value), **changes.get("comment", {})}
        elif name == "comment_mode_is_public":
            changes["comment"] = {**changes.get("comment", {}), "public": str(value).lower() == "true"}
        else:
            changes[name] = value
    return {"ticket": changes}


def _comment(value: object) -> Json:
    """Return the comment of a macro; a list gives the text after the channel it is for."""
    body = str(value[-1]) if isinstance(value, list) and value else str(value or "")
    markup = markup_of(body)
    return {
        "body": body,
        "html_body": markup,
        "public": True,
        "scoped_body": [["channel:all", body]],
        "scoped_html_body": [["channel:all", markup]],
    }


_HERE = f"{API}/macros"

ROUTES: tuple[Route, ...] = (
    *crud(MACROS),
    route(MACROS, "GET", f"{_HERE}/active", listing_active(MACROS)),
    route(MACROS, "GET", f"{_HERE}/search", searching(MACROS)),
    route(MACROS, "GET", f"{_HERE}/definitions", show_definitions),
    route(MACROS, "GET", f"{_HERE}/actions", list_actions),
    route(MACROS, "GET", f"{_HERE}/categories", list_categories),
    route(MACROS, "PUT", f"{_HERE}/update_many", changing_many(MACROS)),
    route(MACROS, "DELETE", f"{_HERE}/destroy_many", removing_many(MACROS)),
    route(MACROS, "GET", f"{_HERE}/{{id}}/apply", preview),
    route(MACROS, "GET", f"{API}/tickets/{{id}}/macros/{{macro_id}}/apply", preview_on_ticket),
)
