"""Objects that are stored as they are shown: one family is a few names and a reader of writes, the routes come from here.

A new family is a ``Family`` in a module of its own, whose ``ROUTES`` start from ``crud``. What a write may say is the
family's to read; here is only what all families share.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Handler, Json, Refusal, Route
from atom_zendesk_plugin.simulator.furniture import stamped
from atom_zendesk_plugin.simulator.intake import as_id, bad_attribute, id_list, invalid, read_ids, read_text, wrapped
from atom_zendesk_plugin.simulator.paging import paginate
from atom_zendesk_plugin.simulator.render.frame import address, stamp
from atom_zendesk_plugin.simulator.routes.frame import API, found
from atom_zendesk_plugin.simulator.state import Desk, Rows

Reader = Callable[[Desk, Json, Json | None], Json]
"""Reads a write into the values it sets. The object is None when it is being made; then all values must be there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One family of stored objects.

    ``one`` and ``many`` are its names in bodies, ``path`` is what follows ``/api/v2/``, ``scope`` the resource of its
    scopes (None: only the broad ones do), ``feature`` what the plan must have. ``new_id`` gives ids that are no plain
    numbers; ``shown`` adds what is not stored; ``before_removal`` refuses to lose what is needed, or tidies up;
    ``after_write`` is told of every object that was made or changed.
    """

    one: str
    many: str
    path: str
    read: Reader
    scope: str | None = None
    feature: str | None = None
    rows_of: Callable[[Desk], Rows] | None = None
    new_id: Callable[[Desk], str] | None = None
    shown: Callable[[Desk, Call, Json], Json] | None = None
    before_removal: Callable[[Desk, Json], None] | None = None
    after_write: Callable[[Desk, Call, Json], None] | None = None
    patch: bool = False
    made: int = 201
    readable_by_agents: bool = True

    def rows(self, desk: Desk) -> Rows:
        return desk.shelves[self.many] if self.rows_of is None else self.rows_of(desk)

    def find(self, desk: Desk, call: Call) -> Json:
        """Return the object that the path names; raises Refusal with 404."""
        key: Any = call.ids["id"] if self.new_id is not None else call.id()
        return found(self.rows(desk).get(key))

    def written(self, desk: Desk, call: Call, row: Json) -> None:
        if self.after_write is not None:
            self.after_write(desk, call, row)

    def render(self, desk: Desk, call: Call, row: Json) -> Json:
        base = {"url": address(call, f"{self.path}/{row['id']}"), **row}
        return base if self.shown is None else self.shown(desk, call, base)

    def identity(self, row: Json) -> int:
        return int(row["id"], 36) if isinstance(row["id"], str) else int(row["id"])


def make(desk: Desk, family: Family, data: Json) -> Json:
    """Store a new object as a write wants it."""
    row = stamped(desk, **family.read(desk, data, None))
    if family.new_id is not None:
        row["id"] = family.new_id(desk)
    family.rows(desk)[row["id"]] = row
    return row


def change(desk: Desk, family: Family, row: Json, data: Json) -> None:
    """Lay a write over an object."""
    row |= {**family.read(desk, data, row), "updated_at": stamp(desk.now())}


def remove(desk: Desk, family: Family, row: Json) -> None:
    if family.before_removal is not None:
        family.before_removal(desk, row)
    del family.rows(desk)[row["id"]]


def page(desk: Desk, call: Call, family: Family, rows: Sequence[Json], *, by_position: bool = True) -> Answer:
    """Answer a page of objects; those that have a position come in its order, unless told otherwise."""
    ordered = sorted(rows, key=family.identity)
    has_place = by_position and bool(rows) and all(isinstance(row.get("position"), int) for row in rows)
    return paginate(
        call,
        ordered,
        key=family.many,
        render=lambda row: family.render(desk, call, row),
        identity=family.identity,
        sorts={
            "position": lambda row: row.get("position", 0),
            "title": lambda row: str(row.get("title", "")),
            "alphabetical": lambda row: str(row.get("title", "")),
            "name": lambda row: str(row.get("name", "")),
            "created_at": lambda row: row.get("created_at"),
            "updated_at": lambda row: row.get("updated_at"),
        },
        default_sort="position" if has_place else "id",
        presorted=True,
    )


def listing(family: Family) -> Handler:
    def handler(desk: Desk, call: Call) -> Answer:
        rows = list(family.rows(desk).values())
        active = call.params.get("active")
        if active is not None:
            rows = [row for row in rows if str(row.get("active")).lower() == active.lower()]
        return page(desk, call, family, rows)

    return handler


def listing_active(family: Family) -> Handler:
    return lambda desk, call: page(desk, call, family, [row for row in family.rows(desk).values() if row["active"]])


def searching(family: Family) -> Handler:
    """Find by words of the title."""

    def handler(desk: Desk, call: Call) -> Answer:
        text = call.params.get("query")
        if text is None:
            raise bad_attribute("query", "is missing")
        words = text.lower().split()
        rows = [row for row in family.rows(desk).values() if all(word in row["title"].lower() for word in words)]
        return page(desk, call, family, rows)

    return handler


def showing(family: Family) -> Handler:
    return lambda desk, call: Answer(200, {family.one: family.render(desk, call, family.find(desk, call))})


def creating(family: Family) -> Handler:
    def handler(desk: Desk, call: Call) -> Answer:
        row = make(desk, family, wrapped(call, family.one))
        family.written(desk, call, row)
        there = address(call, f"{family.path}/{row['id']}")
        return Answer(family.made, {family.one: family.render(desk, call, row)}, {"location": there})

    return handler


def changing(family: Family) -> Handler:
    def handler(desk: Desk, call: Call) -> Answer:
        row = family.find(desk, call)
        change(desk, family, row, wrapped(call, family.one))
        family.written(desk, call, row)
        return Answer(200, {family.one: family.render(desk, call, row)})

    return handler


def removing(family: Family) -> Handler:
    def handler(desk: Desk, call: Call) -> Answer:
        remove(desk, family, family.find(desk, call))
        return Answer(204)

    return handler


def removing_many(family: Family) -> Handler:
    """Remove those of the ids that are there."""

    def handler(desk: Desk, call: Call) -> Answer:
        rows = family.rows(desk)
        for row in [rows[key] for key in id_list(call) if key in rows]:
            remove(desk, family, row)
        return Answer(204)

    return handler


def changing_many(family: Family) -> Handler:
    """Change several objects at once, all or none."""

    def handler(desk: Desk, call: Call) -> Answer:
        told = call.body.get(family.many) if isinstance(call.body, dict) else None
        if not isinstance(told, list) or not all(isinstance(row, dict) for row in told):
            raise bad_attribute(family.many, "must be a list of objects")
        pairs = [(found(family.rows(desk).get(as_id(row.get("id")))), row) for row in told]
        for row, values in [(row, family.read(desk, data, row)) for row, data in pairs]:
            row |= {**values, "updated_at": stamp(desk.now())}
            family.written(desk, call, row)
        return page(desk, call, family, [row for row, _ in pairs])

    return handler


def reordering(family: Family, key: str, *, answers: Literal["rows", "nothing"] = "rows") -> Handler:
    """Give the objects named under ``key`` their places, in the order told; the others follow."""

    def handler(desk: Desk, call: Call) -> Answer:
        named = _named(call, family, key)
        rows = family.rows(desk)
        if not named or any(one not in rows for one in named):
            raise bad_attribute(key, f"must be a list of ids of {family.many.replace('_', ' ')}")
        rest = [row["id"] for row in sorted(rows.values(), key=lambda row: row["position"]) if row["id"] not in named]
        for place, one in enumerate((*named, *rest), start=1):
            rows[one]["position"] = place
        if answers == "nothing":
            return Answer(200, {})
        return Answer(200, {family.many: [family.render(desk, call, rows[one]) for one in named]})

    return handler


def _named(call: Call, family: Family, key: str) -> list[Any]:
    """Return the ids under ``key`` of the body, each once; the family says whether they are numbers."""
    body = call.body if isinstance(call.body, dict) else {}
    if family.new_id is None:
        return list(read_ids(body, key))
    told = body.get(key)
    return list(dict.fromkeys(str(one) for one in told)) if isinstance(told, list) else []


def crud(family: Family, *, write: bool = True) -> tuple[Route, ...]:
    """Return the routes that list, make, show, change and remove; making and changing are for admins."""
    here = f"{API}/{family.path}"
    scopes = (None, None) if family.scope is None else (f"{family.scope}:read", f"{family.scope}:write")
    rows: list[tuple[Any, str, Handler]] = [("GET", here, listing(family)), ("GET", f"{here}/{{id}}", showing(family))]
    if write:
        rows += [
            ("POST", here, creating(family)),
            ("PATCH" if family.patch else "PUT", f"{here}/{{id}}", changing(family)),
            ("DELETE", f"{here}/{{id}}", removing(family)),
        ]
    return tuple(route(family, method, template, handler, scopes=scopes) for method, template, handler in rows)


def route(
    family: Family,
    method: Any,
    template: str,
    handler: Handler,
    *,
    scopes: tuple[str | None, str | None] | None = None,
) -> Route:
    """Return a route with the family's scopes, feature and readers."""
    if scopes is None:
        scopes = (None, None) if family.scope is None else (f"{family.scope}:read", f"{family.scope}:write")
    reads = method == "GET"
    return Route(
        method=method,
        template=template,
        handler=handler,
        scope=scopes[0] if reads else scopes[1],
        feature=family.feature,
        admins_only=not (reads and family.readable_by_agents),
    )


def read_name(data: Json, old: Json | None, field: str) -> str:
    """Return a name that must not be blank, the old one when none is sent."""
    if field not in data and old is not None:
        return str(old[field])
    name = read_text(data, field)
    if name is None:
        raise invalid(field, f"{field.replace('_', ' ').capitalize()}: cannot be blank", "BlankValue")
    return name


def refuse_taken(rows: Rows, field: str, value: str, old: Json | None) -> None:
    """Refuse a value that another object of the family has, whatever the case."""
    if any(str(row.get(field)).lower() == value.lower() for row in rows.values() if row is not old):
        raise Refusal.invalid(**{field: (f"{field.capitalize()}: has already been taken", "DuplicateValue")})
