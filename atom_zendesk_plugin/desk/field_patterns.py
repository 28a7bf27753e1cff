"""Whether a text certainly does not fit the pattern of a field, found out in bounded time; whatever is not certain is left to Zendesk.

Zendesk's patterns are Ruby's, and a search that backtracks can take for ever, which Python cannot interrupt. So a pattern is first read
by hand: only constructs that mean the same in both languages are known here, and the ways in which they can match a text of this length
are counted. More than ``MOST_STEPS`` of them, or anything unknown, and the pattern is not run at all. A text is refused only when the
pattern is found nowhere in it, because Zendesk does not say whether it wants the whole text to match.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

MOST_STEPS: Final = 20_000_000
"""Ways to match, times the places to begin at, times the length of one way: some tenths of a second at worst, mostly far less."""
LONGEST_TEXT: Final = 255
LONGEST_PATTERN: Final = 1_000
_ENOUGH: Final = 25
"""Two ways, so many times, are more than ``MOST_STEPS``."""

_TOKEN = re.compile(
    r"""
      (?P<class>\[\^?(?:\\[dDwWsSnrt\\\]\[^.\-+*?(){}|/$]|[^\[\]\\&~|-]|-(?!-))+\])
    | (?P<anchor>[\^$]|\\[bAzZ])
    | (?P<open>\((?:\?:)?(?!\?))
    | (?P<close>\))
    | (?P<or>\|)
    | (?P<repeat>[*+?]|\{\d{1,4}\}|\{\d{1,4},\d{0,4}\})\??(?![*+?{])
    | (?P<atom>\\[dDwWsStnr]|\\[^A-Za-z0-9]|[^\\\[\](){}|*+?^$])
    """,
    re.VERBOSE,
)


def refuses(pattern: str, text: str) -> bool:
    """Tell whether the text certainly does not fit; False also when it can't be told here."""
    # Outside ASCII, and over several lines, the two languages differ in what a letter and an end are.
    plain = text.isascii() and text.isprintable() and len(text) <= LONGEST_TEXT
    if not plain or not pattern or len(pattern) > LONGEST_PATTERN:
        return False
    ways = _ways(pattern, len(text))
    if ways is None or ways * (len(text) + 1) * (len(text) + len(pattern)) > MOST_STEPS:
        return False
    try:
        return re.search(pattern.replace(r"\z", r"\Z"), text, re.ASCII) is None
    except (re.error, OverflowError, RecursionError):
        return False


@dataclass(slots=True)
class _Group:
    """How many ways there are through an open group: its finished branches, the present one without its last item, and that item."""

    branches: int = 0
    branch: int = 1
    last: int = 1

    def append(self, ways: int) -> None:
        self.branch, self.last = min(self.branch * self.last, MOST_STEPS + 1), ways

    def end_branch(self) -> None:
        self.branches = min(self.branches + self.branch * self.last, MOST_STEPS + 1)
        self.branch = self.last = 1


def _ways(pattern: str, length: int) -> int | None:
    """Return an upper bound for the ways to match a text of this length from one place; None for a pattern not known here."""
    groups = [_Group()]
    at = 0
    while at < len(pattern):
        token = _TOKEN.match(pattern, at)
        if token is None:
            return None
        at = token.end()
        if token["open"]:
            groups.append(_Group())
        elif token["close"]:
            if len(groups) == 1:
                return None
            inside = groups.pop()
            inside.end_branch()
            groups[-1].append(inside.branches)
        elif token["or"]:
            groups[-1].end_branch()
        elif token["repeat"]:
            least, most = _times(token["repeat"], length)
            ways = groups[-1].last
            groups[-1].last = min(sum(ways ** min(times, _ENOUGH) for times in range(least, most + 1)), MOST_STEPS + 1)
        else:
            groups[-1].append(1)
    groups[-1].end_branch()
    return groups[0].branches if len(groups) == 1 else None


def _times(repeat: str, length: int) -> tuple[int, int]:
    """Return how often something is repeated at least and at most; without an end, once per character."""
    if repeat in "*+?":
        return (1 if repeat == "+" else 0), (1 if repeat == "?" else max(length, 1))
    least, comma, most = repeat.strip("{}").partition(",")
    lowest = min(int(least), length)
    return lowest, max(lowest, min(int(most), length)) if most else length if comma else lowest
