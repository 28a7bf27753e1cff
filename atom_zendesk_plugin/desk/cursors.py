"""The opaque cursor of our lists: where to go on, and for which question.

It wraps either Zendesk's own cursor (lists) or an offset (search, which has no cursors). It carries no rights: a forged one only
reads another place of the same question. It is refused when it belongs to another question, because Zendesk would not notice.
"""

from __future__ import annotations

import base64
import binascii
from hashlib import sha256
from typing import Annotated

import msgspec

from atom_zendesk_plugin.desk.vocabulary import MAX_SEARCH_RESULTS
from atom_zendesk_plugin.errors import InvalidInput

_LONGEST = 2048


class _After(msgspec.Struct, tag_field="k", tag="a", forbid_unknown_fields=True, frozen=True):
    scope: str
    after: Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]
    size: Annotated[int, msgspec.Meta(ge=1, le=100)]


class _Offset(msgspec.Struct, tag_field="k", tag="o", forbid_unknown_fields=True, frozen=True):
    scope: str
    offset: Annotated[int, msgspec.Meta(ge=1, le=MAX_SEARCH_RESULTS)]
    count: Annotated[int, msgspec.Meta(ge=0, le=2**53)]


def scope_of(kind: str, /, **question: object) -> str:
    """Return the name of a question: the same list with the same filters and order."""
    return sha256(msgspec.json.encode([kind, question], order="sorted")).hexdigest()[:16]


def is_page_number(zendesk_cursor: str | None) -> bool:
    """Tell whether a place in a list is a page number, as the client makes it where Zendesk has no cursors."""
    return zendesk_cursor is not None and zendesk_cursor.startswith("offset:")


def after(text: str | None, scope: str, size: int) -> str | None:
    """Return Zendesk's cursor out of ours; None without one.

    ``size`` is the page size to go on with. Raises InvalidInput for a cursor that is broken, another list's, or counted in pages of
    another size.
    """
    if text is None:
        return None
    found = _read(text, scope)
    if not isinstance(found, _After):
        raise _unusable()
    if is_page_number(found.after) and found.size != size:
        raise InvalidInput("This list goes on only with the limit it began with: send the same limit.", field="limit")
    return found.after


def offset(text: str | None, scope: str) -> tuple[int, int]:
    """Return how many search hits were already handed out, and how many there were in all; zeros without a cursor."""
    if text is None:
        return 0, 0
    found = _read(text, scope)
    if not isinstance(found, _Offset):
        raise _unusable()
    return found.offset, found.count


def wrap_after(scope: str, zendesk_cursor: str, size: int) -> str:
    return _write(_After(scope, zendesk_cursor, size))


def wrap_offset(scope: str, offset: int, count: int) -> str:
    return _write(_Offset(scope, offset, count))


def _write(place: _After | _Offset) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def _read(text: str, scope: str) -> _After | _Offset:
    if len(text) > _LONGEST or not text.isascii():
        raise _unusable()
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        found = msgspec.json.decode(raw, type=_After | _Offset)
    except (binascii.Error, msgspec.DecodeError, UnicodeDecodeError):
        raise _unusable() from None
    if found.scope != scope:
        raise InvalidInput(
            "This cursor belongs to another list: keep filters and sort as they were, or start again without a cursor.",
            field="cursor",
        )
    return found


def _unusable() -> InvalidInput:
    return InvalidInput(
        "cursor takes the value an earlier answer of this list gave; start again without one.", field="cursor"
    )
