"""How moments are written for Zendesk: ISO 8601 in UTC, whole seconds, ``Z`` at the end."""

from __future__ import annotations

from datetime import UTC, datetime

from atom_zendesk_plugin.errors import InvalidInput


def stamp(moment: datetime, *, field: str) -> str:
    """Return the text of an aware moment. Raises InvalidInput naming ``field`` without a time zone or out of the calendar's range."""
    if moment.tzinfo is None:
        raise InvalidInput(f"{field} needs a time zone.", field=field)
    try:
        return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    except OverflowError as error:
        raise InvalidInput(f"{field} takes a moment of the years 1 to 9999 in UTC.", field=field) from error
