"""The operation that reads the log of what was changed at Zendesk."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta

from atom_zendesk_plugin.errors import InvalidInput
from atom_zendesk_plugin.web.fields import Body, Cursor, Limit, Query
from atom_zendesk_plugin.web.operations import API, Answer, AnyOperation, Call, Operation
from atom_zendesk_plugin.web.present.writes import WritesData, writes_data
from atom_zendesk_plugin.write_log import WRITE_OUTCOMES

TAG = "Log of writes"


class WritesQuery(Query, kw_only=True, frozen=True):
    limit: Limit = 30
    user: Annotated[str, Meta(max_length=255, description="Only what was done for this ATOM user.")] | None = None
    endpoint: (
        Annotated[str, Meta(max_length=255, description="Only endpoints that begin so, such as /tickets.")] | None
    ) = None
    outcome: (
        Annotated[
            str, Meta(max_length=40, description="Only what ended so.", extra_json_schema={"enum": [*WRITE_OUTCOMES, ""]})
        ]
        | None
    ) = None
    since: (
        Annotated[str, Meta(max_length=40, description="Nothing that began before: ISO 8601, in UTC without an offset.")] | None
    ) = None
    cursor: Cursor | None = None


def list_writes(call: Call[WritesQuery, Body]) -> Answer:
    query = call.query
    page = call.parts.writes.list(
        call.who(),
        account=call.account,
        limit=query.limit,
        user=query.user or None,
        endpoint=query.endpoint or None,
        outcome=query.outcome or None,
        since=_since(query.since or None),
        cursor=query.cursor or None,
    )
    return Answer(data=writes_data(page))


def _since(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInput("since takes an ISO 8601 time such as 2026-01-31T09:00:00Z.", field="since") from None


OPERATIONS: tuple[AnyOperation, ...] = (
    Operation(
        method="GET", path=f"{API}/writes", handler=list_writes, tag=TAG, query=WritesQuery, body=Body, reply=WritesData,
        summary="List what was changed at Zendesk, latest first",
        description="For administrators: every call of your tenant that could change something, whoever made it, with its outcome. Names "
        "of fields only, no values. `account` keeps the writes to one account, also of one that is gone.",
    ),
)  # fmt: skip
