"""Triggers and automations over the wire: written, ordered, found, described."""

from __future__ import annotations

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Route
from atom_zendesk_plugin.simulator.render.definitions import rule_definitions
from atom_zendesk_plugin.simulator.routes.frame import API
from atom_zendesk_plugin.simulator.routes.stored import (
    Family,
    changing_many,
    crud,
    listing_active,
    removing_many,
    reordering,
    route,
    searching,
)
from atom_zendesk_plugin.simulator.rule_writing import read_automation, read_trigger
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.trigger_revisions import note_revision


def show_definitions(desk: Desk, call: Call) -> Answer:
    return Answer(200, {"definitions": rule_definitions()})


def _forget_notice(desk: Desk, row: Json) -> None:
    """A notice whose trigger is removed is sent no more."""
    for rule in desk.config.rules.values():
        if rule["id"] == row["id"]:
            rule["deleted"] = True


def _note_revision(desk: Desk, call: Call, row: Json) -> None:
    assert call.actor_id is not None
    note_revision(desk, row, author_id=call.actor_id, at=desk.now())


TRIGGERS = Family(
    one="trigger",
    many="triggers",
    path="triggers",
    read=read_trigger,
    scope="triggers",
    before_removal=_forget_notice,
    after_write=_note_revision,
)
AUTOMATIONS = Family(
    one="automation", many="automations", path="automations", read=read_automation, scope="automations"
)


def _rules(family: Family) -> tuple[Route, ...]:
    here = f"{API}/{family.path}"
    return (
        *crud(family),
        route(family, "GET", f"{here}/active", listing_active(family)),
        route(family, "GET", f"{here}/search", searching(family)),
        route(family, "PUT", f"{here}/update_many", changing_many(family)),
        route(family, "DELETE", f"{here}/destroy_many", removing_many(family)),
    )


ROUTES: tuple[Route, ...] = (
    *_rules(TRIGGERS),
    route(TRIGGERS, "PUT", f"{API}/triggers/reorder", reordering(TRIGGERS, "trigger_ids")),
    route(TRIGGERS, "GET", f"{API}/triggers/definitions", show_definitions),
    *_rules(AUTOMATIONS),
)
