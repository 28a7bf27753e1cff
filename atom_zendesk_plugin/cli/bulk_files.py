"""Items from a file, one at a time: JSON lines as they stand, CSV by the names of its columns.

A CSV cell is text. Columns of ids become numbers, tags are split at blanks, yes-or-no columns take true and false, and an empty cell is
a field that was not given: to clear a field, use JSON lines and null.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from atom_zendesk_plugin.errors import InvalidInput

_LISTS: Final = frozenset({"tags", "domain_names"})
_SWITCHES: Final = frozenset({"public", "verified", "suspended", "shared_tickets", "shared_comments"})
_JSON: Final = frozenset({"custom_fields", "comments"})
_TRUTH: Final[Mapping[str, bool]] = {"true": True, "false": False}


def read_items(lines: Iterable[str], *, form: str) -> Iterator[object]:
    """Yield the items of a file. Raises InvalidInput, which names the line, for what cannot be read."""
    return _from_csv(lines) if form == "csv" else _from_json_lines(lines)


def _from_json_lines(lines: Iterable[str]) -> Iterator[object]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield json.loads(line)
        except (ValueError, RecursionError):
            raise InvalidInput(f"Line {number} is not JSON: write one id or one object a line.", line=number) from None


def _from_csv(lines: Iterable[str]) -> Iterator[object]:
    reader = csv.DictReader(lines, strict=True)
    try:
        names = reader.fieldnames
        if not names or len(set(names)) != len(names) or not all(names):
            raise InvalidInput("The first line of a CSV file names its columns, each once.", line=1)
        for row in reader:
            if None in row or None in row.values():
                raise InvalidInput(f"Line {reader.line_num} has not as many cells as the first one.", line=reader.line_num)
            yield {name: _value(name, text, reader.line_num) for name, text in row.items() if text.strip()}
    except csv.Error as error:
        line = reader.reader.line_num  # DictReader's own number is that of the row before
        raise InvalidInput(f"Line {line} is not CSV: {error}.", line=line) from None


def _value(name: str, text: str, line: int) -> object:
    read: Callable[[str], object] = str
    if name == "id" or (name.endswith("_id") and name != "external_id"):
        read = int
    elif name in _LISTS:
        read = str.split
    elif name in _SWITCHES:
        read = _truth
    elif name in _JSON:
        read = json.loads
    try:
        return read(text.strip())
    except (ValueError, KeyError, RecursionError):
        raise InvalidInput(f"Line {line}: the value of {name} cannot be read.", line=line, field=name) from None


def _truth(text: str) -> bool:
    return _TRUTH[text.lower()]
