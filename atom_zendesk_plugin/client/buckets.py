"""Which rate limits a call counts against, as far as that is known before the first answer.

Every call counts against the account. The rows of ``KNOWN`` name the endpoint limits by the names Zendesk's headers give them, where
somebody has seen those; the others are named alike. Further limits are learnt from the headers while running. Some limits are counted per
object: one busy ticket must not hold up the others. Extend by adding a row.

Names are used before the first answer, numbers are not. What one wrong number would cost was weighed: one too small holds people up
although Zendesk has room (sandboxes, plans and add-ons differ by ten times, and the documentation's own tables disagree), one too large is
as good as none; and a limit costs one answer to learn, or one 429 that closes its bucket for the time it names. A limit of one
call a second is left to that too: it is over before its answer is here. So is the number of jobs in flight, which frees itself by work
done and not by time; it has its own 429.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

# "METHOD /path" with ids as {id} -> names of the limits
KNOWN: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "GET /tickets": ("tickets-index",),
        "POST /tickets": ("ticket-request-create-by-user-and-ip",),
        "PUT /tickets/{id}": ("tickets-update", "per-ticket-updates"),
        "DELETE /tickets/{id}": ("tickets-delete",),
        "DELETE /tickets/destroy_many": ("tickets-delete",),
        "GET /deleted_tickets": ("deleted-tickets-index",),
        "DELETE /deleted_tickets/{id}": ("deleted-tickets-destroy",),
        "DELETE /deleted_tickets/destroy_many": ("deleted-tickets-destroy",),
        "GET /tickets/{id}/side_conversations": ("side-conversations",),
        "POST /tickets/{id}/side_conversations": ("side-conversations",),
        "GET /tickets/{id}/side_conversations/{id}": ("side-conversations",),
        "PUT /tickets/{id}/side_conversations/{id}": ("side-conversations",),
        "POST /tickets/{id}/side_conversations/{id}/reply": ("side-conversations",),
        "GET /tickets/{id}/side_conversations/{id}/events": ("side-conversations",),
        "GET /ticket_fields": ("ticket-fields-index",),
        "GET /tags": ("tags-index",),
        "GET /search": ("search-index",),
        "GET /search/export": ("search-export",),
        "GET /incremental/tickets/cursor": ("incremental-exports-cursor",),
        "GET /incremental/tickets": ("incremental-exports",),
        "GET /incremental/ticket_events": ("incremental-exports",),
        "GET /incremental/ticket_metric_events": ("incremental-exports",),
        "GET /incremental/users/cursor": ("incremental-users-cursor",),
        "GET /incremental/users": ("incremental-exports",),
        "GET /incremental/organizations": ("incremental-exports",),
        "GET /incremental/tickets/sample": ("incremental-sample",),
        "GET /incremental/ticket_events/sample": ("incremental-sample",),
        "GET /incremental/users/sample": ("incremental-sample",),
        "GET /incremental/organizations/sample": ("incremental-sample",),
        "PUT /users/{id}": ("create-update-user",),
        "POST /users/create_or_update": ("create-update-user",),
        "DELETE /deleted_users/{id}": ("deleted-users-destroy",),
        "PUT /organizations/{id}": ("update-organization",),
        "GET /views/{id}/tickets": ("views-execute",),
        "GET /views/{id}/execute": ("views-execute",),
        "GET /views/{id}/count": ("views-count",),
        "POST /views/preview": ("views-preview",),
        "POST /views/preview/count": ("views-preview",),
        "GET /views/count_many": ("views-count-many",),
        "GET /attachments/token/{id}": ("attachment-content",),
    }
)

_PER_OBJECT = frozenset({"create-update-user", "update-organization", "views-execute", "views-count"})
_TOO_SHORT = frozenset({"create-update-user-account"})
_EXPORTS = ("incremental-", "search-export")
_IDENTIFIER = re.compile(r"[0-9]+|V3-[0-9a-f]+|[0-9a-f]{32}|[0-9A-HJKMNP-TV-Z]{26}", re.IGNORECASE)


def template(method: str, path: str) -> str:
    """Return method and path with every id as ``{id}``, without ``/api/v2`` and ``.json``; what limits are learnt under."""
    parts = path.removesuffix(".json").removeprefix("/api/v2").split("/")
    return f"{method.upper()} {'/'.join('{id}' if _IDENTIFIER.fullmatch(part) else part for part in parts)}"


def first_id(path: str) -> str | None:
    """Return the first id in a path: the object that a per-object limit counts for."""
    return next((part for part in path.removesuffix(".json").split("/") if _IDENTIFIER.fullmatch(part)), None)


def is_per_object(bucket: str) -> bool:
    return bucket in _PER_OBJECT or bucket.startswith("per-")


def is_for_exports(bucket: str) -> bool:
    """Tell whether only background work uses this limit, so that nothing in it needs to be kept free for people."""
    return bucket.startswith(_EXPORTS)


def pace_key(account: str, bucket: str, path: str) -> str | None:
    """Return the key under which a budget is kept; None when the limit counts an object that the path doesn't name, or is not kept."""
    if bucket in _TOO_SHORT:
        return None
    if not is_per_object(bucket):
        return f"{account}|{bucket}"
    thing = first_id(path)
    return f"{account}|{bucket}|{thing}" if thing else None
