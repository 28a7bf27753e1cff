"""What it means to call a ticket spam: the ticket is deleted, and who sent it writes no more."""

from __future__ import annotations

from atom_zendesk_plugin.simulator.exchange import Refusal
from atom_zendesk_plugin.simulator.lifecycle import delete_ticket
from atom_zendesk_plugin.simulator.objects import Act, Ticket
from atom_zendesk_plugin.simulator.state import Desk


def mark_as_spam(desk: Desk, ticket: Ticket, *, act: Act) -> None:
    """Delete a ticket and suspend its requester; what agents requested is never spam."""
    requester = desk.users[ticket.requester_id]
    if requester.is_staff:
        raise Refusal.invalid(base="Tickets requested by agents cannot be marked as spam")
    delete_ticket(desk, ticket, act=act)
    desk.keep_earlier(requester)
    requester.suspended, requester.updated_at = True, act.at
