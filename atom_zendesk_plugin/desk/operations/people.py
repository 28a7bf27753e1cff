"""Users, their identities and places, organizations with their merging, groups and memberships."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from atom_zendesk_plugin.desk.operations.operation import (
    AnyDeskOperation,
    Count,
    DeskOperation,
    Done,
    Many,
    Nothing,
    One,
    Takes,
    given,
)
from atom_zendesk_plugin.desk.operations.resource import resource
from atom_zendesk_plugin.desk.operations.tickets import tags_of
from atom_zendesk_plugin.desk.searching import NAMES
from atom_zendesk_plugin.desk.values import Fields, Id, Ids, Line, QueryText
from atom_zendesk_plugin.errors import InvalidInput
from atom_zendesk_plugin.records import (
    Group,
    GroupMembership,
    Identity,
    Organization,
    OrganizationMembership,
    OrganizationMerge,
    Ticket,
    User,
)

USERS, ORGANIZATIONS, GROUPS = "Users", "Organizations", "Groups"
_USER, _ORGANIZATION = "/users/{user_id}", "/organizations/{organization_id}"


class Several(Takes, kw_only=True, frozen=True):
    ids: Ids


class UserFields(Takes, kw_only=True, frozen=True):
    user: Fields


class OrganizationFields(Takes, kw_only=True, frozen=True):
    organization: Fields


class Into(Takes, kw_only=True, frozen=True):
    into: Annotated[Id, Meta(description="The id of the record that stays.")]


class Suspension(Takes, kw_only=True, frozen=True):
    suspended: bool = True


class OfRole(Takes, kw_only=True, frozen=True):
    role: Literal["end-user", "agent", "admin"] | None = None


class Wanted(Takes, kw_only=True, frozen=True):
    """``query`` is in Zendesk's search language; the other finds exactly."""

    query: QueryText | None = None
    external_id: Line | None = None


class WantedOrganization(Takes, kw_only=True, frozen=True):
    """One of the two."""

    name: Line | None = None
    external_id: Line | None = None


class Beginning(Takes, kw_only=True, frozen=True):
    name: Annotated[Line, Meta(description="How the name begins.")]


class Member(Takes, kw_only=True, frozen=True):
    member_id: Annotated[Id, Meta(description="Only memberships of this user.")] | None = None
    group_id: Id | None = None


class OrganizationMember(Takes, kw_only=True, frozen=True):
    member_id: Annotated[Id, Meta(description="Only memberships of this user.")] | None = None
    organization_id: Id | None = None


def _one_of_two(asked: Takes) -> dict[str, Any]:
    """Return the one thing that is looked for."""
    told = given(asked)
    if len(told) != 1:
        names = " or ".join(asked.__struct_fields__)
        raise InvalidInput(f"Say what to look for by {names}, one of them.", field=asked.__struct_fields__[0])
    return told


def _tickets_of(part: str, who: str) -> AnyDeskOperation:
    return DeskOperation(
        name=f"list_{part}_tickets", command=f"users {part}-tickets", method="GET", path=f"{_USER}/tickets/{part}", tag=USERS,
        takes=Nothing, gives=Many("tickets", Ticket), everyday=True, summary=f"List the tickets {who}",
        do=lambda zendesk, _, user_id: zendesk.users.tickets(user_id, part, include=NAMES),
    )  # fmt: skip


