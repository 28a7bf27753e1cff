"""Survey responses: the newer way to read customers' judgements. The same ratings, told in answers to questions."""

from __future__ import annotations

from datetime import timedelta

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Route
from atom_zendesk_plugin.simulator.intake import as_id, bad_attribute
from atom_zendesk_plugin.simulator.objects import Rating
from atom_zendesk_plugin.simulator.paging import paginate
from atom_zendesk_plugin.simulator.render.frame import stamp
from atom_zendesk_plugin.simulator.routes.frame import API, found
from atom_zendesk_plugin.simulator.state import Desk


def list_responses(desk: Desk, call: Call) -> Answer:
    """Filter by subject, responder and time in milliseconds."""
    return paginate(
        call,
        [rating for rating in desk.ratings.values() if _is_asked(call, rating)],
        key="survey_responses",
        render=_render,
        identity=lambda rating: rating.id,
        offset=False,
    )


def show_response(desk: Desk, call: Call) -> Answer:
    return Answer(200, {"survey_response": _render(found(desk.ratings.get(call.id())))})


def _is_asked(call: Call, rating: Rating) -> bool:
    subjects, people = (_parts(call, name) for name in ("subject_zrns", "responder_ids"))
    start, end = (_milliseconds(call, name) for name in ("created_at_start", "created_at_end"))
    at = rating.created_at.timestamp() * 1000
    return (
        (not subjects or f"zen:ticket:{rating.ticket_id}" in subjects)
        and (not people or str(rating.requester_id) in people)
        and (start is None or at >= start)
        and (end is None or at < end)
    )


def _parts(call: Call, name: str) -> set[str]:
    return {part.strip() for part in call.params.get(f"filter[{name}]", "").split(",") if part.strip()}


def _milliseconds(call: Call, name: str) -> int | None:
    text = call.params.get(f"filter[{name}]")
    number = as_id(text)
    if text is not None and number is None:
        raise bad_attribute(f"filter[{name}]", "must be a Unix time in milliseconds")
    return number


def _render(rating: Rating) -> Json:
    times = {"created_at": stamp(rating.created_at), "updated_at": stamp(rating.updated_at)}
    score = {"type": "rating_scale", "rating": 5 if rating.score == "good" else 1, "rating_category": rating.score}
    answers: list[Json] = [{**score, **times}]
    if rating.comment is not None:
        answers.append({"type": "open_ended", "value": rating.comment, **times})
    return {
        "id": str(rating.id),
        "responder_id": rating.requester_id,
        "subjects": [{"type": "ticket", "id": str(rating.ticket_id), "zrn": f"zen:ticket:{rating.ticket_id}"}],
        "survey": {"id": "customer_satisfaction", "version": 1, "state": "ENABLED"},
        "answers": answers,
        "expires_at": stamp(rating.created_at + timedelta(days=28)),
        **times,
    }


_HERE = f"{API}/guide/survey_responses"

ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_HERE, handler=list_responses, admins_only=True),
    Route(method="GET", template=f"{_HERE}/{{id}}", handler=show_response, admins_only=True),
)
