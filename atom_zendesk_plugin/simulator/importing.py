"""Tickets that lived elsewhere: made with the dates and authors they had, without rules, notices or checks of solving.

Everything is read before anything is written, so that a refused import leaves nothing behind.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from atom_zendesk_plugin.simulator.exchange import Json
from atom_zendesk_plugin.simulator.files import read_uploads
from atom_zendesk_plugin.simulator.history import Words
from atom_zendesk_plugin.simulator.intake import as_id, invalid, read_flag, read_text, read_time
from atom_zendesk_plugin.simulator.lifecycle import COMMENTS_MAX, as_text, commit, create_ticket, read_comment
from atom_zendesk_plugin.simulator.objects import Act, Status, Ticket
from atom_zendesk_plugin.simulator.state import Desk


def import_ticket(desk: Desk, data: Json, *, act: Act) -> Ticket:
    """Make a ticket with its whole conversation, the earliest word first."""
    said = sorted(_said(desk, data, act=act), key=lambda row: row[0])
    if not said:
        raise invalid("base", "Description: cannot be blank", None)
    created_at = read_time(data, "created_at") or said[0][0]
    updated_at = read_time(data, "updated_at") or max(said[-1][0], created_at)
    solved_at = read_time(data, "solved_at")
    act = replace(act, imported_at=act.at)
    _, first, row = said[0]
    opening = {**row, "public": first.public, "author_id": first.author_id}
    told = {name: value for name, value in data.items() if name not in ("comments", "description")}
    ticket, _ = create_ticket(desk, {**told, "comment": opening}, act=replace(act, at=created_at), imported=True)
    for at, words, _ in said[1:]:
        draft = ticket.draft()
        draft.is_public = draft.is_public or words.public
        commit(desk, ticket, draft, words, [], act=replace(act, at=at))
    ticket.updated_at = updated_at
    if ticket.status in (Status.SOLVED, Status.CLOSED):
        ticket.solved_at = solved_at or updated_at
    return ticket


def _said(desk: Desk, data: Json, *, act: Act) -> list[tuple[datetime, Words, Json]]:
    """Return the words of an import with their moments and how they were sent, from ``description``, ``comment`` and ``comments``."""
    rows: list[Json] = []
    if data.get("description"):
        rows.append({"body": data["description"], "created_at": data.get("created_at")})
    if data.get("comment") is not None:
        rows.append(read_comment(data) | {"created_at": read_comment(data).get("created_at", data.get("created_at"))})
    told: Any = data.get("comments") or []
    if not isinstance(told, list) or not all(isinstance(row, dict) for row in told):
        raise invalid("comments", "Comments: is not a list of comments")
    rows += told
    if len(rows) > COMMENTS_MAX:
        raise invalid("base", f"Comment: a ticket cannot have more than {COMMENTS_MAX} comments")
    default = as_id(data.get("submitter_id")) or as_id(data.get("requester_id")) or act.actor_id
    return [(read_time(row, "created_at") or act.at, _words(desk, row, default=default), row) for row in rows]


def _words(desk: Desk, row: Json, *, default: int) -> Words:
    author_id = as_id(row["author_id"]) if row.get("author_id") is not None else default
    if author_id is None or author_id not in desk.users:
        raise invalid("author_id", "Author: does not exist")
    markup = read_text(row, "html_body")
    body = as_text(markup) if markup else read_text(row, "body") or read_text(row, "value")
    if not body:
        raise invalid("comments", "Comment: cannot be blank", "BlankValue")
    public = read_flag(row, "public") if row.get("public") is not None else True
    return Words(body=body, html=markup, public=public, author_id=author_id, attachment_ids=read_uploads(desk, row))
