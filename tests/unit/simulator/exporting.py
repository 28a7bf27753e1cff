"""Asking the local Zendesk for its exports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.unit.simulator.conftest import Office


def export(office: Office, path: str, **params: Any) -> Any:
    found = office.call("GET", f"incremental/{path}", params={"start_time": 0, **params})
    assert found.status == 200, found.body
    return found.body


def later(office: Office, seconds: float = 120) -> int:
    office.clock.advance(seconds)
    return int(office.desk.now().timestamp())


def numbers(body: Any, key: str = "tickets") -> list[int]:
    return [row["id"] for row in body[key]]


def followed(office: Office, url: str) -> Any:
    """Ask an address that an answer gave."""
    found = office.call("GET", url.partition("/api/v2/")[2])
    assert found.status == 200, found.body
    return found.body
