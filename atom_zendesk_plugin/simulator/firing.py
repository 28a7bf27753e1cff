"""How triggers fire: in their order on every write, each at most once; one that changes the ticket starts the round anew.

What they change becomes part of the same audit, with the rule that did it named on each event. The two triggers that
tell customers of their requests come with the account; ``lifecycle`` sends their notices itself.
"""

from __future__ import annotations

from typing import Final

from atom_zendesk_plugin.simulator.conditions import Moment, hold
from atom_zendesk_plugin.simulator.exchange import Json
from atom_zendesk_plugin.simulator.history import Words, change_events
from atom_zendesk_plugin.simulator.objects import Act, Event, Ticket
from atom_zendesk_plugin.simulator.rule_actions import Effects, carry_out
from atom_zendesk_plugin.simulator.state import Desk

NOTICES: Final = ("received", "replied")


def notifies(desk: Desk, name: str) -> bool:
    """Tell whether one of the notices that come with the account is still sent."""
    rule = desk.config.rules[name]
    row = desk.shelves["triggers"].get(rule["id"])
    return bool(row["active"]) if row is not None else not rule["deleted"]


def fire_triggers(desk: Desk, before: Ticket | None, draft: Ticket, words: Words | None, *, act: Act) -> list[Event]:
    """Let the triggers change a draft; return the events that tell it. ``before`` None is a creation."""
    waiting = active_triggers(desk)
    events: list[Event] = []
    moment = Moment(before=before, after=draft, words=words, act=act)
    while (rule := next((row for row in waiting if hold(desk, row["conditions"], moment)), None)) is not None:
        waiting.remove(rule)
        events += fire(desk, rule, draft, kind="trigger", act=act)
    return events


def active_triggers(desk: Desk) -> list[Json]:
    own = {desk.config.rules[name]["id"] for name in NOTICES if name in desk.config.rules}
    rows = [row for row in desk.shelves["triggers"].values() if row["active"] and row["id"] not in own]
    return sorted(rows, key=lambda row: (row["position"], row["id"]))


def fire(desk: Desk, rule: Json, draft: Ticket, *, kind: str, act: Act) -> list[Event]:
    """Carry out all actions of a rule on a draft and write down the calls it makes; return the events that tell it."""
    start, effects = draft.draft(), Effects()
    for action in rule["actions"]:
        carry_out(desk, action, draft, effects, rule=rule, act=act)
    desk.webhook_calls += effects.calls
    source = source_of(rule, kind=kind)
    return [event._replace(source=source) for event in (*change_events(start, draft), *effects.events)]


def source_of(rule: Json, *, kind: str) -> Json:
    told = {"id": rule["id"], "title": rule["title"], "deleted": False}
    return {"from": told, "to": {}, "rel": kind}
