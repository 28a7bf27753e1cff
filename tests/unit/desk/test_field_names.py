"""Which field a name means, and what is told about one that means none."""

from __future__ import annotations

from typing import Any

import pytest

from atom_zendesk_plugin.desk.field_names import FieldTable
from atom_zendesk_plugin.desk.field_reading import FieldValues
from atom_zendesk_plugin.errors import InvalidInput
from atom_zendesk_plugin.records import CustomField, FieldDefinition, FieldOption, Ticket


def define(number: int, title: str, kind: str = "text", **more: Any) -> FieldDefinition:
    return FieldDefinition(id=number, title=title, type=kind, **{"active": True, **more})


TABLE = FieldTable(
    [
        define(1, "Subject", "subject", removable=False),
        define(2, "Priority", "priority", removable=True),
        define(3, "Ticket status", "custom_status", removable=False),
        define(10, "Region", "tagger", custom_field_options=[FieldOption(name="Europe", value="eu")]),
        define(11, "Priority"),
        define(12, "Order  Number"),
        define(13, "Twin"),
        define(14, "twin"),
        define(15, "Old", active=False),
        define(16, "Card", "partialcreditcard"),
        define(17, "42"),
        define(18, "Renamed", active=False),
        define(19, "Renamed"),
        define(20, "Stra\u00dfe"),
        define(21, "Cafe\u0301"),
        define(22, "New kind", "hologram"),
        define(23, "Fixed kind", "hologram", removable=False),
    ]
)
PROFILE = FieldTable([define(30, "Job title", key="job"), define(31, "job", key="other")])


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("Region", 10), (" rEGION ", 10), ("10", 10), (" 10 ", 10), ("order number", 12), ("42", 17), ("13", 13), ("Priority", 11),
        ("Renamed", 19), ("STRASSE", 20), ("caf\u00e9", 21), ("New kind", 22),
    ],
)  # fmt: skip
def test_what_a_name_means(name: str, number: int) -> None:
    assert TABLE.named(name, "x").id == number


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Regoin", "did you mean Region?"), ("nothing like it", "give its title as Zendesk shows it"), ("999", "There is no field"),
        ("Subject", "use subject instead"), ("1", "use subject instead"), ("2", "use priority instead"),
        ("Ticket status", "use custom_status instead"), ("Fixed kind", "it can't be set"),
        ("Twin", "by its id, 13, 14."), ("Old", "switched off"), ("15", "switched off"), ("Card", "never written"),
        ("9" * 400, "There is no field"), ("", "There is no field"),
    ],
)  # fmt: skip
def test_what_is_told_of_a_name_that_cannot_be_written(name: str, told: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        TABLE.named(name, "custom_fields.x")
    assert told in refused.value.message
    assert len(refused.value.message) < 250
    assert refused.value.field == "custom_fields.x"


def test_a_key_goes_before_a_title() -> None:
    assert PROFILE.named("job", "x").id == 30
    assert PROFILE.named("JOB TITLE", "x").id == 30
    assert PROFILE.named("other", "x").id == 31


def test_values_are_read_by_title_with_what_people_see() -> None:
    items = [CustomField(id=10, value="eu"), CustomField(id=13, value="a"), CustomField(id=14, value="b"), CustomField(id=99, value=None)]
    values = FieldValues(Ticket(id=1, custom_fields=items), TABLE)
    assert [*values] == ["Region", "Twin (13)", "twin (14)", "99"]
    assert values["REGION"].label == "Europe"
    assert values["10"] is values["Region"]
    assert values["99"].title is None
    assert "Region" in values
    assert "eu" not in repr(values)
    with pytest.raises(KeyError):
        values["Twin"]
    assert len(FieldValues(Ticket(id=1), TABLE)) == 0
