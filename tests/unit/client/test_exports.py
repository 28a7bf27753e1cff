"""Exports go on from page to page and never lose their place, least of all on an empty last page."""

from __future__ import annotations

from itertools import islice

import pytest

from atom_zendesk_plugin import errors
from atom_zendesk_plugin.client.resources.export_pages import MOST, Place
from tests.unit.client.wire import Answer, rig

FROM = Place(start_time=100)


def by_cursor(ids: list[int], cursor: str | None, *, end: bool = False) -> Answer:
    return Answer(body={"tickets": [{"id": one} for one in ids], "after_cursor": cursor, "end_of_stream": end})


def by_time(ids: list[int], end_time: int | None, *, end: bool | None = None, **more: object) -> Answer:
    told = {"organizations": [{"id": one} for one in ids], "end_time": end_time, "count": len(ids), **more}
    return Answer(body=told if end is None else {**told, "end_of_stream": end})


def test_an_export_by_cursor_is_read_to_its_end() -> None:
    there = rig(by_cursor([1, 2], "a"), by_cursor([3], "b", end=True))
    pages = list(there.client.exports.tickets(FROM))
    assert [[ticket.id for ticket in page] for page in pages] == [[1, 2], [3]]
    assert [page.place.cursor for page in pages] == ["a", "b"]
    assert [page.is_last for page in pages] == [False, True]
    assert [sent.params.get("cursor") for sent in there.wire.sent] == [None, "a"]
    assert [sent.params.get("start_time") for sent in there.wire.sent] == ["100", None]
    assert [len(page) for page in pages] == [2, 1]


def test_an_empty_last_page_keeps_the_cursor_it_was_asked_with() -> None:
    there = rig(by_cursor([], None, end=True))
    (page,) = there.client.exports.tickets(Place(cursor="kept"))
    assert page.place == Place(cursor="kept")
    assert page.is_last


def test_an_empty_first_page_keeps_the_moment_it_began_at() -> None:
    (page,) = rig(by_cursor([], None, end=True)).client.exports.tickets(FROM)
    assert page.place == FROM


@pytest.mark.parametrize("second", [by_cursor([2], "a"), by_cursor([2], None)], ids=["again", "lost"])
def test_a_cursor_that_leads_nowhere_is_told(second: Answer) -> None:
    export = rig(by_cursor([1], "a"), second).client.exports.tickets(FROM)
    assert [ticket.id for ticket in next(export)] == [1]
    with pytest.raises(errors.PaginationLoop):
        next(export)


def test_an_export_by_time_is_read_to_its_end() -> None:
    there = rig(by_time([1], 200, end=False), by_time([2], 250, end=True))
    pages = list(there.client.exports.organizations(FROM))
    assert [page.place for page in pages] == [Place(start_time=200), Place(start_time=250)]
    assert [sent.params["start_time"] for sent in there.wire.sent] == ["100", "200"]


def test_an_empty_last_page_by_time_keeps_its_moment() -> None:
    (page,) = rig(by_time([], None, end=True)).client.exports.organizations(FROM)
    assert page.place == FROM
    assert page.is_last


def test_more_records_in_one_second_than_a_page_holds_are_told() -> None:
    with pytest.raises(errors.PaginationLoop):
        list(islice(rig(by_time([1], 100, end=False)).client.exports.organizations(FROM), 5))


def test_without_a_flag_a_page_that_is_not_full_is_the_last() -> None:
    event = {"id": 1, "ticket_id": 2, "metric": "reply_time", "type": "breach", "time": "2026-01-05T09:00:00Z"}
    full = {"ticket_metric_events": [event], "count": MOST, "end_time": 200, "next_page": "https://acme.zendesk.com/x"}
    there = rig(Answer(body=full), Answer(body={**full, "count": 1, "end_time": 300}))
    pages = list(there.client.exports.ticket_metric_events(FROM))
    assert [page.is_last for page in pages] == [False, True]
    assert pages[-1].place == Place(start_time=300)
    assert pages[0].records[0].metric == "reply_time"


def test_an_export_of_skills_goes_on_by_the_cursor_in_its_link() -> None:
    link = "https://acme.zendesk.com/api/v2/incremental/routing/attributes?cursor=7d72"
    row = {"id": "a", "type": "create"}
    there = rig(
        Answer(body={"attributes": [row], "count": MOST, "end_time": 200, "next_page": link}),
        Answer(body={"attributes": [], "count": 0, "end_time": None, "next_page": None}),
    )
    pages = list(there.client.exports.skills("attributes", FROM))
    assert there.wire.sent[1].params == {"cursor": "7d72"}
    assert pages[-1].place == Place(start_time=200, cursor="7d72")


def test_custom_objects_end_by_what_their_meta_says() -> None:
    def page(cursor: str, *, more: bool) -> Answer:
        return Answer(body={"custom_object_records": [{"id": cursor}], "after_cursor": cursor, "meta": {"has_more": more}})

    there = rig(page("a", more=True), page("b", more=False))
    assert [one.place.cursor for one in there.client.exports.object_records("car", FROM)] == ["a", "b"]


def test_what_stands_beside_the_records_comes_along() -> None:
    body = {"tickets": [{"id": 1}], "users": [{"id": 2, "name": "Ann"}], "end_of_stream": True, "after_cursor": "a"}
    (page,) = rig(Answer(body=body)).client.exports.tickets(FROM, include=("users",))
    assert [user.payload()["name"] for user in page.sides["users"]] == ["Ann"]


def test_a_sample_is_one_page() -> None:
    there = rig(Answer(body={"users": [{"id": 1}], "end_of_stream": False, "end_time": 5}))
    assert [row.payload() for row in there.client.exports.sample("users", start_time=1)] == [{"id": 1}]
    assert len(there.wire.sent) == 1


def test_an_export_needs_a_place_and_an_answer_its_records() -> None:
    with pytest.raises(errors.InvalidInput):
        Place()
    with pytest.raises(errors.ZendeskUnexpected):
        list(rig(Answer(body={"end_of_stream": True})).client.exports.tickets(FROM))
    with pytest.raises(errors.ZendeskUnexpected):
        list(rig(Answer(body={"tickets": 1, "end_of_stream": True})).client.exports.tickets(FROM))
