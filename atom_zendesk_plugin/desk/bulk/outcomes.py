"""What the row of a finished job says about its item: done, failed for good, or failed in a way that a repeat can cure.

Zendesk's sentences are looked at for a few words and kept for whoever may see them; what people are told is a sentence of ours for each
code. Extend by adding a row to ``_WORDS``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from atom_zendesk_plugin.desk.bulk.model import MOST_TRIES, Item, Outcome

UNKNOWN: Final = "OUTCOME_UNKNOWN"
PASSING: Final = "UPSTREAM_ERROR"
REFUSED: Final = "VALIDATION_ERROR"

SENTENCES: Final[Mapping[str, str]] = {
    REFUSED: "Zendesk refused the values of this row: check them against the record.",
    "NOT_FOUND": "Zendesk has no such record, or the connected user may not see it.",
    "CONFLICT": "Zendesk has another record with a value that must be unique: change or find that record.",
    "FORBIDDEN": "The connected Zendesk user may not do this to this record.",
    PASSING: f"Zendesk had a problem of its own with this row, {MOST_TRIES} times: repeat the row later.",
    UNKNOWN: "The answer was lost and it cannot be told whether the change was made: look at the record before you repeat it.",
    "CANCELLED": "The run was cancelled before this row was sent.",
}
"""What people are told, by our code."""

_WORDS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = tuple(
    (code, re.compile(words, re.IGNORECASE))
    for code, words in (
        (
            PASSING,
            r"databaseconflict|database collision|deadlock|lock wait|tim(?:ed|e) ?out|temporar|try again|service ?unavailable"
            r"|internal ?server|too ?many ?requests|ratelimit|overload",
        ),
        ("NOT_FOUND", r"not ?found|does not exist\b.*\bticket|no such"),
        ("CONFLICT", r"duplicate ?value|already (?:been taken|being used|exists)|is taken"),
        ("FORBIDDEN", r"forbidden|permission|not authori[sz]ed|access denied|do not have access"),
    )
)
_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """What a job says of the items of a chunk, by position. Of those under ``silent`` it says nothing that can be relied on."""

    ended: Mapping[int, Outcome]
    again: tuple[int, ...]
    silent: tuple[int, ...]


def judge(items: Sequence[Item], results: object) -> Verdicts:
    """Read the ``results`` of a finished job for the items it was made of."""
    rows = [row for row in results if isinstance(row, dict)] if isinstance(results, list) else []
    told = _matched(items, rows)
    ended: dict[int, Outcome] = {}
    again: list[int] = []
    for item in items:
        row = told.get(item.position)
        if row is None:
            continue
        outcome = _outcome(item, row)
        if outcome.code == PASSING and item.tries < MOST_TRIES:
            again.append(item.position)
        else:
            ended[item.position] = outcome
    silent = tuple(item.position for item in items if item.position not in told)
    return Verdicts(ended=ended, again=tuple(again), silent=silent)


def refusal(code: str, *, zendesk_code: str | None = None, upstream: str | None = None) -> Outcome:
    """Return the outcome of an item that failed."""
    return Outcome(state="failed", code=code, zendesk_code=zendesk_code, upstream=upstream)


def lost(item: Item) -> Outcome:
    """Return the outcome of an item whose fate cannot be found out."""
    return Outcome(state="unknown", record_id=item.target_id, code=UNKNOWN)


def sentence(code: str | None) -> str | None:
    """Return what people are told for a code."""
    return None if code is None else SENTENCES.get(code, SENTENCES[REFUSED])


def code_of(text: str) -> str:
    """Return our code for what Zendesk says about a row."""
    return next((code for code, words in _WORDS if words.search(text)), REFUSED)


def _matched(items: Sequence[Item], rows: Sequence[Mapping[str, Any]]) -> dict[int, Mapping[str, Any]]:
    """Say which row belongs to which item: by the record's id, by the index, and by place only when every item has its row."""
    by_target = {item.target_id: item for item in items if item.target_id is not None}
    whole = len(rows) == len(items) and all(row.get("index", place) == place for place, row in enumerate(rows))
    found: dict[int, Mapping[str, Any]] = {}
    for place, row in enumerate(rows):
        index = row.get("index")
        if by_target and row.get("id") is not None:
            item = by_target.get(row["id"])
        elif isinstance(index, int) and not isinstance(index, bool):
            item = items[index] if 0 <= index < len(items) else None
        else:
            item = items[place] if whole else None
        if item is not None:
            found.setdefault(item.position, row)
    return found


def _outcome(item: Item, row: Mapping[str, Any]) -> Outcome:
    error = row.get("error") or row.get("errors")
    if not error and row.get("success") is not False and row.get("status") != "Failed":
        record_id = row.get("id")
        if item.target_id is not None:
            return Outcome(state="done", record_id=item.target_id)
        if isinstance(record_id, int) and not isinstance(record_id, bool):
            return Outcome(state="done", record_id=record_id)
        return lost(item)  # a record without an id is none that anybody could point to
    text = " ".join(str(part) for part in (error, row.get("details"), row.get("status")) if part)[:_LONGEST]
    zendesk_code = error if isinstance(error, str) and _CODE.fullmatch(error) else None
    return refusal(code_of(text), zendesk_code=zendesk_code, upstream=text or None)
