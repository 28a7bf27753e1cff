"""Lists end by the server's own flag, survive every shape a page has had, and never run in a circle."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atom_zendesk_plugin import errors
from atom_zendesk_plugin.client.pagination import offset_cursor, offset_of
from tests.unit.client.wire import BASE, Answer, Sent, rig

NEXT = f"{BASE}/api/v2/tickets.json?page%5Bafter%5D="


def page(*ids: int, more: bool | None = False, cursor: str | None = "same", **top: Any) -> Answer:
    meta = {"has_more": more, "after_cursor": cursor, "before_cursor": "b"}
    return Answer(
        body={"tickets": [{"id": one} for one in ids], "meta": meta, "links": {"next": NEXT + str(cursor)}} | top
    )


def offset(*ids: int, following: str | None, count: int = 4) -> Answer:
    return Answer(
        body={"tickets": [{"id": one} for one in ids], "next_page": following, "previous_page": None, "count": count}
    )


def test_a_list_by_cursor_ends_with_the_flag_although_links_go_on() -> None:
    there = rig(page(1, 2, more=True, cursor="c1"), page(3, more=False, cursor="c2"), page(9))
    assert [ticket.id for ticket in there.client.tickets.list(size=2)] == [1, 2, 3]
    assert [sent.params for sent in there.wire.sent] == [{"page[size]": "2"}, {"page[size]": "2", "page[after]": "c1"}]


def test_an_empty_list_without_cursors_in_meta() -> None:
    there = rig(Answer(body={"tickets": [], "meta": {"has_more": False}, "links": {"next": None}}))
    assert list(there.client.tickets.list()) == []


def test_a_cursor_that_stands_only_in_the_link() -> None:
    first = Answer(body={"tickets": [{"id": 1}], "meta": {"has_more": True}, "links": {"next": NEXT + "abc%3D%3D"}})
    there = rig(first, page(2))
    assert [ticket.id for ticket in there.client.tickets.list()] == [1, 2]
    assert there.wire.sent[1].params["page[after]"] == "abc=="


def test_a_link_of_another_host_gives_its_cursor_and_nothing_else() -> None:
    first = Answer(
        body={"tickets": [], "meta": {"has_more": True}, "links": {"next": "https://evil.example/x?page[after]=c"}}
    )
    there = rig(first, page(2))
    assert [ticket.id for ticket in there.client.tickets.list()] == [2]
    assert {sent.url.split("/api")[0] for sent in there.wire.sent} == {BASE}


def test_an_endpoint_that_ignores_the_page_size_is_read_by_number() -> None:
    there = rig(offset(1, 2, following=f"{BASE}:443/api/v2/tickets.json?page=2"), offset(3, 4, following=None))
    pages = list(there.client.tickets.pages(size=2))
    assert [ticket.id for each in pages for ticket in each] == [1, 2, 3, 4]
    assert there.wire.sent[1].params == {"page": "2", "per_page": "2"}
    assert (pages[0].cursor, pages[0].count, pages[1].cursor) == ("offset:2", 4, None)


def test_an_endpoint_without_any_paging() -> None:
    there = rig(Answer(body={"tickets": [{"id": 1}]}))
    found = there.client.tickets.page()
    assert (len(found), found.has_more, found.cursor, found.count) == (1, False, None, None)


@pytest.mark.parametrize(
    "following", ["https://evil.example/api?page=2", "http://acme.zendesk.com/api?page=2", "//evil.example?page=2"]
)
def test_a_next_page_on_another_host_raises_and_is_not_followed(following: str) -> None:
    there = rig(offset(1, following=following))
    with pytest.raises(errors.ForeignHost):
        list(there.client.tickets.list())
    assert len(there.wire.sent) == 1


@pytest.mark.parametrize("following", [f"{BASE}/x", f"{BASE}/x?page=-1", f"{BASE}/x?page=a", f"{BASE}/x?page=٣"])
def test_a_next_page_without_a_number(following: str) -> None:
    with pytest.raises(errors.ZendeskUnexpected):
        rig(offset(1, following=following)).client.tickets.page()


def test_a_cursor_that_comes_again_raises_after_one_repeat() -> None:
    there = rig(page(1, more=True, cursor="c1"), page(1, more=True, cursor="c1"))
    tickets = there.client.tickets.list()
    assert next(tickets).id == 1
    with pytest.raises(errors.PaginationLoop):
        next(tickets)
    assert len(there.wire.sent) == 2


def test_a_longer_circle_is_found_too() -> None:
    answers = [page(number, more=True, cursor=f"c{number % 5}") for number in range(20)]
    there = rig(*answers)
    with pytest.raises(errors.PaginationLoop):
        list(there.client.tickets.list())
    assert len(there.wire.sent) == 6


def test_a_next_page_that_stays_where_it_is() -> None:
    there = rig(offset(1, following=f"{BASE}/api/v2/tickets?page=2"))
    with pytest.raises(errors.PaginationLoop):
        list(there.client.tickets.list())
    assert len(there.wire.sent) == 2


def test_empty_pages_without_end() -> None:
    cursors = iter(range(1000))
    there = rig(handler=lambda _: page(more=True, cursor=f"c{next(cursors)}"))
    with pytest.raises(errors.PaginationLoop):
        list(there.client.tickets.list())
    assert len(there.wire.sent) == 20


def test_more_without_a_place_is_never_a_silent_end() -> None:
    first = Answer(
        body={"tickets": [{"id": 1}], "meta": {"has_more": True, "after_cursor": None}, "links": {"next": None}}
    )
    with pytest.raises(errors.ZendeskUnexpected, match="not where"):
        list(rig(first).client.tickets.list())


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "no tickets"), ({"tickets": None}, "tickets"), ({"tickets": {}}, "tickets"), ([], "object"), ("text", "object"),
        ({"tickets": [{"id": 7, "subject": ["secret"]}]}, r"record 7: .*subject"),
        ({"tickets": [{"subject": "secret"}]}, "without|None"), ({"tickets": ["secret"]}, "record"),
        ({"tickets": [], "meta": {"has_more": "yes"}}, "meta"), ({"tickets": [], "meta": 3}, "meta"),
        ({"tickets": [], "users": [{"id": "secret"}]}, "record"),
    ],
)  # fmt: skip
def test_a_page_of_the_wrong_shape_names_place_and_field_but_no_value(body: Any, told: str) -> None:
    with pytest.raises(errors.ZendeskUnexpected, match=told) as caught:
        rig(Answer(body=body)).client.tickets.page()
    assert caught.value.endpoint == "/api/v2/tickets"
    assert "secret" not in str(caught.value)


def test_what_stands_beside_the_records_is_typed() -> None:
    sides: dict[str, Any] = {
        "users": [{"id": 5, "name": "Ann"}], "groups": [{"id": 6}], "organizations": [], "metric_sets": [{"id": 8, "reopens": 2}],
        "ids": [1, 2], "facets": None, "count": "odd",
    }  # fmt: skip
    found = rig(page(1, **sides)).client.tickets.page(include=("users", "groups"))
    assert {name: [type(row).__name__ for row in rows] for name, rows in found.sides.items()} == {
        "users": ["User"], "groups": ["Group"], "organizations": [], "metric_sets": ["Record"],
    }  # fmt: skip
    assert found.sides["metric_sets"][0].payload()["reopens"] == 2
    assert found.count is None


def test_raw_bytes_are_kept_with_unknown_fields() -> None:
    ticket = rig(Answer(body={"tickets": [{"id": 1, "unknown": {"deep": [1, None]}}]})).client.tickets.page().records[0]
    assert ticket.payload() == {"id": 1, "unknown": {"deep": [1, None]}}


def test_memory_stays_flat_however_long_the_list() -> None:
    rows = [{"id": number, "description": "x" * 500} for number in range(100)]

    def zendesk(sent: Sent) -> Answer:
        there.wire.sent.clear()
        number = int(sent.params.get("page[after]", "0"))
        meta = {"has_more": number < 300, "after_cursor": str(number + 1)}
        return Answer(body={"tickets": rows, "meta": meta})

    there = rig(handler=zendesk)
    there.events.clear()
    tickets = there.client.tickets.list()
    for _ in range(3_000):
        next(tickets)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        count = sum(1 for _ in tickets)
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert count == 30_100 - 3_000
    assert grown < 500_000, "15 MB went by"


@pytest.mark.parametrize(("size", "sent"), [(0, "1"), (1, "1"), (100, "100"), (5000, "100")])
def test_the_size_is_cut_to_what_zendesk_gives(size: int, sent: str) -> None:
    there = rig(page())
    there.client.tickets.page(size=size)
    assert there.wire.sent[0].params["page[size]"] == sent


@given(st.integers(1, 9_999_999))
def test_a_number_comes_back_from_its_cursor(number: int) -> None:
    assert offset_of(offset_cursor(number)) == number


@given(st.text(max_size=30) | st.none())
def test_any_other_cursor_is_none_of_ours(cursor: str | None) -> None:
    told = offset_of(cursor)
    assert told is None or (cursor is not None and cursor.startswith("offset:"))
