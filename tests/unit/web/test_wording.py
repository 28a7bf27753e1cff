"""Moments in words: never later than they will be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from atom_zendesk_plugin.web.wording import distance, moment


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"), (-30, "just now"), (30, "in less than a minute"), (60, "in 1 minute"), (119, "in 1 minute"),
        (1800, "in 30 minutes"), (-3600, "1 hour ago"), (86_399, "in 23 hours"), (-172_800, "2 days ago"), (7_776_000, "in 90 days"),
    ],
)  # fmt: skip
def test_distance(seconds: int, words: str) -> None:
    assert distance(timedelta(seconds=seconds)) == words


def test_a_moment_is_exact_as_well() -> None:
    now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    told = moment(now + timedelta(hours=2), now=now)
    assert told is not None
    assert (told.near, told.exact, told.iso) == ("in 2 hours", "2 March 2026, 11:00 UTC", "2026-03-02T11:00:00+00:00")
    assert moment(None, now=now) is None
