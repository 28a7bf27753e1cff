"""Custom fields and custom statuses by the names people see: found, checked by type and made into ids before anything is sent.

What fields there are is remembered (``client.remembered``). A name or a choice that is not among them may have been made in Zendesk a
moment ago, so the list is asked for once more before a value is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from atom_zendesk_plugin.desk.field_names import FieldTable, likely, plain, shown, writable
from atom_zendesk_plugin.desk.field_values import MOST_SHOWN, checked
from atom_zendesk_plugin.desk.vocabulary import Kind
from atom_zendesk_plugin.errors import InvalidInput, ZendeskCallFailed, ZendeskInvalid

if TYPE_CHECKING:
    from atom_zendesk_plugin.client.api import ZendeskClient
    from atom_zendesk_plugin.client.resources.verbs import SlowMoving
    from atom_zendesk_plugin.records import FieldDefinition, StatusChoice

T = TypeVar("T")
Fields = dict[str, object]
Row = dict[str, object]

PATIENCE: Final = 3.0
"""Seconds that showing a ticket waits for the titles of its fields, which it can do without."""


class TicketFieldsRefused(ZendeskInvalid):
    """Zendesk refused the change because of fields of the ticket; those that are required must be filled before it is solved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomFields:
    """The custom fields of one caller's desk."""

    client: ZendeskClient

    def filled(self, fields: Mapping[str, object]) -> Fields:
        """Return what a ticket is sent, with custom fields and statuses by id; ``fields`` have been through ``ticket_fields``.

        Costs no call when the ticket fields are remembered, or when none is named. Raises InvalidInput; when the fields can't be read,
        what that raises, unless ids were given: those go to Zendesk as they are.
        """
        given, status = fields.get("custom_fields"), {"custom_status", "custom_status_id"} & fields.keys()
        if given is None and not status:
            return dict(fields)
        try:
            return self._read(self.client.ticket_fields, lambda table: _filled(fields, table))
        except ZendeskCallFailed:
            if "custom_status" in fields or (given is not None and not isinstance(given, list)):
                raise
            return dict(fields)

    def of_user(self, given: Mapping[str, object]) -> Fields:
        """Return custom fields of a user by key, as ``user_fields`` take them. Raises InvalidInput, and what reading the fields raises."""
        return self._read(self.client.user_fields, lambda table: _by_key(given, table))

    def of_organization(self, given: Mapping[str, object]) -> Fields:
        """Return custom fields of an organization by key, as ``organization_fields`` take them. Raises as ``of_user`` does."""
        return self._read(self.client.organization_fields, lambda table: _by_key(given, table))

    def of_kind(self, kind: Kind, fields: Mapping[str, object]) -> Fields:
        """Return what a record of a kind is sent, with the custom fields as Zendesk takes those of it. Raises as the others do."""
        if kind == "tickets":
            return self.filled(fields)
        given, rest = fields.get("custom_fields"), {name: value for name, value in fields.items() if name != "custom_fields"}
        if not isinstance(given, dict):
            return dict(fields)
        if kind == "users":
            return rest | {"user_fields": self.of_user(given)}
        return rest | {"organization_fields": self.of_organization(given)}

    def tickets(self, *, ask: bool = False) -> FieldTable:
        """Return the fields of tickets for showing: empty when they are not remembered, or when ``ask`` and reading them fails."""
        known = self.client.known(self.client.ticket_fields)
        if known is None and ask:
            deadline, now = self.client.deadline(), self.client.clock.monotonic()
            left = PATIENCE if deadline is None else min(PATIENCE, max(0.0, deadline - now))
            try:
                known = self.client.within(seconds=left, lane=self.client.lane).ticket_fields.all()
            except ZendeskCallFailed:
                known = None  # the ticket is shown all the same, its fields by id
        return FieldTable(known or ())

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Name the fields that Zendesk's refusal of a ticket is about: it tells ids only. Raises TicketFieldsRefused for those."""
        try:
            yield
        except ZendeskInvalid as error:
            if not error.ticket_field_ids:
                raise
            raise _refusal(error, self.tickets(ask=True)) from error

    def _read(self, family: SlowMoving[FieldDefinition], work: Callable[[FieldTable], T]) -> T:
        known = self.client.known(family)
        if known is not None:
            try:
                return work(FieldTable(known))
            except InvalidInput:
                return work(FieldTable(family.all(fresh=True)))
        return work(FieldTable(family.all()))


