"""Pages: every row once, in order, in both shapes, and the service's refusals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Refusal
from atom_zendesk_plugin.simulator.paging import paginate

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Row:
    id: int
    name: str | None
    at: datetime


ROWS = [Row(number, f"row {number % 7}", EPOCH + timedelta(seconds=number // 3)) for number in range(1, 251)]
SORTS = {"name": lambda row: row.name, "updated_at": lambda row: row.at}


def ask(query: str, rows: Sequence[Row] = ROWS, **options: Any) -> Json:
    answer = answered(query, rows, **options)
    assert answer.status == 200
    body: Json = answer.body
    return body


def answered(query: str, rows: Sequence[Row] = ROWS, **options: Any) -> Answer:
    call = Call(
        method="GET",
        path="/api/v2/rows",
        base_url="http://localhost:4711",
        params=MultiDict(parse_qsl(query, keep_blank_values=True)),
        headers={},
        raw=b"",
        body={},
        actor_id=1,
        scopes=frozenset(),
    )
    told: dict[str, Any] = {"sorts": SORTS, **options}
    return paginate(call, rows, key="rows", render=lambda row: {"id": row.id}, identity=lambda row: row.id, **told)


def refused(query: str, **options: Any) -> tuple[int, Any]:
    with pytest.raises(Refusal) as caught:
        answered(query, **options)
    return caught.value.answer.status, caught.value.answer.body


def ids(body: Json) -> list[int]:
    return [row["id"] for row in body["rows"]]


def query_of(link: str) -> str:
    parts = urlsplit(link)
    assert (parts.scheme, parts.netloc, parts.path) == ("http", "localhost:4711", "/api/v2/rows.json")
    return parts.query


def walk(query: str, rows: Sequence[Row] = ROWS, **options: Any) -> list[int]:
    seen: list[int] = []
    body = ask(query, rows, **options)
    while True:
        seen += ids(body)
        if "meta" in body:
            if not body["meta"]["has_more"]:
                return seen
            body = ask(query_of(body["links"]["next"]), rows, **options)
        else:
            if body["next_page"] is None:
                return seen
            body = ask(query_of(body["next_page"]), rows, **options)


def test_without_parameters_a_list_has_the_offset_shape_and_a_hundred_rows() -> None:
    body = ask("")
    assert ids(body) == list(range(1, 101))
    assert list(body) == ["rows", "next_page", "previous_page", "count"]
    assert body["next_page"] == "http://localhost:4711/api/v2/rows.json?page=2"
    assert (body["previous_page"], body["count"]) == (None, 250)


def test_links_keep_the_other_parameters() -> None:
    body = ask("page=2&per_page=10&include=users&role=agent&role=admin")
    query = "include=users&page=3&per_page=10&role=admin&role=agent"
    assert body["next_page"] == f"http://localhost:4711/api/v2/rows.json?{query}"
    assert body["previous_page"].endswith(query.replace("page=3", "page=1"))


def test_more_than_a_hundred_a_page_is_clipped() -> None:
    assert len(ids(ask("per_page=1000"))) == 100
    assert len(ids(ask("page[size]=1000"))) == 100


def test_the_page_after_the_last_is_empty() -> None:
    body = ask("page=9")
    assert (ids(body), body["next_page"], body["count"]) == ([], None, 250)


@pytest.mark.parametrize(
    "query", ["page=x", "page=0", "page=-1", "per_page=ten", "page=", "page=1.5", f"page={'9' * 5000}"]
)
def test_a_page_that_is_no_number_is_refused(query: str) -> None:
    status, body = refused(query)
    assert status == 400
    assert "must be an integer" in body["error"]["message"]


def test_offsets_end_at_ten_thousand_records() -> None:
    rows = [Row(number, None, EPOCH) for number in range(1, 10_301)]
    assert ids(ask("page=100", rows)) == list(range(9_901, 10_001))
    status, body = refused("page=101", rows=rows)
    assert status == 400
    assert body["errors"][0]["code"] == "InvalidPaginationDepth"


def test_a_cursor_list_has_meta_and_links_and_no_count() -> None:
    body = ask("page[size]=100")
    assert list(body) == ["rows", "meta", "links"]
    assert body["meta"]["has_more"] is True
    assert set(body["links"]) == {"prev", "next"}


def test_the_last_page_keeps_its_cursor_and_only_an_empty_page_has_none() -> None:
    last = ask("page[size]=100", ROWS[:40])
    assert last["meta"]["has_more"] is False
    assert last["meta"]["after_cursor"]
    assert last["links"]["next"]
    empty = ask(query_of(last["links"]["next"]), ROWS[:40])
    assert empty["rows"] == []
    assert empty["meta"] == {"has_more": False, "after_cursor": None, "before_cursor": None}
    assert empty["links"] == {"prev": None, "next": None}


def test_going_back_gives_the_page_before() -> None:
    first = ask("page[size]=20&sort=-updated_at")
    second = ask(query_of(first["links"]["next"]))
    back = ask(query_of(second["links"]["prev"]))
    assert ids(back) == ids(first)
    assert back["meta"]["has_more"] is False


def test_rows_added_while_paging_are_not_missed_and_none_comes_twice() -> None:
    first = ask("page[size]=50", ROWS[:100])
    rest = ask(query_of(first["links"]["next"]), ROWS[10:])
    assert ids(rest)[0] == 51


@pytest.mark.parametrize(
    "query",
    [
        "page[size]=0",
        "page[size]=x",
        "page[size]=10&page[after]=%25%25",
        "page[size]=10&page[after]=aGVsbG8=",
        "page[size]=10&page[after]=bnVsbA==",
        "page[size]=10&sort=shoe_size",
        "page[size]=10&page[after]=eyJvIjoiaWQiLCJ2Ijoic2hvZSJ9",
        "page[size]=10&page[after]=eyJvIjoiaWQiLCJ2Ijp7fX0=",
    ],
)
def test_a_bad_cursor_parameter_is_refused(query: str) -> None:
    status, body = refused(query)
    assert status == 400
    assert body["errors"][0]["code"] == "InvalidPaginationParameter"


def test_a_cursor_belongs_to_its_sort_order() -> None:
    cursor = ask("page[size]=10&sort=name")["meta"]["after_cursor"]
    status, body = refused(f"page[size]=10&sort=-name&page[after]={cursor}")
    assert (status, body["errors"][0]["code"]) == (400, "InvalidPaginationParameter")


def test_sort_by_is_ignored_with_a_cursor_and_an_unknown_one_always() -> None:
    assert ids(ask("page[size]=3&sort_by=name&sort_order=desc")) == [1, 2, 3]
    assert ids(ask("per_page=3&sort_by=shoe_size")) == [1, 2, 3]


def test_offset_lists_sort_both_ways() -> None:
    assert ids(ask("per_page=2&sort_by=updated_at&sort_order=desc")) == [250, 249]
    assert ids(ask("per_page=2&sort_order=desc")) == [250, 249]
    assert ids(ask("per_page=2", default_sort="-updated_at")) == [250, 249]
    assert ids(ask("per_page=2&sort_order=asc", default_sort="-updated_at")) == [1, 2]


def test_an_endpoint_without_cursors_takes_the_parameter_for_a_bad_page() -> None:
    status, body = refused("page[size]=10", cursor=False)
    assert (status, body["error"]["title"]) == (400, "Invalid attribute")


def test_only_the_page_is_rendered_and_side_loaded() -> None:
    seen: list[int] = []

    def extra(page: Sequence[Row]) -> Json:
        seen.extend(row.id for row in page)
        return {"users": [len(page)]}

    body = ask("page=2&per_page=5", extra=extra)
    assert body["users"] == [5]
    assert seen == ids(body) == [6, 7, 8, 9, 10]


def test_presorted_rows_are_not_walked() -> None:
    class Counted(list[Row]):
        touched = 0

        def __getitem__(self, at: Any) -> Any:
            Counted.touched += 1
            return super().__getitem__(at)

        def __iter__(self) -> Any:
            raise AssertionError("all rows were walked")

    rows = Counted(Row(number, None, EPOCH) for number in range(1, 10_001))
    first = ask("page[size]=100", rows, presorted=True)
    second = ask(query_of(first["links"]["next"]), rows, presorted=True)
    assert ids(second) == list(range(101, 201))
    assert Counted.touched < 60


names = st.none() | st.text("abAB", max_size=3) | st.text(max_size=3)
some_rows = st.lists(
    st.builds(Row, id=st.integers(1, 10**13), name=names, at=st.datetimes(timezones=st.just(UTC))),
    max_size=25,
    unique_by=lambda row: row.id,
)


@given(some_rows, st.integers(1, 7), st.sampled_from(["id", "-id", "name", "-name", "updated_at", "-updated_at"]))
def test_cursor_pages_hold_every_row_once_in_order(rows: list[Row], size: int, sort: str) -> None:
    values: dict[str, Callable[[Row], Any]] = {
        "id": lambda row: row.id,
        # Empty values come first, texts compare without regard to case.
        "name": lambda row: (row.name is not None, (row.name or "").casefold(), row.id),
        "updated_at": lambda row: (row.at, row.id),
    }
    expected = sorted(rows, key=values[sort.removeprefix("-")], reverse=sort.startswith("-"))
    assert walk(f"page[size]={size}&sort={sort}", rows) == [row.id for row in expected]


@given(some_rows, st.integers(1, 7), st.sampled_from(["asc", "desc"]))
def test_offset_pages_hold_every_row_once_in_order(rows: list[Row], size: int, order: str) -> None:
    seen = walk(f"per_page={size}&sort_by=updated_at&sort_order={order}", rows)
    expected = sorted(rows, key=lambda row: (row.at, row.id), reverse=order == "desc")
    assert seen == [row.id for row in expected]
