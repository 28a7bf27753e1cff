"""What a person types into a search box stays what they typed."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atom_zendesk_plugin.desk.searching import query_of, refuse_other_kinds
from atom_zendesk_plugin.errors import InvalidInput

ONLY_PHRASES = re.compile(r'"[^"\\]+"(?: "[^"\\]+")*')


@given(st.text(max_size=400))
def test_every_text_becomes_phrases_or_is_refused(text: str) -> None:
    with suppress(InvalidInput):
        assert ONLY_PHRASES.fullmatch(query_of(text))


@given(st.from_regex(r'[-"]{0,2}(type|status|assignee|order_by)[:<>"]{1,3}\w+["\\]{0,2}', fullmatch=True))
def test_clauses_become_phrases(text: str) -> None:
    assert ONLY_PHRASES.fullmatch(query_of(text))


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("printer ink", '"printer" "ink"'),
        ('"printer ink" red', '"printer ink" "red"'),
        ('say "hi', '"say" "hi"'),
        ("status:open", '"status:open"'),
        ("- printer", '"printer"'),
        ("caf\u00e9", '"caf\u00e9"'),
    ],
)
def test_words_and_phrases(text: str, query: str) -> None:
    assert query_of(text) == query


def test_the_language_itself_is_left_as_it_is() -> None:
    assert query_of(' status:open "a b" ', syntax="zendesk") == 'status:open "a b"'


@pytest.mark.parametrize("query", ["ticket_type:task", '"type:user"', "prototype:x", "subject:type"])
def test_what_is_no_kind_of_record(query: str) -> None:
    refuse_other_kinds(query)


@pytest.mark.parametrize(
    "query", ["type:user", "a type:user", "-type:user", '"a" type:"user"', "TYPE>x", 'x" type:user', "(type:user)"]
)
def test_a_kind_of_record(query: str) -> None:
    with pytest.raises(InvalidInput):
        refuse_other_kinds(query)
