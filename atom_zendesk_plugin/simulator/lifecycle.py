"""The life of a ticket: create, update, rate, delete, restore. Every change to a ticket goes through here.

A write is planned on a draft by ``ticket_rules`` and ``people``; only a plan that holds is carried out, together with
its audit. Replaying the audits of a ticket gives its fields: nothing changes a ticket without saying so.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import datetime
from operator import attrgetter
from typing import Any, Final

from atom_zendesk_plugin.simulator.exchange import Json
from atom_zendesk_plugin.simulator.files import forget_files_of, read_uploads
from atom_zendesk_plugin.simulator.firing import fire_triggers, notifies
from atom_zendesk_plugin.simulator.history import AUDITED, Words, change_events, creation_events, make_audit, record
from atom_zendesk_plugin.simulator.intake import as_id, invalid, read_flag, read_id, read_object, read_text
from atom_zendesk_plugin.simulator.objects import (
    Act,
    Audit,
    Deletion,
    Event,
    Rating,
    Role,
    Status,
    Ticket,
)
from atom_zendesk_plugin.simulator.people import People, read_people, settle
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.ticket_rules import (
    check_fresh,
    check_solving,
    move_to,
    write_assignment,
    write_custom_fields,
    write_plain_fields,
    write_status,
    write_tags,
)

COMMENTS_MAX: Final = 5_000
BODY_MAX: Final = 64 * 1024

_WAITING: Final = (Status.PENDING, Status.HOLD, Status.SOLVED)
_MARKUP = re.compile(r"<[^>]*>")
_LINE_ENDS = re.compile(r"<br\s*/?>|</p>|</div>|</li>", re.IGNORECASE)


def create_ticket(desk: Desk, data: Json, *, act: Act, imported: bool = False) -> tuple[Ticket, Audit]:
    """Make a ticket from what a client sent; needs a comment (or a description).

    An ``imported`` ticket lived elsewhere before: it may be solved without what solving needs, and nobody is told.
    """
    actor_id = _acting_user(desk, act)
    ticket = Ticket(
        id=0,
        created_at=act.at,
        updated_at=act.at,
        generated_at=act.known_at,
        requester_id=actor_id,
        submitter_id=actor_id,
        brand_id=desk.default_brand_id(),
        ticket_form_id=desk.default_form_id(),
        custom_status_id=desk.default_status_id(Status.NEW),
        channel=act.channel,
        source=act.source,
    )
    ticket.submitter_id = _read_submitter(desk, data, default=actor_id)
    told = data if data.get("comment") is not None else {**data, "comment": data.get("description")}
    words = _read_words(desk, ticket, told, act=act, default_public=True)
    if words is None:
        raise invalid("base", "Description: cannot be blank", None)
    source = _followed_up(desk, data)
    people = _plan(desk, ticket, data, bulk=False)
    if not imported:
        check_solving(desk, ticket)
    settle(desk, ticket, people, act=act)
    if ticket.organization_id is None:
        ticket.organization_id = desk.users[ticket.requester_id].organization_id
    _write_organization(desk, ticket, data)
    ticket.id = desk.new_ticket_id()
    ticket.description, ticket.is_public = words.body, words.public
    if source is not None:
        _link_followup(desk, ticket, source, act=act)
    events = creation_events(ticket)
    if not imported:
        events += fire_triggers(desk, None, ticket, words, act=act)
    stamp_status(ticket, before=None, at=act.at)
    if words.public and not imported and notifies(desk, "received"):
        events.append(Event("Notification", "received", (ticket.requester_id,)))
    desk.keep_earlier(ticket, existed=False)
    audit = record(desk, ticket, words, events, act=act)
    desk.tickets[ticket.id] = ticket
    desk.index.add(ticket)
    return ticket, audit


def update_ticket(desk: Desk, ticket: Ticket, data: Json, *, act: Act, bulk: bool = False) -> Audit:
    """Change a ticket; returns the audit, which has no events and is not kept when nothing changed.

    ``bulk`` allows ``additional_tags`` and ``remove_tags``, which only update_many knows.
    """
    if ticket.status is Status.CLOSED:
        raise invalid("status", "Status: closed prevents ticket update", None)
    check_fresh(ticket, data)
    draft = ticket.draft()
    words = _read_words(desk, ticket, data, act=act, default_public=ticket.is_public)
    if words is not None and len(ticket.comments) >= COMMENTS_MAX:
        raise invalid("base", f"Comment: a ticket cannot have more than {COMMENTS_MAX} comments")
    people = _plan(desk, draft, data, bulk=bulk)
    if words is not None and "status" not in data and "custom_status_id" not in data:
        _reopen(desk, draft, words)
    if draft.status is not ticket.status or draft.assignee_id != ticket.assignee_id:
        check_solving(desk, draft)
    settle(desk, draft, people, act=act)
    _write_organization(desk, draft, data)
    events = change_events(ticket, draft)
    if words is not None and words.public:
        draft.is_public = True
    if events or words is not None:
        draft.updated_at = act.at
        events += fire_triggers(desk, ticket, draft, words, act=act)
    stamp_status(draft, before=ticket, at=act.at)
    if words is not None and words.public and words.author_id != draft.requester_id and notifies(desk, "replied"):
        events.append(Event("Notification", "replied", (draft.requester_id, *draft.email_cc_ids)))
    return commit(desk, ticket, draft, words, events, act=act)


def offer_rating(desk: Desk, ticket: Ticket, *, act: Act) -> Audit:
    """Ask the requester of a solved ticket how it was."""
    draft = ticket.draft()
    draft.offered = True
    events = [Event("Change", "satisfaction_score", "offered", "unoffered")]
    return commit(desk, ticket, draft, None, events, act=act)


def rate_ticket(desk: Desk, ticket: Ticket, data: Json, *, act: Act) -> Rating:
    """Take the requester's judgement of a solved ticket; a second one replaces the first."""
    score = data.get("score")
    if score not in ("good", "bad"):
        raise invalid("score", "Score: is not one of good, bad")
    if ticket.status not in (Status.SOLVED, Status.CLOSED):
        raise invalid("base", "Ticket: can only be rated when it is solved")
    comment = read_text(data, "comment")
    before = ticket.rating
    rating = Rating(
        id=before.id if before else desk.new_id(),
        ticket_id=ticket.id,
        requester_id=ticket.requester_id,
        assignee_id=ticket.assignee_id,
        group_id=ticket.group_id,
        score=score,
        comment=comment,
        created_at=before.created_at if before else act.at,
        updated_at=act.at,
    )
    draft = ticket.draft()
    draft.rating, draft.offered = rating, True
    events = [Event("Change", "satisfaction_score", score, _score_of(ticket))]
    if comment != (before.comment if before else None):
        events.append(Event("Change", "satisfaction_comment", comment, before.comment if before else None))
    desk.ratings[rating.id] = rating
    commit(desk, ticket, draft, None, events, act=act)
    return rating