_OF_USERS: tuple[AnyDeskOperation, ...] = (
    DeskOperation(
        name="get_users", command="users get-many", method="GET", path="/users/show_many", tag=USERS, takes=Several, everyday=True,
        gives=Many("users", User), summary="Show up to 100 users by id; those you may not see are left out",
        do=lambda zendesk, asked: zendesk.users.show_many(asked.ids),
    ),
    DeskOperation(
        name="search_users", command="users search", method="GET", path="/users/search", tag=USERS, takes=Wanted, everyday=True,
        gives=Many("users", User), summary="Search users by Zendesk's search language, or find one by external id",
        do=lambda zendesk, asked: zendesk.users.search(**_one_of_two(asked)),
    ),
    DeskOperation(
        name="find_users", command="users find", method="GET", path="/users/autocomplete", tag=USERS, takes=Beginning, everyday=True,
        gives=Many("users", User), summary="List the users whose name begins so",
        do=lambda zendesk, asked: zendesk.users.autocomplete(asked.name),
    ),
    DeskOperation(
        name="count_users", command="users count", method="GET", path="/users/count", tag=USERS, takes=OfRole, gives=Count(),
        summary="Count the users; above 100,000 the number can be a day old",
        do=lambda zendesk, asked: zendesk.users.count(role=asked.role),
    ),
    DeskOperation(
        name="create_or_update_user", command="users create-or-update", method="POST", path="/users/create_or_update", tag=USERS,
        takes=UserFields, gives=One("user", User), everyday=True, summary="Make a user, or change the one with this address or external id",
        description="Never makes a second user: give `email` or `external_id`.",
        example={"user": {"name": "Ann Example", "email": "ann@example.com"}},
        do=lambda zendesk, asked: zendesk.users.create_or_update(asked.user),
    ),
    DeskOperation(
        name="merge_user", command="users merge", method="PUT", path=f"{_USER}/merge", tag=USERS, takes=Into, gives=One("user", User),
        everyday=True, destroys=True, summary="Merge an end user into another one, for ever", example={"into": 35437},
        do=lambda zendesk, asked, user_id: zendesk.users.merge(user_id, into=asked.into),
    ),
    DeskOperation(
        name="suspend_user", command="users suspend", method="PUT", path=f"{_USER}/suspension", tag=USERS, takes=Suspension,
        gives=One("user", User), everyday=True, summary="Keep a user from signing in and writing, or let them again",
        example={"suspended": True}, do=lambda zendesk, asked, user_id: zendesk.users.suspend(user_id, suspended=asked.suspended),
    ),
    DeskOperation(
        name="get_user_relations", command="users related", method="GET", path=f"{_USER}/related", tag=USERS, takes=Nothing,
        gives=One("user_related"), everyday=True, summary="Count what belongs to a user: tickets asked, assigned, copied",
        do=lambda zendesk, _, user_id: zendesk.users.related(user_id),
    ),
    DeskOperation(
        name="list_user_groups", command="users groups", method="GET", path=f"{_USER}/groups", tag=USERS, takes=Nothing,
        gives=Many("groups", Group), everyday=True, summary="List the groups of an agent",
        do=lambda zendesk, _, user_id: zendesk.users.groups(user_id),
    ),
    DeskOperation(
        name="list_user_organizations", command="users organizations", method="GET", path=f"{_USER}/organizations", tag=USERS,
        takes=Nothing,
        gives=Many("organizations", Organization), everyday=True, summary="List the organizations of a user",
        do=lambda zendesk, _, user_id: zendesk.users.organizations(user_id),
    ),
    _tickets_of("requested", "a user asked for"),
    _tickets_of("assigned", "assigned to an agent"),
    _tickets_of("ccd", "a user is copied on"),
    _tickets_of("followed", "an agent follows"),
    *(
        DeskOperation(
            name=f"count_{part}_tickets", command=f"users count-{part}-tickets", method="GET", path=f"{_USER}/tickets/{part}/count",
            tag=USERS, takes=Nothing, gives=Count(), summary=f"Count the tickets {who}",
            do=lambda zendesk, _, user_id, part=part: zendesk.users.ticket_count(user_id, part),
        )
        for part, who in (("assigned", "assigned to an agent"), ("ccd", "a user is copied on"))
    ),
    DeskOperation(
        name="leave_organization", command="users leave-organization", method="DELETE", path=f"{_USER}/organizations/{{organization_id}}",
        tag=USERS, takes=Nothing, gives=Done(), everyday=True, summary="Take a user out of an organization",
        do=lambda zendesk, _, user_id, organization_id: zendesk.users.leave_organization(user_id, organization_id),
    ),
    DeskOperation(
        name="make_organization_default", command="users make-organization-default", method="PUT",
        path=f"{_USER}/organizations/{{organization_id}}/make_default", tag=USERS, takes=Nothing,
        gives=One("organization_membership", OrganizationMembership), summary="Make an organization the one a user's tickets belong to",
        do=lambda zendesk, _, user_id, organization_id: zendesk.organization_memberships.make_organization_default(
            user_id, organization_id
        ),
    ),
    DeskOperation(
        name="count_user_groups", command="users count-groups", method="GET", path=f"{_USER}/groups/count", tag=USERS, takes=Nothing,
        gives=Count(), summary="Count the groups of an agent", do=lambda zendesk, _, user_id: zendesk.users.group_count(user_id),
    ),
    DeskOperation(
        name="count_user_organizations", command="users count-organizations", method="GET", path=f"{_USER}/organizations/count",
        tag=USERS, takes=Nothing, gives=Count(), summary="Count the organizations of a user",
        do=lambda zendesk, _, user_id: zendesk.users.organization_count(user_id),
    ),
    DeskOperation(
        name="list_user_requests", command="users requests", method="GET", path=f"{_USER}/requests", tag=USERS, takes=Nothing,
        gives=Many("requests"), summary="List the requests of an end user, as they see them",
        do=lambda zendesk, _, user_id: zendesk.requests.of_user(user_id),
    ),
    *tags_of("users", "user", USERS),
    *resource(
        "identity", plural="identities", family=lambda zendesk, user_id: zendesk.users.identities(user_id), path=f"{_USER}/identities",
        tag=USERS, kind=Identity, everyday=True, example={"type": "email", "value": "ann@example.com"},
    ),
    DeskOperation(
        name="make_identity_primary", command="identities make-primary", method="PUT",
        path=f"{_USER}/identities/{{identity_id}}/make_primary",
        tag=USERS, takes=Nothing, gives=Many("identities", Identity), everyday=True, summary="Make an address the one that mail goes to",
        do=lambda zendesk, _, user_id, identity_id: zendesk.users.identities(user_id).make_primary(identity_id),
    ),
    DeskOperation(
        name="verify_identity", command="identities verify", method="PUT", path=f"{_USER}/identities/{{identity_id}}/verify", tag=USERS,
        takes=Nothing, gives=One("identity", Identity), everyday=True, summary="Take an address as verified",
        do=lambda zendesk, _, user_id, identity_id: zendesk.users.identities(user_id).verify(identity_id),
    ),
    DeskOperation(
        name="request_identity_verification", command="identities request-verification", method="PUT",
        path=f"{_USER}/identities/{{identity_id}}/request_verification", tag=USERS, takes=Nothing, gives=Done(),
        summary="Send the mail by which a user verifies an address",
        do=lambda zendesk, _, user_id, identity_id: zendesk.users.identities(user_id).request_verification(identity_id),
    ),
    *resource(
        "deleted_user", family=lambda zendesk: zendesk.deleted_users, path="/deleted_users", tag=USERS, kind=User, verbs="list get",
    ),
    DeskOperation(
        name="count_deleted_users", command="deleted-users count", method="GET", path="/deleted_users/count", tag=USERS, takes=Nothing,
        gives=Count(), summary="Count the deleted users", do=lambda zendesk, _: zendesk.deleted_users.count(),
    ),
    DeskOperation(
        name="purge_user", command="deleted-users purge", method="DELETE", path="/deleted_users/{deleted_user_id}", tag=USERS,
        takes=Nothing,
        gives=One("deleted_user", User), destroys=True, summary="Delete a deleted user for good, as data protection law asks for",
        do=lambda zendesk, _, user_id: zendesk.deleted_users.purge(user_id),
    ),
    DeskOperation(
        name="list_user_deletion_statuses", command="deleted-users progress", method="GET", path=f"{_USER}/compliance_deletion_statuses",
        tag=USERS, takes=Nothing, gives=Many("compliance_deletion_statuses"), summary="List how far deleting a user for good has got",
        do=lambda zendesk, _, user_id: zendesk.deleted_users.progress(user_id),
    ),
)  # fmt: skip

