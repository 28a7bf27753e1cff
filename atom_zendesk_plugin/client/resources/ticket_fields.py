"""The fields of tickets, users and organizations: what they are called, what they take, and the options of lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from atom_zendesk_plugin.client.pagination import Page
from atom_zendesk_plugin.client.resources.base import Fields, count_in
from atom_zendesk_plugin.client.resources.verbs import Editable, Nested, SlowMoving
from atom_zendesk_plugin.client.transport import Params
from atom_zendesk_plugin.records import FieldDefinition, Record

R = TypeVar("R", bound=Record)


class Options(Nested[Record]):
    """The options of one list field. A change of a field itself replaces all options, so single ones are better changed here."""

    root, single, kind, paged = "custom_field_options", "custom_field_option", Record, "number"

    def update(self, record_id: int | str, changes: Fields) -> Record:
        """Change an option: Zendesk takes the id in the body, and an unknown one for a new option."""
        return self.create({**changes, "id": record_id})


class _Reordered(Editable[FieldDefinition], SlowMoving[FieldDefinition]):
    def reorder(self, ids: Sequence[int]) -> None:
        """Put the fields into this order."""
        self._caller.request("PUT", self._path("reorder"), json={f"{self.single}_ids": [*ids]})


class TicketFields(_Reordered):
    """``/api/v2/ticket_fields``, system fields included."""

    root, single, kind = "ticket_fields", "ticket_field", FieldDefinition

    def show_many(self, *, ids: Sequence[int] = (), keys: Sequence[str] = ()) -> Page[FieldDefinition]:
        """Return fields by id or by key, up to 100."""
        params: Params = {"ids": ids, "keys": keys}
        return self._listing().read(self._caller.request("GET", self._path("show_many"), params=params))

    def count(self) -> int:
        """Return how many fields there are."""
        return count_in(self._caller.request("GET", self._path("count")))

    def options(self, field_id: int) -> Options:
        """Return the options of a list field."""
        return Options(self._caller, "ticket_fields", field_id, "options")


class UserFields(_Reordered):
    """``/api/v2/user_fields``."""

    root, single, kind = "user_fields", "user_field", FieldDefinition

    def show_many(self, keys: Sequence[str]) -> Page[FieldDefinition]:
        """Return fields by key, up to 100."""
        return self._listing().read(self._caller.request("GET", self._path("show_many"), params={"keys": keys}))

    def options(self, field_id: int) -> Options:
        """Return the options of a list field."""
        return Options(self._caller, "user_fields", field_id, "options")


class OrganizationFields(_Reordered):
    """``/api/v2/organization_fields``."""

    root, single, kind = "organization_fields", "organization_field", FieldDefinition
