"""Which error an answer that is not a success becomes: one table of statuses, and the reading of every envelope Zendesk uses.

Four JSON envelopes, plain text and HTML are understood. Codes and field names go into the error; sentences, which may quote a
person's data, go into ``upstream`` only. Extend by adding a row to ``BY_STATUS``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import msgspec

from atom_zendesk_plugin.client.reply import UNREADABLE, NoReply, Reply
from atom_zendesk_plugin.errors import (
    ZendeskBadRequest,
    ZendeskCallFailed,
    ZendeskConflict,
    ZendeskForbidden,
    ZendeskInvalid,
    ZendeskNotFound,
    ZendeskRateLimited,
    ZendeskTooLarge,
    ZendeskUnauthorized,
    ZendeskUnavailable,
    ZendeskUnexpected,
    ZendeskUnreachable,
)

BY_STATUS: Mapping[int, type[ZendeskCallFailed]] = MappingProxyType(
    {
        400: ZendeskBadRequest,
        401: ZendeskUnauthorized,
        402: ZendeskForbidden,
        403: ZendeskForbidden,
        404: ZendeskNotFound,
        406: ZendeskInvalid,  # the requests API: a comment is missing
        408: ZendeskUnavailable,
        409: ZendeskConflict,
        410: ZendeskNotFound,
        413: ZendeskTooLarge,
        414: ZendeskTooLarge,
        422: ZendeskInvalid,
        423: ZendeskForbidden,  # the account is suspended
        429: ZendeskRateLimited,
    }
)
_BY_CODE: Mapping[str, type[ZendeskCallFailed]] = MappingProxyType(
    {
        "unavailable": ZendeskUnavailable,  # search is down for a moment, told with a 4xx
        "invalid_token": ZendeskUnauthorized,
    }
)
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")
_SCOPES = re.compile(r"missing the following required scopes?:\s*([\w :,.-]+)", re.IGNORECASE)
_LONGEST, _MOST = 300, 50
_NO_ANSWER = {
    "not_sent": "Zendesk could not be reached and the request was never sent: check the network, then try again",
    "lost": "Zendesk did not answer in time, or the connection broke: try again in a minute",
}
UNSPECIFIED = "Invalid"
"""The reason code of a field for which Zendesk gave a sentence only."""


@dataclass(slots=True)
class Complaint:
    """What an envelope says, whichever it was. ``text`` may quote personal data."""

    code: str | None = None
    text: str = ""
    fields: dict[str, list[str]] = field(default_factory=dict)
    ticket_fields: tuple[int, ...] = ()

    @property
    def missing_scopes(self) -> tuple[str, ...]:
        match = _SCOPES.search(self.text)
        return tuple(dict.fromkeys(re.findall(r"[a-z_]+(?::[a-z_]+)?", match.group(1)))) if match else ()


def error_class(status: int, code: str | None = None) -> type[ZendeskCallFailed]:
    """Return the class for a status that is not a success."""
    if code is not None and code in _BY_CODE and 400 <= status < 500 and status != 429:
        return _BY_CODE[code]
    if status in BY_STATUS:
        return BY_STATUS[status]
    if status >= 500:
        return ZendeskUnavailable
    return ZendeskBadRequest if status >= 400 else ZendeskUnexpected


def failure(reply: Reply, *, retry_after: float | None = None) -> ZendeskCallFailed:
    """Return the typed error for an answer that is not a success."""
    told = read_complaint(reply.body)
    return error_class(reply.status, told.code)(
        _message(reply, told),
        method=reply.method,
        endpoint=reply.endpoint,
        status=reply.status,
        zendesk_code=told.code,
        request_id=reply.request_id,
        retry_after=retry_after,
        fields=told.fields,
        missing_scopes=told.missing_scopes,
        ticket_field_ids=told.ticket_fields,
        upstream=told.text[:_LONGEST] or None,
    )


def no_answer(lost: NoReply, *, method: str, endpoint: str) -> ZendeskCallFailed:
    """Return the error for a call that got no answer and that did no harm."""
    kind = ZendeskUnreachable if lost.kind == "not_sent" else ZendeskUnavailable
    return kind(f"{_NO_ANSWER[lost.kind]} ({lost.reason}).", method=method, endpoint=endpoint)


def read_complaint(body: bytes) -> Complaint:
    """Read an error body in any of the envelopes. Never raises: what can't be understood is kept as text."""
    try:
        told = msgspec.json.decode(body)
    except UNREADABLE:
        return Complaint(text=_plain(body.decode("utf-8", errors="replace")))
    if isinstance(told, dict):
        return _from_object(told)
    return Complaint(text=_plain(told) if isinstance(told, str) else "")


