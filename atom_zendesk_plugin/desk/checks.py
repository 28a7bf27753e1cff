"""What a single value must be like before it is sent to Zendesk; each check returns the value as Zendesk takes it.

Zendesk ignores or cuts much of what it does not like without an error, so it is refused here, with advice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from atom_zendesk_plugin.desk.vocabulary import MAX_COMMENT_BYTES, MAX_LIMIT
from atom_zendesk_plugin.errors import InvalidInput

MAX_ID = 2**63 - 1
MAX_LINE = 255
MAX_TAGS = 200
MAX_UPLOADS = 50
MAX_CUSTOM_FIELDS = 400

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f<>()\[\]\\,;:\"]{1,64}@[^@\s\x00-\x1f\x7f<>()\[\]\\,;:\"]+\.[^@\s.]+")
_DOMAIN = re.compile(r"(?i)[^\s.@/\x00-\x1f]+(?:\.[^\s.@/\x00-\x1f]+)+")
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_ZONE_NAME = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+){0,2}")


def identifier(value: object, field: str) -> int:
    """A Zendesk id: a whole number from 1 to 2^63 - 1."""
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_ID:
        return value
    raise InvalidInput(f"{field} takes the id of a record: a whole number above zero.", field=field)


def line(value: object, field: str, *, longest: int = MAX_LINE) -> str:
    """One line of text that is not blank, without control characters; outer blanks are taken off."""
    text = value.strip() if isinstance(value, str) else ""
    if text and len(text) <= longest and not _CONTROL.search(text):
        return text
    raise InvalidInput(f"{field} takes one line of 1 to {longest} characters without control characters.", field=field)


def prose(value: object, field: str, *, most_bytes: int = MAX_COMMENT_BYTES) -> str:
    """Text of several lines that is not blank. Zendesk cuts a comment silently above 65,535 bytes, so longer ones are refused."""
    if not isinstance(value, str) or not value.strip():
        raise InvalidInput(f"{field} takes text that is not blank.", field=field)
    if "\x00" in value:
        raise InvalidInput(f"{field} holds a null character: take it out.", field=field)
    if len(value.encode("utf-8", "surrogatepass")) > most_bytes:
        raise InvalidInput(
            f"{field} is longer than {most_bytes:,} bytes, where Zendesk would cut it off: split it over several comments.",
            field=field,
            most_bytes=most_bytes,
        )
    return value


def email(value: object, field: str) -> str:
    """An e-mail address, in lower case: Zendesk compares them without regard to case."""
    if isinstance(value, str) and len(value) <= MAX_LINE and _EMAIL.fullmatch(value.strip()):
        return value.strip().lower()
    raise InvalidInput(f"{field} takes an e-mail address such as ann@example.com.", field=field)


def switch(value: object, field: str) -> bool:
    if isinstance(value, bool):
        return value
    raise InvalidInput(f"{field} takes true or false.", field=field)


def tags(value: object, field: str) -> list[str]:
    """A list of tags. Zendesk makes several tags of one with blanks in it, so blanks are refused."""
    items = list(value) if isinstance(value, Sequence) and not isinstance(value, str | bytes) else None
    if items is None or len(items) > MAX_TAGS:
        raise InvalidInput(f"{field} takes a list of at most {MAX_TAGS} tags.", field=field)
    for item in items:
        if not isinstance(item, str) or not item or len(item) > MAX_LINE or re.search(r"[\s,\x00-\x1f\x7f]", item):
            raise InvalidInput(
                f"{field}: a tag is one word of at most {MAX_LINE} characters; write a_b for a b.", field=field
            )
    return list(dict.fromkeys(items))


def uploads(value: object, field: str) -> list[str]:
    """A list of tokens that uploading files gave."""
    items = list(value) if isinstance(value, Sequence) and not isinstance(value, str | bytes) else None
    if items is None or not 1 <= len(items) <= MAX_UPLOADS:
        raise InvalidInput(f"{field} takes a list of 1 to {MAX_UPLOADS} tokens of uploaded files.", field=field)
    return [line(item, field) for item in items]


def domains(value: object, field: str) -> list[str]:
    """A list of host names such as ``example.com``, in lower case; mail from them belongs to the organization."""
    items = list(value) if isinstance(value, Sequence) and not isinstance(value, str | bytes) else None
    if items is None or len(items) > MAX_TAGS:
        raise InvalidInput(f"{field} takes a list of at most {MAX_TAGS} domain names.", field=field)
    for item in items:
        if not isinstance(item, str) or not _DOMAIN.fullmatch(item.strip()) or len(item) > MAX_LINE:
            raise InvalidInput(f"{field}: a domain name looks like example.com.", field=field)
    return list(dict.fromkeys(item.strip().lower() for item in items))


def custom_fields(value: object, field: str) -> list[dict[str, object]] | dict[str, object]:
    """Custom fields by name, ``{"Region": "EU"}``, or a list of ``{"id": field id, "value": value}``; a value of None clears that field.

    What names mean and fields take is for ``custom_fields.CustomFields`` to say, which knows them.
    """
    if isinstance(value, Mapping):
        return named_fields(value, field)
    items = list(value) if isinstance(value, Sequence) and not isinstance(value, str | bytes) else None
    if items is None or len(items) > MAX_CUSTOM_FIELDS:
        raise InvalidInput(
            f"{field} takes an object of names and values, or a list of at most {MAX_CUSTOM_FIELDS} objects with id and value.",
            field=field,
        )
    return [_custom_field(item, f"{field}[{place}]") for place, item in enumerate(items)]


def named_fields(value: object, field: str) -> dict[str, object]:
    """Custom fields by name: ``{"Region": "EU"}``; a value of None clears that field."""
    if not isinstance(value, Mapping) or len(value) > MAX_CUSTOM_FIELDS:
        raise InvalidInput(
            f"{field} takes an object of at most {MAX_CUSTOM_FIELDS} names of fields, each with its value.", field=field
        )
    for name, given in value.items():
        line(name, f"a name in {field}")
        _plain_value(given, f"{field}.{name[:80]}")
    return dict(value)


def _custom_field(item: object, field: str) -> dict[str, object]:
    if not isinstance(item, dict) or set(item) != {"id", "value"}:
        raise InvalidInput(f'{field} takes {{"id": number, "value": value}}; null clears the field.', field=field)
    _plain_value(item["value"], f"{field}.value")
    return {"id": identifier(item["id"], f"{field}.id"), "value": item["value"]}


def _plain_value(value: object, field: str) -> None:
    """Raise InvalidInput unless a custom field of some type can hold the value."""
    plain = value is None or isinstance(value, str | bool | date) or (isinstance(value, Decimal) and value.is_finite())
    number = isinstance(value, int | float) and abs(value) <= MAX_ID
    several = isinstance(value, list | tuple | set | frozenset) and all(isinstance(part, str) for part in value)
    if not (plain or number or several):
        raise InvalidInput(f"{field} takes text, a number, true, false, null or a list of texts.", field=field)


def instant(value: object, field: str, *, time_zone: str | None = None) -> str:
    """A moment as ISO 8601 text or datetime, returned in UTC as Zendesk writes it.

    Without an offset it is in ``time_zone`` (an IANA name), else in UTC.
    """
    moment = value if isinstance(value, datetime) else _parse(value, field)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=_zone(time_zone) if time_zone else UTC)
    try:
        return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
    except OverflowError:
        raise _not_an_instant(field) from None


def stamp(value: object, field: str) -> datetime:
    """A ticket's ``updated_at`` as it was told: ISO 8601 text or datetime, with its offset."""
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise InvalidInput(
            f"{field} takes the ticket's updated_at as it was told, such as 2026-01-31T09:00:00Z.", field=field
        )
    return moment


