"""Forms and custom statuses: which fields and which statuses a ticket can have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from atom_zendesk_plugin.client.pagination import Page, Reading
from atom_zendesk_plugin.client.resources.base import Fields, Key, numbered, page_in, path
from atom_zendesk_plugin.client.resources.verbs import Editable, SlowMoving
from atom_zendesk_plugin.records import CustomStatus, Record, TicketForm

_STATUSES = "ticket_form_statuses"


class TicketForms(Editable[TicketForm], SlowMoving[TicketForm]):
    """``/api/v2/ticket_forms``, on plans that have them."""

    root, single, kind = "ticket_forms", "ticket_form", TicketForm

    def show_many(self, ids: Iterable[int]) -> Page[TicketForm]:
        """Return the forms with these ids, any number of them, in this order; those Zendesk doesn't show are left out."""
        return self._show_many(ids, ())

    def clone(self, form_id: int) -> TicketForm:
        """Make a copy of a form and return it."""
        return self._read(self._caller.request("POST", self._path(form_id, "clone"), json={}))

    def reorder(self, ids: Sequence[int]) -> None:
        """Put the forms into this order."""
        self._caller.request("PUT", self._path("reorder"), json={"ticket_form_ids": [*ids]})

    def statuses(self, form_id: int) -> Reading[Record]:
        """Read which custom statuses a form offers."""
        return numbered(self._caller, self._path(form_id, _STATUSES), _STATUSES, Record).records(size=100)

    def add_statuses(self, form_id: int, rows: Sequence[Fields]) -> Page[Record]:
        """Offer more custom statuses on a form; each row names ``custom_status_id``."""
        where = self._path(form_id, _STATUSES)
        reply = self._caller.request("POST", where, json={"ticket_form_status": [dict(row) for row in rows]})
        return page_in(numbered(self._caller, where, _STATUSES, Record), reply)

    def remove_status(self, form_id: int, form_status_id: Key) -> None:
        """Stop offering a custom status on a form."""
        self._caller.request("DELETE", self._path(form_id, _STATUSES, form_status_id))


class CustomStatuses(Editable[CustomStatus], SlowMoving[CustomStatus]):
    """``/api/v2/custom_statuses``, all in one answer. Metrics go by ``status_category``, people see ``agent_label``."""

    root, single, kind, paged = "custom_statuses", "custom_status", CustomStatus, "number"

    def set_defaults(self, ids: Sequence[int]) -> None:
        """Make these the default statuses of their categories."""
        self._caller.request("PUT", path("custom_status", "default"), json={"ids": ",".join(map(str, ids))})
