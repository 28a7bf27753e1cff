"""How many calls an account may make: its plan's limit per minute and the limits of single endpoints.

Windows are fixed and start at multiples of their length, by the desk's clock. A new endpoint limit is a row in
``BUCKETS``, named by the ``bucket`` of its route. Without a plan there are no limits and no headers.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from atom_zendesk_plugin.clock import Clock
from atom_zendesk_plugin.simulator.exchange import Answer, Call, Refusal

Counted = Literal["account", "actor", "object", "actor+object"]

PLANS: Mapping[str, int] = MappingProxyType(
    {
        "suite-team": 200,
        "suite-growth": 400,
        "suite-professional": 400,
        "suite-enterprise": 700,
        "suite-enterprise-plus": 2500,
        "support-essential": 10,
        "support-team": 200,
        "support-professional": 400,
        "support-enterprise": 700,
        "high-volume": 2500,
    }
)


@dataclass(frozen=True, slots=True)
class Bucket:
    """One endpoint limit: ``total`` calls in ``seconds``, ``high`` on a high-volume plan.

    Calls are counted apart for each ``counted``: the whole account, each caller, each object named in the path.
    ``beyond_page`` limits only offset pages with a higher number.
    """

    name: str
    total: int
    seconds: int = 60
    high: int | None = None
    counted: Counted = "account"
    beyond_page: int = 0


_ROWS = {
    "tickets-index": [Bucket("tickets-index", 20_000), Bucket("tickets-index-deep-pagination", 50, beyond_page=500)],
    "tickets-update": [
        Bucket("tickets-update", 100, high=300),
        Bucket("per-ticket-updates", 30, 600, counted="actor+object"),
    ],
    "tickets-delete": [Bucket("tickets-delete", 400)],
    "deleted-tickets-index": [
        Bucket("deleted-tickets-index", 10),
        Bucket("deleted-tickets-index-deep-pagination", 5, beyond_page=100),
    ],
    "deleted-tickets-destroy": [Bucket("deleted-tickets-destroy", 1000)],
    "ticket-fields-index": [Bucket("ticket-fields-index", 100)],
    "tags-index": [Bucket("tags-index", 100)],
    "search-index": [Bucket("search-index", 2500)],
    "search-export": [Bucket("search-export", 100)],
    "incremental-exports": [Bucket("incremental-exports", 10, high=30)],
    "incremental-exports-cursor": [Bucket("incremental-exports-cursor", 10, high=30)],
    "incremental-users-cursor": [Bucket("incremental-users-cursor", 20, high=60)],
    "incremental-sample": [Bucket("incremental-sample", 10, 1200)],
    "create-update-user": [
        Bucket("create-update-user", 5, counted="object"),
        Bucket("create-update-user-account", 1, 1),
    ],
    "update-organization": [Bucket("update-organization", 5, counted="object")],
    "deleted-users-destroy": [Bucket("deleted-users-destroy", 700, 600)],
    "side-conversations": [Bucket("side-conversations", 300, 600)],
    "attachment-content": [Bucket("attachment-content", 2500)],
    "unassociated-upload-content": [
        Bucket("attachment-content", 2500),
        Bucket("unassociated-upload-content", 10, counted="object"),
    ],
    "views-execute": [Bucket("views-execute", 5, counted="actor+object")],
    "views-count-many": [Bucket("views-count-many", 6, 300, counted="actor")],
}
BUCKETS: Mapping[str, tuple[Bucket, ...]] = MappingProxyType({name: tuple(rows) for name, rows in _ROWS.items()})


class UnknownPlan(ValueError):
    """No such plan. The message lists the names."""


@dataclass(slots=True)
class _Meter:
    window: int
    used: int = 0


@dataclass(frozen=True, slots=True)
class _Reading:
    total: int
    remaining: int
    resets: int


class Limits:
    """The account's counters. ``foreign`` is the share of the account limit, 0 to 1, that another integration uses up.

    Foreign traffic is spread evenly over the minute. Safe to share between threads.
    """

    def __init__(self, *, clock: Clock, plan: str | None = None, foreign: float = 0.0) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._meters: dict[tuple[str, str], _Meter] = {}
        self.configure(plan=plan, foreign=foreign)

    @property
    def plan(self) -> str | None:
        return self._plan

    @property
    def foreign(self) -> float:
        return self._foreign

    def configure(self, *, plan: str | None, foreign: float = 0.0) -> None:
        """Change the plan and start counting anew; raises UnknownPlan, or ValueError for an impossible share."""
        if plan is not None and plan not in PLANS:
            raise UnknownPlan(f"unknown plan {plan!r}: choose one of {', '.join(PLANS)}, or none for no limits")
        if not 0 <= foreign <= 1:
            raise ValueError("foreign must lie between 0 and 1: the share of the budget that others use")
        with self._lock:
            self._plan, self._foreign = plan, foreign
            self._meters.clear()

    def take(self, call: Call, *, bucket: str | None, account: bool = True) -> Mapping[str, str]:
        """Count one call and return the headers that report it; raises Refusal with a 429 that was not counted.

        ``account`` False is for what is no call of the API, and costs the account's minute nothing.
        """
        with self._lock:
            if self._plan is None:
                return {}
            now = self._clock.now().timestamp()
            # A call that an endpoint limit refuses still costs the account one.
            headers = self._take_account(self._plan, now) if account else {}
            for row in BUCKETS.get(bucket or "", ()):
                if _applies(row, call):
                    headers |= self._take_bucket(row, call, now, headers)
            return headers

    def _take_account(self, plan: str, now: float) -> dict[str, str]:
        account = self._read("account", "", PLANS[plan], 60, now, self._foreign)
        if account.remaining <= 0:
            raise _too_many("account", account.resets, self._account_headers(account))
        self._use("account", "", 60, now)
        return self._account_headers(_Reading(account.total, account.remaining - 1, account.resets))

    def _take_bucket(self, row: Bucket, call: Call, now: float, headers: Mapping[str, str]) -> Mapping[str, str]:
        high = row.high is not None and self._plan in {"high-volume", "suite-enterprise-plus"}
        total = row.high if high and row.high is not None else row.total
        who = _counted_for(row, call)
        reading = self._read(row.name, who, total, row.seconds, now, 0.0)
        if reading.remaining <= 0:
            told = {**headers, **_bucket_header(row.name, reading)}
            raise _too_many(row.name, reading.resets, told)
        self._use(row.name, who, row.seconds, now)
        return _bucket_header(row.name, _Reading(total, reading.remaining - 1, reading.resets))

    def _read(self, name: str, who: str, total: int, seconds: int, now: float, foreign: float) -> _Reading:
        window = int(now // seconds)
        meter = self._meters.get((name, who))
        used = meter.used if meter is not None and meter.window == window else 0
        others = int(total * foreign * ((now % seconds) / seconds))
        resets = max(1, math.ceil((window + 1) * seconds - now))
        return _Reading(total, max(0, total - used - others), resets)

    def _use(self, name: str, who: str, seconds: int, now: float) -> None:
        window = int(now // seconds)
        meter = self._meters.setdefault((name, who), _Meter(window))
        if meter.window != window:
            meter.window, meter.used = window, 0
        meter.used += 1

    @staticmethod
    def _account_headers(reading: _Reading) -> dict[str, str]:
        return {
            "x-rate-limit": str(reading.total),
            "x-rate-limit-remaining": str(reading.remaining),
            "ratelimit-limit": str(reading.total),
            "ratelimit-remaining": str(reading.remaining),
            "ratelimit-reset": str(reading.resets),
        }


def _applies(row: Bucket, call: Call) -> bool:
    if "object" in row.counted and not call.ids:
        # create_or_update names its object only in the body; the limit per account still holds.
        return False
    page = call.params.get("page", "")
    return row.beyond_page == 0 or (page.isdecimal() and len(page) < 10 and int(page) > row.beyond_page)


def _counted_for(row: Bucket, call: Call) -> str:
    thing = next(iter(call.ids.values()), "")
    parts = {"actor": str(call.actor_id), "object": thing}
    return "/".join(parts[part] for part in row.counted.split("+") if part in parts)


def _bucket_header(name: str, reading: _Reading) -> dict[str, str]:
    told = f"total={reading.total}; remaining={reading.remaining}; resets={reading.resets}"
    return {f"zendesk-ratelimit-{name}": told}


def _too_many(name: str, resets: int, headers: Mapping[str, str]) -> Refusal:
    told = {**headers, "retry-after": str(resets)}
    if name.startswith("create-update-user"):
        text = "You have exceeded the rate limit for updating a single unique user. user email:  id:  external_id: "
        return Refusal(Answer(429, text, told))
    counted = "incremental export API requests" if name.startswith("incremental") else "API requests"
    description = f"Number of allowed {counted} per minute exceeded"
    return Refusal(Answer(429, {"error": "APIRateLimitExceeded", "description": description}, told))
