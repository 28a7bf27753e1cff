"""The custom fields of a ticket as people read them: by title, with the name of what was chosen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from atom_zendesk_plugin.desk.field_names import FieldTable, plain
from atom_zendesk_plugin.desk.field_values import label
from atom_zendesk_plugin.records import CustomField, StatusChoice, Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldValue:
    """A custom field of a ticket. ``title`` and ``type`` are None when the field is not known here.

    ``label`` is what people see for the value of a list field (a tuple for one with several), None for all others.
    """

    id: int
    title: str | None
    type: str | None
    value: object
    label: str | tuple[str, ...] | None


class FieldValues(Mapping[str, FieldValue]):
    """A ticket's custom fields by title, in Zendesk's order; reading by title disregards case, and an id as text works too.

    A field without a known title is listed by its id, one that shares its title with another as ``title (id)``.
    """

    def __init__(self, ticket: Ticket, table: FieldTable) -> None:
        values = [_value(item, table) for item in ticket.custom_fields or ()]
        titles = [plain(value.title) for value in values if value.title]
        self._named = {_name(value, titles): value for value in values}
        self._found = {plain(name): value for name, value in self._named.items()}
        self._found |= {str(value.id): value for value in values if str(value.id) not in self._found}

    def __getitem__(self, name: str) -> FieldValue:
        return self._found[plain(name)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._named)

    def __len__(self) -> int:
        return len(self._named)

    def __repr__(self) -> str:
        return f"FieldValues({list(self._named)})"


def status_of(ticket: Ticket, table: FieldTable) -> StatusChoice | None:
    """Return the custom status of a ticket; None when the account has none, or when it is not known here."""
    return next((one for one in table.statuses if one.id == ticket.custom_status_id), None)


def _value(item: CustomField, table: FieldTable) -> FieldValue:
    known = table.by_id.get(item.id)
    if known is None:
        return FieldValue(id=item.id, title=None, type=None, value=item.value, label=None)
    return FieldValue(
        id=item.id, title=known.title, type=known.type, value=item.value, label=label(known, item.value)
    )


def _name(value: FieldValue, titles: list[str]) -> str:
    if not value.title:
        return str(value.id)
    return value.title if titles.count(plain(value.title)) == 1 else f"{value.title} ({value.id})"
