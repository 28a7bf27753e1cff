"""How a test steers a simulator over HTTP: everything under ``/_simulator``, which Zendesk does not have.

Time can be read and moved, faults planned, limits and switches changed, automations run, calls read. Whoever reaches the port may do so.
"""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any, Protocol, runtime_checkable

from atom_zendesk_plugin.simulator.automating import run_automations
from atom_zendesk_plugin.simulator.calls import CallLog
from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Refusal, Route
from atom_zendesk_plugin.simulator.faults import BadFault, FaultPlan, FaultRule
from atom_zendesk_plugin.simulator.limits import Limits
from atom_zendesk_plugin.simulator.state import Desk, Switches

FURTHEST = 400 * 86_400.0

_ORIGIN = re.compile(r"https?://[\w.\-]+(:\d{1,5})?")


@runtime_checkable
class _MovableClock(Protocol):
    def advance(self, seconds: float) -> None:
        """Move time forward."""


class Control:
    """The control routes of one simulator."""

    def __init__(self, *, faults: FaultPlan, limits: Limits, calls: CallLog) -> None:
        self._faults = faults
        self._limits = limits
        self._calls = calls

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(method="GET", template="/_simulator/clock", handler=self.tell_time),
            Route(method="POST", template="/_simulator/clock", handler=self.move_time),
            Route(method="GET", template="/_simulator/faults", handler=self.list_faults),
            Route(method="POST", template="/_simulator/faults", handler=self.add_faults),
            Route(method="DELETE", template="/_simulator/faults", handler=self.clear_faults),
            Route(method="GET", template="/_simulator/calls", handler=self.list_calls),
            Route(method="DELETE", template="/_simulator/calls", handler=self.clear_calls),
            Route(method="GET", template="/_simulator/limits", handler=self.tell_limits),
            Route(method="PUT", template="/_simulator/limits", handler=self.change_limits),
            Route(method="POST", template="/_simulator/automations/run", handler=self.run_automations),
            Route(method="GET", template="/_simulator/webhook_calls", handler=self.list_webhook_calls),
            Route(method="DELETE", template="/_simulator/webhook_calls", handler=self.clear_webhook_calls),
            Route(method="GET", template="/_simulator/switches", handler=self.tell_switches),
            Route(method="PUT", template="/_simulator/switches", handler=self.change_switches),
        )

    def tell_time(self, desk: Desk, call: Call) -> Answer:
        return Answer(200, {"now": desk.clock.now().isoformat()})

    def move_time(self, desk: Desk, call: Call) -> Answer:
        seconds = _number(call.body, "advance")
        if seconds is None or not 0 <= seconds <= FURTHEST:
            raise _refused(f'give {{"advance": seconds}} with a number from 0 to {FURTHEST:.0f}')
        if not isinstance(desk.clock, _MovableClock):
            raise Refusal(Answer(409, {"error": "Conflict", "description": "this simulator's clock can't be moved"}))
        desk.clock.advance(seconds)
        return self.tell_time(desk, call)

    def list_faults(self, desk: Desk, call: Call) -> Answer:
        return Answer(200, {"faults": self._faults.to_json()})

    def add_faults(self, desk: Desk, call: Call) -> Answer:
        """Add one rule, or the list under ``faults``; all or none."""
        told = call.body.get("faults", [call.body])
        try:
            rules = [FaultRule.from_json(rule) for rule in told] if isinstance(told, list) else []
        except BadFault as error:
            raise _refused(str(error)) from error
        if not rules:
            raise _refused('give one rule, or {"faults": [rule, ...]}')
        self._faults.add(*rules)
        return Answer(201, {"faults": self._faults.to_json()})

    def clear_faults(self, desk: Desk, call: Call) -> Answer:
        self._faults.clear()
        return Answer(204)

    def list_calls(self, desk: Desk, call: Call) -> Answer:
        rows = [record.to_json() for record in self._calls]
        return Answer(200, {"calls": rows, "count": len(rows)})

    def clear_calls(self, desk: Desk, call: Call) -> Answer:
        self._calls.clear()
        return Answer(204)

    def tell_limits(self, desk: Desk, call: Call) -> Answer:
        return Answer(200, {"plan": self._limits.plan, "foreign": self._limits.foreign})

    def change_limits(self, desk: Desk, call: Call) -> Answer:
        plan = call.body.get("plan")
        foreign = _number(call.body, "foreign") if "foreign" in call.body else 0.0
        if "plan" not in call.body or not isinstance(plan, str | None) or foreign is None:
            raise _refused('give {"plan": name or null, "foreign": share from 0 to 1}; foreign may be left out')
        try:
            self._limits.configure(plan=plan, foreign=foreign)
        except ValueError as error:
            raise _refused(str(error)) from error
        return self.tell_limits(desk, call)

    def run_automations(self, desk: Desk, call: Call) -> Answer:
        """Run every automation once, as the service does about every hour."""
        with desk.lock:
            return Answer(200, {"changed": run_automations(desk)})

    def list_webhook_calls(self, desk: Desk, call: Call) -> Answer:
        """Tell what rules wanted sent to webhooks, oldest first."""
        with desk.lock:
            rows = [{**asdict(row), "at": row.at.isoformat()} for row in desk.webhook_calls]
        return Answer(200, {"webhook_calls": rows, "count": len(rows)})

    def clear_webhook_calls(self, desk: Desk, call: Call) -> Answer:
        with desk.lock:
            desk.webhook_calls.clear()
        return Answer(204)

    def tell_switches(self, desk: Desk, call: Call) -> Answer:
        return Answer(200, asdict(desk.switches))

    def change_switches(self, desk: Desk, call: Call) -> Answer:
        with desk.lock:
            desk.switches = _read_switches(desk, call.body)
            return self.tell_switches(desk, call)


def _read_switches(desk: Desk, body: Json) -> Switches:
    """Return the switches with those of the body laid over; raises Refusal for one that is wrong."""
    known = asdict(desk.switches)
    if not set(body) <= set(known):
        raise _refused(f"the switches are {', '.join(known)}")
    told = {**known, **body}
    origin, limit = told["attachment_origin"], told["attachment_limit"]
    if not isinstance(told["private_attachments"], bool):
        raise _refused("private_attachments is true or false")
    if not isinstance(origin, str | None) or (origin is not None and not _ORIGIN.fullmatch(origin)):
        raise _refused("attachment_origin is a scheme and a host, or null")
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 0:
        raise _refused("attachment_limit is a number of bytes")
    return Switches(**told)


def _number(body: Json, name: str) -> float | None:
    value: Any = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def _refused(description: str) -> Refusal:
    return Refusal(Answer(422, {"error": "Unprocessable Entity", "description": description}))
