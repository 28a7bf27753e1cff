"""What came back from one call: status, headers and bytes, decoded only when somebody asks; or that nothing did.

The representation shows neither body nor headers, because both carry people's data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import msgspec

from atom_zendesk_plugin.errors import ZendeskUnexpected

T = TypeVar("T")

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What reading bytes as JSON can raise: not JSON or of another shape, not UTF-8 where a text is asked for, nested without end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer of Zendesk. ``headers`` ignore case, ``endpoint`` is the path without query, ``elapsed`` is seconds."""

    method: str
    endpoint: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    elapsed: float = 0.0

    @property
    def request_id(self) -> str | None:
        # The edge repeats the header; both values are the same.
        return self.headers.get("x-request-id", "").split(",")[0].strip() or None

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_json(self) -> bool:
        """Tell whether the body is one complete JSON value, whatever the content type says."""
        try:
            msgspec.json.decode(self.body, type=msgspec.Raw)
        except UNREADABLE:
            return False
        return True

    def json(self) -> Any:
        """Return the body as plain values. Raises ZendeskUnexpected when it is not JSON."""
        return self.decode(object)

    def decode(self, kind: type[T]) -> T:
        """Return the body as ``kind``. Raises ZendeskUnexpected that names the endpoint and the field, never the value."""
        try:
            return msgspec.json.decode(self.body, type=kind)
        except UNREADABLE as error:
            raise self.unexpected(describe(error)) from error

    def unexpected(self, reason: str) -> ZendeskUnexpected:
        """Return the error that says how this answer breaks the API's promise."""
        return ZendeskUnexpected(
            f"Zendesk's answer is not what its API promises: {reason}",
            method=self.method,
            endpoint=self.endpoint,
            status=self.status,
            request_id=self.request_id,
        )


@dataclass(frozen=True, slots=True)
class NoReply:
    """No whole answer came. ``not_sent``: the request provably never left. ``reason`` is the name of the cause, never its text."""

    kind: Literal["not_sent", "lost"]
    reason: str


def describe(error: Exception) -> str:
    """Return msgspec's reason, which names types and the place but no value; other decoding errors quote bytes, so only their kind."""
    return str(error) if isinstance(error, msgspec.DecodeError) else type(error).__name__
