"""What is printed cannot steer the reader's terminal."""

from __future__ import annotations

import pytest

from atom_zendesk_plugin.cli.printing import plain, print_json, print_table


def test_control_characters_are_shown_as_such() -> None:
    assert plain("a\x1b[2Jb\tc\nd\x07\u202e") == "a\ufffd[2Jb\tc\nd\ufffd\ufffd"


def test_markup_is_text(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("subject",), [("[red]not red[/red] \x1b[31m",)])
    shown = capsys.readouterr().out
    assert "[red]not red[/red]" in shown
    assert "\x1b" not in shown


def test_json_keeps_letters_and_tells_dates(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"a": "ü"})
    assert capsys.readouterr().out == '{"a": "ü"}\n'