def delete_ticket(desk: Desk, ticket: Ticket, *, act: Act) -> None:
    """Put a ticket among the deleted ones, from where it can come back."""
    desk.index.remove(ticket)
    desk.keep_earlier(ticket)
    ticket.deletion = Deletion(at=act.at, actor_id=act.actor_id, previous_state=ticket.status)
    ticket.updated_at = act.at
    record(desk, ticket, None, [Event("Change", "status", "deleted", ticket.status.value)], act=act)
    desk.deleted_tickets[ticket.id] = desk.tickets.pop(ticket.id)


def restore_ticket(desk: Desk, ticket: Ticket, *, act: Act) -> None:
    """Bring a deleted ticket back in the state it had."""
    ticket.deletion = None
    ticket.updated_at = act.at
    record(desk, ticket, None, [Event("Change", "status", ticket.status.value, "deleted")], act=act)
    desk.tickets[ticket.id] = desk.deleted_tickets.pop(ticket.id)
    desk.index.add(ticket)


def leave_organization_of_ticket(desk: Desk, ticket: Ticket, *, act: Act) -> None:
    """Take a ticket out of its organization, closed or not: the organization is about to be deleted."""
    draft = ticket.draft()
    draft.organization_id = None
    commit(desk, ticket, draft, None, change_events(ticket, draft), act=act)


def leave_group_of_ticket(desk: Desk, ticket: Ticket, *, act: Act) -> None:
    """Take a ticket out of its group, and from its assignee, who sat there."""
    draft = ticket.draft()
    draft.group_id = draft.assignee_id = None
    commit(desk, ticket, draft, None, change_events(ticket, draft), act=act)


def purge_ticket(desk: Desk, ticket: Ticket, *, at: datetime) -> None:
    """Forget a deleted ticket for good; what stays is a husk without words, for exports to tell of."""
    desk.scrubbed_tickets[ticket.id] = desk.deleted_tickets.pop(ticket.id)
    ticket.scrubbed = True
    ticket.subject, ticket.description = "SCRUBBED", "X"
    ticket.external_id = ticket.recipient = None
    ticket.tags, ticket.custom, ticket.comments = (), {}, []
    desk.note_change(ticket, at)
    if ticket.rating is not None:
        desk.ratings.pop(ticket.rating.id, None)
    forget_files_of(desk, ticket.id)


def read_comment(data: Json) -> Json:
    """Return the comment of a write as an object; a text alone is its body."""
    comment = data.get("comment")
    return {"body": comment} if isinstance(comment, str | int | float) else read_object(data, "comment")


def _acting_user(desk: Desk, act: Act) -> int:
    """Return who stands behind a write; a rule acts for the account's admin."""
    if act.actor_id in desk.users:
        return act.actor_id
    if desk.admin_id is None:
        raise LookupError("this account has no admin yet: populate it before writing tickets")
    return desk.admin_id


