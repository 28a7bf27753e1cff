"""How automations run: when somebody says so, once over every ticket that is not closed.

The service does it about once an hour; here time stands still until it is moved, so that running is a call of its own.
"""

from __future__ import annotations

from atom_zendesk_plugin.simulator.conditions import Moment, hold
from atom_zendesk_plugin.simulator.exchange import Json
from atom_zendesk_plugin.simulator.firing import fire, fire_triggers, source_of
from atom_zendesk_plugin.simulator.lifecycle import commit, stamp_status
from atom_zendesk_plugin.simulator.objects import SYSTEM_AUTHOR, Act, Status, Ticket
from atom_zendesk_plugin.simulator.state import Desk


def run_automations(desk: Desk) -> int:
    """Run every active automation in its order; return how many tickets were changed, counted per automation."""
    rows = [row for row in desk.shelves["automations"].values() if row["active"]]
    return sum(_run(desk, rule) for rule in sorted(rows, key=lambda row: (row["position"], row["id"])))


def _run(desk: Desk, rule: Json) -> int:
    act = Act(actor_id=SYSTEM_AUTHOR, at=desk.now(), channel="rule", source=source_of(rule, kind="automation"))
    tickets = desk.index.in_states(state for state in Status if state is not Status.CLOSED)
    return sum(_applied(desk, rule, ticket, act=act) for ticket in tickets)


def _applied(desk: Desk, rule: Json, ticket: Ticket, *, act: Act) -> bool:
    if not hold(desk, rule["conditions"], Moment(before=ticket, after=ticket, words=None, act=act)):
        return False
    draft = ticket.draft()
    events = fire(desk, rule, draft, kind="automation", act=act)
    if events:
        draft.updated_at = act.at
        events += fire_triggers(desk, ticket, draft, None, act=act)
    stamp_status(draft, before=ticket, at=act.at)
    commit(desk, ticket, draft, None, events, act=act)
    return bool(events)
