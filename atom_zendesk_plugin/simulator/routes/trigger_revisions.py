"""Earlier forms of triggers, the newest first, with a cursor of their own kind at the top of the answer."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final
from urllib.parse import urlencode

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Refusal, Route
from atom_zendesk_plugin.simulator.intake import bad_attribute
from atom_zendesk_plugin.simulator.render.frame import address, included, stamp
from atom_zendesk_plugin.simulator.render.sideloads import users_by_id
from atom_zendesk_plugin.simulator.routes.frame import API, found
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.trigger_revisions import Revision, difference

MOST: Final = 1000
_CURSOR: Final = re.compile(r"(\|?)(\d{1,12})\.0\|\|(\d{1,19})(\|?)")


def list_revisions(desk: Desk, call: Call) -> Answer:
    """``before`` leads to older ones, ``after`` to newer ones; each is null where there are none."""
    kept = _kept(desk, call)
    size = min(_limit(call), MOST)
    older, mark = _read_cursor(call)
    if mark is None:
        rows = kept[-size:]
    elif older:
        rows = [row for row in kept if row.id < mark][-size:]
    else:
        rows = [row for row in kept if row.id > mark][:size]
    body: Json = {
        "trigger_revisions": [_shown(call, row) | {"diff": difference(row)} for row in reversed(rows)],
        "count": len(rows),
    }
    if "users" in included(call):
        body["users"] = users_by_id(desk, call, (row.author_id for row in rows))
    ends = {"after": bool(rows) and rows[-1] is not kept[-1], "before": bool(rows) and rows[0] is not kept[0]}
    for name, row in (("after", rows[-1:]), ("before", rows[:1])):
        cursor = _write_cursor(row[0], older=name == "before") if ends[name] else None
        query = urlencode({"cursor": cursor, "limit": size})
        body |= {f"{name}_cursor": cursor, f"{name}_url": f"{call.base_url}{call.path}?{query}" if cursor else None}
    return Answer(200, body)


def show_revision(desk: Desk, call: Call) -> Answer:
    wanted = call.id("revision_id")
    row = found(next((row for row in _kept(desk, call) if row.id == wanted), None))
    body: Json = {"trigger_revision": _shown(call, row)}
    if "users" in included(call):
        body["users"] = users_by_id(desk, call, (row.author_id,))
    return Answer(200, body)


def _kept(desk: Desk, call: Call) -> list[Revision]:
    if call.id() not in desk.shelves["triggers"]:
        raise Refusal.not_found()
    return desk.trigger_revisions[call.id()]


def _shown(call: Call, row: Revision) -> Json:
    return {
        "id": row.id,
        "url": address(call, f"triggers/{call.id()}/revisions/{row.id}"),
        "author_id": row.author_id,
        "created_at": stamp(row.at),
        "snapshot": row.snapshot,
    }


def _limit(call: Call) -> int:
    text = call.params.get("limit", str(MOST))
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text) > 0):
        raise bad_attribute("limit", f"must be a number from 1 to {MOST}")
    return int(text)


def _write_cursor(row: Revision, *, older: bool) -> str:
    place = f"{int(row.at.timestamp())}.0||{row.id}"
    return base64.b64encode((f"|{place}" if older else f"{place}|").encode()).decode()


def _read_cursor(call: Call) -> tuple[bool, int | None]:
    text = call.params.get("cursor")
    if text is None:
        return False, None
    try:
        told = _CURSOR.fullmatch(base64.b64decode(text, validate=True).decode("ascii"))
    except (binascii.Error, ValueError) as error:
        raise bad_attribute("cursor", "is not a cursor") from error
    if told is None or bool(told[1]) == bool(told[4]):
        raise bad_attribute("cursor", "is not a cursor of this list")
    return bool(told[1]), int(told[3])


_HERE: Final = f"{API}/triggers/{{id}}/revisions"

ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_HERE, handler=list_revisions, scope="triggers:read", feature="revisions"),
    Route(
        method="GET",
        template=f"{_HERE}/{{revision_id}}",
        handler=show_revision,
        scope="triggers:read",
        feature="revisions",
    ),
)
