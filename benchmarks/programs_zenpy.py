"""The tasks of ``side_by_side`` as Zenpy's manual has them done; where it offers a thriftier way, that too, named ``..._thrifty``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import requests
from zenpy import Zenpy
from zenpy.lib.api_objects import Comment, Ticket, User

from atom_zendesk_plugin.simulator.adapter import SimulatorAdapter
from atom_zendesk_plugin.simulator.facade import Simulator


class ZenpyPrograms:
    """One method for each task."""

    name = "zenpy"

    def __init__(self, simulator: Simulator) -> None:
        session = requests.Session()
        session.mount("https://", SimulatorAdapter(simulator.wsgi_app))
        token = simulator.credentials.access_token
        self._zen = Zenpy(subdomain="acme", oauth_token=token, session=session, timeout=30)

    def names(self) -> object:
        """Return 1,000 tickets with their names, asked for as attributes."""
        return self._named(self._zen.tickets())

    def names_thrifty(self) -> object:
        """Return them with the people and places asked for beside the tickets."""
        return self._named(self._zen.tickets(include=["users", "groups", "organizations"]))

    def one(self, ticket_id: int) -> object:
        """Return a ticket with the words and names of its conversation."""
        ticket = self._zen.tickets(id=ticket_id)
        said = [[comment.author.name, comment.body] for comment in self._zen.tickets.comments(ticket=ticket_id)]
        return [ticket.subject, ticket.requester.name, ticket.assignee.name if ticket.assignee_id else None, said]

    def search(self, query: str) -> object:
        """Return the ids of the hits ``search`` gives."""
        return [ticket.id for ticket in self._zen.search(query, type="ticket")]

    def search_thrifty(self, query: str) -> object:
        """Return the ids of the hits ``search_export`` gives."""
        return [ticket.id for ticket in self._zen.search_export(query=query, type="ticket")]

    def tags(self, ids: Sequence[int], tag: str) -> object:
        """Tag tickets a hundred at a time: more than that at once is refused."""
        for start in range(0, len(ids), 100):
            rows = [Ticket(id=number, additional_tags=[tag]) for number in ids[start : start + 100]]
            self._finish(self._zen.tickets.update(rows))
        return None

    def creates(self, subject: str) -> object:
        """Make 100 tickets."""
        rows = [Ticket(subject=subject, comment=Comment(body=f"Number {number}")) for number in range(100)]
        self._finish(self._zen.tickets.create(rows))
        return None

    def people(self, domain: str) -> object:
        """Make 500 users, or change those that are there, a hundred at a time."""
        rows = [User(name=f"Person {number}", email=f"{number}@{domain}") for number in range(500)]
        for start in range(0, len(rows), 100):
            self._finish(self._zen.users.create_or_update(rows[start : start + 100]))
        return None

    def _named(self, tickets: Iterable[Any]) -> object:
        return [
            [
                ticket.id,
                ticket.requester.name,
                ticket.assignee.name if ticket.assignee_id else None,
                ticket.organization.name if ticket.organization_id else None,
                ticket.group.name if ticket.group_id else None,
            ]
            for ticket in islice(tickets, 1000)
        ]

    def _finish(self, job: Any) -> None:
        while self._zen.job_status(id=job.id).status not in ("completed", "failed", "killed"):
            continue  # a program would sleep here; calls are counted, not time
