"""The dry run: what a bulk run would cost and change, found out by reading alone. Nothing is written, here or at Zendesk."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from atom_zendesk_plugin.client.limits import ACCOUNT, parse_limits
from atom_zendesk_plugin.client.pacing import BACKGROUND_SHARE, MOST_RESERVED
from atom_zendesk_plugin.desk.bulk.differences import COMMENT, Difference, differences
from atom_zendesk_plugin.desk.bulk.lookup import PER_SEARCH, Fresh, show_many
from atom_zendesk_plugin.desk.bulk.model import MAKING, PER_JOB, Fields, NewItem, Verb
from atom_zendesk_plugin.desk.vocabulary import Kind

POLLS: Final = 4
"""Looks at the jobs that one round of them takes, as a rule: a job is done within some ten seconds."""
WINDOW: Final = 60.0
"""Seconds in which the account's limit is counted."""
MOST_SAMPLED: Final = 1_000
JOBS_BUCKET: Final = "/api/v2/job_statuses"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invalid:
    """An item that cannot be sent; ``position`` counts from 0."""

    position: int
    message: str
    field: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would become of one item. ``found`` False: there is no such record, or the caller may not see it."""

    position: int
    target_id: int
    found: bool
    changes: tuple[Difference, ...] = ()
    comment: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run would take.

    ``calls`` is an estimate: one for each job, and those that look after them. ``minutes`` is how long these calls take at the limit
    that Zendesk reported in this dry run, less the configured reserve and the share kept for people; None when it reported none.
    ``spent`` is how many calls the dry run itself has cost. ``invalid`` holds the first ones, ``invalid_count`` counts all.
    """

    kind: Kind
    verb: Verb
    total: int
    jobs: int
    calls: int
    minutes: float | None
    limit_per_minute: int | None
    remaining: int | None
    jobs_in_flight: int | None
    spent: int
    invalid_count: int
    invalid: tuple[Invalid, ...]
    previews: tuple[Preview, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What Zendesk said of the account's limit, and of the jobs in flight; None: it did not say."""

    limit: int | None
    remaining: int | None
    in_flight: int | None


class _Job(msgspec.Struct):
    status: str | None = None


class _Jobs(msgspec.Struct):
    job_statuses: list[_Job] = []


def calls_for(verb: Verb, items: int, *, most_jobs: int) -> tuple[int, int]:
    """Return how many jobs a run of so many items takes, and about how many calls in all."""
    jobs = math.ceil(items / PER_JOB)
    searches = math.ceil(items / PER_SEARCH) if verb == "import" else 0
    return jobs, jobs + searches + POLLS * math.ceil(jobs / most_jobs)


def minutes_for(calls: int, limit: int | None, *, reserve: float) -> float | None:
    """Return the minutes that so many calls of background work take under a limit per minute; None when that is not known."""
    if not limit:
        return None
    usable = limit * (1 - min(reserve + BACKGROUND_SHARE, MOST_RESERVED))
    return round(calls / max(usable, 1.0), 1)


def read_budget(fresh: Fresh) -> Budget:
    """Ask for the jobs of the account, which also tells its limit. One call."""
    reply = fresh().request("GET", JOBS_BUCKET, params={"page[size]": PER_JOB})
    account = next((limit for limit in parse_limits(reply.headers) if limit.bucket == ACCOUNT), None)
    going = sum(job.status in ("queued", "working") for job in reply.decode(_Jobs).job_statuses)
    return Budget(
        limit=account.limit if account else None, remaining=account.remaining if account else None, in_flight=going
    )


def preview(fresh: Fresh, kind: Kind, verb: Verb, items: Sequence[NewItem], changes: Fields) -> tuple[Preview, ...]:
    """Read the records of these items and say what would change in each. One call for each hundred."""
    if verb in MAKING:
        return ()
    ids = [item.target_id for item in items if item.target_id is not None]
    shown = show_many(fresh, kind, ids) if ids else {}
    found = []
    for item in items:
        if item.target_id is None:
            continue
        record = shown.get(item.target_id)
        wanted = item.fields or changes
        found.append(
            Preview(
                position=item.position,
                target_id=item.target_id,
                found=record is not None,
                changes=() if record is None else differences(record, wanted),
                comment=COMMENT in wanted,
            )
        )
    return tuple(found)


class Sample:
    """Keeps up to ``most`` of any number of items, spread evenly over them, without knowing their number beforehand."""

    def __init__(self, most: int) -> None:
        self._most, self._every, self._seen = most, 1, 0
        self._kept: list[NewItem] = []

    def offer(self, item: NewItem) -> None:
        if self._most and self._seen % self._every == 0:
            self._kept.append(item)
            if len(self._kept) > self._most:
                self._kept = self._kept[::2]
                self._every *= 2
        self._seen += 1

    @property
    def items(self) -> list[NewItem]:
        return self._kept[: self._most]
