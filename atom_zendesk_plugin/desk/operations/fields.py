"""Ticket, user and organization fields, ticket forms and custom statuses."""

from __future__ import annotations

from atom_zendesk_plugin.desk.operations.operation import (
    AnyDeskOperation,
    Count,
    DeskOperation,
    Done,
    Many,
    Nothing,
    One,
    Takes,
)
from atom_zendesk_plugin.desk.operations.resource import reorder, resource
from atom_zendesk_plugin.desk.values import Ids, Line, Rows
from atom_zendesk_plugin.records import CustomStatus, FieldDefinition, TicketForm

FIELDS = "Fields and forms"


class Several(Takes, kw_only=True, frozen=True):
    ids: Ids


class Statuses(Takes, kw_only=True, frozen=True):
    ticket_form_statuses: Rows


_FIELD = {"type": "tagger", "title": "Region", "custom_field_options": [{"name": "Europe", "value": "europe"}]}

OPERATIONS: tuple[AnyDeskOperation, ...] = (
    *resource(
        "ticket_field", family=lambda zendesk: zendesk.ticket_fields, path="/ticket_fields", tag=FIELDS, kind=FieldDefinition,
        example=_FIELD,
        filters={"locale": (Line | None, None)},
    ),
    DeskOperation(
        name="count_ticket_fields", command="ticket-fields count", method="GET", path="/ticket_fields/count", tag=FIELDS, takes=Nothing,
        gives=Count(), summary="Count the ticket fields", do=lambda zendesk, _: zendesk.ticket_fields.count(),
    ),
    reorder("ticket_fields", "/ticket_fields", FIELDS),
    *resource(
        "ticket_field_option", family=lambda zendesk, field_id: zendesk.ticket_fields.options(field_id),
        path="/ticket_fields/{ticket_field_id}/options", tag=FIELDS, variable="option_id", root="custom_field_options",
        key="custom_field_option", verbs="list get create delete", example={"name": "Europe", "value": "europe"},
    ),
    *resource(
        "user_field", family=lambda zendesk: zendesk.user_fields, path="/user_fields", tag=FIELDS, kind=FieldDefinition,
        variable="field_key", example={"type": "text", "title": "Shoe size", "key": "shoe_size"},
    ),
    reorder("user_fields", "/user_fields", FIELDS),
    *resource(
        "user_field_option", family=lambda zendesk, field_id: zendesk.user_fields.options(field_id),
        path="/user_fields/{user_field_id}/options", tag=FIELDS, variable="option_id", root="custom_field_options",
        key="custom_field_option", verbs="list get create delete", example={"name": "Europe", "value": "europe"},
    ),
    *resource(
        "organization_field", family=lambda zendesk: zendesk.organization_fields, path="/organization_fields", tag=FIELDS,
        kind=FieldDefinition, variable="field_key", example={"type": "text", "title": "Contract", "key": "contract"},
    ),
    reorder("organization_fields", "/organization_fields", FIELDS),
    *resource(
        "ticket_form", family=lambda zendesk: zendesk.ticket_forms, path="/ticket_forms", tag=FIELDS, kind=TicketForm,
        filters={"active": (bool | None, None)}, example={"name": "Returns", "ticket_field_ids": [25, 27]},
    ),
    DeskOperation(
        name="clone_ticket_form", command="ticket-forms clone", method="POST", path="/ticket_forms/{ticket_form_id}/clone", tag=FIELDS,
        takes=Nothing, gives=One("ticket_form", TicketForm), summary="Make a copy of a form",
        do=lambda zendesk, _, form_id: zendesk.ticket_forms.clone(form_id),
    ),
    reorder("ticket_forms", "/ticket_forms", FIELDS),
    DeskOperation(
        name="list_ticket_form_statuses", command="ticket-forms statuses", method="GET",
        path="/ticket_forms/{ticket_form_id}/ticket_form_statuses",
        tag=FIELDS, takes=Nothing, gives=Many("ticket_form_statuses"), summary="List the custom statuses of a form",
        do=lambda zendesk, _, form_id: zendesk.ticket_forms.statuses(form_id),
    ),
    DeskOperation(
        name="add_ticket_form_statuses", command="ticket-forms add-statuses", method="POST",
        path="/ticket_forms/{ticket_form_id}/ticket_form_statuses", tag=FIELDS, takes=Statuses, gives=Many("ticket_form_statuses"),
        summary="Give a form custom statuses", example={"ticket_form_statuses": [{"custom_status_id": 21}]},
        do=lambda zendesk, asked, form_id: zendesk.ticket_forms.add_statuses(form_id, asked.ticket_form_statuses),
    ),
    *resource(
        "custom_status", plural="custom_statuses", family=lambda zendesk: zendesk.custom_statuses, path="/custom_statuses", tag=FIELDS,
        kind=CustomStatus, filters={"active": (bool | None, None)},
        example={"agent_label": "Waiting for parts", "status_category": "pending"},
    ),
    DeskOperation(
        name="set_default_custom_statuses", command="custom-statuses set-defaults", method="PUT", path="/custom_status/default", tag=FIELDS,
        takes=Several, gives=Done(), summary="Make custom statuses the defaults of their categories", example={"ids": [21, 22, 23, 24]},
        do=lambda zendesk, asked: zendesk.custom_statuses.set_defaults(asked.ids),
    ),
)  # fmt: skip
