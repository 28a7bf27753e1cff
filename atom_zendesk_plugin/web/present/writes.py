"""Entries of the write log as they appear in answers: names, ids and times, no values."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from atom_zendesk_plugin.accounts.write_history import WritePage
    from atom_zendesk_plugin.store.writes import Entry


class WriteItem(msgspec.Struct, kw_only=True, frozen=True):
    """One call that could change something at Zendesk.

    `user_id` is who it was made for in ATOM (null: the plugin itself) and `via` how they came. `endpoint` is without ids, `record_id` the
    record it named or made. `fields` are the names of what was sent. `outcome` is sent (nothing more was heard of it: the process ended),
    done, refused, unknown (the answer was lost) or not_sent. `key_hash` is the SHA-256 of the idempotency key, `duration` seconds.
    """

    id: int
    began_at: datetime
    account: str
    user_id: str | None
    via: str
    method: str
    endpoint: str
    record_id: str | None
    fields: list[str]
    key_hash: str | None
    outcome: str
    status: int | None
    error: str | None
    request_id: str | None
    duration: float | None
    attempts: int | None


class WritesData(msgspec.Struct, kw_only=True, frozen=True):
    """The latest first; `cursor` leads on and is null at the end."""

    writes: list[WriteItem]
    count: int
    has_more: bool
    cursor: str | None


def writes_data(page: WritePage) -> WritesData:
    items = [write_item(entry) for entry in page.entries]
    return WritesData(writes=items, count=len(items), has_more=page.cursor is not None, cursor=page.cursor)


def write_item(entry: Entry) -> WriteItem:
    return WriteItem(
        id=entry.id,
        began_at=entry.began_at,
        account=entry.account,
        user_id=entry.user_id,
        via=entry.via,
        method=entry.method,
        endpoint=entry.endpoint,
        record_id=entry.record_id,
        fields=list(entry.fields),
        key_hash=entry.key_hash,
        outcome=entry.outcome,
        status=entry.status,
        error=entry.error,
        request_id=entry.request_id,
        duration=entry.duration,
        attempts=entry.attempts,
    )
