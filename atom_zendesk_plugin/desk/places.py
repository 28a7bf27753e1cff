"""Organizations, groups and views of the account."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from atom_zendesk_plugin.desk import checks, cursors
from atom_zendesk_plugin.desk.custom_fields import CustomFields
from atom_zendesk_plugin.desk.listing import Listing, collect
from atom_zendesk_plugin.errors import InvalidInput
from atom_zendesk_plugin.records import Group, Organization, View

if TYPE_CHECKING:
    from atom_zendesk_plugin.client.api import ZendeskClient

_CHECKS: Mapping[str, Callable[[object, str], object]] = {
    "name": checks.line,
    "domain_names": checks.domains,
    "tags": checks.tags,
    "shared_tickets": checks.switch,
    "shared_comments": checks.switch,
    "external_id": checks.line,
    "group_id": checks.identifier,
    "notes": checks.prose,
    "details": checks.prose,
    "custom_fields": checks.named_fields,
}
_CLEARED: Mapping[str, object] = {
    "domain_names": [], "tags": [], "external_id": None, "group_id": None, "notes": "", "details": "",
}  # fmt: skip


def new_organization(given: Mapping[str, object]) -> dict[str, object]:
    """Return the fields of an organization to create; a value of None counts as absent. Raises InvalidInput."""
    present = {key: value for key, value in given.items() if value is not None}
    return checks.fields(present, _CHECKS, {}, "an organization")


def organization_changes(changes: Mapping[str, object]) -> dict[str, object]:
    """Return what an update of an organization sends; None clears. Raises InvalidInput."""
    fields = checks.fields(changes, _CHECKS, _CLEARED, "an organization")
    if not fields:
        raise InvalidInput("Nothing to change: give at least one field.", accepted=sorted(_CHECKS))
    return fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Organizations:
    """The organizations of one caller's desk."""

    client: ZendeskClient
    custom: CustomFields

    def list(self, *, limit: int = 30, cursor: str | None = None) -> Listing[Organization]:
        """Return up to ``limit`` (1..1000) organizations by id."""
        return collect(
            lambda size, after: self.client.organizations.page(size=size, cursor=after),
            limit=checks.limit(limit), cursor=cursor, scope=cursors.scope_of("organizations"),
        )  # fmt: skip

    def get(self, organization_id: int) -> Organization:
        """Return one organization. Raises ZendeskNotFound."""
        return self.client.organizations.get(checks.identifier(organization_id, "organization_id")).record

    def create(
        self,
        *,
        name: str,
        domain_names: Sequence[str] | None = None,
        tags: Sequence[str] | None = None,
        shared_tickets: bool | None = None,
        shared_comments: bool | None = None,
        external_id: str | None = None,
        group_id: int | None = None,
        notes: str | None = None,
        details: str | None = None,
        custom_fields: Mapping[str, object] | None = None,
    ) -> Organization:
        """Create an organization. A name that is taken raises ZendeskInvalid with DuplicateValue for ``name``.

        ``custom_fields`` takes keys or titles and values, ``{"region": "EU"}``, checked against the account's organization fields.
        """
        given = {
            "name": name, "domain_names": domain_names, "tags": tags, "shared_tickets": shared_tickets,
            "shared_comments": shared_comments, "external_id": external_id, "group_id": group_id, "notes": notes, "details": details,
            "custom_fields": custom_fields,
        }  # fmt: skip
        return self.client.organizations.create(self.custom.of_kind("organizations", new_organization(given)))

    def update(self, organization_id: int, changes: Mapping[str, object]) -> Organization:
        """Change an organization: fields left out stay as they are, None clears. ``domain_names`` and ``tags`` replace the whole list."""
        fields = organization_changes(changes)
        return self.client.organizations.update(
            checks.identifier(organization_id, "organization_id"), self.custom.of_kind("organizations", fields)
        )

    def delete(self, organization_id: int) -> None:
        """Delete an organization. Raises ZendeskNotFound."""
        self.client.organizations.delete(checks.identifier(organization_id, "organization_id"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """The groups agents work in."""

    client: ZendeskClient

    def list(self, *, limit: int = 30, cursor: str | None = None) -> Listing[Group]:
        """Return up to ``limit`` (1..1000) groups by id."""
        return collect(
            lambda size, after: self.client.groups.page(size=size, cursor=after),
            limit=checks.limit(limit), cursor=cursor, scope=cursors.scope_of("groups"),
        )  # fmt: skip

    def get(self, group_id: int) -> Group:
        """Return one group. Raises ZendeskNotFound."""
        return self.client.groups.get(checks.identifier(group_id, "group_id")).record


@dataclass(frozen=True, slots=True, kw_only=True)
class Views:
    """The saved views of the connected user."""

    client: ZendeskClient

    def list(self, *, limit: int = 30, cursor: str | None = None) -> Listing[View]:
        """Return up to ``limit`` (1..1000) views."""
        return collect(
            lambda size, after: self.client.views.page(size=size, cursor=after),
            limit=checks.limit(limit), cursor=cursor, scope=cursors.scope_of("views"),
        )  # fmt: skip

    def get(self, view_id: int) -> View:
        """Return one view. Raises ZendeskNotFound."""
        return self.client.views.get(checks.identifier(view_id, "view_id")).record
