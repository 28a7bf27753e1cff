"""Items read from files."""

from __future__ import annotations

import io
from typing import Any

import pytest

from atom_zendesk_plugin.cli.bulk_files import read_items
from atom_zendesk_plugin.errors import InvalidInput


def read(text: str, form: str) -> list[Any]:
    return list(read_items(io.StringIO(text), form=form))


def test_json_lines_are_items_as_they_stand() -> None:
    assert read('5\n\n{"id": 6, "priority": null}\n', "jsonl") == [5, {"id": 6, "priority": None}]


def test_csv_columns_become_values_by_their_names() -> None:
    text = (
        "id,subject,external_id,organization_id,tags,public,comment,custom_fields\n"
        '7,"A, b",007,12,vip  late,FALSE,"two\nlines","[{""id"": 1, ""value"": 2}]"\n'
        "8,,,,,,,\n"
    )
    assert read(text, "csv") == [
        {
            "id": 7, "subject": "A, b", "external_id": "007", "organization_id": 12, "tags": ["vip", "late"], "public": False,
            "comment": "two\nlines", "custom_fields": [{"id": 1, "value": 2}],
        },
        {"id": 8},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "form", "line"),
    [
        ("5\nx\n", "jsonl", 2),
        ("[" * 100_000, "jsonl", 1),
        ("", "csv", 1),
        ("a,a\n1,2\n", "csv", 1),
        ("id,subject\n5\n", "csv", 2),
        ("id\n5,6\n", "csv", 2),
        ("id\nfive\n", "csv", 2),
        ("id,public\n5,maybe\n", "csv", 2),
        ('id,subject\n5,"open\n', "csv", 2),
    ],
)
def test_a_line_that_cannot_be_read_is_named(text: str, form: str, line: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(text, form)
    assert caught.value.public["line"] == line
