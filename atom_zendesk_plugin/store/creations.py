"""The record of ticket creations, written before Zendesk is asked: a repeat finds the key of the first try, also after a restart.

Functions work in the caller's unit, for its user, and never commit: commit ``begin`` before the call goes out. Zendesk remembers a key for
two hours after ``created_at``; repeating an ``unknown`` one later is the caller's decision.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from sqlalchemy import ColumnElement, and_, select, update

from atom_zendesk_plugin.errors import InvalidInput
from atom_zendesk_plugin.store.failures import account_kept
from atom_zendesk_plugin.store.models import TicketCreation
from atom_zendesk_plugin.store.statements import affected, insert_into
from atom_zendesk_plugin.store.tenancy import Unit

CreationState = Literal["pending", "done", "failed", "unknown"]
LONGEST_KEY = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """One wish to create a ticket. ``ticket_id`` is set once it is ``done``; moments are aware, in UTC."""

    client_key: str | None
    zendesk_key: str
    fingerprint: str
    state: CreationState
    ticket_id: int | None
    created_at: datetime
    updated_at: datetime


def fingerprint(fields: Mapping[str, object]) -> str:
    """Return the SHA-256 of the fields, the same for every order of keys. Values are JSON's; NaN and others are ``ValueError``."""
    try:
        canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except TypeError as error:
        raise ValueError("a fingerprint is made of JSON values only") from error
    return hashlib.sha256(canonical.encode()).hexdigest()


def begin(
    unit: Unit,
    *,
    account_id: int,
    client_key: str | None,
    zendesk_key: str,
    fingerprint: str,
    now: datetime,
) -> Creation:
    """Record a pending creation, or return the one this user already has under ``client_key``, unchanged.

    Whether that one has the same ``fingerprint`` is for the caller to compare. ``client_key`` None is always a new creation.
    Two simultaneous calls get the same one. Raises NotFound when the account is there no more.
    """
    if client_key is not None and not (0 < len(client_key) <= LONGEST_KEY and client_key.isprintable()):
        raise InvalidInput(f"An idempotency key has 1 to {LONGEST_KEY} printable characters.", field="idempotency_key")
    insert = insert_into(TicketCreation, on=unit.session).values(
        tenant_id=unit.tenancy.tenant,
        account_id=account_id,
        user_id=unit.tenancy.user,
        client_key=client_key,
        zendesk_key=zendesk_key,
        fingerprint=fingerprint,
        state="pending",
        created_at=now,
        updated_at=now,
    )
    with account_kept():
        unit.session.execute(insert.on_conflict_do_nothing(index_elements=["account_id", "user_id", "client_key"]))
    if client_key is None:
        return get_by_zendesk_key(unit, account_id=account_id, zendesk_key=zendesk_key)
    found = find_by_client_key(unit, account_id=account_id, client_key=client_key)
    assert found is not None
    return found


def finish(
    unit: Unit,
    *,
    account_id: int,
    zendesk_key: str,
    state: CreationState,
    ticket_id: int | None = None,
    now: datetime,
) -> Creation:
    """Write down how a creation ended and return it. ``done`` needs a ``ticket_id`` and is final: nothing replaces it.

    Raises ``LookupError`` when nothing was begun under that key.
    """
    if (state == "done") != (ticket_id is not None):
        raise ValueError("a ticket_id belongs to state done, and to no other")
    begun = and_(TicketCreation.account_id == account_id, TicketCreation.zendesk_key == zendesk_key)
    affected(
        unit.session,
        update(TicketCreation)
        .where(_own(unit), begun, TicketCreation.state != "done")
        .values(state=state, ticket_id=ticket_id, updated_at=now),
    )
    return get_by_zendesk_key(unit, account_id=account_id, zendesk_key=zendesk_key)


def find_by_client_key(unit: Unit, *, account_id: int, client_key: str) -> Creation | None:
    """Return what the user began under a key of their own, None when there is nothing."""
    return _one(unit, TicketCreation.account_id == account_id, TicketCreation.client_key == client_key)


def get_by_zendesk_key(unit: Unit, *, account_id: int, zendesk_key: str) -> Creation:
    """Return what the user began under the key sent to Zendesk; ``LookupError`` when there is nothing."""
    found = _one(unit, TicketCreation.account_id == account_id, TicketCreation.zendesk_key == zendesk_key)
    if found is None:
        raise LookupError("no creation was begun under this key: call begin first, and commit it")
    return found


def _own(unit: Unit) -> ColumnElement[bool]:
    return and_(TicketCreation.tenant_id == unit.tenancy.tenant, TicketCreation.user_id == unit.tenancy.user)


def _one(unit: Unit, *conditions: ColumnElement[bool]) -> Creation | None:
    query = select(TicketCreation).where(_own(unit), *conditions).execution_options(populate_existing=True)
    found = unit.session.scalars(query).one_or_none()
    if found is None:
        return None
    return Creation(
        client_key=found.client_key,
        zendesk_key=found.zendesk_key,
        fingerprint=found.fingerprint,
        state=cast(CreationState, found.state),  # the table's check constraint has the same four
        ticket_id=found.ticket_id,
        created_at=found.created_at,
        updated_at=found.updated_at,
    )
