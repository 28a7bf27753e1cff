"""What a person typed never becomes a clause of the query."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from atom_zendesk_plugin.client import querytext
from atom_zendesk_plugin.errors import InvalidInput

QUOTES = '"\u201c\u201d\u201e\u201f\u2033\u2036\u00ab\u00bb\u301d\u301e\u301f\uff02'


def clauses(query: str) -> list[str]:
    """Cut a query as a search engine would: at blanks outside quotes; any quote, also a typographic one, opens and closes."""
    folded = re.sub(f"[{QUOTES}]", '"', query)
    return re.findall(r'(?:[^\s"]+|"[^"]*"?)+', folded)


NASTY = st.text(
    alphabet=st.sampled_from(f"{QUOTES}\\' :<>-*()\n\t\x00\u2028\u00a0aOR"),
    max_size=20,
)


@given(NASTY | st.text(max_size=60))
@example('x" type:user "')
@example('x\\" OR type:user \\"')
@example("x\u201d type:user \u201c")
@example("a\nrequester:b")
def test_quoted_text_is_one_phrase_whatever_it_is(text: str) -> None:
    quoted = querytext.quote(text)
    assert quoted[0] == quoted[-1] == '"'
    assert clauses(quoted) == [quoted]
    assert clauses(f"type:ticket {quoted} status:open") == ["type:ticket", quoted, "status:open"]
    assert not any(char in quoted[1:-1] for char in QUOTES + "\\\n\r\t\x00")


@given(NASTY | st.text(max_size=60))
def test_a_value_never_adds_a_clause(text: str) -> None:
    clause = querytext.clause("requester", text)
    assert clauses(f"{clause} status:open") == [clause, "status:open"]
    assert clause.startswith("requester:")
    assert clause.count(":") == 1 or '"' in clause


@given(st.text(alphabet="abc xyz0189.,:;!?@-_()", max_size=40))
def test_ordinary_words_stay_as_they_are(text: str) -> None:
    assert querytext.quote(text)[1:-1] == " ".join(text.split())


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (querytext.clause("status", "open"), "status:open"),
        (querytext.clause("status", "solved", op="<"), "status<solved"),
        (querytext.clause("assignee", None), "assignee:none"),
        (querytext.clause("organization", "Big Corp"), 'organization:"Big Corp"'),
        (querytext.clause("requester", "ann.b+c@example.com"), "requester:ann.b+c@example.com"),
        (querytext.clause("tags", "-vip"), 'tags:"-vip"'),
        (querytext.clause("subject", "a*"), 'subject:"a*"'),
        (querytext.clause("custom_field_123", 7), "custom_field_123:7"),
        (querytext.clause("has_incidents", True), "has_incidents:true"),
        (querytext.clause("created", date(2026, 1, 5), op=">="), "created>=2026-01-05"),
        (querytext.clause("created", datetime(2026, 1, 5, 9, tzinfo=UTC), op=">"), "created>2026-01-05T09:00:00Z"),
        (querytext.clause("created", datetime(2026, 1, 5, 9, tzinfo=timezone(timedelta(hours=2)))), "created:2026-01-05T07:00:00Z"),
        (querytext.clause("updated", "4hours", op="<"), "updated<4hours"),
        (querytext.negated(querytext.clause("tags", "spam")), "-tags:spam"),
        (querytext.negated(querytext.quote("out of office")), '-"out of office"'),
        (querytext.between("created", date(2026, 1, 1), date(2026, 2, 1)), "created>=2026-01-01 created<2026-02-01"),
        (querytext.all_of("type:ticket", "", '"x"'), 'type:ticket "x"'),
        (querytext.all_of(), ""),
    ],
)  # fmt: skip
def test_builders(made: str, expected: str) -> None:
    assert made == expected


@pytest.mark.parametrize("field", ["", "Status", "a b", "a:b", "-a", 'a"', "1a", "a" * 65])
def test_a_field_must_be_a_name(field: str) -> None:
    with pytest.raises(InvalidInput):
        querytext.clause(field, "x")


def test_operators_and_times_are_checked() -> None:
    with pytest.raises(InvalidInput):
        querytext.clause("a", "x", op="=")  # type: ignore[arg-type]
    with pytest.raises(InvalidInput):
        querytext.clause("created", datetime(2026, 1, 5))  # noqa: DTZ001  # the naive time is the point
