"""Every error has a status, and none shows what only logs may hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import flask
import pytest

from atom_zendesk_plugin import errors
from atom_zendesk_plugin.errors import Code, ZendeskCallFailed, ZendeskPluginError, ZendeskRateLimited
from atom_zendesk_plugin.web.failures import STATUS_OF_CODE, BodyTooLarge, failure_response, status_of

AT = datetime(2026, 1, 1, tzinfo=UTC)


def kinds(kind: type[ZendeskPluginError]) -> Iterator[type[ZendeskPluginError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from kinds(child)


def test_every_code_has_a_status() -> None:
    assert set(STATUS_OF_CODE) == set(Code)


CALLS = [kind for kind in kinds(ZendeskCallFailed) if kind.__module__ == errors.__name__]


@pytest.mark.parametrize("kind", CALLS, ids=lambda kind: kind.__name__)
def test_the_text_of_zendesk_stays_out(kind: type[ZendeskCallFailed]) -> None:
    error = kind(
        method="GET",
        endpoint="/api/v2/users/7",
        status=418,
        upstream="Ann Example, 555 0100",
        request_id="r-1",
        fields={"email": ["Bad"]},
    )
    answer = failure_response(error, service="zendesk", at=AT)
    body = answer.get_data(as_text=True)
    assert answer.status_code == status_of(error) == answer.json["status_code"]  # type: ignore[index]  # JSON
    assert "Ann Example" not in body
    assert "/api/v2" not in body
    assert "r-1" in body


@pytest.mark.parametrize(
    ("seconds", "sent"), [(None, "60"), (0.2, "1"), (12.1, "13"), (float("inf"), "60"), (float("nan"), "60")]
)
def test_a_rate_limit_always_says_when(seconds: float | None, sent: str) -> None:
    error = ZendeskRateLimited(method="GET", endpoint="/x", retry_after=seconds)
    assert failure_response(error, service="zendesk", at=AT).headers["Retry-After"] == sent


def test_too_large_is_413() -> None:
    assert status_of(BodyTooLarge()) == 413
    assert status_of(errors.InvalidInput("x")) == 400


def test_details_are_absent_when_there_are_none() -> None:
    with flask.Flask(__name__).app_context():
        body = failure_response(errors.AuthRequired(), service="zendesk", at=AT).json
    assert body is not None
    assert set(body["error"]) == {"code", "message"}
