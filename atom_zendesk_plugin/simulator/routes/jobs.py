"""Job statuses: how bulk work goes on."""

from __future__ import annotations

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Route
from atom_zendesk_plugin.simulator.intake import name_list
from atom_zendesk_plugin.simulator.jobs import find_job, look_at
from atom_zendesk_plugin.simulator.paging import paginate
from atom_zendesk_plugin.simulator.routes.frame import API, found
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.tokens import ANY_SCOPE


def list_jobs(desk: Desk, call: Call) -> Answer:
    rows = list(desk.jobs.values())[::-1]
    ranks = {job.id: rank for rank, job in enumerate(rows)}
    return paginate(
        call,
        rows,
        key="job_statuses",
        render=lambda job: look_at(desk, call, job),
        identity=lambda job: ranks[job.id],
        presorted=True,
    )


def show_job(desk: Desk, call: Call) -> Answer:
    return Answer(200, {"job_status": look_at(desk, call, found(find_job(desk, call.ids["id"])))})


def show_many(desk: Desk, call: Call) -> Answer:
    jobs = (find_job(desk, name) for name in name_list(call, "ids"))
    return Answer(200, {"job_statuses": [look_at(desk, call, job) for job in jobs if job is not None]})


ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=f"{API}/job_statuses", handler=list_jobs, scope=ANY_SCOPE),
    Route(method="GET", template=f"{API}/job_statuses/show_many", handler=show_many, scope=ANY_SCOPE),
    Route(method="GET", template=f"{API}/job_statuses/{{id}}", handler=show_job, scope=ANY_SCOPE),
)
