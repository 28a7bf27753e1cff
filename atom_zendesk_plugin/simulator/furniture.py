"""What a new account comes with: statuses, fields, form, brand, views, macros and the rules that send notices.

Everything is stored as the service shows it, without the ``url`` (that depends on how the client reached us).
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from atom_zendesk_plugin.simulator.exchange import Json
from atom_zendesk_plugin.simulator.state import Desk

_STATUSES: Final = (
    ("new", "New", "Open"),
    ("open", "Open", "Open"),
    ("pending", "Pending", "Awaiting your reply"),
    ("hold", "On-hold", "Open"),
    ("solved", "Solved", "Solved"),
)

_SYSTEM_FIELDS: Final[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
    ("subject", "Subject", ()),
    ("description", "Description", ()),
    ("status", "Status", ("Open", "Pending", "On-hold", "Solved")),
    ("tickettype", "Type", ("Question", "Incident", "Problem", "Task")),
    ("priority", "Priority", ("Low", "Normal", "High", "Urgent")),
    ("group", "Group", ()),
    ("assignee", "Assignee", ()),
    ("custom_status", "Ticket status", ()),
)

_PORTAL_FIELDS: Final = frozenset({"subject", "description"})
_FIXED_FIELDS: Final = frozenset({"subject", "description", "status", "group", "assignee", "custom_status"})

PRODUCT_AREAS: Final = (
    ("Billing", "area_billing"),
    ("Delivery", "area_delivery"),
    ("Sign-in", "area_sign_in"),
    ("Reports", "area_reports"),
    ("Integrations", "area_integrations"),
)

CUSTOM_FIELD_TITLES: Final = {"tagger": "Product area", "text": "Order number", "checkbox": "Escalated"}

_UNSOLVED: Final[Json] = {"field": "status", "operator": "less_than", "value": "solved"}

_COLUMNS: Final[dict[str, tuple[str, bool, bool]]] = {
    "subject": ("Subject", False, False),
    "requester": ("Requester", True, True),
    "created": ("Requested", False, True),
    "updated": ("Updated", False, True),
    "assignee": ("Assignee", True, True),
    "group": ("Group", True, True),
    "priority": ("Priority", True, True),
    "status": ("Status category", True, True),
    "type": ("Type", True, True),
    "nice_id": ("ID", True, True),
    "ticket_id": ("ID", True, True),
    "organization": ("Organization", True, True),
    "submitter": ("Submitter", True, True),
    "solved": ("Solved", False, True),
    "due_date": ("Due Date", True, True),
    "satisfaction_score": ("Satisfaction", True, True),
}
VIEW_COLUMNS: Final = tuple(name for name in _COLUMNS if name != "nice_id")
"""The columns a view can have; ``nice_id`` is another name of ``ticket_id``."""


def furnish(desk: Desk, *, at: datetime) -> None:
    """Give an empty desk the configuration of a new account, set up at ``at``. Call it once, before any write."""
    _add_statuses(desk)
    _add_system_fields(desk)
    _add_custom_fields(desk)
    _add_form_and_brand(desk)
    _add_profile_fields(desk)
    _add_views(desk)
    _add_macros(desk)
    for name, title in (
        ("received", "Notify requester of received request"),
        ("replied", "Notify requester of comment update"),
        ("close", "Close tickets some days after they were solved"),
        ("rate", "Ask for a rating one day after solving"),
    ):
        desk.config.rules[name] = {"id": desk.new_id(), "title": title, "deleted": False}
    for rows in desk.config.tables().values():
        for row in rows.values():
            row["created_at"] = row["updated_at"] = f"{at:%Y-%m-%dT%H:%M:%SZ}"


def stamped(desk: Desk, **values: object) -> Json:
    """Return a configuration object with a fresh id and both stamps at now."""
    now = f"{desk.now():%Y-%m-%dT%H:%M:%SZ}"
    return {"id": desk.new_id(), **values, "created_at": now, "updated_at": now}


def ticket_field(
    desk: Desk, *, kind: str, title: str, description: str = "", position: int = 9999, **more: object
) -> Json:
    """Return a new ticket field, the way the service shows one."""
    portal = kind in _PORTAL_FIELDS
    return stamped(
        desk,
        type=kind,
        title=title,
        raw_title=title,
        description=description,
        raw_description=description,
        position=position,
        active=True,
        required=False,
        collapsed_for_agents=False,
        regexp_for_validation=None,
        title_in_portal=title,
        raw_title_in_portal=title,
        visible_in_portal=portal,
        editable_in_portal=portal,
        required_in_portal=portal,
        agent_can_edit=True,
        tag=None,
        removable=kind not in _FIXED_FIELDS,
        key=None,
        agent_description=None,
        raw_agent_description=None,
    ) | dict(more)


def custom_status(desk: Desk, *, category: str, agent_label: str, end_user_label: str, default: bool = False) -> Json:
    """Return a new custom status, the way the service shows one."""
    return stamped(
        desk,
        status_category=category,
        agent_label=agent_label,
        raw_agent_label=agent_label,
        end_user_label=end_user_label,
        raw_end_user_label=end_user_label,
        description=None,
        raw_description=None,
        end_user_description=None,
        raw_end_user_description=None,
        active=True,
        default=default,
    )


def field_option(desk: Desk, *, name: str, value: str) -> Json:
    return {"id": desk.new_id(), "name": name, "raw_name": name, "value": value, "default": False}


def view_column(name: str) -> Json:
    """Return how a view names one of its columns; LookupError for a column the service doesn't have."""
    title, filterable, sortable = _COLUMNS[name]
    shown = "ticket_id" if name == "nice_id" else name
    return {"id": shown, "title": title, "filterable": filterable, "sortable": sortable}


def is_view_column(name: str) -> bool:
    return name in _COLUMNS


