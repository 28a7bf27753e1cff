"""The fields of users and of organizations, with the options of drop-downs."""

from __future__ import annotations

from functools import partial
from typing import Any

from atom_zendesk_plugin.simulator.exchange import Json, Route
from atom_zendesk_plugin.simulator.field_writing import read_profile_field
from atom_zendesk_plugin.simulator.intake import id_list
from atom_zendesk_plugin.simulator.routes.field_options import option_routes
from atom_zendesk_plugin.simulator.routes.frame import API
from atom_zendesk_plugin.simulator.routes.stored import Family, crud, page, reordering, route
from atom_zendesk_plugin.simulator.state import Desk


def _read(desk: Desk, data: Json, old: Json | None, *, table: str) -> Json:
    return read_profile_field(desk, data, old, rows=desk.config.tables()[table])


def _family(one: str, scope: str) -> Family:
    table = f"{one}s"
    return Family(
        one=one,
        many=table,
        path=table,
        read=partial(_read, table=table),
        scope=scope,
        rows_of=lambda desk: desk.config.tables()[table],
    )


USER_FIELDS = _family("user_field", "users")
ORGANIZATION_FIELDS = _family("organization_field", "organizations")


def _show_many(desk: Desk, call: Any) -> Any:
    rows = desk.config.user_fields
    return page(desk, call, USER_FIELDS, [rows[key] for key in id_list(call) if key in rows])


ROUTES: tuple[Route, ...] = (
    *crud(USER_FIELDS),
    route(USER_FIELDS, "GET", f"{API}/user_fields/show_many", _show_many),
    route(USER_FIELDS, "PUT", f"{API}/user_fields/reorder", reordering(USER_FIELDS, "user_field_ids", answers="nothing")),
    *option_routes(USER_FIELDS),
    *crud(ORGANIZATION_FIELDS),
    route(
        ORGANIZATION_FIELDS,
        "PUT",
        f"{API}/organization_fields/reorder",
        reordering(ORGANIZATION_FIELDS, "organization_field_ids", answers="nothing"),
    ),
)
