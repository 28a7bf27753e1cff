"""The table of what can be done at the desk: every row is whole, and no two are mistaken for each other."""

from __future__ import annotations

import re
from collections import Counter

import msgspec
import pytest

from atom_zendesk_plugin.cli.root import COMMANDS
from atom_zendesk_plugin.desk.operations.operation import AnyDeskOperation, id_type
from atom_zendesk_plugin.desk.operations.table import OPERATIONS
from atom_zendesk_plugin.errors import InvalidInput
from atom_zendesk_plugin.web.routes import every_operation
from atom_zendesk_plugin.web.tools import find_tool, tools


def name_of(row: AnyDeskOperation) -> str:
    return row.name


def test_nothing_is_there_twice() -> None:
    for told in ("name", "command"):
        counted = Counter(getattr(row, told) for row in OPERATIONS)
        assert [name for name, times in counted.items() if times > 1] == []
    places = Counter((row.method, re.sub(r"\{\w+\}", "{}", row.path)) for row in every_operation())
    assert [place for place, times in places.items() if times > 1] == []


def test_one_place_has_one_name_for_its_variables() -> None:
    names: dict[str, set[str]] = {}
    for row in every_operation():
        names.setdefault(re.sub(r"\{\w+\}", "{}", row.path), set()).add(row.path)
    assert [paths for paths in names.values() if len(paths) > 1] == []


@pytest.mark.parametrize("row", OPERATIONS, ids=name_of)
def test_a_row_is_whole(row: AnyDeskOperation) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)+", row.name)
    assert re.fullmatch(r"[a-z-]+ [a-z-]+", row.command)
    assert row.path.startswith("/")
    assert row.summary[0].isupper()
    assert not row.summary.endswith(".")
    assert not row.description or row.description.endswith(".")
    assert not {"user_id", "account", "limit", "cursor"} & set(row.takes.__struct_fields__), "these mean something else in a request"
    assert len(set(row.variables)) == len(row.variables)
    if row.example is not None:
        msgspec.convert(dict(row.example), row.takes)
    if row.method in ("POST", "PUT") and any(field.required for field in msgspec.structs.fields(row.takes)):
        assert row.example is not None, "a body that is needed is shown"


def test_what_is_there_every_day_is_a_command_by_itself_and_the_rest_is_for_administrators() -> None:
    everyday = {tool.command.partition(" ")[0] for tool in tools().values() if tool.everyday}
    assert everyday <= set(COMMANDS)


def test_every_tool_describes_its_arguments() -> None:
    for tool in tools().values():
        schema = tool.schema()
        assert schema["type"] == "object"
        assert schema["additionalProperties"] is False
        assert set(tool.arguments().values()) <= set(schema["required"])
        assert not {"user_id", "account"} & set(schema["properties"]), "a tool never says who the caller is"


def test_the_arguments_of_the_core_are_named_for_what_they_are() -> None:
    assert find_tool("update_ticket").arguments() == {"id": "ticket_id"}
    assert find_tool("delete_organization").arguments() == {"id": "organization_id"}
    assert find_tool("merge_user").arguments() == {"user_id": "zendesk_user_id"}


def test_a_tool_that_is_not_there_is_told_with_near_ones() -> None:
    with pytest.raises(InvalidInput) as told:
        find_tool("merge_ticket")
    assert "merge_tickets" in told.value.public["near"]  # type: ignore[operator]  # a list


@pytest.mark.parametrize("bad", ["a/b", "a b", "", "x" * 129, "a\nb", "%2e"])
def test_a_text_id_is_one_part_of_a_path(bad: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(bad, id_type("record_id"))
