"""Search through the routes: words stay words, tickets stay tickets, and every answer says where it comes from."""

from __future__ import annotations

import pytest

from tests.integration.web.staging import Stage, data, failure

SEARCH = "/api/zendesk/search/tickets"
POSTED = "/api/zendesk/search"


def ids(found: dict[str, object]) -> list[int]:
    tickets = found["tickets"]
    assert isinstance(tickets, list)
    return [ticket["id"] for ticket in tickets]


def test_words_find_tickets_with_names(stage: Stage) -> None:
    made = stage.ticket(
        subject="Zebra crossing", comment="Paint is gone", requester_email="ann@example.com", requester_name="Ann"
    )
    found = data(stage.get(SEARCH, query="zebra paint"))
    assert ids(found) == [made["id"]]
    assert (found["source"], found["may_lag"], found["total"]) == ("zendesk_search", True, 1)
    assert found["tickets"][0]["requester"]["name"] == "Ann"


def test_every_word_must_occur(stage: Stage) -> None:
    stage.ticket(subject="Zebra crossing")
    assert ids(data(stage.get(SEARCH, query="zebra elephant"))) == []


def test_a_phrase_occurs_as_it_stands(stage: Stage) -> None:
    made = stage.ticket(subject="Zebra crossing north")
    assert ids(data(stage.get(SEARCH, query='"zebra crossing"'))) == [made["id"]]
    assert ids(data(stage.get(SEARCH, query='"crossing zebra"'))) == []


@pytest.mark.parametrize(
    "text",
    [
        "status:closed",
        "type:user",
        "-zebra",
        'x" OR type:user "',
        "zebra -crossing",
        "zebra status:closed",
        "*",
        "order_by:id",
    ],
)
def test_text_cannot_add_a_clause(stage: Stage, text: str) -> None:
    stage.ticket(subject="Zebra crossing")
    answer = stage.get(SEARCH, query=text)
    if answer.status_code == 400:  # nothing to look for
        failure(answer, 400, "VALIDATION_ERROR")
        return
    queries = [call.query for call in stage.simulator.calls if call.path.startswith("/api/v2/search")]
    assert all("type%3Aticket" in query for query in queries)
    # "-zebra" is the word zebra, not "everything without zebra"; clauses are looked for as words and found nowhere.
    assert len(ids(data(answer))) <= 1


def test_the_search_language_on_request(stage: Stage) -> None:
    found = data(stage.get(SEARCH, query="status:closed", syntax="zendesk", limit=100))
    assert found["tickets"]
    assert {ticket["status"] for ticket in found["tickets"]} == {"closed"}


@pytest.mark.parametrize(
    "query", ["type:user", "TYPE:user foo", 'type:"organization"', "foo type : group", "-type:ticket"]
)
def test_the_search_language_stays_with_tickets(stage: Stage, query: str) -> None:
    error = failure(stage.get(SEARCH, query=query, syntax="zendesk"), 400, "VALIDATION_ERROR")
    assert error["details"]["field"] == "query"


def test_other_clauses_that_end_in_type_are_fine(stage: Stage) -> None:
    data(stage.get(SEARCH, query='ticket_type:incident "about type:x"', syntax="zendesk"))


def test_posted_search_repeats_results(stage: Stage) -> None:
    made = stage.ticket(subject="Zebra crossing")
    found = data(stage.post(POSTED, {"query": "zebra", "limit": 5, "user_id": "current"}))
    assert [ticket["id"] for ticket in found["results"]] == ids(found) == [made["id"]]
    assert found["query"] == "zebra"


def test_hits_are_paged_without_gaps(stage: Stage) -> None:
    query = {"query": "status:closed", "syntax": "zendesk", "sort": "created_at"}
    everything = ids(data(stage.get(SEARCH, limit=100, **query)))
    seen: list[int] = []
    cursor = ""
    for limit in (3, 5, 7, 100):
        page = data(stage.get(SEARCH, limit=limit, cursor=cursor, **query))
        seen += ids(page)
        cursor = page["cursor"]
        if cursor is None:
            break
    assert seen == everything


@pytest.mark.parametrize(
    "body",
    [{}, {"query": ""}, {"query": "   "}, {"query": '""'}, {"query": "\x00"}, {"query": "x" * 1001}, {"query": 5}],
)
def test_a_query_that_is_none(stage: Stage, body: dict[str, object]) -> None:
    assert failure(stage.post(POSTED, body), 400, "VALIDATION_ERROR")["details"]["field"] == "query"


def test_an_unknown_syntax(stage: Stage) -> None:
    error = failure(stage.get(SEARCH, query="x", syntax="sql"), 400, "VALIDATION_ERROR")
    assert error["details"]["accepted"] == ["text", "zendesk"]


def test_everything_knows_what_each_hit_is(stage: Stage) -> None:
    assert stage.parts.caller is not None
    desk = stage.parts.desk(stage.parts.caller)
    user = data(stage.get("/api/zendesk/users", limit=5))["users"][-1]
    kinds = {type(hit).__name__ for hit in desk.search.everything(user["email"], limit=100).records}
    assert "User" in kinds
