"""Everything that can be done at the desk beside its core, gathered by name. Loaded when something of it is first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

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
from atom_zendesk_plugin.errors import InvalidInput

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

BY_NAME: Mapping[str, AnyDeskOperation] = {operation.name: operation for operation in OPERATIONS}


def find_operation(name: str) -> AnyDeskOperation:
    """Return the operation of this name. Raises InvalidInput that names near ones."""
    found = BY_NAME.get(name)
    if found is None:
        near = get_close_matches(name, BY_NAME, n=5)
        raise InvalidInput("There is no operation of this name.", field="name", near=near or None)
    return found