_OF_ORGANIZATIONS: tuple[AnyDeskOperation, ...] = (
    DeskOperation(
        name="get_organizations", command="organizations get-many", method="GET", path="/organizations/show_many", tag=ORGANIZATIONS,
        takes=Several, gives=Many("organizations", Organization), everyday=True, summary="Show up to 100 organizations by id",
        do=lambda zendesk, asked: zendesk.organizations.show_many(asked.ids),
    ),
    DeskOperation(
        name="search_organizations", command="organizations search", method="GET", path="/organizations/search", tag=ORGANIZATIONS,
        takes=WantedOrganization, gives=Many("organizations", Organization), everyday=True,
        summary="Find organizations by their exact name or external id",
        do=lambda zendesk, asked: zendesk.organizations.search(**_one_of_two(asked)),
    ),
    DeskOperation(
        name="find_organizations", command="organizations find", method="GET", path="/organizations/autocomplete", tag=ORGANIZATIONS,
        takes=Beginning, gives=Many("organizations", Organization), everyday=True, summary="List the organizations whose name begins so",
        do=lambda zendesk, asked: zendesk.organizations.autocomplete(asked.name),
    ),
    DeskOperation(
        name="count_organizations", command="organizations count", method="GET", path="/organizations/count", tag=ORGANIZATIONS,
        takes=Nothing,
        gives=Count(), summary="Count the organizations", do=lambda zendesk, _: zendesk.organizations.count(),
    ),
    DeskOperation(
        name="create_or_update_organization", command="organizations create-or-update", method="POST",
        path="/organizations/create_or_update",
        tag=ORGANIZATIONS, takes=OrganizationFields, gives=One("organization", Organization), everyday=True,
        summary="Make an organization, or change the one with this id or external id",
        description="A name alone does not find one: a name that is taken is refused.",
        example={"organization": {"name": "Example Ltd", "external_id": "crm-7"}},
        do=lambda zendesk, asked: zendesk.organizations.create_or_update(asked.organization),
    ),
    DeskOperation(
        name="get_organization_relations", command="organizations related", method="GET", path=f"{_ORGANIZATION}/related",
        tag=ORGANIZATIONS,
        takes=Nothing, gives=One("organization_related"), everyday=True, summary="Count the users and tickets of an organization",
        do=lambda zendesk, _, organization_id: zendesk.organizations.related(organization_id),
    ),
    DeskOperation(
        name="list_organization_users", command="organizations users", method="GET", path=f"{_ORGANIZATION}/users", tag=ORGANIZATIONS,
        takes=Nothing, gives=Many("users", User), everyday=True, summary="List the users of an organization",
        do=lambda zendesk, _, organization_id: zendesk.organizations.users(organization_id),
    ),
    DeskOperation(
        name="count_organization_users", command="organizations count-users", method="GET", path=f"{_ORGANIZATION}/users/count",
        tag=ORGANIZATIONS, takes=Nothing, gives=Count(), summary="Count the users of an organization",
        do=lambda zendesk, _, organization_id: zendesk.organizations.user_count(organization_id),
    ),
    DeskOperation(
        name="list_organization_tickets", command="organizations tickets", method="GET", path=f"{_ORGANIZATION}/tickets", tag=ORGANIZATIONS,
        takes=Nothing, gives=Many("tickets", Ticket), everyday=True, summary="List the tickets of an organization, without archived ones",
        do=lambda zendesk, _, organization_id: zendesk.organizations.tickets(organization_id, include=NAMES),
    ),
    DeskOperation(
        name="count_organization_tickets", command="organizations count-tickets", method="GET", path=f"{_ORGANIZATION}/tickets/count",
        tag=ORGANIZATIONS, takes=Nothing, gives=Count(), summary="Count the tickets of an organization",
        do=lambda zendesk, _, organization_id: zendesk.organizations.ticket_count(organization_id),
    ),
    DeskOperation(
        name="list_organization_requests", command="organizations requests", method="GET", path=f"{_ORGANIZATION}/requests",
        tag=ORGANIZATIONS, takes=Nothing, gives=Many("requests"), summary="List the requests of an organization, as end users see them",
        do=lambda zendesk, _, organization_id: zendesk.requests.of_organization(organization_id),
    ),
    *tags_of("organizations", "organization", ORGANIZATIONS),
    DeskOperation(
        name="merge_organization", command="organizations merge", method="POST", path=f"{_ORGANIZATION}/merge", tag=ORGANIZATIONS,
        takes=Into,
        gives=One("organization_merge", OrganizationMerge), everyday=True, destroys=True,
        summary="Merge an organization into another one, for ever", example={"into": 35437},
        do=lambda zendesk, asked, organization_id: zendesk.organizations.merge(organization_id, into=asked.into),
    ),
    DeskOperation(
        name="list_organization_merges", command="organizations merges", method="GET", path=f"{_ORGANIZATION}/merges", tag=ORGANIZATIONS,
        takes=Nothing, gives=Many("organization_merges", OrganizationMerge), summary="List the merges an organization had part in",
        do=lambda zendesk, _, organization_id: zendesk.organizations.merges(organization_id),
    ),
    DeskOperation(
        name="get_organization_merge", command="organizations merge-status", method="GET", path="/organization_merges/{merge_id}",
        tag=ORGANIZATIONS, takes=Nothing, gives=One("organization_merge", OrganizationMerge), everyday=True,
        summary="Show how far merging two organizations has got",
        do=lambda zendesk, _, merge_id: zendesk.organizations.merge_status(merge_id),
    ),
    DeskOperation(
        name="list_organization_memberships", command="organization-memberships list", method="GET", path="/organization_memberships",
        tag=ORGANIZATIONS, takes=OrganizationMember, gives=Many("organization_memberships", OrganizationMembership), everyday=True,
        summary="List who is in which organization",
        do=lambda zendesk, asked: zendesk.organization_memberships.list(user_id=asked.member_id, organization_id=asked.organization_id),
    ),
    *resource(
        "organization_membership", family=lambda zendesk: zendesk.organization_memberships, path="/organization_memberships",
        tag=ORGANIZATIONS, kind=OrganizationMembership, verbs="get create delete", everyday=True,
        example={"user_id": 35436, "organization_id": 57542},
    ),
    DeskOperation(
        name="make_organization_membership_default", command="organization-memberships make-default", method="PUT",
        path=f"{_USER}/organization_memberships/{{organization_membership_id}}/make_default", tag=ORGANIZATIONS, takes=Nothing,
        gives=Many("organization_memberships", OrganizationMembership), summary="Make an organization the one a user's tickets belong to",
        do=lambda zendesk, _, user_id, membership_id: zendesk.organization_memberships.make_default(user_id, membership_id),
    ),
)  # fmt: skip

