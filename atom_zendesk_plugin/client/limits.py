"""What an answer's headers say about the budget that is left, in every spelling Zendesk has used.

The account's limit: ``ratelimit-*`` (2024 on), ``x-rate-limit*`` (2017 on), ``rate-limit*`` (2023). An endpoint's:
``zendesk-ratelimit-NAME: total=100; remaining=99; resets=41``, in 2023 with ``rate-limit``. What can't be read is left out, because
a wrong limit is worse than none. Extend by adding a row to ``_ACCOUNT_SPELLINGS``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

ACCOUNT = "account"
"""The bucket every call of an account counts against."""

LONGEST_WINDOW = 3600.0
"""No documented window is longer than 20 minutes; a larger number is a date or a mistake."""

_ACCOUNT_SPELLINGS = (
    ("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"),
    ("x-rate-limit", "x-rate-limit-remaining", "ratelimit-reset"),
    ("rate-limit", "rate-limit-remaining", "rate-limit-reset"),
)
_ENDPOINT_HEADER = re.compile(r"zendesk-rate-?limit-([a-z0-9][a-z0-9_-]{0,63})", re.IGNORECASE)
_PART = re.compile(r"(total|limit|remaining|resets?)\s*[=:]\s*([0-9]{1,10})(?![0-9.])", re.IGNORECASE)
_NUMBER = re.compile(r"\s*([0-9]{1,10})(?:\.0+)?\s*(?:[,;].*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Limit:
    """One bucket's budget. ``resets_in`` is seconds, None when the answer did not say."""

    bucket: str
    limit: int
    remaining: int
    resets_in: float | None


def parse_limits(headers: Mapping[str, str]) -> list[Limit]:
    """Read every budget an answer reports, the account's first. Never raises."""
    lowered = {name.lower(): value for name, value in headers.items()}
    return [*_account(lowered), *_endpoints(lowered)]


def _account(headers: Mapping[str, str]) -> Iterator[Limit]:
    for total, left, reset in _ACCOUNT_SPELLINGS:
        found = _limit(ACCOUNT, _number(headers.get(total)), _number(headers.get(left)), _number(headers.get(reset)))
        if found is not None:
            yield found
            return


def _endpoints(headers: Mapping[str, str]) -> Iterator[Limit]:
    for name, value in headers.items():
        match = _ENDPOINT_HEADER.fullmatch(name)
        if match is None:
            continue
        parts = {key.lower(): int(number) for key, number in _PART.findall(value)}
        total, reset = parts.get("total", parts.get("limit")), parts.get("resets", parts.get("reset"))
        found = _limit(match.group(1).lower(), total, parts.get("remaining"), reset)
        if found is not None:
            yield found


def _number(text: str | None) -> int | None:
    match = _NUMBER.fullmatch(text or "")
    return int(match.group(1)) if match else None


def _limit(bucket: str, total: int | None, remaining: int | None, reset: int | None) -> Limit | None:
    if not total or remaining is None or remaining > total:
        return None
    resets_in = float(reset) if reset is not None and reset <= LONGEST_WINDOW else None
    return Limit(bucket, total, remaining, resets_in)
