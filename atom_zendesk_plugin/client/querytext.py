"""How a search query is put together, so that text a person typed never becomes part of its language.

Zendesk knows no way to write a double quote inside a quoted phrase, so ``quote`` leaves out everything that could end one. Clauses are
made by ``clause`` and its relatives from a field name and a value, and joined by ``all_of``.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Literal

from atom_zendesk_plugin.client.stamps import stamp
from atom_zendesk_plugin.errors import InvalidInput

Value = str | int | bool | date | datetime | None
Operator = Literal[":", "<", ">", "<=", ">="]

_FIELD = re.compile(r"[a-z][a-z0-9_]{0,63}")
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@+]{0,99}", re.ASCII)
# Besides the quote itself: its typographic forms, which a search may fold into it, backslashes, control characters and line ends.
_UNQUOTABLE = re.compile(
    '["\\\\\u201c\u201d\u201e\u201f\u2033\u2036\u00ab\u00bb\u301d\u301e\u301f\uff02\x00-\x1f\x7f-\x9f\u2028\u2029]+'
)
_OPERATORS = frozenset({":", "<", ">", "<=", ">="})


def quote(value: str) -> str:
    """Return text as one quoted phrase: it is looked for as it stands, and nothing in it is an operator."""
    return f'"{" ".join(_UNQUOTABLE.sub(" ", value).split())}"'


def clause(field: str, value: Value, *, op: Operator = ":") -> str:
    """Return ``field:value``. A text is quoted unless it is a plain word; None is ``none``; times are written in UTC.

    Raises InvalidInput for what is not a field name, an operator or a value of Zendesk's language.
    """
    if not _FIELD.fullmatch(field):
        raise InvalidInput("A search field is made of lower-case letters, digits and underscores.", field="field")
    if op not in _OPERATORS:
        raise InvalidInput("A search operator is one of : < > <= >=.", field="op")
    return f"{field}{op}{_text(field, value)}"


def negated(part: str) -> str:
    """Return a clause or quoted phrase turned into its opposite."""
    return f"-{part}"


def between(field: str, low: Value, high: Value) -> str:
    """Return the clauses for ``low <= field < high``."""
    return all_of(clause(field, low, op=">="), clause(field, high, op="<"))


def all_of(*parts: str) -> str:
    """Join clauses and phrases: all must hold. Empty ones are left out."""
    return " ".join(part for part in parts if part)


def _text(field: str, value: Value) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case datetime():
            return stamp(value, field=field)
        case date():
            return value.isoformat()
        case _:
            return value if _PLAIN.fullmatch(value) else quote(value)
