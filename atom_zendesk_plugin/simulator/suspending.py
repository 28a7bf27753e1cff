"""Mail that was held back before it became a ticket: how it comes about, and the few that a new account has."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from atom_zendesk_plugin.simulator.exchange import Json
from atom_zendesk_plugin.simulator.render.frame import stamp
from atom_zendesk_plugin.simulator.state import Desk

CAUSES: Final = {"Detected as spam": 0, "Automated response mail": 3, "Received from support address": 10}


def suspend_mail(desk: Desk, *, name: str, email: str, subject: str, content: str, cause: str, at: datetime) -> Json:
    """Hold a mail back; ``cause`` is one of ``CAUSES``."""
    row = {
        "id": desk.new_id(),
        "author": {"id": None, "name": name, "email": email},
        "subject": subject,
        "content": content,
        "cause": cause,
        "cause_id": CAUSES[cause],
        "message_id": f"<{desk.rng.getrandbits(64):x}@mail.example>",
        "ticket_id": None,
        "recipient": f"support@{desk.subdomain}.zendesk.com",
        "created_at": stamp(at),
        "updated_at": stamp(at),
        "via": {"channel": "email", "source": {"from": {"address": email, "name": name}, "to": {}, "rel": None}},
        "brand_id": desk.default_brand_id(),
        "attachments": [],
        "error_messages": None,
    }
    desk.shelves["suspended_tickets"][row["id"]] = row
    return row


def hold_some_back(desk: Desk) -> None:
    """Give an account the mail that lies in every spam folder."""
    for number, cause in enumerate(CAUSES, start=1):
        suspend_mail(
            desk,
            name=f"Sender {number}",
            email=f"sender.{number}@bulk.example",
            subject=f"You have won, letter {number}",
            content="Answer today and it is yours.",
            cause=cause,
            at=desk.now() - timedelta(hours=number),
        )
