"""Agents at work: who can take what right now, what each is good at, and what a ticket needs."""

from __future__ import annotations

from collections.abc import Sequence

from atom_zendesk_plugin.client.pagination import Page, Reading
from atom_zendesk_plugin.client.resources.base import (
    Fields,
    Key,
    job_in,
    listing,
    numbered,
    page_in,
    path,
    whole,
    within_bulk,
)
from atom_zendesk_plugin.client.resources.rules import Defined
from atom_zendesk_plugin.client.resources.verbs import Editable, Nested, Readable
from atom_zendesk_plugin.records import JobStatus, Record

_VALUES = "instance_values"


class AgentAvailability(Readable[Record]):
    """``/api/v2/agent_availabilities``, in the form of JSON:API: a record's fields are under ``attributes``.

    Filters such as ``filter[group_ids]`` or ``filter[channel_status]`` (``messaging:online``). 300 lists a minute.
    """

    root, single, kind, at = "data", "data", Record, ("agent_availabilities",)

    def me(self) -> Record:
        """Return the availability of the connected agent."""
        return self._read(self._caller.request("GET", self._path("me")))

    def statuses(self) -> Record:
        """Return the statuses an agent can have, under ``default`` and ``custom``."""
        return whole(self._caller.request("GET", self._path("agent_statuses")))

    def set_status(self, agent_id: int, status_id: int) -> Record:
        """Give an agent a status; 2 is offline, 3 online, 4 away, 5 transfers only, others are the account's own."""
        where = self._path("agent_statuses", "agents", agent_id)
        return whole(self._caller.request("PUT", where, json={"id": status_id}))


class SkillValues(Nested[Record]):
    """The values of one skill, such as the languages."""

    root, single, kind, paged, changes_by = "attribute_values", "attribute_value", Record, "number", "PATCH"


class Skills(Defined[Record], Editable[Record]):
    """``/api/v2/routing/attributes``: what tickets are routed by; ids are texts."""

    root, single, kind, at, paged = "attributes", "attribute", Record, ("routing", "attributes"), "number"

    def values(self, attribute_id: Key) -> SkillValues:
        """Return the values of a skill."""
        return SkillValues(self._caller, "routing", "attributes", attribute_id, "values")

    def of_agent(self, user_id: int) -> Reading[Record]:
        """Read the skills of an agent."""
        where = path("routing", "agents", user_id, _VALUES)
        return numbered(self._caller, where, "attribute_values", Record).records(size=100)

    def set_agent(self, user_id: int, value_ids: Sequence[str]) -> Page[Record]:
        """Replace the skills of an agent."""
        return self._set(path("routing", "agents", user_id, _VALUES), value_ids)

    def of_agents(self, user_ids: Sequence[int] = ()) -> Reading[Record]:
        """Read which agent has which skills, of these agents or of all."""
        where = path("routing", "agents", _VALUES)
        return listing(self._caller, where, _VALUES, Record).records(size=100, params={"filter[agent_ids]": user_ids})

    def change_agents(self, user_ids: Sequence[int], values: Sequence[Fields], *, action: str = "upsert") -> JobStatus:
        """Start a job that adds these values to up to 100 agents; ``action`` ``update`` replaces, ``delete`` takes away."""
        within_bulk(user_ids, field="user_ids")
        job = {
            "action": action,
            "attributes": {"attribute_values": [dict(row) for row in values]},
            "items": [*user_ids],
        }
        where = path("routing", "agents", _VALUES, "jobs")
        return job_in(self._caller.request("POST", where, json={"job": job}))

    def of_ticket(self, ticket_id: int) -> Reading[Record]:
        """Read the skills a ticket needs."""
        where = path("routing", "tickets", ticket_id, _VALUES)
        return numbered(self._caller, where, "attribute_values", Record).records(size=100)

    def set_ticket(self, ticket_id: int, value_ids: Sequence[str]) -> Page[Record]:
        """Replace the skills a ticket needs."""
        return self._set(path("routing", "tickets", ticket_id, _VALUES), value_ids)

    def fulfilled(self, ticket_ids: Sequence[int]) -> Record:
        """Return which of these tickets the connected agent has the skills for, under ``fulfilled_ticket_ids``."""
        where = path("routing", "requirements", "fulfilled")
        return whole(self._caller.request("GET", where, params={"ticket_ids": ticket_ids}))

    def _set(self, where: str, value_ids: Sequence[str]) -> Page[Record]:
        reply = self._caller.request("POST", where, json={"attribute_value_ids": [*value_ids]})
        return page_in(numbered(self._caller, where, "attribute_values", Record), reply)
