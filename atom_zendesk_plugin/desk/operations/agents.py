"""Who of the agents is there, and what they are good at."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from atom_zendesk_plugin.desk.operations.operation import (
    AnyDeskOperation,
    DeskOperation,
    Job,
    Many,
    Nothing,
    One,
    Takes,
)
from atom_zendesk_plugin.desk.operations.resource import resource
from atom_zendesk_plugin.desk.values import Id, Ids, Line, Rows

AGENTS = "Agents"


class AgentStatus(Takes, kw_only=True, frozen=True):
    status_id: Id


class AgentIds(Takes, kw_only=True, frozen=True):
    ids: Annotated[list[Id], Meta(max_length=100, description="Ids of agents; without it all of them.")] | None = None


class ValueIds(Takes, kw_only=True, frozen=True):
    value_ids: Annotated[
        list[Line], Meta(max_length=100, description="Ids of skills' values; they replace all there were.")
    ]


class AgentSkills(Takes, kw_only=True, frozen=True):
    user_ids: Ids
    values: Rows
    action: Line = "upsert"


OPERATIONS: tuple[AnyDeskOperation, ...] = (
    DeskOperation(
        name="list_agent_availabilities", command="agents list", method="GET", path="/agent_availabilities", tag=AGENTS, takes=Nothing,
        gives=Many("data"), everyday=True, summary="List which agents are available, and for what",
        do=lambda zendesk, _: zendesk.agent_availability.list(),
    ),
    DeskOperation(
        name="get_agent_availability", command="agents get", method="GET", path="/agent_availabilities/{agent_id}", tag=AGENTS,
        takes=Nothing,
        gives=One("data"), everyday=True, summary="Show whether an agent is available",
        do=lambda zendesk, _, agent_id: zendesk.agent_availability.get(agent_id),
    ),
    DeskOperation(
        name="get_own_availability", command="agents me", method="GET", path="/agent_availabilities/me", tag=AGENTS, takes=Nothing,
        gives=One("data"), everyday=True, summary="Show whether the connected agent is available",
        do=lambda zendesk, _: zendesk.agent_availability.me(),
    ),
    DeskOperation(
        name="list_agent_statuses", command="agents statuses", method="GET", path="/agent_availabilities/agent_statuses", tag=AGENTS,
        takes=Nothing, gives=One("agent_statuses"), everyday=True, summary="List the statuses an agent can have",
        do=lambda zendesk, _: zendesk.agent_availability.statuses(),
    ),
    DeskOperation(
        name="set_agent_status", command="agents set-status", method="PUT", path="/agent_availabilities/agent_statuses/agents/{agent_id}",
        tag=AGENTS, takes=AgentStatus, gives=One("data"), everyday=True, summary="Set the status of an agent", example={"status_id": 1},
        do=lambda zendesk, asked, agent_id: zendesk.agent_availability.set_status(agent_id, asked.status_id),
    ),
    *resource(
        "skill", called="skill", family=lambda zendesk: zendesk.skills, path="/routing/attributes", tag=AGENTS, root="attributes",
        key="attribute", example={"name": "Language"},
    ),
    DeskOperation(
        name="get_skill_definitions", command="skills definitions", method="GET", path="/routing/attributes/definitions", tag=AGENTS,
        takes=Nothing, gives=One("definitions"), summary="Show what skills can ask of a ticket",
        do=lambda zendesk, _: zendesk.skills.definitions(),
    ),
    *resource(
        "skill_value", family=lambda zendesk, skill_id: zendesk.skills.values(skill_id), path="/routing/attributes/{skill_id}/values",
        tag=AGENTS, variable="value_id", root="attribute_values", key="attribute_value", example={"name": "French"},
    ),
    DeskOperation(
        name="list_agent_skills", command="skills of-agent", method="GET", path="/routing/agents/{agent_id}/instance_values", tag=AGENTS,
        takes=Nothing, gives=Many("attribute_values"), everyday=True, summary="List the skills of an agent",
        do=lambda zendesk, _, agent_id: zendesk.skills.of_agent(agent_id),
    ),
    DeskOperation(
        name="set_agent_skills", command="skills set-agent", method="POST", path="/routing/agents/{agent_id}/instance_values", tag=AGENTS,
        takes=ValueIds, destroys=True, gives=Many("attribute_values"), summary="Replace the skills of an agent",
        example={"value_ids": ["b376b35a-e38b-11e8-a292-e3b6377c5575"]},
        do=lambda zendesk, asked, agent_id: zendesk.skills.set_agent(agent_id, asked.value_ids),
    ),
    DeskOperation(
        name="list_skills_of_agents", command="skills of-agents", method="GET", path="/routing/agents/instance_values", tag=AGENTS,
        takes=AgentIds, gives=Many("attribute_values"), summary="List the skills of several agents",
        do=lambda zendesk, asked: zendesk.skills.of_agents(asked.ids or ()),
    ),
    DeskOperation(
        name="change_skills_of_agents", command="skills change-agents", method="POST", path="/routing/agents/instance_values/jobs",
        tag=AGENTS,
        takes=AgentSkills, gives=Job(), summary="Change the skills of up to 100 agents",
        example={"user_ids": [35436], "values": [{"attribute_value_id": "b376b35a-e38b-11e8-a292-e3b6377c5575"}]},
        do=lambda zendesk, asked: zendesk.skills.change_agents(asked.user_ids, asked.values, action=asked.action),
    ),
    DeskOperation(
        name="list_ticket_skills", command="skills of-ticket", method="GET", path="/routing/tickets/{ticket_id}/instance_values",
        tag=AGENTS,
        takes=Nothing, gives=Many("attribute_values"), everyday=True, summary="List the skills a ticket asks for",
        do=lambda zendesk, _, ticket_id: zendesk.skills.of_ticket(ticket_id),
    ),
    DeskOperation(
        name="set_ticket_skills", command="skills set-ticket", method="POST", path="/routing/tickets/{ticket_id}/instance_values",
        tag=AGENTS,
        takes=ValueIds, destroys=True, gives=Many("attribute_values"), summary="Replace the skills a ticket asks for",
        example={"value_ids": ["b376b35a-e38b-11e8-a292-e3b6377c5575"]},
        do=lambda zendesk, asked, ticket_id: zendesk.skills.set_ticket(ticket_id, asked.value_ids),
    ),
)  # fmt: skip
