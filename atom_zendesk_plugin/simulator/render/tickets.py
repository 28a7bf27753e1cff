"""How a ticket looks on the wire: exactly the keys that the service sends today."""

from __future__ import annotations

import hashlib
from typing import Final

from atom_zendesk_plugin.simulator.exchange import Call, Json
from atom_zendesk_plugin.simulator.objects import Rating, Ticket
from atom_zendesk_plugin.simulator.render.frame import address, stamp, via
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.ticket_rules import SYSTEM_FIELD_TYPES

_CODE_LETTERS: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def render_ticket(desk: Desk, call: Call, ticket: Ticket, *, just_made: bool = False) -> Json:
    """Return a ticket. ``just_made`` is for the answer to its creation, which has a zero ``generated_timestamp``."""
    fields = custom_fields(desk, ticket)
    return {
        "url": address(call, f"tickets/{ticket.id}"),
        "id": ticket.id,
        "external_id": ticket.external_id,
        "via": via(ticket.channel, ticket.source),
        "created_at": stamp(ticket.created_at),
        "updated_at": stamp(ticket.updated_at),
        "generated_timestamp": 0 if just_made else int(ticket.generated_at.timestamp()),
        "type": ticket.type,
        "subject": ticket.subject,
        "raw_subject": ticket.subject,
        "description": ticket.description,
        "priority": ticket.priority,
        "status": "deleted" if ticket.deletion else ticket.status.value,
        "recipient": ticket.recipient,
        "requester_id": ticket.requester_id,
        "submitter_id": ticket.submitter_id,
        "assignee_id": ticket.assignee_id,
        "organization_id": ticket.organization_id,
        "group_id": ticket.group_id,
        "collaborator_ids": list(ticket.collaborator_ids),
        "follower_ids": list(ticket.follower_ids),
        "email_cc_ids": list(ticket.email_cc_ids),
        "forum_topic_id": None,
        "problem_id": ticket.problem_id,
        "has_incidents": desk.index.size("problem", ticket.id) > 0,
        "is_public": ticket.is_public,
        "due_at": stamp(ticket.due_at),
        "tags": list(ticket.tags),
        "custom_fields": fields,
        "satisfaction_rating": _rating_in_ticket(ticket),
        "sharing_agreement_ids": [],
        "custom_status_id": ticket.custom_status_id,
        "encoded_id": encoded_id(desk, ticket.id),
        "fields": fields,
        "followup_ids": list(ticket.followup_ids),
        "ticket_form_id": ticket.ticket_form_id,
        "brand_id": ticket.brand_id,
        "allow_channelback": False,
        "allow_attachments": True,
        "from_messaging_channel": False,
        "support_type": ticket.support_type,
    }


def custom_fields(desk: Desk, ticket: Ticket) -> list[Json]:
    """Return every active custom field of the account with the ticket's value; an unticked box is false."""
    rows = []
    for field_id, row in desk.config.ticket_fields.items():
        if row["type"] not in SYSTEM_FIELD_TYPES and row["active"]:
            missing = False if row["type"] == "checkbox" else None
            rows.append({"id": field_id, "value": ticket.custom.get(field_id, missing)})
    return rows


def render_rating(call: Call, rating: Rating) -> Json:
    return {
        "url": address(call, f"satisfaction_ratings/{rating.id}"),
        "id": rating.id,
        "assignee_id": rating.assignee_id,
        "group_id": rating.group_id,
        "requester_id": rating.requester_id,
        "ticket_id": rating.ticket_id,
        "score": rating.score,
        "created_at": stamp(rating.created_at),
        "updated_at": stamp(rating.updated_at),
        "comment": rating.comment,
        "reason": None,
        "reason_id": None,
        "reason_code": None,
    }


def render_deleted(desk: Desk, ticket: Ticket) -> Json:
    """Return a ticket as the list of deleted tickets shows it."""
    deletion = ticket.deletion
    assert deletion is not None
    actor = desk.users.get(deletion.actor_id)
    return {
        "id": ticket.id,
        "subject": ticket.subject,
        "actor": {"id": deletion.actor_id, "name": actor.name if actor else "System"},
        "deleted_at": stamp(deletion.at),
        "previous_state": deletion.previous_state,
    }


def encoded_id(desk: Desk, ticket_id: int) -> str:
    """Return the code that the service puts into mails, the same for the same ticket of an account."""
    digest = hashlib.sha256(f"{desk.account_id}/{ticket_id}".encode()).digest()
    letters = [_CODE_LETTERS[byte % len(_CODE_LETTERS)] for byte in digest[:11]]
    return f"{''.join(letters[:6])}-{''.join(letters[6:])}"


def _rating_in_ticket(ticket: Ticket) -> Json:
    if ticket.rating is not None:
        return {"id": ticket.rating.id, "score": ticket.rating.score, "comment": ticket.rating.comment}
    return {"score": "offered" if ticket.offered else "unoffered"}
