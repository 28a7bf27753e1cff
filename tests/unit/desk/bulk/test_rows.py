"""What an item of a bulk run becomes."""

from __future__ import annotations

from typing import Any

import pytest

from atom_zendesk_plugin.desk.bulk.model import Fields, Verb
from atom_zendesk_plugin.desk.bulk.rows import Rows, imported_ticket, shared_changes
from atom_zendesk_plugin.desk.vocabulary import Kind
from atom_zendesk_plugin.errors import InvalidInput


def as_they_are(_: Kind, fields: Fields) -> Fields:
    """Return fields without custom ones."""
    return fields


def row(kind: Kind, verb: Verb, given: object) -> Any:
    return Rows(kind, verb, run_id=9, named=as_they_are).item(4, given)


def test_what_makes_a_record_gets_an_external_id_of_its_own_unless_it_has_one() -> None:
    made = row("tickets", "create", {"subject": "A", "comment": "B"})
    assert made.fields == {"subject": "A", "comment": {"body": "B", "public": True}, "external_id": "atom-bulk-9-4"}
    assert row("users", "create", {"name": "Ann", "external_id": "x"}).fields == {"name": "Ann", "external_id": "x"}
    assert row("organizations", "create", {"name": "Acme"}).fields["external_id"] == "atom-bulk-9-4"
    assert made.external_id is None  # only imports are remembered


def test_changes_are_checked_like_those_of_one_record() -> None:
    item = row("tickets", "update_each", {"id": 5, "status": "solved", "comment": "x", "public": False})
    assert (item.target_id, item.fields) == (5, {"status": "solved", "comment": {"body": "x", "public": False}})
    with pytest.raises(InvalidInput) as caught:
        row("tickets", "update_each", {"id": 5, "status": "new"})
    assert caught.value.field == "status"
    assert shared_changes("users", "update", {"notes": None}, named=as_they_are) == {"notes": ""}
    assert shared_changes("tickets", "remove_tags", {"tags": ["a", "a"]}, named=as_they_are) == {"remove_tags": ["a"]}


@pytest.mark.parametrize("given", [5, {"id": 5}])
def test_an_id_is_a_number_or_an_object_with_it(given: object) -> None:
    item = row("tickets", "delete", given)
    assert (item.target_id, item.fields) == (5, None)


@pytest.mark.parametrize("given", [0, -1, True, "5", None, 1.5, {}, {"id": 5, "x": 1}, [5]])
def test_anything_else_is_no_id(given: object) -> None:
    with pytest.raises(InvalidInput):
        row("tickets", "delete", given)


@pytest.mark.parametrize(("kind", "needed"), [("tickets", "subject"), ("users", "name"), ("organizations", "name")])
def test_what_a_record_needs_is_named(kind: Kind, needed: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        row(kind, "create", {"tags": []})
    assert caught.value.field == needed


def test_two_rows_for_one_record_are_refused() -> None:
    rows = Rows("users", "create", run_id=9, named=as_they_are)
    rows.item(0, {"name": "A", "external_id": "X-1"})
    with pytest.raises(InvalidInput, match="external_id"):
        rows.item(1, {"name": "B", "external_id": "x-1"})


def test_an_old_ticket_keeps_its_moments() -> None:
    fields = imported_ticket(
        {
            "subject": "A", "status": "new", "created_at": "2019-02-03T10:00:00+01:00", "tags": ["a"],
            "comments": [{"html_body": "<b>x</b>", "author_id": 7, "created_at": "2019-02-03"}],
        }
    )  # fmt: skip
    assert fields == {
        "subject": "A", "status": "new", "created_at": "2019-02-03T09:00:00Z", "tags": ["a"],
        "comments": [{"html_body": "<b>x</b>", "public": True, "author_id": 7, "created_at": "2019-02-03T00:00:00Z"}],
    }  # fmt: skip


@pytest.mark.parametrize(
    "comments", [None, [], "x", ["x"], [{}], [{"value": "a", "html_body": "b"}], [{"value": " "}], [{"value": "a", "id": 1}]]
)
def test_an_old_ticket_needs_comments(comments: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        imported_ticket({"subject": "A", "comments": comments})
    assert (caught.value.field or "").startswith("comments")