def _read_submitter(desk: Desk, data: Json, *, default: int) -> int:
    """Only staff may submit for somebody else."""
    number = read_id(data, "submitter_id")
    if number is None or not desk.users[default].is_staff:
        return default
    if number not in desk.users:
        raise invalid("submitter_id", "Submitter: does not exist")
    return number


def _plan(desk: Desk, draft: Ticket, data: Json, *, bulk: bool) -> People | None:
    write_plain_fields(desk, draft, data)
    write_tags(draft, data, adding=bulk)
    write_custom_fields(desk, draft, data)
    write_assignment(desk, draft, data)
    write_status(desk, draft, data)
    return read_people(desk, draft, data)


def _read_words(desk: Desk, ticket: Ticket, data: Json, *, act: Act, default_public: bool) -> Words | None:
    """Read the comment of a write; blank ones are None. End users speak in public, light agents in private."""
    told = read_comment(data)
    markup = read_text(told, "html_body")
    body = as_text(markup) if markup else read_text(told, "body") or read_text(told, "value")
    if not body:
        return None
    body = body.encode()[:BODY_MAX].decode(errors="ignore")
    public = read_flag(told, "public") if told.get("public") is not None else default_public
    actor = desk.users.get(act.actor_id)
    # On a ticket that is being made, whoever submits it speaks first.
    author_id = _acting_user(desk, act) if ticket.comments else ticket.submitter_id
    if actor is None or actor.is_staff:
        named = as_id(told.get("author_id"))
        if named is not None:
            if named not in desk.users:
                raise invalid("author_id", "Author: does not exist")
            author_id = named
    else:
        public = True
    if actor is not None and actor.only_private_comments and author_id == actor.id:
        public = False
    return Words(
        body=body, html=markup, public=public, author_id=author_id, attachment_ids=read_uploads(desk, told)
    )


def as_text(markup: str) -> str:
    """Return what a piece of HTML says."""
    return html.unescape(_MARKUP.sub("", _LINE_ENDS.sub("\n", markup))).strip()


def _reopen(desk: Desk, draft: Ticket, words: Words) -> None:
    """A customer's word on a ticket that waits or was solved opens it."""
    author = desk.users[words.author_id]
    if author.role is Role.END_USER and words.public and draft.status in _WAITING:
        move_to(desk, draft, Status.OPEN)


def _write_organization(desk: Desk, draft: Ticket, data: Json) -> None:
    """Take a sent organization when it is one of the requester's; others are ignored, as on the service."""
    if "organization_id" not in data:
        return
    number = as_id(data["organization_id"])
    if number is not None and desk.organization_memberships.find(draft.requester_id, number):
        draft.organization_id = number


def _followed_up(desk: Desk, data: Json) -> Ticket | None:
    number = read_id(data, "via_followup_source_id")
    if number is None:
        return None
    ticket = desk.tickets.get(number)
    if ticket is None or ticket.status is not Status.CLOSED:
        raise invalid("via_followup_source_id", "Via followup source: is not a closed ticket")
    return ticket


def _link_followup(desk: Desk, ticket: Ticket, source: Ticket, *, act: Act) -> None:
    """The source is changed by the system only: it is exported again, but was not updated."""
    source.followup_ids = (*source.followup_ids, ticket.id)
    desk.note_change(source, act.known_at)
    told = {"ticket_id": source.id, "subject": source.subject, "channel": source.channel}
    ticket.source = {"from": told, "to": {}, "rel": "follow_up"}


def stamp_status(draft: Ticket, *, before: Ticket | None, at: datetime) -> None:
    """Write down since when a draft is solved or closed, when its state is new."""
    if before is not None and before.status is draft.status:
        return
    if draft.status is Status.SOLVED or (draft.status is Status.CLOSED and draft.solved_at is None):
        draft.solved_at = at
    elif draft.status is not Status.CLOSED:
        draft.solved_at = None
    draft.closed_at = at if draft.status is Status.CLOSED else None


def _score_of(ticket: Ticket) -> str:
    return ticket.rating.score if ticket.rating else ("offered" if ticket.offered else "unoffered")


_CARRIED: Final = (
    *AUDITED,
    "custom",
    "email_cc_ids",
    "follower_ids",
    "is_public",
    "rating",
    "offered",
    "solved_at",
    "closed_at",
)
_carried: Final[Callable[[Ticket], tuple[Any, ...]]] = attrgetter(*_CARRIED)


def commit(desk: Desk, ticket: Ticket, draft: Ticket, words: Words | None, events: list[Event], *, act: Act) -> Audit:
    """Carry a draft over to its ticket with the audit that tells it; the caller has checked the draft."""
    if not events and words is None:
        return make_audit(desk, ticket, (), act=act)
    desk.keep_earlier(ticket)
    desk.index.move(ticket, draft)
    for name, value in zip(_CARRIED, _carried(draft), strict=True):
        setattr(ticket, name, value)
    ticket.updated_at = act.at
    return record(desk, ticket, words, events, act=act)
