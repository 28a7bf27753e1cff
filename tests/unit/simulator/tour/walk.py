"""A walk through every route of an account: what is asked, and what was answered."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final

import requests

from atom_zendesk_plugin.simulator.exchange import Route
from atom_zendesk_plugin.simulator.facade import Simulator
from atom_zendesk_plugin.simulator.routes import ALL_ROUTES

HOST: Final = "https://acme.zendesk.com"
API: Final = "/api/v2"
ASKED_APART: Final = frozenset(
    {
        "/activities/{id}",
        "/channels/voice/phone_numbers",
        "/users/{id}/compliance_deletion_statuses",
        "/business_hours/schedules/{id}",
        "/business_hours/schedules/{id}/holidays",
        "/business_hours/schedules/{id}/holidays/{holiday_id}",
        "/agent_availabilities/{id}",
        "/dynamic_content/items/{id}",
        "/dynamic_content/items/{id}/variants",
        "/dynamic_content/items/{id}/variants/{variant_id}",
        "/dynamic_content/items/show_many",
        "/guide/survey_responses/{id}",
        "/routing/agents/{id}/instance_values",
        "/routing/attributes/{id}",
        "/routing/attributes/{id}/values",
        "/routing/attributes/{id}/values/{value_id}",
        "/routing/tickets/{id}/instance_values",
        "/suspended_tickets/{id}",
        "/triggers/{id}/revisions/{revision_id}",
        "/tickets/{id}/side_conversations/{conversation_id}",
        "/tickets/{id}/side_conversations/{conversation_id}/events",
        "/ticket_fields/{id}/options",
        "/ticket_fields/{id}/options/{option_id}",
        "/user_fields/{id}/options",
        "/user_fields/{id}/options/{option_id}",
        "/users/{id}/group_memberships/{membership_id}",
        "/users/{id}/organization_memberships/{membership_id}",
    }
)
"""What needs an object of its own to be read."""

OFFSETS_ONLY: Final = frozenset({"/search", "/views/search"})


@dataclass(slots=True)
class Tour:
    """A walk through every route of an account, remembering what was answered."""

    simulator: Simulator
    session: requests.Session
    answered: list[tuple[Route, int, Any]] = field(default_factory=list)

    def ask(
        self,
        method: str,
        template: str,
        body: Any = None,
        *,
        query: str = "",
        by: int = 0,
        raw: bytes | None = None,
        **ids: int | str,
    ) -> Any:
        """Call a route; ``{id}`` and its like are filled from ``ids``. Returns the answer's body."""
        route = next(row for row in ALL_ROUTES if (row.method, row.template) == (method, API + template))
        path = re.sub(r"\{(\w+)\}", lambda found: str(ids[found[1]]), route.template)
        token = self.simulator.issue_token(by or self.admin_id, ["read", "write"])
        reply = self.session.request(
            method,
            f"{HOST}{path}{query}",
            json=body,
            data=raw,
            headers={"Authorization": f"Bearer {token}"},
            timeout=(1, 1),
        )
        assert reply.status_code < 300, f"{method} {path}: {reply.text}"
        told = json.loads(reply.content) if reply.content else None
        self.answered.append((route, reply.status_code, told))
        return told

    def attached(self) -> int:
        """Make a ticket with a file and return the file's id."""
        upload = self.ask("POST", "/uploads", raw=b"hello", query="?filename=b.txt")["upload"]
        said = {"ticket": {"comment": {"body": "see there", "uploads": [upload["token"]]}}}
        self.ask("POST", "/tickets", said)
        return int(upload["attachment"]["id"])

    @property
    def admin_id(self) -> int:
        assert self.simulator.desk.admin_id is not None
        return self.simulator.desk.admin_id

    def reads(self, **tables: int | str) -> None:
        """Ask every list and every single object; ``tables`` gives the id to show for each first part of a path."""
        queries = {
            "show_many": f"?ids={tables['tickets']}",
            "autocomplete": "?name=an",
            "search": "?query=type:ticket&name=x",
            "export": "?query=type:ticket&filter[type]=ticket",
            "count": "?query=type:ticket",
            "count_many": f"?ids={tables['views']}",
        }
        customers = {"requests": tables["customer"]}
        for route in ALL_ROUTES:
            if route.method != "GET":
                continue
            template = route.template.removeprefix(API)
            if template in ASKED_APART:
                continue
            home, last = template.split("/")[1], template.rpartition("/")[2]
            ids = {**tables, "id": tables.get(home, 0)}
            base = queries.get(last, "") if home != "incremental" else "?start_time=0"
            for query in (base, f"{base}{'&' if base else '?'}page[size]=2"):
                if template not in OFFSETS_ONLY or "page[" not in query:
                    self.ask("GET", template, query=query, by=int(customers.get(home, 0)), raw=None, **ids)
