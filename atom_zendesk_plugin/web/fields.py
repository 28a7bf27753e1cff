"""The types of single values in requests, with their bounds, as the OpenAPI document shows them.

Types and bounds are checked while a request is decoded; what a word means is checked by the desk, whose errors name what it accepts.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from atom_zendesk_plugin.desk.values import Id, Line
from atom_zendesk_plugin.desk.vocabulary import PRIORITIES, ROLES, SORTS, STATUS_CHANGES, STATUSES, SYNTAXES, TYPES
from atom_zendesk_plugin.errors import InvalidInput

ALL = "all"
"""What pages send for "no filter"; an empty text means the same."""


def _words(words: tuple[str, ...], description: str) -> Meta:
    return Meta(max_length=40, description=description, extra_json_schema={"enum": list(words)})


Limit = Annotated[int, Meta(ge=1, le=100, description="How many records at most.")]
Uploads = Annotated[
    list[Line], Meta(min_length=1, max_length=50, description="Tokens that sending files to /api/zendesk/uploads gave.")
]
Cursor = Annotated[str, Meta(max_length=2048, description="`data.cursor` of the answer before.")]
Day = Annotated[str, Meta(max_length=40, description="A UTC day, YYYY-MM-DD.", examples=["2026-01-31"])]
When = Annotated[
    str,
    Meta(
        max_length=40, description="ISO 8601; without an offset it is in `time_zone`, else in UTC. Only for type task."
    ),
]
ZoneName = Annotated[str, Meta(max_length=64, description="IANA name of a time zone.", examples=["Europe/Berlin"])]

StatusFilter = Annotated[str, _words((*STATUSES, ALL, ""), "Only tickets of this status.")]
PriorityFilter = Annotated[str, _words((*PRIORITIES, ALL, ""), "Only tickets of this priority.")]
RoleFilter = Annotated[str, _words((*ROLES, ALL, ""), "Only users of this role.")]
Sort = Annotated[str, _words(SORTS, "Order; a leading - turns it round.")]
Status = Annotated[str, _words(STATUSES, "The ticket's status.")]
StatusChange = Annotated[str, _words(STATUS_CHANGES, "The ticket's new status; a ticket never returns to new.")]
Priority = Annotated[str, _words(PRIORITIES, "The ticket's priority.")]
CustomStatus = Annotated[
    str, Meta(min_length=1, max_length=255, description="The label agents see of one of the account's custom statuses.")
]
TicketType = Annotated[str, _words(TYPES, "The ticket's type.")]
Role = Annotated[str, _words(ROLES, "The user's role.")]
Syntax = Annotated[
    str,
    _words(
        SYNTAXES,
        "text: all words must occur, nothing is read as a clause. zendesk: the query is Zendesk's search language.",
    ),
]
UserId = Annotated[
    str | int | None, Meta(description="May confirm who you are (your id, or `current`); it never decides it.")
]
AccountName = Annotated[
    str,
    Meta(
        max_length=100,
        description="Short name of one of your tenant's Zendesk accounts, mostly its subdomain; without it the default one.",
        examples=["acme"],
    ),
]
_ACCOUNT = re.compile(r"[a-z0-9.:\[\]-]{1,100}", re.ASCII)


class Query(msgspec.Struct, kw_only=True, frozen=True):
    """Parameters of the query string; unknown ones are ignored."""

    user_id: UserId = None
    account: AccountName | None = None


class Body(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """A JSON body; unknown fields are refused by name. Its representation shows none of them: some are secrets, most are people's."""

    user_id: UserId = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class CustomFieldValue(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """The value of a custom field; null clears it."""

    id: Id
    value: str | bool | int | float | list[str] | None


FieldsByName = Annotated[
    dict[str, Any],
    Meta(
        max_length=400,
        description="Custom fields by title (of users and organizations also by key) or by id as text; null clears one.",
        examples=[{"Region": "EU", "Escalated": True}],
        extra_json_schema={
            "additionalProperties": {
                "anyOf": [
                    {"type": ["string", "number", "boolean", "null"]},
                    {"type": "array", "items": {"type": "string"}},
                ]
            }
        },
    ),
]
"""Values are checked by the desk, which knows the fields."""
CustomFields = (
    Annotated[list[CustomFieldValue], Meta(max_length=400, description="Custom fields by id.")] | FieldsByName
)


def account_name(text: str | None) -> str | None:
    """Return the short name of an account as it is stored, None for none. Raises InvalidInput for what no account is called."""
    if not text:
        return None
    name = text.lower()
    if not _ACCOUNT.fullmatch(name):
        takes = "the short name of a Zendesk account, such as acme"
        raise InvalidInput(f"account takes {takes}.", field="account", takes=takes)
    return name


def chosen(word: str | None) -> str | None:
    """Return a filter's word, None for the ways a page says "no filter"."""
    return None if word in (None, "", ALL) else word


def given(body: msgspec.Struct, *, without: tuple[str, ...] = ()) -> dict[str, object]:
    """Return the fields a client really sent (null included), nested objects as plain values."""
    skipped = {"user_id", *without}
    pairs = ((name, getattr(body, name)) for name in body.__struct_fields__ if name not in skipped)
    plain = {name: value for name, value in pairs if value is not msgspec.UNSET}
    custom = plain.get("custom_fields")
    return plain | {"custom_fields": msgspec.to_builtins(custom)} if custom is not None else plain
