"""What a client is told about a value that does not fit: where it is, and what belongs there."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import flask
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atom_zendesk_plugin.errors import InvalidInput
from atom_zendesk_plugin.web.routes.pages_api import CreateTicketBody
from atom_zendesk_plugin.web.routes.tickets import NewTicket, TicketsQuery
from atom_zendesk_plugin.web.validation import read_body, read_query

APP = flask.Flask(__name__)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def refusal(body: Any, kind: type[Any] = NewTicket) -> InvalidInput:
    with APP.test_request_context(json=body, method="POST"), pytest.raises(InvalidInput) as refused:
        read_body(flask.request, kind)
    return refused.value


@pytest.mark.parametrize(
    ("body", "field", "takes"),
    [
        ({"subject": 5}, "subject", "text of 1 to 255 characters"),
        ({"subject": "x", "assignee_id": "7"}, "assignee_id", "a whole number from 1 to 9223372036854775807 or null"),
        ({"subject": "x", "public": 1}, "public", "true or false"),
        ({"subject": "x", "tags": "a"}, "tags", "a list of at most 200 items or null"),
        ({"subject": "x", "tags": [5]}, "tags[...]", "text of 0 to 255 characters"),
        ({"subject": "x", "custom_fields": [5]}, "custom_fields[...]", "an object"),
        (
            {"subject": "x", "custom_fields": [{"id": "a", "value": 1}]},
            "custom_fields[...].id",
            "a whole number from 1 to 9223372036854775807",
        ),
    ],
)
def test_the_field_and_what_it_takes(body: dict[str, Any], field: str, takes: str) -> None:
    error = refusal(body)
    assert str(error.field).replace("[0]", "[...]") == field
    assert error.public["takes"] == takes
    assert error.message == f"{error.field} takes {takes}."


def test_a_nested_field() -> None:
    error = refusal({"ticket": {"subject": "x", "description": "y", "colour": 1}}, CreateTicketBody)
    assert error.field == "ticket.colour"
    assert "subject" in error.public["known"]  # type: ignore[operator]  # a list


@pytest.mark.parametrize("name", ["y" * 3000, "\n" * 500, "` - at `$.subject`"])
def test_an_unknown_name_is_shown_within_bounds(name: str) -> None:
    error = refusal({"subject": "x", "x" + name: 1})
    assert len(error.message) < 200


@given(JSON)
def test_any_json_is_read_or_refused(body: Any) -> None:
    with APP.test_request_context(json=body, method="POST"), suppress(InvalidInput):
        assert isinstance(read_body(flask.request, NewTicket), NewTicket)


@given(st.dictionaries(st.sampled_from(["limit", "status", "cursor", "sort", "x"]), st.text(max_size=30)))
def test_any_query_is_read_or_refused(query: dict[str, str]) -> None:
    with APP.test_request_context(query_string=query), suppress(InvalidInput):
        assert 1 <= read_query(flask.request, TicketsQuery).limit <= 100


def test_of_a_repeated_parameter_the_first_counts() -> None:
    with APP.test_request_context(query_string="limit=5&limit=6"):
        assert read_query(flask.request, TicketsQuery).limit == 5
