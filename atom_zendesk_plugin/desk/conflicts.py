"""A change that was refused because somebody else was faster: what they changed, what was wanted, and what there was before.

``read_conflict`` makes two calls, for the ticket and for its audits since the stamp that was expected.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from atom_zendesk_plugin.desk.history import ForeignChange, field_of, foreign, read_history
from atom_zendesk_plugin.errors import ZendeskConflict
from atom_zendesk_plugin.records import Ticket

if TYPE_CHECKING:
    from atom_zendesk_plugin.client.api import ZendeskClient
    from atom_zendesk_plugin.records import Audit

Fields = Mapping[str, object]

ADDED: Final = frozenset({"comment", "metadata", "followers", "email_ccs"})
"""What is added to a ticket and takes nothing away: it can be in nobody's way."""
_UNTOLD: Final = frozenset({"description", "url"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDifference:
    """One field: its value at the stamp that was expected, theirs (as it is now), and yours. ``by_them``, ``by_you``: who changed it."""

    field: str
    before: object
    theirs: object
    yours: object = None
    by_them: bool
    by_you: bool


class TicketConflict(ZendeskConflict):
    """Somebody changed the ticket since you saw it, so nothing of yours was written: look at `differences` and decide.

    ``ticket`` is as it is now, ``wanted`` what should have been written, ``changes`` every write of others since, the oldest first.
    ``complete`` False: there were more of them than could be read. ``known`` are the ids of all audits that were looked at.
    """

    def __init__(
        self,
        error: ZendeskConflict,
        *,
        ticket: Ticket,
        wanted: Fields,
        differences: tuple[FieldDifference, ...],
        changes: tuple[ForeignChange, ...],
        known: frozenset[int],
        complete: bool,
    ) -> None:
        super().__init__(
            _message(ticket, differences),
            method=error.method,
            endpoint=error.endpoint,
            status=error.status,
            zendesk_code=error.zendesk_code,
            request_id=error.request_id,
            upstream=error.upstream,
        )
        self.ticket, self.wanted = ticket, wanted
        self.differences, self.changes, self.known, self.complete = differences, changes, known, complete
        self.public |= {
            "ticket": _plain(ticket),
            "wanted": {name: value for name, value in wanted.items() if name not in ADDED},
            "differences": [_difference(row) for row in differences],
            "comments": [asdict(comment) for change in changes for comment in change.comments],
            "complete": complete,
        }


def read_conflict(
    client: ZendeskClient, ticket_id: int, *, expected: datetime, wanted: Fields, error: ZendeskConflict
) -> TicketConflict:
    """Return the refusal with all that led to it. Raises what the client raises when the ticket cannot be read."""
    # The ticket first: whatever happens in between is then among the audits.
    ticket = client.tickets.get(ticket_id).record
    history = read_history(client, ticket_id, expected)
    audits = history.unseen()
    return TicketConflict(
        error,
        ticket=ticket,
        wanted=wanted,
        differences=tuple(_differences(ticket, audits, wanted)),
        changes=tuple(map(foreign, audits)),
        known=frozenset(audit.id for audit in history.audits),
        complete=history.complete,
    )


def flat(wanted: Fields) -> dict[str, object]:
    """Return the fields of a write by the names that audits have for them, without what only adds."""
    told: dict[str, object] = {}
    for name, value in wanted.items():
        if name == "custom_fields" and isinstance(value, list):
            told |= {f"custom_fields.{row['id']}": row["value"] for row in value}
        elif name == "requester" and isinstance(value, Mapping):
            told["requester_id"] = value.get("email")
        elif name not in ADDED:
            told[name] = value
    return told


def _differences(ticket: Ticket, audits: tuple[Audit, ...], wanted: Fields) -> Iterator[FieldDifference]:
    yours = flat(wanted)
    before, after = _history_of_values(audits)
    payload = ticket.payload()
    for name in dict.fromkeys([*yours, *before]):
        # Of tags the last audit counts, which may be younger than the ticket as it was read.
        theirs = after[name] if name == "tags" and name in after else _value(payload, name)
        yield FieldDifference(
            field=name,
            before=before.get(name, theirs),
            theirs=theirs,
            yours=yours.get(name),
            by_them=name in before,
            by_you=name in yours,
        )


def _history_of_values(audits: tuple[Audit, ...]) -> tuple[dict[str, object], dict[str, object]]:
    before: dict[str, object] = {}
    after: dict[str, object] = {}
    for audit in audits:
        for event in audit.events:
            if event.type == "Change" and event.field_name:
                name = field_of(event.field_name)
                before.setdefault(name, _typed(name, event.previous_value))
                after[name] = _typed(name, event.value)
    return before, after


def _typed(name: str, value: object) -> object:
    """Return a value of an audit as a ticket has it: audits tell ids as text, and tags sometimes in one text."""
    if name == "tags":
        return value.split() if isinstance(value, str) else list(value) if isinstance(value, list) else []
    if name.endswith("_id") and isinstance(value, str) and value.isascii() and value.isdecimal() and name != "external_id":
        return int(value)
    return value


def _value(payload: Mapping[str, Any], name: str) -> object:
    group, _, number = name.partition(".")
    if group == "custom_fields" and number:
        rows = payload.get("custom_fields") or []
        return next((row.get("value") for row in rows if str(row.get("id")) == number), None)
    return payload.get(name)


def _plain(ticket: Ticket) -> dict[str, object]:
    """Return the ticket's fields as JSON, without what its first comment says."""
    told: dict[str, object] = msgspec.to_builtins(ticket)
    return {name: value for name, value in told.items() if name not in _UNTOLD}


def _difference(row: FieldDifference) -> dict[str, object]:
    told = {"field": row.field, "before": row.before, "theirs": row.theirs, "changed_by_them": row.by_them}
    return told | ({"yours": row.yours} if row.by_you else {})


def _message(ticket: Ticket, differences: tuple[FieldDifference, ...]) -> str:
    names = [row.field for row in differences if row.by_them]
    what = f" ({', '.join(names[:8])}{', ...' if len(names) > 8 else ''})" if names else ""
    return (
        f"Somebody changed ticket {ticket.id} since you saw it{what}, so nothing of yours was written: look at both versions, "
        "then repeat it with the new updated_at, or let it be merged."
    )
