"""The account's slow-moving objects: fields, forms, statuses, brands and settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Handler, Json, Refusal, Route
from atom_zendesk_plugin.simulator.furniture import custom_status, field_option, ticket_field
from atom_zendesk_plugin.simulator.intake import (
    bad_attribute,
    id_list,
    invalid,
    read_choice,
    read_flag,
    read_text,
    wrapped,
)
from atom_zendesk_plugin.simulator.objects import Status
from atom_zendesk_plugin.simulator.paging import paginate
from atom_zendesk_plugin.simulator.render.frame import configured, stamp
from atom_zendesk_plugin.simulator.routes.frame import API, counted, created, found
from atom_zendesk_plugin.simulator.state import Desk

Shown = Callable[[Desk, Call, Json], Json]

_CUSTOM_TYPES: Final = ("text", "textarea", "checkbox", "date", "integer", "decimal", "regexp", "tagger", "multiselect")
_CATEGORIES: Final = tuple(status.value for status in Status if status is not Status.CLOSED)


def list_statuses(desk: Desk, call: Call) -> Answer:
    """This list has no pages, whatever is asked for."""
    rows = list(desk.config.custom_statuses.values())
    for name in ("active", "default"):
        wanted = call.params.get(name, "").lower()
        if wanted in ("true", "false"):
            rows = [row for row in rows if str(row[name]).lower() == wanted]
    categories = {part.strip() for part in call.params.get("status_categories", "").split(",") if part.strip()}
    if categories:
        rows = [row for row in rows if row["status_category"] in categories]
    return Answer(200, {"custom_statuses": [configured(call, "custom_statuses", row) for row in rows]})


def post_status(desk: Desk, call: Call) -> Answer:
    data = wrapped(call, "custom_status")
    category = read_choice(data, "status_category", _CATEGORIES)
    label = read_text(data, "agent_label")
    if category is None or label is None:
        field = "agent_label" if category else "status_category"
        raise invalid(field, f"{field.replace('_', ' ').capitalize()}: cannot be blank", "BlankValue")
    for_customers = read_text(data, "end_user_label") or label
    row = custom_status(desk, category=category, agent_label=label, end_user_label=for_customers)
    desk.config.custom_statuses[row["id"]] = row
    return created("custom_status", configured(call, "custom_statuses", row))


def put_status(desk: Desk, call: Call) -> Answer:
    row = found(desk.config.custom_statuses.get(call.id()))
    data = wrapped(call, "custom_status")
    changed: Json = {}
    for name in ("agent_label", "end_user_label"):
        if name in data:
            label = read_text(data, name)
            if label is None:
                raise invalid(name, f"{name.replace('_', ' ').capitalize()}: cannot be blank", "BlankValue")
            changed |= {name: label, f"raw_{name}": label}
    for name in ("description", "end_user_description"):
        if name in data:
            changed |= {name: read_text(data, name), f"raw_{name}": read_text(data, name)}
    if "active" in data:
        changed["active"] = read_flag(data, "active")
        if row["default"] and not changed["active"]:
            raise invalid("active", "Active: a default status cannot be deactivated")
    row |= {**changed, "updated_at": stamp(desk.now())}
    return Answer(200, {"custom_status": configured(call, "custom_statuses", row)})


def post_field(desk: Desk, call: Call) -> Answer:
    """Add a custom field; drop-downs need their options."""
    data = wrapped(call, "ticket_field")
    kind, title = read_choice(data, "type", _CUSTOM_TYPES), read_text(data, "title")
    if kind is None or title is None:
        field = "title" if kind else "type"
        raise invalid(field, f"{field.capitalize()}: cannot be blank", "BlankValue")
    options = _options(desk, data) if kind in ("tagger", "multiselect") else None
    row = ticket_field(desk, kind=kind, title=title, description=read_text(data, "description") or "")
    row |= _field_changes(data)
    if options is not None:
        row["custom_field_options"] = options
    desk.config.ticket_fields[row["id"]] = row
    for form in desk.config.ticket_forms.values():
        form["ticket_field_ids"] = [*form["ticket_field_ids"], row["id"]]
    return created("ticket_field", _shown_field(desk, call, row))


def put_field(desk: Desk, call: Call) -> Answer:
    row = found(desk.config.ticket_fields.get(call.id()))
    data = wrapped(call, "ticket_field")
    changed = _field_changes(data)
    if "title" in data:
        title = read_text(data, "title")
        if title is None:
            raise invalid("title", "Title: cannot be blank", "BlankValue")
        changed |= {"title": title, "raw_title": title}
    if "custom_field_options" in data and row["type"] in ("tagger", "multiselect"):
        changed["custom_field_options"] = _options(desk, data)
    row |= {**changed, "updated_at": stamp(desk.now())}
    return Answer(200, {"ticket_field": _shown_field(desk, call, row)})


def remove_field(desk: Desk, call: Call) -> Answer:
    """Only fields that somebody added can go; tickets lose their values with it."""
    row = found(desk.config.ticket_fields.get(call.id()))
    if row["type"] not in _CUSTOM_TYPES:
        raise Refusal.invalid(base="System fields cannot be deleted")
    del desk.config.ticket_fields[row["id"]]
    for form in desk.config.ticket_forms.values():
        form["ticket_field_ids"] = [key for key in form["ticket_field_ids"] if key != row["id"]]
    return Answer(204)


def show_settings(desk: Desk, call: Call) -> Answer:
    """Say what this account can do: the features that the desk has are on, the others off."""
    settings = {
        "tickets": {
            "agent_ticket_deletion": True,
            "list_newest_comments_first": False,
            "collaboration": True,
            "comments_public_by_default": True,
            "is_first_comment_private_enabled": True,
            "status_hold": True,
            "tagging": True,
            "assign_tickets_upon_solve": False,
            "follower_and_email_cc_collaborations": True,
            "agent_can_change_requester": True,
            "comment_email_ccs_allowed": True,
            "ticket_followers_allowed": True,
        },
        "agents": {"agent_workspace": True},
        "groups": {"check_group_name_uniqueness": True},
        "user": {"tagging": True, "multiple_organizations": True},
        "statistics": {"forum": False, "search": True, "rule_usage": False},
        "active_features": {
            "on_hold_status": True,
            "user_tagging": True,
            "ticket_tagging": True,
            "business_hours": False,
            "customer_satisfaction": True,
            "csat_reason_code": False,
            "allow_ccs": True,
            "organization_access_enabled": True,
            "ticket_forms": True,
            "user_org_fields": True,
            "light_agents": False,
            "voice": False,
            "chat": False,
            "sandbox": False,
            "custom_statuses_enabled": True,
        },
        "brands": {"default_brand_id": desk.default_brand_id(), "require_brand_on_new_tickets": False},
        "api": {"accepted_api_agreement": True, "api_password_access": "false", "api_token_access": "true"},
        "limits": {"attachment_size": 52_428_800},
        "metrics": {"account_size": "1-99"},
        "localization": {"locale_ids": [1]},
        "ticket_form": {"ticket_forms_instructions": "Please choose", "raw_ticket_forms_instructions": "Please choose"},
    }
    return Answer(200, {"settings": settings})


def _field_changes(data: Json) -> Json:
    changed: Json = {}
    for name in ("required", "active", "visible_in_portal", "editable_in_portal", "required_in_portal"):
        if name in data:
            changed[name] = read_flag(data, name)
    for name in ("agent_description", "tag"):
        if name in data:
            changed[name] = read_text(data, name)
    if "description" in data:
        changed |= dict.fromkeys(("description", "raw_description"), read_text(data, "description") or "")
    return changed


def _options(desk: Desk, data: Json) -> list[Json]:
    told: Any = data.get("custom_field_options")
    if not isinstance(told, list) or not told or not all(isinstance(row, dict) for row in told):
        raise invalid("custom_field_options", "Custom field options: cannot be blank", "BlankValue")
    options = []
    for row in told:
        name, value = read_text(row, "name"), read_text(row, "value")
        if name is None or value is None:
            raise bad_attribute("custom_field_options", "must have a name and a value each")
        options.append(field_option(desk, name=name, value=value.lower().replace(" ", "_")))
    return options


def _shown_field(desk: Desk, call: Call, row: Json) -> Json:
    shown = configured(call, "ticket_fields", row)
    if row["type"] == "custom_status":
        rows = desk.config.custom_statuses.values()
        shown["custom_statuses"] = [configured(call, "custom_statuses", status) for status in rows]
    return shown


def _listing(table: str, render: Shown) -> Handler:
    def handler(desk: Desk, call: Call) -> Answer:
        rows = list(desk.config.tables()[table].values())
        return paginate(
            call,
            rows,
            key=table,
            render=lambda row: render(desk, call, row),
            identity=lambda row: int(row["id"]),
            presorted=True,
        )

    return handler


def _showing(table: str, one: str, render: Shown) -> Handler:
    def handler(desk: Desk, call: Call) -> Answer:
        return Answer(200, {one: render(desk, call, found(desk.config.tables()[table].get(call.id())))})

    return handler


def _showing_many(table: str, render: Shown) -> Handler:
    def handler(desk: Desk, call: Call) -> Answer:
        rows = desk.config.tables()[table]
        chosen = [rows[key] for key in id_list(call) if key in rows]
        return Answer(200, {table: [render(desk, call, row) for row in chosen]})

    return handler


def _counting(table: str) -> Handler:
    return lambda desk, call: counted(desk, len(desk.config.tables()[table]))


def _plain(table: str) -> Shown:
    return lambda _, call, row: configured(call, table, row)


def _reading(
    table: str, one: str, render: Shown, *, scope: str | None = None, bucket: str | None = None
) -> list[Route]:
    here = f"{API}/{table}"
    return [
        Route(method="GET", template=here, handler=_listing(table, render), scope=scope, bucket=bucket),
        Route(method="GET", template=f"{here}/{{id}}", handler=_showing(table, one, render), scope=scope),
    ]


_FIELDS, _STATUSES = f"{API}/ticket_fields", f"{API}/custom_statuses"

ROUTES: tuple[Route, ...] = (
    *_reading("ticket_fields", "ticket_field", _shown_field, bucket="ticket-fields-index"),
    Route(method="GET", template=f"{_FIELDS}/count", handler=_counting("ticket_fields")),
    Route(method="GET", template=f"{_FIELDS}/show_many", handler=_showing_many("ticket_fields", _shown_field)),
    Route(method="POST", template=_FIELDS, handler=post_field, admins_only=True),
    Route(method="PUT", template=f"{_FIELDS}/{{id}}", handler=put_field, admins_only=True),
    Route(method="DELETE", template=f"{_FIELDS}/{{id}}", handler=remove_field, admins_only=True),
    Route(method="GET", template=_STATUSES, handler=list_statuses),
    Route(
        method="GET",
        template=f"{_STATUSES}/{{id}}",
        handler=_showing("custom_statuses", "custom_status", _plain("custom_statuses")),
    ),
    Route(method="POST", template=_STATUSES, handler=post_status, admins_only=True),
    Route(method="PUT", template=f"{_STATUSES}/{{id}}", handler=put_status, admins_only=True),
    *_reading("ticket_forms", "ticket_form", _plain("ticket_forms")),
    Route(
        method="GET",
        template=f"{API}/ticket_forms/show_many",
        handler=_showing_many("ticket_forms", _plain("ticket_forms")),
    ),
    *_reading("brands", "brand", _plain("brands"), scope="brands:read"),
    *_reading("user_fields", "user_field", _plain("user_fields"), scope="users:read"),
    *_reading("organization_fields", "organization_field", _plain("organization_fields"), scope="organizations:read"),
    Route(method="GET", template=f"{API}/account/settings", handler=show_settings, scope="account_settings:read"),
)
