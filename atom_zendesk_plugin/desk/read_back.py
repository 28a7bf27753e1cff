"""Finding out whether a change was made whose answer was lost: each carries a mark of its own, which its audit keeps.

It is looked for twice, a second apart, because what was lost may still be at work. The time for that is what is left of the request's,
or a little of its own: a person who waits for an answer is better served by a late yes than by a timely perhaps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from atom_zendesk_plugin.desk.history import PAGE
from atom_zendesk_plugin.errors import OutcomeUnknown, ZendeskCallFailed
from atom_zendesk_plugin.records import Audit

if TYPE_CHECKING:
    from atom_zendesk_plugin.client.api import ZendeskClient

OWN_TIME: Final = 5.0
"""Seconds for looking, when the request has fewer left."""
_PAUSES: Final = (0.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What was found: the audit of the change (None: it is not there) at the last look; ``at`` None: nothing could be read."""

    audit: Audit | None
    at: datetime | None


def marked(fields: Mapping[str, object], mark: str) -> dict[str, object]:
    """Return the fields of a change with its mark among them."""
    return {**fields, "metadata": {"atom": {"write": mark}}}


def with_time(client: ZendeskClient) -> ZendeskClient:
    """Return a view of the client with enough time to look."""
    deadline = client.deadline()
    enough = deadline is None or deadline - client.clock.monotonic() >= OWN_TIME
    return client if enough else client.within(seconds=OWN_TIME, lane=client.lane)


def look_for(client: ZendeskClient, ticket_id: int, mark: str) -> Looked:
    """Look for the change with a mark among the ticket's newest audits, with one or two calls. Never raises for an answer that fails."""
    at: datetime | None = None
    for pause in _PAUSES:
        client.clock.sleep(pause)
        try:
            page = client.tickets.audits_page(ticket_id, size=PAGE, sort="-created_at")
        except ZendeskCallFailed:
            break
        at = client.clock.now()
        for audit in page:
            if _mark_of(audit) == mark:
                return Looked(audit=audit, at=at)
    return Looked(audit=None, at=at)


def still_unknown(error: OutcomeUnknown, looked: Looked) -> OutcomeUnknown:
    """Return the error that says that the change was looked for, and when."""
    if looked.audit is not None:
        text = "The change was made, but the ticket could not be read afterwards: look at it, and do not repeat the change."
    elif looked.at is None:
        text = None
    else:
        text = (
            "The answer to the change was lost, and the ticket does not show it: most likely it was not made, but Zendesk may still "
            "be at work on it. Look at the ticket before you repeat the change."
        )
    again = OutcomeUnknown(
        text, method=error.method, endpoint=error.endpoint, status=error.status, request_id=error.request_id
    )
    again.public |= {"looked_for_at": looked.at.isoformat() if looked.at else None, "found": looked.audit is not None}
    return again


def _mark_of(audit: Audit) -> Any:
    found: Any = audit.metadata
    for name in ("custom", "atom", "write"):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
