"""Everything that can be done at the desk beside its core, gathered. Loaded when something of it is first asked for."""

from __future__ import annotations

from atom_zendesk_plugin.desk.operations import (
    account,
    agents,
    conversations,
    fields,
    objects,
    people,
    rules,
    tickets,
)
from atom_zendesk_plugin.desk.operations.operation import AnyDeskOperation

OPERATIONS: tuple[AnyDeskOperation, ...] = (
    *tickets.OPERATIONS,
    *conversations.OPERATIONS,
    *people.OPERATIONS,
    *rules.OPERATIONS,
    *fields.OPERATIONS,
    *agents.OPERATIONS,
    *objects.OPERATIONS,
    *account.OPERATIONS,
)
