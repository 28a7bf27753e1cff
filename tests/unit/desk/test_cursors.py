"""Cursors: they lead on, belong to their question, and rubbish is told as rubbish."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atom_zendesk_plugin.desk import cursors
from atom_zendesk_plugin.errors import InvalidInput

SCOPE = cursors.scope_of("tickets", status="open")


@given(st.text(min_size=1, max_size=200), st.integers(1, 100))
def test_what_is_wrapped_comes_out(zendesk_cursor: str, size: int) -> None:
    assert cursors.after(cursors.wrap_after(SCOPE, zendesk_cursor, size), SCOPE, size) == zendesk_cursor


@given(st.integers(1, 1000), st.integers(0, 10**12))
def test_an_offset_comes_out(offset: int, count: int) -> None:
    assert cursors.offset(cursors.wrap_offset(SCOPE, offset, count), SCOPE) == (offset, count)


def test_no_cursor_is_the_beginning() -> None:
    assert cursors.after(None, SCOPE, 30) is None
    assert cursors.offset(None, SCOPE) == (0, 0)


@given(st.text(max_size=300))
def test_text_is_refused_by_name(text: str) -> None:
    for read in (lambda: cursors.after(text, SCOPE, 30), lambda: cursors.offset(text, SCOPE)):
        with pytest.raises(InvalidInput) as refused:
            read()
        assert refused.value.field == "cursor"


@given(st.binary(max_size=200))
def test_wrapped_bytes_are_refused_by_name(raw: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        cursors.after(base64.urlsafe_b64encode(raw).decode(), SCOPE, 30)
    assert refused.value.field == "cursor"


def test_the_two_kinds_are_not_mixed() -> None:
    with pytest.raises(InvalidInput):
        cursors.offset(cursors.wrap_after(SCOPE, "x", 30), SCOPE)
    with pytest.raises(InvalidInput):
        cursors.after(cursors.wrap_offset(SCOPE, 30, 90), SCOPE, 30)


@pytest.mark.parametrize("offset", [0, 1001, -5])
def test_an_offset_beyond_search_is_refused(offset: int) -> None:
    with pytest.raises(InvalidInput):
        cursors.offset(cursors.wrap_offset(SCOPE, offset, 5000), SCOPE)


def test_scopes_differ_by_question() -> None:
    scopes = {
        cursors.scope_of("tickets"),
        cursors.scope_of("users"),
        cursors.scope_of("tickets", status="open"),
        cursors.scope_of("tickets", status="open", sort="id"),
        cursors.scope_of("tickets", priority="open"),
    }
    assert len(scopes) == 5
    assert cursors.scope_of("t", a="1", b="2") == cursors.scope_of("t", b="2", a="1")


def test_a_page_number_goes_on_with_its_own_size_only() -> None:
    cursor = cursors.wrap_after(SCOPE, "offset:3", 30)
    assert cursors.after(cursor, SCOPE, 30) == "offset:3"
    with pytest.raises(InvalidInput) as refused:
        cursors.after(cursor, SCOPE, 50)
    assert refused.value.field == "limit"
