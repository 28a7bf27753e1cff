"""Background jobs: bulk work that answers at once and tells later how it went.

The work itself is done when the job starts; what the job says about itself follows: queued in the first answer, working
for a moment, then completed. Time or a second look moves it on, so that clients that wait and clients that ask both get
there, whatever clock the desk runs on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final, TypeVar

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Refusal
from atom_zendesk_plugin.simulator.render.frame import address
from atom_zendesk_plugin.simulator.state import Desk, Job

T = TypeVar("T")

WORKS_FOR: Final = timedelta(seconds=2)
LOOKS_NEEDED: Final = 2
KEPT_FOR: Final = timedelta(days=1)
MOST_IN_FLIGHT: Final = 30


def run_job(
    desk: Desk,
    call: Call,
    *,
    kind: str,
    doing: str,
    rows: Sequence[T],
    work: Callable[[T], Json],
    failure: str,
    id_of: Callable[[T], int | None] = lambda _: None,
) -> Answer:
    """Do ``work`` for each row and answer with the job; a row that is refused becomes a failed result.

    ``work`` returns the result of its row; ``failure`` is the error code of rows that fail.
    """
    check_room(desk)
    results: list[Json] = []
    for index, row in enumerate(rows):
        row_id = id_of(row)
        beside = {} if row_id is None else {"id": row_id}
        if desk.spoils_row(call.method, call.path):
            results.append({"index": index, "error": "DatabaseConflict", "details": "Database collision", **beside})
            continue
        try:
            results.append(work(row))
        except Refusal as refusal:
            results.append({"index": index, "error": failure, "details": told_by(refusal), **beside})
    return start_job(desk, call, kind=kind, doing=doing, total=len(rows), results=results)


def start_job(
    desk: Desk, call: Call, *, kind: str, doing: str, total: int | None, results: list[Json] | Json
) -> Answer:
    """Answer with a job whose work is done; ``check_room`` comes before the work."""
    job_id = f"V3-{desk.rng.getrandbits(128):032x}"
    job = Job(id=job_id, kind=kind, created_at=desk.now(), total=total, working_message=doing, results=results)
    desk.jobs[job_id] = job
    _forget_old(desk)
    return Answer(200, {"job_status": _shown(call, job, "queued")})


def check_room(desk: Desk) -> None:
    """Refuse another job while as many as the account may have are queued or working."""
    going = [job for job in desk.jobs.values() if job.finished_at is None and desk.now() - job.created_at < WORKS_FOR]
    if len(going) < MOST_IN_FLIGHT:
        return
    body = {
        "error": "TooManyJobs",
        "description": f"Your account already has {MOST_IN_FLIGHT} jobs queued or running. Try again later.",
        "current_job_ids": [job.id for job in going],
    }
    raise Refusal(Answer(429, body, {"retry-after": str(int(WORKS_FOR.total_seconds()))}))


def find_job(desk: Desk, job_id: str) -> Job | None:
    _forget_old(desk)
    return desk.jobs.get(job_id)


def look_at(desk: Desk, call: Call, job: Job) -> Json:
    """Return what a job says now; looking moves it on."""
    job.polls += 1
    if job.finished_at is None and (job.polls >= LOOKS_NEEDED or desk.now() - job.created_at >= WORKS_FOR):
        job.finished_at = desk.now()
    return _shown(call, job, "working" if job.finished_at is None else "completed")


def told_by(refusal: Refusal) -> str:
    """Return the text of a refusal, as failed rows of a job carry it."""
    body: Any = refusal.answer.body
    if not isinstance(body, dict):
        return str(body)
    details = body.get("details")
    if isinstance(details, dict):
        return " ".join(str(line["description"]) for lines in details.values() for line in lines)
    error = body.get("error")
    return str(error["message"]) if isinstance(error, dict) else str(body.get("description", error))


def _shown(call: Call, job: Job, status: str) -> Json:
    done = status == "completed"
    message = f"Completed at {job.finished_at:%Y-%m-%d %H:%M:%S} +0000" if done and job.finished_at else None
    return {
        "id": job.id,
        "job_type": job.kind,
        "url": address(call, f"job_statuses/{job.id}"),
        "total": job.total,
        "progress": job.total if done else (0 if status == "working" and job.total is not None else None),
        "status": status,
        "message": job.working_message if status == "working" else message,
        "results": job.results if done else None,
    }


def _forget_old(desk: Desk) -> None:
    horizon = desk.now() - KEPT_FOR
    for job_id in [job.id for job in desk.jobs.values() if job.created_at < horizon]:
        del desk.jobs[job_id]