def _parse(value: object, field: str) -> datetime:
    if not isinstance(value, str) or len(value) > 40:
        raise _not_an_instant(field)
    try:
        return datetime.fromisoformat(value.strip())
    except ValueError:
        raise _not_an_instant(field) from None


def _not_an_instant(field: str) -> InvalidInput:
    return InvalidInput(
        f"{field} takes an ISO 8601 time such as 2026-01-31T09:00 or 2026-01-31T09:00:00Z.", field=field
    )


def _zone(name: str) -> ZoneInfo:
    # The name becomes part of a file path inside zoneinfo, which refuses to leave its folder but not to open odd names.
    if len(name) <= 64 and _ZONE_NAME.fullmatch(name):
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
    raise InvalidInput("time_zone takes an IANA name such as Europe/Berlin.", field="time_zone")


def idempotency_key(value: object, field: str = "idempotency_key") -> str:
    if isinstance(value, str) and _KEY.fullmatch(value):
        return value
    raise InvalidInput(
        "Idempotency-Key takes 1 to 255 visible ASCII characters without blanks, such as a UUID.", field=field
    )


def limit(value: object, *, most: int = MAX_LIMIT) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most:
        return value
    raise InvalidInput(f"limit takes a whole number from 1 to {most}.", field="limit")


def fields(
    given: Mapping[str, object],
    known: Mapping[str, Callable[[object, str], object]],
    cleared: Mapping[str, object],
    what: str,
) -> dict[str, object]:
    """Check every field by its row in ``known``; None becomes its value in ``cleared``. Raises InvalidInput naming the field."""
    checked: dict[str, object] = {}
    for name, value in given.items():
        if name not in known:
            raise InvalidInput(
                f"{name} is not a field of {what} that can be set here.", field=name, accepted=sorted(known)
            )
        if value is None and name not in cleared:
            raise InvalidInput(f"{name} cannot be cleared: leave it out to keep it as it is.", field=name)
        checked[name] = cleared[name] if value is None else known[name](value, name)
    return checked
