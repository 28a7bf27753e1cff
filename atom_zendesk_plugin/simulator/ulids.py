"""Ids of the service's newer parts: 26 letters that sort by the time they were given out."""

from __future__ import annotations

from typing import Final

from atom_zendesk_plugin.simulator.state import Desk

_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_ulid(desk: Desk) -> str:
    """Return a fresh id, above all that were given out before."""
    drawn = (int(desk.clock.now().timestamp() * 1000) << 80) | desk.rng.getrandbits(80)
    desk.latest_ulid = number = max(drawn, desk.latest_ulid + 1)
    return "".join(_LETTERS[number >> shift & 31] for shift in range(125, -1, -5))


def order_of(ulid: str) -> int:
    """Return a number that sorts as the id does."""
    return int(ulid, 36)
