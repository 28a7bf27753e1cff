"""Every envelope Zendesk uses becomes the right error, with codes and field names and without anybody's words."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atom_zendesk_plugin import errors
from atom_zendesk_plugin.client.failures import UNSPECIFIED, error_class, failure, read_complaint
from tests.unit.client.wire import reply


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.ZendeskBadRequest), (401, errors.ZendeskUnauthorized), (402, errors.ZendeskForbidden),
        (403, errors.ZendeskForbidden), (404, errors.ZendeskNotFound), (405, errors.ZendeskBadRequest),
        (406, errors.ZendeskInvalid), (409, errors.ZendeskConflict), (410, errors.ZendeskNotFound),
        (413, errors.ZendeskTooLarge), (418, errors.ZendeskBadRequest), (422, errors.ZendeskInvalid),
        (429, errors.ZendeskRateLimited), (500, errors.ZendeskUnavailable), (502, errors.ZendeskUnavailable),
        (503, errors.ZendeskUnavailable), (524, errors.ZendeskUnavailable), (304, errors.ZendeskUnexpected),
    ],
)  # fmt: skip
def test_the_class_of_each_status(status: int, kind: type[errors.ZendeskCallFailed]) -> None:
    assert error_class(status) is kind
    assert type(failure(reply(status, b"whatever"))) is kind


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        ({"error": {"title": "Forbidden", "message": "No access."}}, "Forbidden", "Forbidden: No access."),
        ({"error": {"title": "Invalid attribute", "message": "Bad id."}}, None, "Invalid attribute: Bad id."),
        ({"error": "RecordNotFound", "description": "Not found"}, "RecordNotFound", "Not found"),
        ({"errors": [{"code": "InvalidPaginationDepth", "title": "T", "detail": "D"}]}, "InvalidPaginationDepth", "D"),
        ({"error": "invalid_token", "error_description": "expired"}, "invalid_token", "expired"),
        ({"error": "Couldn't authenticate you"}, None, "Couldn't authenticate you"),
        ({"message": "boom"}, None, "boom"),
        ("just text", None, "just text"),
        ([], None, ""),
        (None, None, ""),
        ({"error": None, "details": 7, "errors": {}}, None, ""),
        ({"errors": [None, 3, {"code": 4}]}, None, ""),
    ],
)
def test_the_json_envelopes(body: object, code: str | None, text: str) -> None:
    told = read_complaint(json.dumps(body).encode())
    assert (told.code, told.text) == (code, text)


def test_plain_text_and_html() -> None:
    assert read_complaint(b"Requester creation collision - please try again").text.startswith("Requester creation")
    page = (
        b"<html><head><style>p{}</style></head><body><h1>503</h1>\n<p>Maintenance</p><script>x()</script></body></html>"
    )
    assert read_complaint(page).text == "503 Maintenance"
    assert read_complaint(b"\xff\xfe\x00<b>").code is None


def test_fields_and_their_codes() -> None:
    told = read_complaint(
        json.dumps(
            {
                "error": "RecordInvalid",
                "description": "Record validation errors",
                "details": {
                    "name": [{"description": "Name: ann@example.com is taken", "error": "DuplicateValue"}, {"description": "x"}],
                    "Subdomain: ": [{"description": "Subdomain: Does not exist"}],
                    "base": [{"description": "Assignee", "error": None, "ticket_field_id": 1}],
                    "odd": "text", "empty": [], "nothing": None,
                },
            }
        ).encode()
    )  # fmt: skip
    assert told.fields == {
        "name": ["DuplicateValue", UNSPECIFIED], "Subdomain": [UNSPECIFIED], "base": [UNSPECIFIED], "odd": [UNSPECIFIED],
    }  # fmt: skip


def test_ticket_fields_beside_complaints() -> None:
    rows = [{"error": None, "ticket_field_id": 7}, {"ticket_field_id": 7}, {"ticket_field_id": True}, {"ticket_field_id": "8"}, "x"]
    details = {"base": rows, "status": [{"ticket_field_id": 9}], "odd": "text"}
    told = failure(reply(422, json.dumps({"error": "RecordInvalid", "details": details}).encode()))
    assert told.ticket_field_ids == (7, 9)
    assert failure(reply(422, b'{"error": "RecordInvalid"}')).ticket_field_ids == ()


def test_the_error_carries_data_and_no_words() -> None:
    body = {
        "error": "RecordInvalid",
        "description": "ann@example.com is taken",
        "details": {"email": [{"error": "DuplicateValue"}]},
    }
    error = failure(reply(422, json.dumps(body).encode(), {"x-request-id": "abc-SJC, abc-SJC"}), retry_after=None)
    assert error.status == 422
    assert error.zendesk_code == "RecordInvalid"
    assert error.request_id == "abc-SJC"
    assert error.fields == {"email": ["DuplicateValue"]}
    assert error.upstream == "ann@example.com is taken"
    assert "ann@example.com" not in f"{error} {error!r} {error.public}"


def test_missing_scopes_are_named() -> None:
    body = b'{"error":"Forbidden","description":"You are missing the following required scopes: read, tickets:write"}'
    error = failure(reply(403, body))
    assert isinstance(error, errors.ZendeskForbidden)
    assert error.missing_scopes == ("read", "tickets:write")
    assert "read tickets:write" in error.message


def test_an_unknown_account_is_told_apart_from_an_unknown_record() -> None:
    body = b'{"error":{"title":"No help desk at nobody.zendesk.com","message":"..."}}'
    assert "ZENDESK_SUBDOMAIN" in failure(reply(404, body)).message
    assert "ZENDESK_SUBDOMAIN" not in failure(reply(404, b'{"error":"RecordNotFound"}')).message


def test_a_search_that_is_down_is_no_fault_of_the_query() -> None:
    assert isinstance(failure(reply(422, b'{"error":"unavailable","description":"..."}')), errors.ZendeskUnavailable)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["error", "errors", "description", "details", "title", "message", "code", "x"]), inner
        )
    ),
    max_leaves=15,
)


@given(st.integers(300, 599), st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_no_body_whatever_breaks_the_reading(status: int, body: bytes) -> None:
    error = failure(reply(status, body))
    assert error.status == status
    assert len(error.upstream or "") <= 300
    str(error)
