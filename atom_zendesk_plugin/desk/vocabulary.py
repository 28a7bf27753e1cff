"""The closed sets a ticket, a user and a list know, once, for the checks and for the documentation.

Extend by adding the value here; error messages and the OpenAPI document follow.
"""

from __future__ import annotations

from typing import Literal

from atom_zendesk_plugin.errors import InvalidInput

Source = Literal["zendesk", "zendesk_search"]
Kind = Literal["tickets", "users", "organizations"]

STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
OPEN_STATUSES = ("new", "open", "pending", "hold")
STATUS_CHANGES = tuple(status for status in STATUSES if status != "new")
"""What a ticket can be set to: it never returns to new."""
PRIORITIES = ("low", "normal", "high", "urgent")
TYPES = ("problem", "incident", "question", "task")
ROLES = ("end-user", "agent", "admin")
SYNTAXES = ("text", "zendesk")

LISTED_SORTS = ("updated_at", "id", "status")
SEARCH_SORTS = {
    "updated_at": "updated_at", "created_at": "created_at", "status": "status", "priority": "priority", "type": "ticket_type",
    "id": "created_at",
}  # fmt: skip
"""Our sort names and search's; search cannot sort by id, but ids are given out in the order of creation."""
SORTS = tuple(f"{sign}{name}" for name in SEARCH_SORTS for sign in ("", "-"))

MAX_LIMIT = 1000
MAX_SEARCH_RESULTS = 1000
MAX_COMMENT_BYTES = 65_535


def one_of(value: object, accepted: tuple[str, ...], field: str) -> str:
    """Return the value when it is one of the accepted words. Raises InvalidInput naming them."""
    if isinstance(value, str) and value in accepted:
        return value
    raise InvalidInput(f"{field} takes one of: {', '.join(accepted)}.", field=field, accepted=list(accepted))
