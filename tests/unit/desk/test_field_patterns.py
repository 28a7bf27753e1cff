"""Patterns of fields: what is refused for certain, what is left to Zendesk, and that none of it takes long."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atom_zendesk_plugin.desk.field_patterns import MOST_STEPS, _ways, refuses


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (r"\A\d{5}(-\d{4})?\z", "12345-6789", "1234"),
        (r"^[A-Z]{2}-\d+$", "AB-12", "ab-12"),
        (r"^(?:red|green|blue)$", "green", "pink"),
        (r"\A[\w.+-]+@[\w-]+\.[a-z]{2,4}\z", "ann@example.com", "ann.example.com"),
        (r"^\(?\d{3}\)?[-. ]?\d{3}[-. ]?\d{4}$", "(555) 555-0100", "555-010"),
        (r"\d{3}", "ab123cd", "ab12cd"),
        (r"^(\d{1,3}\.){3}\d{1,3}$", "10.0.0.1", "10.0.0"),
        (r"^[^0-9]*$", "abc", "a1"),
    ],
)
def test_what_does_not_fit_is_refused_and_what_fits_is_not(pattern: str, good: str, bad: str) -> None:
    assert not refuses(pattern, good)
    assert refuses(pattern, bad)


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+$", r"^(a|a)*$", r"^(a|aa)+$", r"(\d*)*x", r"^(([a-z])+.)+[A-Z]([a-z])+$", r"\d*\d*\d*\d*\d*\d*x", r"(x+x+)+y",
        r"^(a?){30}a{30}$", r"((((a{0,9}){0,9}){0,9}){0,9})b",
    ],
)  # fmt: skip
def test_a_pattern_that_may_take_for_ever_is_not_run(pattern: str) -> None:
    assert not refuses(pattern, "a" * 40)
    assert not refuses(pattern, "1" * 40)


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?=a)b", r"(?<n>a)b", r"(a)\1b", r"\p{Alpha}1", r"\h{2}z", r"a++b", r"(?>a)b", r"(?i)B", r"[[:alpha:]]1", r"[a&&b]1",
        r"a{2}{3}b", r"\Rb", r"*b", r"(b", r"b)", r"[b", "b\\", r"a{,3}b", "(?#c)b", r"\xffb", r"[\p{L}]1",
    ],
)  # fmt: skip
def test_what_is_not_known_to_mean_the_same_is_left_to_zendesk(pattern: str) -> None:
    assert not refuses(pattern, "z")


@pytest.mark.parametrize("text", ["\u00e4", "1\n2", "x" * 300, "\t"])
def test_text_that_the_languages_read_differently_is_left_to_zendesk(text: str) -> None:
    assert not refuses(r"^\d$", text)


def test_a_pattern_without_end_is_left_to_zendesk() -> None:
    assert not refuses("b" * 1001, "a")
    assert not refuses("", "a")


_PIECES = st.sampled_from(
    ["a", "b", ".", r"\d", "[ab]", "(a|b)", "(?:ab?)", "(a*)", "(a|ab)"]
)
_REPEATS = st.sampled_from(["", "", "*", "+", "?", "{2}", "{0,3}", "{1,}"])
_PATTERNS = st.lists(st.tuples(_PIECES, _REPEATS).map("".join), min_size=1, max_size=5).map("".join)


@given(_PATTERNS, st.text("ab1", max_size=12))
def test_refused_exactly_when_the_pattern_is_nowhere(pattern: str, text: str) -> None:
    ways = _ways(pattern, len(text))
    assert ways is not None
    if refuses(pattern, text):
        assert re.search(pattern, text) is None
    elif ways * (len(text) + 1) * (len(text) + len(pattern)) <= MOST_STEPS:
        assert re.search(pattern, text) is not None
