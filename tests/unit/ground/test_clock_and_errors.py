"""Time only moves forward; every error tells the reader something useful."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from atom_zendesk_plugin import errors
from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.clock import ManualClock, OffsetClock, SystemClock


def test_a_manual_clock_moves_only_when_told() -> None:
    clock = ManualClock(datetime(2026, 3, 1, tzinfo=UTC))
    before = clock.monotonic()
    clock.sleep(90)
    clock.sleep(-5)
    assert clock.monotonic() - before == 90
    assert clock.now() == datetime(2026, 3, 1, 0, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize("clock", [ManualClock(), OffsetClock(ManualClock())])
def test_no_clock_runs_backwards(clock: ManualClock | OffsetClock) -> None:
    with pytest.raises(ValueError, match="only moves forward"):
        clock.advance(-1)


def test_an_offset_clock_is_its_base_plus_the_offset() -> None:
    base = ManualClock()
    clock = OffsetClock(base)
    clock.advance(3600)
    base.advance(1)
    assert (clock.now() - base.now()).total_seconds() == 3600
    assert clock.monotonic() == 3601


def test_the_system_clock_is_aware_and_does_not_wait_for_nothing() -> None:
    clock = SystemClock()
    clock.sleep(0)
    assert clock.now().tzinfo is UTC
    assert clock.monotonic() <= clock.monotonic()


def all_errors() -> list[type[errors.ZendeskPluginError]]:
    found: list[type[errors.ZendeskPluginError]] = []
    waiting = [errors.ZendeskPluginError]
    while waiting:
        kind = waiting.pop()
        found.append(kind)
        waiting += kind.__subclasses__()
    return found


@pytest.mark.parametrize("kind", all_errors(), ids=lambda kind: kind.__name__)
def test_the_docstring_is_a_message_for_a_person(kind: type[errors.ZendeskPluginError]) -> None:
    assert kind.__doc__
    assert kind.__doc__.strip().endswith(".")


def test_a_failed_call_carries_its_facts_and_hides_what_zendesk_wrote() -> None:
    error = errors.ZendeskRateLimited(
        method="GET", endpoint="/api/v2/x", status=429, request_id="r-1", retry_after=7.0, upstream="<b>raw</b>"
    )
    assert error.public == {"zendesk_status": 429, "request_id": "r-1", "retry_after": 7.0}
    assert "GET /api/v2/x" in str(error)
    assert "r-1" in str(error)
    assert "raw" not in str(error)
    assert "raw" not in error.message


def test_a_missing_package_names_itself_and_the_cure() -> None:
    error = errors.DependencyMissing("requests", "Talking to Zendesk")
    assert "'requests'" in error.message
    assert "install" in error.message
    assert error.code == "DEPENDENCY_MISSING"


def test_a_caller_without_an_id_cannot_exist() -> None:
    with pytest.raises(ValueError, match="user_id"):
        Caller(user_id="")
