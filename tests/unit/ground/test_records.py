"""What came in goes out equal, whatever Zendesk adds; absent is not null."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atom_zendesk_plugin.records import Organization, Record, Ticket, User, parse_hit

# Numbers stay inside what JSON readers agree on; text has no lone surrogates, which JSON cannot carry as UTF-8.
text = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=12,
)
known = st.fixed_dictionaries(
    {"id": st.integers(1, 2**62)}, optional={"subject": st.none() | text, "tags": st.lists(text)}
)
unknown = st.dictionaries(text.map("x_".__add__), values, max_size=6)


@given(known, unknown)
def test_a_record_survives_reading_and_writing(fields: dict[str, Any], more: dict[str, Any]) -> None:
    sent = fields | more
    ticket = Ticket.parse(json.dumps(sent).encode())
    assert json.loads(ticket.raw) == sent
    assert ticket.payload() == sent


@given(known, unknown, text)
def test_a_change_touches_nothing_else(fields: dict[str, Any], more: dict[str, Any], subject: str) -> None:
    sent = fields | more
    changed = Ticket.parse(json.dumps(sent).encode()).merged({"subject": subject})
    assert changed.subject == subject
    assert changed.payload() == sent | {"subject": subject}


def test_absent_and_null_read_the_same_and_can_be_told_apart() -> None:
    ticket = Ticket.parse(b'{"id":1,"subject":null}')
    assert ticket.subject is None
    assert ticket.priority is None
    assert ticket.has("subject")
    assert not ticket.has("priority")


def test_the_bytes_are_kept_as_they_came() -> None:
    raw = b'{ "id" : 1, "x":1.0, "y":"\\u00e9" }'
    assert Ticket.parse(raw).raw == raw


def test_a_record_does_not_keep_its_whole_page_alive() -> None:
    page = b'{"tickets":[{"id":1},{"id":2}]}'
    rows = msgspec.json.decode(page, type=dict[str, list[msgspec.Raw]])["tickets"]
    assert Ticket.parse(rows[1]).raw == b'{"id":2}'


def test_a_wrong_type_names_the_field() -> None:
    with pytest.raises(msgspec.ValidationError, match=r"\$\.status"):
        Ticket.parse(b'{"id":1,"status":7}')


def test_sixty_four_bit_ids_stay_exact() -> None:
    assert Ticket.parse(b'{"id":9223372036854775807}').id == 2**63 - 1


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b'{"result_type":"ticket","id":1}', Ticket),
        (b'{"result_type":"user","id":1}', User),
        (b'{"result_type":"organization","id":1}', Organization),
        (b'{"result_type":"topic","id":1}', Record),
        (b'{"id":1}', Record),
    ],
)
def test_a_search_hit_is_read_as_what_it_is(raw: bytes, kind: type[Record]) -> None:
    hit = parse_hit(raw)
    assert type(hit) is kind
    assert hit.raw == raw