def _from_object(told: Mapping[str, Any]) -> Complaint:
    if isinstance(told.get("errors"), list):
        return _from_list(told["errors"])
    error = told.get("error")
    if isinstance(error, dict):
        title, message = _text(error.get("title")), _text(error.get("message"))
        return Complaint(code=_code(title), text=f"{title}: {message}" if message else title)
    sentence = _text(told.get("description")) or _text(told.get("error_description")) or _text(told.get("message"))
    code = _code(error)
    details = told.get("details")
    return Complaint(
        code=code,
        text=sentence or ("" if code else _text(error)),
        fields=_fields(details),
        ticket_fields=tuple(_ticket_fields(details)),
    )


def _from_list(errors: list[Any]) -> Complaint:
    rows = [row for row in errors if isinstance(row, dict)]
    codes = [code for row in rows if (code := _code(row.get("code")))]
    text = "; ".join(_text(row.get("detail")) or _text(row.get("title")) for row in rows[:_MOST])
    return Complaint(code=codes[0] if codes else None, text=_plain(text))


def _fields(details: object) -> dict[str, list[str]]:
    if not isinstance(details, dict):
        return {}
    found = ((_name(key), list(_codes(rows))) for key, rows in list(details.items())[:_MOST])
    return {name: codes for name, codes in found if name and codes}


def _ticket_fields(details: object) -> Iterator[int]:
    """Yield the ids of the ticket fields that stand beside the complaints, as when solving needs one of them."""
    lists = details.values() if isinstance(details, dict) else ()
    rows = [row for one in list(lists)[:_MOST] if isinstance(one, list) for row in one[:_MOST] if isinstance(row, dict)]
    found = (row.get("ticket_field_id") for row in rows)
    yield from dict.fromkeys(number for number in found if isinstance(number, int) and not isinstance(number, bool))


def _codes(rows: object) -> Iterator[str]:
    for row in (rows if isinstance(rows, list) else [rows])[:_MOST]:
        if row is not None:
            yield (_code(row.get("error")) if isinstance(row, dict) else None) or UNSPECIFIED


def _name(key: str) -> str:
    # One recorded key is "Subdomain: ": a label where a name should be.
    return re.sub(r"[^\w.\[\]-]+", "_", key.strip(" :"))[:80]


def _code(value: object) -> str | None:
    return value if isinstance(value, str) and _CODE.fullmatch(value) else None


def _text(value: object) -> str:
    return _plain(value) if isinstance(value, str) else ""


def _plain(text: str) -> str:
    """Return the words of a text that may be an HTML page."""
    start = text[:20_000]
    if "<" in start:
        start = re.sub(r"(?is)<(script|style)\b.*?(</\1>|$)|<[^>]*>", " ", start)
    return " ".join(start.split())[:_LONGEST]


def _message(reply: Reply, told: Complaint) -> str | None:
    if told.missing_scopes:
        return f"The token lacks the Zendesk scopes {' '.join(told.missing_scopes)}: grant them and connect again."
    if reply.status == 404 and told.text.startswith("No help desk at"):
        return "There is no Zendesk account at this address: check ZENDESK_SUBDOMAIN."
    if told.code == "CommentRequired":
        return "Zendesk wants a comment with this change: add one."
    if told.code == "TooManyJobs":
        return "Zendesk is busy with this account's earlier bulk jobs: wait until some are done."
    return None
