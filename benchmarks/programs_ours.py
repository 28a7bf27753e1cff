"""The tasks of ``side_by_side`` as they are done with this package."""

from __future__ import annotations

import random
from collections.abc import Sequence

from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.client.api import ZendeskClient, build_client
from atom_zendesk_plugin.client.resources.jobs import DONE
from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.config import load_settings
from atom_zendesk_plugin.desk.desk import Desk
from atom_zendesk_plugin.records import JobStatus, Ticket
from atom_zendesk_plugin.simulator.adapter import SimulatorAdapter
from atom_zendesk_plugin.simulator.facade import Simulator

AT_ONCE = 25
"""Jobs under way together; Zendesk allows 30."""


class Ours:
    """One method for each task; waiting passes on a clock of its own."""

    name = "ours"

    def __init__(self, simulator: Simulator) -> None:
        clock = ManualClock()
        config = {"ZENDESK_SUBDOMAIN": "acme", "ZENDESK_ACCESS_TOKEN": simulator.credentials.access_token}
        self._clock = clock
        self._client: ZendeskClient = build_client(
            load_settings(config, {}),
            account_key="bench",
            clock=clock,
            rng=random.Random(1),
            adapter=SimulatorAdapter(simulator.wsgi_app),
        ).within()
        caller = Caller(user_id="bench", roles=frozenset({"admin"}), via="internal")
        agent_url = "https://acme.zendesk.com"
        self._desk = Desk(self._client, caller=caller, journal=None, clock=clock, agent_url=agent_url)

    def names(self) -> object:
        """Return 1,000 tickets with the names of requester, assignee, organization and group."""
        page = self._desk.tickets.list(limit=1000)
        people, organizations, groups = page.people, page.organizations, page.groups
        return [
            [
                ticket.id,
                people[ticket.requester_id or 0].name,
                people[ticket.assignee_id].name if ticket.assignee_id else None,
                organizations[ticket.organization_id].name if ticket.organization_id else None,
                groups[ticket.group_id].name if ticket.group_id else None,
            ]
            for ticket in page.records
        ]

    def one(self, ticket_id: int) -> object:
        """Return a ticket with the words and names of its conversation."""
        detail = self._desk.tickets.get(ticket_id)
        people, ticket = detail.names.people, detail.ticket
        return [
            ticket.subject,
            people[ticket.requester_id or 0].name,
            people[ticket.assignee_id].name if ticket.assignee_id else None,
            [[people[comment.author_id or 0].name, comment.body] for comment in detail.comments],
        ]

    def search(self, query: str) -> object:
        """Return the ids of every hit."""
        return [hit.id for hit in self._client.search.export(query, type="ticket") if isinstance(hit, Ticket)]

    def tags(self, ids: Sequence[int], tag: str) -> object:
        """Tag tickets, any number of them. The one place to change when bulk of any length is there."""
        for start in range(0, len(ids), AT_ONCE * 100):
            part = ids[start : start + AT_ONCE * 100]
            chunks = [part[at : at + 100] for at in range(0, len(part), 100)]
            self._finish([self._client.tickets.update_many(chunk, {"additional_tags": [tag]}) for chunk in chunks])
        return None

    def creates(self, subject: str) -> object:
        """Make 100 tickets."""
        rows = [{"subject": subject, "comment": {"body": f"Number {number}"}} for number in range(100)]
        self._finish([self._client.tickets.create_many(rows)])
        return None

    def people(self, domain: str) -> object:
        """Make 500 users, or change those that are there."""
        rows = [{"name": f"Person {number}", "email": f"{number}@{domain}"} for number in range(500)]
        chunks = [rows[start : start + 100] for start in range(0, len(rows), 100)]
        self._finish([self._client.users.create_or_update_many(chunk) for chunk in chunks])
        return None

    def remove(self, ids: Sequence[int]) -> None:
        """Delete tickets, any number of them."""
        for start in range(0, len(ids), 100):
            self._finish([self._client.tickets.delete_many(ids[start : start + 100])])

    def _finish(self, jobs: Sequence[JobStatus]) -> None:
        ids = [job.id for job in jobs]
        while ids:
            self._clock.sleep(1)
            ids = [job.id for job in self._client.jobs.show_many(ids) if job.status not in DONE]
