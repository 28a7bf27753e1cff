"""Reading lists: by cursor and by page number, never too much, nothing skipped, always an end."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atom_zendesk_plugin.client.pagination import Page
from atom_zendesk_plugin.desk.listing import Listing, collect, names_of
from atom_zendesk_plugin.desk.searching import search_listing
from atom_zendesk_plugin.errors import InvalidInput, ResultTruncated, ZendeskBadRequest
from atom_zendesk_plugin.records import Group, Organization, Record, User

Fetch = Callable[[int, str | None], Page[Group]]
ROWS = [Group(id=number) for number in range(1, 251)]


def by_cursor(size: int, cursor: str | None) -> Page[Group]:
    start = int(cursor or 0)
    stop = start + size
    return Page(records=tuple(ROWS[start:stop]), has_more=stop < len(ROWS), cursor=str(stop))


def by_page(size: int, cursor: str | None) -> Page[Group]:
    """As the client reads an endpoint that knows no cursors: the first page is asked for without a number."""
    number = int(cursor.removeprefix("offset:")) if cursor else 1
    stop = number * size
    more = stop < len(ROWS)
    return Page(
        records=tuple(ROWS[stop - size : stop]),
        has_more=more,
        cursor=f"offset:{number + 1}" if more else None,
        count=len(ROWS),
    )


def ids(listing: Listing[Group]) -> list[int]:
    return [group.id for group in listing.records]


@given(st.integers(1, 400), st.sampled_from([by_cursor, by_page]))
def test_pieces_make_the_whole(limit: int, fetch: Fetch) -> None:
    seen: list[int] = []
    cursor: str | None = None
    while True:
        piece = collect(fetch, limit=limit, cursor=cursor, scope="s")
        assert len(piece.records) <= limit
        assert piece.has_more == (piece.cursor is not None)
        seen += ids(piece)
        cursor = piece.cursor
        if cursor is None:
            break
    assert seen == [group.id for group in ROWS]


def test_page_numbers_do_not_go_on_with_another_limit() -> None:
    first = collect(by_page, limit=30, cursor=None, scope="s")
    with pytest.raises(InvalidInput) as refused:
        collect(by_page, limit=31, cursor=first.cursor, scope="s")
    assert refused.value.field == "limit"


def test_cursors_go_on_with_any_limit() -> None:
    first = collect(by_cursor, limit=30, cursor=None, scope="s")
    assert ids(collect(by_cursor, limit=2, cursor=first.cursor, scope="s")) == [31, 32]


def test_an_empty_page_that_says_there_is_more_ends_the_reading() -> None:
    asked = []

    def fetch(size: int, cursor: str | None) -> Page[Group]:
        asked.append(cursor)
        return Page(records=(), has_more=True, cursor="again")

    piece = collect(fetch, limit=100, cursor=None, scope="s")
    assert (piece.records, piece.has_more, len(asked)) == ((), True, 1)


def test_a_bad_request_is_the_cursors_fault_only_where_one_was_given() -> None:
    def fetch(size: int, cursor: str | None) -> Page[Group]:
        raise ZendeskBadRequest(method="GET", endpoint="/api/v2/groups")

    with pytest.raises(ZendeskBadRequest):
        collect(fetch, limit=10, cursor=None, scope="s")
    cursor = collect(by_cursor, limit=10, cursor=None, scope="s").cursor
    with pytest.raises(InvalidInput):
        collect(fetch, limit=10, cursor=cursor, scope="s")


def test_names_are_gathered_by_what_they_are() -> None:
    names = names_of(
        [{"users": (User(id=1), User()), "groups": (Group(id=2),)}, {"organizations": (Organization(id=3),)}]
    )
    assert (set(names.people), set(names.groups), set(names.organizations)) == ({1}, {2}, {3})


@given(st.integers(0, 2500), st.lists(st.integers(1, 1000), min_size=1, max_size=12))
def test_search_gives_every_hit_once_up_to_a_thousand(total: int, limits: list[int]) -> None:
    rows = [Group(id=number) for number in range(1, total + 1)]

    def fetch(size: int, number: int) -> Page[Group]:
        stop = size * number
        assert stop <= 1000, "Zendesk refuses a page that reaches beyond the thousandth hit"
        assert size <= 100
        return Page(records=tuple(rows[stop - size : stop]), has_more=stop < total, count=total)

    seen: list[int] = []
    cursor: str | None = None
    for limit in [*limits, 1000, 1000]:
        piece = search_listing(fetch, limit=limit, cursor=cursor, scope="s")
        assert len(piece.records) <= limit
        assert piece.count == total
        seen += ids(piece)
        cursor = piece.cursor
        if cursor is None or len(seen) == 1000:
            break
    assert seen == [row.id for row in rows[:1000]]
    assert (cursor is not None) == (total > 1000)
    if cursor is not None:
        with pytest.raises(ResultTruncated) as cut:
            search_listing(fetch, limit=1, cursor=cursor, scope="s")
        assert (cut.value.public["count"], cut.value.public["limit"]) == (total, 1000)


def test_a_search_page_with_hits_of_an_unknown_kind() -> None:
    page: Page[Record] = Page(records=(Record.parse(b'{"result_type": "article"}'),), count=1)
    assert search_listing(lambda size, number: page, limit=5, cursor=None, scope="s").count == 1