_OF_GROUPS: tuple[AnyDeskOperation, ...] = (
    *resource(
        "group", family=lambda zendesk: zendesk.groups, path="/groups", tag=GROUPS, kind=Group, verbs="get create update delete",
        everyday=True, example={"name": "Second line"},
    ),
    DeskOperation(
        name="list_assignable_groups", command="groups assignable", method="GET", path="/groups/assignable", tag=GROUPS, takes=Nothing,
        gives=Many("groups", Group), everyday=True, summary="List the groups a ticket can be given to",
        do=lambda zendesk, _: zendesk.groups.assignable(),
    ),
    DeskOperation(
        name="count_groups", command="groups count", method="GET", path="/groups/count", tag=GROUPS, takes=Nothing, gives=Count(),
        summary="Count the groups", do=lambda zendesk, _: zendesk.groups.count(),
    ),
    DeskOperation(
        name="list_group_users", command="groups users", method="GET", path="/groups/{group_id}/users", tag=GROUPS, takes=Nothing,
        gives=Many("users", User), everyday=True, summary="List the agents of a group",
        do=lambda zendesk, _, group_id: zendesk.groups.users(group_id),
    ),
    DeskOperation(
        name="count_group_users", command="groups count-users", method="GET", path="/groups/{group_id}/users/count", tag=GROUPS,
        takes=Nothing, gives=Count(), summary="Count the agents of a group",
        do=lambda zendesk, _, group_id: zendesk.groups.user_count(group_id),
    ),
    DeskOperation(
        name="list_group_memberships", command="group-memberships list", method="GET", path="/group_memberships", tag=GROUPS, takes=Member,
        gives=Many("group_memberships", GroupMembership), everyday=True, summary="List who is in which group",
        do=lambda zendesk, asked: zendesk.group_memberships.list(user_id=asked.member_id, group_id=asked.group_id),
    ),
    *resource(
        "group_membership", family=lambda zendesk: zendesk.group_memberships, path="/group_memberships", tag=GROUPS, kind=GroupMembership,
        verbs="get create delete", everyday=True, example={"user_id": 35436, "group_id": 57542},
    ),
    DeskOperation(
        name="list_assignable_memberships", command="group-memberships assignable", method="GET", path="/group_memberships/assignable",
        tag=GROUPS, takes=Nothing, gives=Many("group_memberships", GroupMembership),
        summary="List who can be given a ticket, and in which group",
        do=lambda zendesk, _: zendesk.group_memberships.assignable(),
    ),
    DeskOperation(
        name="make_group_membership_default", command="group-memberships make-default", method="PUT",
        path=f"{_USER}/group_memberships/{{group_membership_id}}/make_default", tag=GROUPS, takes=Nothing,
        gives=Many("group_memberships", GroupMembership), summary="Make a group the one an agent's tickets go to",
        do=lambda zendesk, _, user_id, membership_id: zendesk.group_memberships.make_default(user_id, membership_id),
    ),
)  # fmt: skip

OPERATIONS: tuple[AnyDeskOperation, ...] = (*_OF_USERS, *_OF_ORGANIZATIONS, *_OF_GROUPS)
