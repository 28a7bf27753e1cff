"""Promises and the hours they are counted in: SLA policies, those between groups, schedules and holidays."""

from __future__ import annotations

from collections.abc import Sequence

from atom_zendesk_plugin.client.resources.base import Fields, Key, record_in
from atom_zendesk_plugin.client.resources.rules import Defined
from atom_zendesk_plugin.client.resources.verbs import Editable, Nested, SlowMoving
from atom_zendesk_plugin.records import Named, Record, SlaPolicy


class SlaPolicies(Defined[SlaPolicy], Editable[SlaPolicy], SlowMoving[SlaPolicy]):
    """``/api/v2/slas/policies``; Zendesk keeps no history of them."""

    root, single, kind, at, paged = "sla_policies", "sla_policy", SlaPolicy, ("slas", "policies"), "number"

    def reorder(self, ids: Sequence[Key]) -> None:
        """Put the policies into this order; the first that fits a ticket is used."""
        self._caller.request("PUT", self._path("reorder"), json={f"{self.single}_ids": [*ids]})


class GroupSlaPolicies(SlaPolicies):
    """``/api/v2/group_slas/policies``; their ids are texts."""

    root, single, at = "group_sla_policies", "group_sla_policy", ("group_slas", "policies")


class Holidays(Nested[Record]):
    """The days on which a schedule's hours don't count."""

    root, single, kind, paged = "holidays", "holiday", Record, "number"


class Schedules(Editable[Named], SlowMoving[Named]):
    """``/api/v2/business_hours/schedules``; intervals are minutes from the beginning of Sunday in the schedule's own zone."""

    root, single, kind, at, paged = "schedules", "schedule", Named, ("business_hours", "schedules"), "number"

    def set_hours(self, schedule_id: Key, intervals: Sequence[Fields]) -> Record:
        """Replace the week of a schedule; each interval has ``start_time`` and ``end_time`` in minutes."""
        body = {"workweek": {"intervals": [dict(row) for row in intervals]}}
        reply = self._caller.request("PUT", self._path(schedule_id, "workweek"), json=body)
        return record_in(reply, "workweek", Record.parse)

    def holidays(self, schedule_id: Key) -> Holidays:
        """Return the holidays of a schedule."""
        return Holidays(self._caller, *self.at, schedule_id, "holidays")
