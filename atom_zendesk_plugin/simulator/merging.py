"""How tickets become one: sources close for good, their customers come along, and both sides say what happened."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from atom_zendesk_plugin.simulator.exchange import Json, Refusal
from atom_zendesk_plugin.simulator.history import Words, change_events
from atom_zendesk_plugin.simulator.intake import read_flag, read_text
from atom_zendesk_plugin.simulator.lifecycle import commit, stamp_status
from atom_zendesk_plugin.simulator.objects import Act, Event, Status, Ticket
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.ticket_rules import move_to

MERGED_TAG: Final = "closed_by_merge"
MOST_SOURCES: Final = 100


def check_merge(target: Ticket, source: Ticket) -> None:
    """Refuse a pair that can't become one."""
    if target is source:
        raise Refusal.invalid(base="A ticket cannot be merged into itself")
    for ticket in (target, source):
        if ticket.status is Status.CLOSED:
            raise Refusal.invalid(base=f"Ticket {ticket.id} is closed and cannot be merged")


def merge_into(desk: Desk, target: Ticket, source: Ticket, data: Json, *, act: Act) -> None:
    """Close ``source`` in favour of ``target``. Comments stay where they are, one is added on either side.

    ``data`` may carry ``target_comment``, ``source_comment`` and whether each is public; they are private by default.
    """
    check_merge(target, source)
    last = source.comments[-1].body
    into = read_text(data, "source_comment") or f"This request was closed and merged into request #{target.id}."
    about = read_text(data, "target_comment") or f"Request #{source.id} was closed and merged into this one: {last}"
    shown = read_flag(data, "source_comment_is_public"), read_flag(data, "target_comment_is_public")
    _close(desk, source, _words(into, public=shown[0], act=act), act=_act(act, target))
    _take_over(desk, target, source, _words(about, public=shown[1], act=act), act=_act(act, source))


def _close(desk: Desk, source: Ticket, words: Words, *, act: Act) -> None:
    draft = source.draft()
    move_to(desk, draft, Status.CLOSED)
    draft.tags = tuple(sorted({*draft.tags, MERGED_TAG}))
    stamp_status(draft, before=source, at=act.at)
    commit(desk, source, draft, words, change_events(source, draft), act=act)


def _take_over(desk: Desk, target: Ticket, source: Ticket, words: Words, *, act: Act) -> None:
    draft = target.draft()
    people = (*target.email_cc_ids, source.requester_id, *source.email_cc_ids)
    draft.email_cc_ids = tuple(dict.fromkeys(one for one in people if _is_copied(desk, target, one)))
    draft.follower_ids = tuple(dict.fromkeys((*target.follower_ids, *source.follower_ids)))
    events = change_events(target, draft)
    if words.public:
        draft.is_public = True
        events.append(Event("Notification", "replied", (draft.requester_id, *draft.email_cc_ids)))
    commit(desk, target, draft, words, events, act=act)


def _is_copied(desk: Desk, target: Ticket, user_id: int) -> bool:
    return user_id != target.requester_id and desk.users[user_id].active


def _words(body: str, *, public: bool, act: Act) -> Words:
    return Words(body=body, html=None, public=public, author_id=act.actor_id)


def _act(act: Act, other: Ticket) -> Act:
    told = {"ticket_id": other.id, "subject": other.subject, "channel": other.channel}
    return replace(act, source={"from": told, "to": {}, "rel": "merge"})