def _filled(fields: Mapping[str, object], table: FieldTable) -> Fields:
    rest: Fields = {name: value for name, value in fields.items() if name not in ("custom_fields", "custom_status")}
    given = fields.get("custom_fields")
    if isinstance(given, Mapping):
        rest["custom_fields"] = _by_id(given, table)
    elif isinstance(given, Sequence):
        rest["custom_fields"] = [_row(row, table, f"custom_fields[{place}]") for place, row in enumerate(given)]
    chosen = _status(fields, table.statuses)
    if chosen is not None:
        rest["custom_status_id"] = chosen.id
    return rest


def _row(row: Row, table: FieldTable, place: str) -> Row:
    definition = table.by_id.get(row["id"]) if isinstance(row["id"], int) else None
    if definition is None:
        return row
    return {"id": row["id"], "value": checked(writable(definition, f"{place}.id"), row["value"], f"{place}.value")}


def _by_id(given: Mapping[str, object], table: FieldTable) -> list[Row]:
    return [{"id": one.id, "value": value} for one, value in _named(given, table)]


def _by_key(given: Mapping[str, object], table: FieldTable) -> Fields:
    return {one.key: value for one, value in _named(given, table) if one.key is not None}


def _named(given: Mapping[str, object], table: FieldTable) -> Iterator[tuple[FieldDefinition, object]]:
    seen: dict[int | str, str] = {}
    for name, value in given.items():
        place = f"custom_fields.{shown(name)}"
        definition = table.named(name, place)
        if definition.id in seen:
            raise InvalidInput(f"{shown(name)} and {seen[definition.id]} are the same field: give it once.", field=place)
        seen[definition.id] = shown(name)
        yield definition, checked(definition, value, place)


def _status(fields: Mapping[str, object], statuses: Sequence[StatusChoice]) -> StatusChoice | None:
    """Return the custom status that was asked for, None when none was, or when only Zendesk can know its id."""
    number, label = fields.get("custom_status_id"), fields.get("custom_status")
    if number is not None and label is not None:
        raise InvalidInput("Give custom_status or custom_status_id, not both.", field="custom_status")
    active = [one for one in statuses if one.active is not False]
    if isinstance(label, str):
        chosen = _labelled(label, active)
    elif number is not None and statuses:
        found = [one for one in active if one.id == number]
        if not found:
            raise _no_status("There is no active custom status of this id", active, "custom_status_id")
        chosen = found[0]
    else:
        return None
    if "status" in fields and fields["status"] != chosen.status_category:
        raise InvalidInput(
            f"{chosen.agent_label} is a status of the category {chosen.status_category}: leave status out, or give that.", field="status"
        )
    return chosen


def _labelled(label: str, active: Sequence[StatusChoice]) -> StatusChoice:
    found = [one for one in active if plain(one.agent_label or "") == plain(label)]
    if not active:
        raise InvalidInput("This account has no custom statuses: use status.", field="custom_status")
    if not found:
        near = likely(label, [one.agent_label for one in active if one.agent_label])
        raise _no_status(f"There is no custom status called {shown(label)}", active, "custom_status", near)
    if len(found) > 1:
        ids = [one.id for one in found]
        raise InvalidInput(
            f"Several custom statuses are called {shown(label)}: give custom_status_id, one of {', '.join(map(str, ids))}.",
            field="custom_status", ids=ids,
        )  # fmt: skip
    return found[0]


def _no_status(
    problem: str, active: Sequence[StatusChoice], field: str, near: Sequence[str] = ()
) -> InvalidInput:
    accepted = [one.agent_label for one in active if one.agent_label][:MOST_SHOWN]
    return InvalidInput(
        f"{problem}: the account has {', '.join(accepted)}.", field=field, accepted=accepted, near=list(near) or None
    )


def _refusal(error: ZendeskInvalid, table: FieldTable) -> TicketFieldsRefused:
    titles = {number: found.title for number in error.ticket_field_ids if (found := table.by_id.get(number))}
    names = [titles.get(number) or f"field {number}" for number in error.ticket_field_ids]
    told = TicketFieldsRefused(
        f"Zendesk refused the change because of these fields: {', '.join(map(shown, names))}. A field that is required must be filled "
        "before the ticket is solved, and a value must be one the field takes.",
        method=error.method, endpoint=error.endpoint, status=error.status, zendesk_code=error.zendesk_code, request_id=error.request_id,
        fields=error.fields, upstream=error.upstream, ticket_field_ids=error.ticket_field_ids,
    )  # fmt: skip
    told.public["ticket_fields"] = [{"id": number, "title": titles.get(number)} for number in error.ticket_field_ids]
    return told
