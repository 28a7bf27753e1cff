"""How words are taken back: comments hidden from the customer, or blacked out. There is no way back from either.

What was said stands in three places: the ticket's comments, the audit that brought it, and the description when it was
the first word. A change here reaches all three, and is told by an audit of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from atom_zendesk_plugin.simulator.exchange import Refusal
from atom_zendesk_plugin.simulator.history import record
from atom_zendesk_plugin.simulator.lifecycle import as_text
from atom_zendesk_plugin.simulator.objects import Act, Comment, Event, Ticket
from atom_zendesk_plugin.simulator.state import Desk

BLACK: Final = "\u2587"

_MARKED = re.compile(r"<redact[^>]*>(.*?)</redact>", re.IGNORECASE | re.DOTALL)
_TAGS = re.compile(r"(<[^>]*>)")


def hide_comment(desk: Desk, ticket: Ticket, comment: Comment, *, act: Act) -> None:
    """Make a comment private; one that is private already stays as it is."""
    if not comment.public:
        return
    _rewrite(ticket, comment.id, lambda held: replace(held, public=False))
    ticket.is_public = any(held.public for held in ticket.comments)
    record(desk, ticket, None, [Event("CommentPrivacyChange", value=comment.id)], act=act)
    ticket.updated_at = act.at


def black_out_text(desk: Desk, ticket: Ticket, comment: Comment, text: str, *, act: Act) -> Comment:
    """Black out every occurrence of ``text``; refused when the comment doesn't say it."""
    if text not in comment.body:
        raise Refusal.invalid(text="Text: is not found in the comment")
    bar = BLACK * len(text)
    markup = None if comment.html is None else comment.html.replace(text, bar)
    return _blacked_out(desk, ticket, comment, comment.body.replace(text, bar), markup, act=act)


def black_out_marked(desk: Desk, ticket: Ticket, comment: Comment, markup: str, *, act: Act) -> Comment:
    """Black out what stands inside ``<redact>`` in ``markup``, which must otherwise say what the comment says."""
    if not _MARKED.search(markup):
        raise Refusal.invalid(html_body="Html body: marks nothing to redact")
    unmarked = _MARKED.sub(r"\1", markup)
    if _said(as_text(unmarked)) != _said(comment.body):
        raise Refusal.invalid(html_body="Html body: is not the text of the comment")
    blacked = _MARKED.sub(lambda found: _bars(found[1]), markup)
    return _blacked_out(desk, ticket, comment, as_text(blacked), blacked, act=act)


def _blacked_out(desk: Desk, ticket: Ticket, comment: Comment, body: str, html: str | None, *, act: Act) -> Comment:
    desk.keep_earlier(ticket)
    if ticket.comments[0].id == comment.id:
        ticket.description = body
    _rewrite(ticket, comment.id, lambda held: replace(held, body=body, html=html))
    record(desk, ticket, None, [Event("CommentRedactionEvent", value=comment.id)], act=act)
    ticket.updated_at = act.at
    return next(held for held in ticket.comments if held.id == comment.id)


def _rewrite(ticket: Ticket, comment_id: int, change: Callable[[Comment], Comment]) -> None:
    def changed(comment: Comment) -> Comment:
        return change(comment) if comment.id == comment_id else comment

    ticket.comments[:] = [changed(comment) for comment in ticket.comments]
    for position, audit in enumerate(ticket.audits):
        events = tuple(
            event._replace(comment=changed(event.comment)) if event.comment is not None else event
            for event in audit.events
        )
        ticket.audits[position] = replace(audit, events=events)


def _bars(markup: str) -> str:
    """Black out letters and leave tags standing."""
    parts = _TAGS.split(markup)
    return "".join(part if part.startswith("<") else BLACK * len(part) for part in parts)


def _said(text: str) -> str:
    return " ".join(text.split())
