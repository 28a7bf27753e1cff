"""Jobs: what became of a bulk call. A job that is ``completed`` can still have rows that failed, so look at each of ``results``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from atom_zendesk_plugin.client.pagination import Caller, Reading
from atom_zendesk_plugin.client.resources.base import MOST, listing, path, record_in
from atom_zendesk_plugin.clock import Clock
from atom_zendesk_plugin.errors import DeadlineExceeded
from atom_zendesk_plugin.records import JobStatus

DONE: Final = frozenset({"completed", "failed", "killed"})
GROWTH: Final = 1.5
SLOWEST: Final = 15.0


class Jobs:
    """``/api/v2/job_statuses``. Zendesk keeps a job for about a day; after that it is ZendeskNotFound."""

    def __init__(self, caller: Caller, *, clock: Clock, deadline: float | None) -> None:
        self._caller, self._clock, self._deadline = caller, clock, deadline

    def get(self, job_id: str) -> JobStatus:
        """Return the state of a job."""
        return record_in(self._caller.request("GET", path("job_statuses", job_id)), "job_status", JobStatus.parse)

    def list(self) -> Reading[JobStatus]:
        """Read the account's jobs of the last hour or so."""
        return listing(self._caller, path("job_statuses"), "job_statuses", JobStatus).records(size=100)

    def show_many(self, ids: Iterable[str]) -> tuple[JobStatus, ...]:
        """Return the states of these jobs, any number of them, in this order; unknown ones are left out."""
        wanted = [*dict.fromkeys(ids)]
        found: dict[str, JobStatus] = {}
        for start in range(0, len(wanted), MOST):
            params = {"ids": wanted[start : start + MOST]}
            where = path("job_statuses", "show_many")
            page = listing(self._caller, where, "job_statuses", JobStatus).read(
                self._caller.request("GET", where, params=params)
            )
            found.update((job.id, job) for job in page)
        return tuple(found[job_id] for job_id in wanted if job_id in found)

    def wait(self, job_id: str, *, poll: float = 1.0) -> JobStatus:
        """Return the job once it is done, asking every ``poll`` seconds and then ever less often.

        Raises DeadlineExceeded when it is not done within the client's deadline; the job itself goes on at Zendesk.
        """
        pause = poll
        while True:
            job = self.get(job_id)
            if job.status in DONE:
                return job
            if self._deadline is not None and self._clock.monotonic() + pause >= self._deadline:
                raise DeadlineExceeded(
                    "The job is still running at Zendesk: ask for its state later.",
                    method="GET",
                    endpoint=path("job_statuses", job_id),
                    retry_after=pause,
                )
            self._clock.sleep(pause)
            pause = min(pause * GROWTH, SLOWEST)