def execution(
    *, columns: list[str], group_by: str | None, group_order: str, sort_by: str | None, sort_order: str
) -> Json:
    """Return a view's ``execution`` part."""
    shown = [view_column(name) for name in columns]
    return {
        "group_by": group_by,
        "group_order": group_order,
        "sort_by": sort_by,
        "sort_order": sort_order,
        "group": view_column(group_by) | {"order": group_order} if group_by else None,
        "sort": view_column(sort_by) | {"order": sort_order} if sort_by else None,
        "columns": shown,
        "fields": shown,
        "custom_fields": [],
    }


def _add_statuses(desk: Desk) -> None:
    for category, agent_label, end_user_label in _STATUSES:
        row = custom_status(
            desk, category=category, agent_label=agent_label, end_user_label=end_user_label, default=True
        )
        desk.config.custom_statuses[row["id"]] = row


def _add_system_fields(desk: Desk) -> None:
    for position, (kind, title, options) in enumerate(_SYSTEM_FIELDS, start=1):
        row = ticket_field(desk, kind=kind, title=title, description=f"Request {title.lower()}", position=position)
        row["required"] = kind == "assignee"
        if options:
            values = ["hold" if name == "On-hold" else name.lower() for name in options]
            row["system_field_options"] = [
                {"name": name, "value": value} for name, value in zip(options, values, strict=True)
            ]
            row["sub_type_id"] = 0
        desk.config.ticket_fields[row["id"]] = row


def _add_custom_fields(desk: Desk) -> None:
    for kind, title in CUSTOM_FIELD_TITLES.items():
        row = ticket_field(desk, kind=kind, title=title)
        if kind == "tagger":
            row["custom_field_options"] = [field_option(desk, name=name, value=value) for name, value in PRODUCT_AREAS]
        if kind == "checkbox":
            row["tag"] = "escalated"
        desk.config.ticket_fields[row["id"]] = row


def _add_form_and_brand(desk: Desk) -> None:
    form = stamped(
        desk,
        name="Default Ticket Form",
        raw_name="Default Ticket Form",
        display_name="Default Ticket Form",
        raw_display_name="Default Ticket Form",
        end_user_visible=True,
        position=1,
        ticket_field_ids=list(desk.config.ticket_fields),
        active=True,
        default=True,
        in_all_brands=True,
        restricted_brand_ids=[],
        end_user_conditions=[],
        agent_conditions=[],
        form_type="standard",
        deleted_at=None,
    )
    desk.config.ticket_forms[form["id"]] = form
    brand = stamped(
        desk,
        name=desk.subdomain.capitalize(),
        brand_url=f"https://{desk.subdomain}.zendesk.com",
        subdomain=desk.subdomain,
        host_mapping=None,
        has_help_center=False,
        help_center_state="disabled",
        active=True,
        default=True,
        is_deleted=False,
        logo=None,
        ticket_form_ids=[form["id"]],
        signature_template="{{agent.signature}}",
    )
    desk.config.brands[brand["id"]] = brand


def _add_profile_fields(desk: Desk) -> None:
    for rows, key, title in (
        (desk.config.user_fields, "job_title", "Job title"),
        (desk.config.organization_fields, "region", "Region"),
    ):
        row = stamped(
            desk,
            type="text",
            key=key,
            title=title,
            raw_title=title,
            description="",
            raw_description="",
            position=0,
            active=True,
            system=False,
            regexp_for_validation=None,
        )
        rows[row["id"]] = row


def _add_views(desk: Desk) -> None:
    mine: Json = {"field": "assignee_id", "operator": "is", "value": "current_user"}
    nobody: Json = {"field": "assignee_id", "operator": "is", "value": ""}
    lately: Json = {"field": "updated_at", "operator": "less_than", "value": "24"}
    by_status: dict[str, str | None] = {"group_by": "status", "sort_by": "nice_id"}
    by_update: dict[str, str | None] = {"group_by": None, "sort_by": "updated"}
    rows: list[tuple[str, list[Json], dict[str, str | None]]] = [
        ("Your unsolved tickets", [_UNSOLVED, mine], by_status),
        ("Unassigned tickets", [nobody, _UNSOLVED], {"group_by": None, "sort_by": "created"}),
        ("All unsolved tickets", [_UNSOLVED], by_status),
        ("Recently updated tickets", [lately], by_update),
        ("New tickets in your groups", [_is("status", "new"), _is("group_id", "current_groups")], by_update),
        ("Pending tickets", [_is("status", "pending")], by_update),
        ("Recently solved tickets", [_is("status", "solved")], by_update),
    ]
    for position, (title, conditions, order) in enumerate(rows):
        row = stamped(
            desk,
            title=title,
            raw_title=title,
            active=True,
            default=False,
            position=position,
            description=None,
            execution=execution(
                columns=["subject", "requester", "created", "assignee", "status"],
                group_by=order["group_by"],
                group_order="asc",
                sort_by=order["sort_by"],
                sort_order="desc",
            ),
            conditions={"all": conditions, "any": []},
            restriction=None,
        )
        desk.config.views[row["id"]] = row


def _is(field: str, value: str) -> Json:
    return {"field": field, "operator": "is", "value": value}


def _add_macros(desk: Desk) -> None:
    for title, actions in (
        ("Ask for details", {"status": "pending", "comment_value": "Could you tell us a little more about it?"}),
        ("Close and thank", {"status": "solved", "comment_value": "Glad that it works again. Thank you!"}),
    ):
        row = stamped(
            desk,
            title=title,
            raw_title=title,
            active=True,
            default=False,
            position=9999,
            description=None,
            actions=[{"field": name, "value": value} for name, value in actions.items()],
            restriction=None,
        )
        desk.config.macros[row["id"]] = row
