"""What each type of field takes, and how it is sent."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from atom_zendesk_plugin.desk.field_values import checked, label
from atom_zendesk_plugin.errors import InvalidInput
from atom_zendesk_plugin.records import FieldDefinition, FieldOption

OPTIONS = [
    FieldOption(name="Europe", value="region_eu"),
    FieldOption(name="North America", value="region_na"),
    FieldOption(name="Rest::Asia", value="region_asia"),
    FieldOption(name="Twice", value="twice_a"),
    FieldOption(name="twice", value="twice_b"),
]


def field(kind: str, **more: Any) -> FieldDefinition:
    return FieldDefinition(id=5, type=kind, title="Region", active=True, custom_field_options=OPTIONS, **more)


@pytest.mark.parametrize(
    ("kind", "value", "sent"),
    [
        ("text", "EU", "EU"),
        ("textarea", "one\ntwo", "one\ntwo"),
        ("checkbox", True, True),
        ("checkbox", " False ", False),
        ("integer", 12, 12),
        ("integer", "-12", -12),
        ("integer", 5.0, 5),
        ("integer", 2**63 - 1, 2**63 - 1),
        ("decimal", 12, 12),
        ("decimal", 12.5, 12.5),
        ("decimal", 1e-7, "0.0000001"),
        ("decimal", "12.50", "12.50"),
        ("decimal", Decimal("1E+2"), "100"),
        ("date", "2026-01-31", "2026-01-31"),
        ("date", date(2026, 1, 31), "2026-01-31"),
        ("tagger", "region_eu", "region_eu"),
        ("tagger", " europe ", "region_eu"),
        ("tagger", "REGION_NA", "region_na"),
        ("tagger", "Rest::Asia", "region_asia"),
        ("tagger", "twice_b", "twice_b"),
        ("dropdown", "north  america", "region_na"),
        ("multiselect", ["Europe", "region_eu", "region_na"], ["region_eu", "region_na"]),
        ("multiselect", "Europe", ["region_eu"]),
        ("multiselect", [], []),
        ("lookup", 7, "7"),
        ("lookup", "01GCSJW391QVSC80GYDH7E93Q6", "01GCSJW391QVSC80GYDH7E93Q6"),
        ("of_the_future", {"any": 1}, {"any": 1}),
    ],
)
def test_what_is_sent(kind: str, value: object, sent: object) -> None:
    result = checked(field(kind), value, "custom_fields.Region")
    assert result == sent
    assert type(result) is type(sent)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", 5), ("text", "a\nb"), ("text", " "), ("text", ["a"]), ("textarea", "a\x00"), ("textarea", "x" * 65_536),
        ("textarea", True),
        ("checkbox", 1), ("checkbox", "yes"), ("checkbox", "on"),
        ("integer", True), ("integer", "1.5"), ("integer", 1.5), ("integer", 2**63), ("integer", "\u0661"), ("integer", "1_000"),
        ("integer", "9" * 30),
        ("decimal", "12,5"), ("decimal", "1e5"), ("decimal", "nan"), ("decimal", True), ("decimal", "."), ("decimal", Decimal("Infinity")),
        ("date", "31.01.2026"), ("date", "2026-02-30"), ("date", "20260131"), ("date", "2026-W01-1"), ("date", 20260131),
        ("date", datetime(2026, 1, 31, tzinfo=UTC)), ("date", "2026-01-31T00:00:00Z"),
        ("tagger", "Mars"), ("tagger", 5), ("tagger", True), ("tagger", ["Europe"]), ("tagger", "Twice"), ("tagger", "Asia"),
        ("multiselect", ["Europe", "Mars"]), ("multiselect", 5), ("multiselect", [["Europe"]]), ("multiselect", {"Europe": 1}),
        ("lookup", 0), ("lookup", True), ("lookup", "a b"), ("lookup", "../1"),
        ("regexp", 12345), ("regexp", "123"),
    ],
)  # fmt: skip
def test_what_is_refused(kind: str, value: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked(field(kind, regexp_for_validation=r"\A\d{5}\z"), value, "custom_fields.Region")
    assert str(refused.value.field).startswith("custom_fields.Region")
    assert "Region" in refused.value.message


@pytest.mark.parametrize("kind", ["text", "checkbox", "integer", "decimal", "date", "regexp", "tagger", "multiselect", "lookup"])
def test_null_clears_and_an_empty_text_does_not(kind: str) -> None:
    assert checked(field(kind), None, "x") is None
    with pytest.raises(InvalidInput) as refused:
        checked(field(kind), "", "x")
    assert "null clears" in refused.value.message


def test_a_pattern_is_checked_where_that_is_certain() -> None:
    assert checked(field("regexp", regexp_for_validation=r"\A\d{5}\z"), "12345", "x") == "12345"
    assert checked(field("regexp", regexp_for_validation=r"(?<year>\d{4})"), "never", "x") == "never"
    assert checked(field("regexp"), "anything", "x") == "anything"


def test_a_choice_that_is_none_names_twenty_and_the_nearest() -> None:
    many = [FieldOption(name=f"Choice {n}", value=f"c{n}") for n in range(30)]
    definition = FieldDefinition(id=5, type="tagger", title="Region", custom_field_options=many)
    with pytest.raises(InvalidInput) as refused:
        checked(definition, "Choise 7", "x")
    assert refused.value.public["accepted"] == [f"Choice {n}" for n in range(20)]
    assert "Choice 7" in refused.value.public["near"]  # type: ignore[operator]  # a list
    assert refused.value.message.endswith("Choice 19 and 10 more.")


def test_a_choice_that_two_have_names_their_values() -> None:
    with pytest.raises(InvalidInput) as refused:
        checked(field("tagger"), "TWICE", "x")
    assert refused.value.public["accepted"] == ["twice_a", "twice_b"]


def test_labels_are_what_people_see() -> None:
    assert label(field("tagger"), "region_eu") == "Europe"
    assert label(field("multiselect"), ["region_eu", "gone"]) == ("Europe", "gone")
    assert label(field("tagger"), "gone") is None
    assert label(field("checkbox"), True) is None
    assert label(FieldDefinition(id=1, type="text"), "free") is None
