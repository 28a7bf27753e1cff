"""The API that ATOM's own pages call, under /api/integrations/zendesk: all POST, with ``user_id`` in the body.

Pages send an empty text or ``all`` for "no choice", and ids out of form fields as text; both are understood here and only here.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from atom_zendesk_plugin.desk.values import Email, Line, Prose, Tags
from atom_zendesk_plugin.web.fields import (
    Body,
    Cursor,
    Limit,
    PriorityFilter,
    Query,
    Role,
    RoleFilter,
    StatusFilter,
    ZoneName,
    chosen,
)
from atom_zendesk_plugin.web.operations import UI, Answer, AnyOperation, Call, Operation
from atom_zendesk_plugin.web.present.people import ProfileData, UserData, UsersData, profile_data, user_data, users_data
from atom_zendesk_plugin.web.present.places import (
    GroupsData,
    OrganizationData,
    OrganizationsData,
    ViewsData,
    groups_data,
    organization_data,
    organizations_data,
    views_data,
)  # fmt: skip
from atom_zendesk_plugin.web.present.tickets import TicketData, TicketsData, ticket_data, tickets_data

TAG = "For ATOM's pages"
_ME = {"user_id": "current"}
FormText = Annotated[str, Meta(max_length=255)]
FormId = Annotated[int, Meta(ge=1, le=2**63 - 1)] | Annotated[str, Meta(pattern="^[0-9]{0,18}$")] | None


class PageTicketsQuery(Query, kw_only=True, frozen=True):
    limit: Limit = 100
    status: StatusFilter | None = None
    priority: PriorityFilter | None = None
    cursor: Cursor | None = None


class PageTicketsBody(Body, kw_only=True, frozen=True):
    limit: Limit = 100
    status: StatusFilter | None = None
    priority: PriorityFilter | None = None
    cursor: Cursor | None = None


class PageUsersBody(Body, kw_only=True, frozen=True):
    limit: Limit = 100
    role: RoleFilter | None = None
    cursor: Cursor | None = None


class PageListBody(Body, kw_only=True, frozen=True):
    limit: Limit = 100
    cursor: Cursor | None = None


class PageViewsBody(Body, kw_only=True, frozen=True):
    limit: Limit = 50
    cursor: Cursor | None = None


class FormTicket(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    subject: Line
    description: Prose
    priority: FormText | None = None
    type: FormText | None = None
    status: FormText | None = None
    requester_id: FormId = None
    assignee_id: FormId = None
    group_id: FormId = None
    tags: Tags | None = None
    due_at: FormText | None = None
    time_zone: ZoneName | None = None


class FormUser(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    name: Line
    email: Email
    phone: FormText | None = None
    role: Role = "end-user"
    organization_id: FormId = None
    verified: bool | None = None
    suspended: bool | None = None
    tags: Tags | None = None


class FormOrganization(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    name: Line
    domain_names: Annotated[list[FormText], Meta(max_length=200)] | None = None
    tags: Tags | None = None
    shared_tickets: bool | None = None
    shared_comments: bool | None = None
    notes: Annotated[str, Meta(max_length=65_535)] | None = None


class CreateTicketBody(Body, kw_only=True, frozen=True):
    ticket: FormTicket


class CreateUserBody(Body, kw_only=True, frozen=True):
    user: FormUser


class CreateOrganizationBody(Body, kw_only=True, frozen=True):
    organization: FormOrganization


def profile(call: Call[Query, Body]) -> Answer:
    return Answer(data=profile_data(call.desk().me()))


def page_tickets(call: Call[Query, PageTicketsBody]) -> Answer:
    return _tickets(call, call.body)


def page_tickets_by_query(call: Call[PageTicketsQuery, Body]) -> Answer:
    return _tickets(call, call.query)


def _tickets(
    call: Call[Query, Body] | Call[Query, PageTicketsBody] | Call[PageTicketsQuery, Body],
    asked: PageTicketsBody | PageTicketsQuery,
) -> Answer:
    desk = call.desk()
    page = desk.tickets.list(
        limit=asked.limit, status=chosen(asked.status), priority=chosen(asked.priority), cursor=asked.cursor or None
    )
    return Answer(data=tickets_data(page, desk))


def page_users(call: Call[Query, PageUsersBody]) -> Answer:
    body = call.body
    return Answer(
        data=users_data(call.desk().users.list(limit=body.limit, role=chosen(body.role), cursor=body.cursor or None))
    )


def page_groups(call: Call[Query, PageListBody]) -> Answer:
    return Answer(data=groups_data(call.desk().groups.list(limit=call.body.limit, cursor=call.body.cursor or None)))


def page_views(call: Call[Query, PageViewsBody]) -> Answer:
    return Answer(data=views_data(call.desk().views.list(limit=call.body.limit, cursor=call.body.cursor or None)))


def page_organizations(call: Call[Query, PageListBody]) -> Answer:
    listing = call.desk().organizations.list(limit=call.body.limit, cursor=call.body.cursor or None)
    return Answer(data=organizations_data(listing))


def page_create_ticket(call: Call[Query, CreateTicketBody]) -> Answer:
    """Create a ticket from a form; its description becomes the first comment."""
    form, desk = call.body.ticket, call.desk()
    kind = form.type or None
    ticket = desk.tickets.create(
        subject=form.subject,
        comment=form.description,
        priority=form.priority or None,
        type=kind,
        status=form.status or None,
        requester_id=_form_id(form.requester_id),
        assignee_id=_form_id(form.assignee_id),
        group_id=_form_id(form.group_id),
        tags=form.tags,
        # The form keeps a date that was chosen before the type was changed; Zendesk has due dates for tasks only.
        due_at=(form.due_at or None) if kind == "task" else None,
        time_zone=form.time_zone or None,
        idempotency_key=call.idempotency_key,
    )
    return Answer(data=ticket_data(ticket, desk), status=201, message=f"Ticket {ticket.id} was created.")


def page_create_user(call: Call[Query, CreateUserBody]) -> Answer:
    form = call.body.user
    user = call.desk().users.create(
        name=form.name,
        email=form.email,
        phone=form.phone or None,
        role=form.role,
        organization_id=_form_id(form.organization_id),
        tags=form.tags,
        verified=form.verified,
        suspended=form.suspended,
    )
    return Answer(data=user_data(user), status=201, message=f"User {user.id} was created.")


def page_create_organization(call: Call[Query, CreateOrganizationBody]) -> Answer:
    form = call.body.organization
    organization = call.desk().organizations.create(
        name=form.name,
        domain_names=[name for name in form.domain_names or [] if name.strip()] or None,
        tags=form.tags,
        shared_tickets=form.shared_tickets,
        shared_comments=form.shared_comments,
        notes=(form.notes or "").strip() or None,
    )
    return Answer(
        data=organization_data(organization), status=201, message=f"Organization {organization.id} was created."
    )


def _form_id(value: int | str | None) -> int | None:
    return int(value) if value not in (None, "") else None


OPERATIONS: tuple[AnyOperation, ...] = (
    Operation(
        method="POST", path=f"{UI}/profile", handler=profile, tag=TAG, query=Query, body=Body, reply=ProfileData,
        summary="Show who you are in Zendesk", example=_ME,
    ),
    Operation(
        method="POST", path=f"{UI}/tickets", handler=page_tickets, tag=TAG, query=Query, body=PageTicketsBody, reply=TicketsData,
        summary="List tickets", example={**_ME, "limit": 50, "status": "open"},
    ),
    Operation(
        method="GET", path=f"{UI}/tickets", handler=page_tickets_by_query, tag=TAG, query=PageTicketsQuery, body=Body,
        reply=TicketsData, summary="List tickets, by the query string",
    ),
    Operation(
        method="POST", path=f"{UI}/users", handler=page_users, tag=TAG, query=Query, body=PageUsersBody, reply=UsersData,
        summary="List users", example=_ME,
    ),
    Operation(
        method="POST", path=f"{UI}/groups", handler=page_groups, tag=TAG, query=Query, body=PageListBody, reply=GroupsData,
        summary="List groups", example=_ME,
    ),
    Operation(
        method="POST", path=f"{UI}/views", handler=page_views, tag=TAG, query=Query, body=PageViewsBody, reply=ViewsData,
        summary="List views", example=_ME,
    ),
    Operation(
        method="POST", path=f"{UI}/organizations", handler=page_organizations, tag=TAG, query=Query, body=PageListBody,
        reply=OrganizationsData, summary="List organizations", example=_ME,
    ),
    Operation(
        method="POST", path=f"{UI}/tickets/create", handler=page_create_ticket, tag=TAG, query=Query, body=CreateTicketBody,
        reply=TicketData, status=201, keyed=True, summary="Create a ticket",
        example={"user_id": "current", "ticket": {"subject": "Printer is out of ink", "description": "The one on the second floor."}},
    ),
    Operation(
        method="POST", path=f"{UI}/users/create", handler=page_create_user, tag=TAG, query=Query, body=CreateUserBody, reply=UserData,
        status=201, summary="Create a user",
        example={"user_id": "current", "user": {"name": "Ann Example", "email": "ann@example.com", "role": "end-user"}},
    ),
    Operation(
        method="POST", path=f"{UI}/organizations/create", handler=page_create_organization, tag=TAG, query=Query,
        body=CreateOrganizationBody, reply=OrganizationData, status=201, summary="Create an organization",
        example={"user_id": "current", "organization": {"name": "Example Ltd", "domain_names": ["example.com"]}},
    ),
)  # fmt: skip
