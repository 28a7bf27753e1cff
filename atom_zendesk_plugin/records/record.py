"""What every record is: an object parsed once at the edge, the fields we know as attributes beside the bytes exactly as they came.

Nothing is lost: unknown fields live on in ``raw``, ``payload()`` gives the whole object, and ``merged()`` lays changes over it
without touching the rest. An attribute is None both for null and for absent; ``has()`` tells them apart, because writing null
clears a field and leaving it out does not. Extend by adding an attribute that something reads; unknown ones cost nothing.
Where the official document calls a field non-null and the service sends null, the type here says None.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

import msgspec

Json = dict[str, Any]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """An object inside another one; only the fields something reads."""


class Record(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One object of the API. Build it with ``parse``; ``raw`` is then the JSON text as received."""

    @classmethod
    def parse(cls, raw: bytes | msgspec.Raw) -> Self:
        """Read one JSON object. Raises ``msgspec.DecodeError`` (a ValueError) naming the field whose type is not Zendesk's."""
        record = msgspec.json.decode(raw, type=cls)
        msgspec.structs.force_setattr(record, "_raw", bytes(raw))
        return record

    @property
    def raw(self) -> bytes:
        stored = self.__dict__.get("_raw")
        return stored if isinstance(stored, bytes) else msgspec.json.encode(self)

    def payload(self) -> Json:
        """Return the whole object as Zendesk sent it, unknown fields included."""
        return msgspec.json.decode(self.raw, type=dict[str, Any])

    def has(self, name: str) -> bool:
        """Tell whether Zendesk sent this field at all; None then means null."""
        return name in self.payload()

    def merged(self, changes: Mapping[str, object]) -> Self:
        """Return the record with these fields replaced and every other one, known or not, as it was."""
        return self.parse(msgspec.json.encode(self.payload() | dict(changes)))


R = TypeVar("R", bound=Record)
