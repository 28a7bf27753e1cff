"""What all objects on the wire share: how times, addresses and channels are written."""

from __future__ import annotations

from datetime import datetime
from typing import overload

from atom_zendesk_plugin.simulator.exchange import Call, Json


@overload
def stamp(moment: datetime) -> str: ...
@overload
def stamp(moment: None) -> None: ...
def stamp(moment: datetime | None) -> str | None:
    """Return a time as the service writes it: UTC, whole seconds, ending in Z."""
    return None if moment is None else f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def address(call: Call, path: str) -> str:
    """Return the address of an object, under the host the client used; ``path`` is what follows ``/api/v2/``."""
    return f"{call.base_url}/api/v2/{path}.json"


def via(channel: str, source: Json | None) -> Json:
    return {"channel": channel, "source": source or {"from": {}, "to": {}, "rel": None}}


def configured(call: Call, table: str, row: Json) -> Json:
    """Return a configuration object with its address, as lists and single answers show it."""
    return {"url": address(call, f"{table}/{row['id']}"), **row}


def included_flag(call: Call, name: str) -> bool:
    """Tell whether a switch of the query is on."""
    return call.params.get(name, "").lower() in ("true", "1")


def included(call: Call) -> frozenset[str]:
    """Return what the client asked to have side-loaded."""
    return frozenset(part.strip() for part in call.params.get("include", "").split(",") if part.strip())
