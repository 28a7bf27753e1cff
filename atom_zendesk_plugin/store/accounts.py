"""Which Zendesk accounts a tenant uses, and the credentials kept for them. Functions work in the caller's unit and never commit.

A secret is sealed for its tenant, subdomain and column; ``account_secrets`` alone opens one. Where an account lives is told by its
subdomain, never by a column beside it: whoever could write that would be sent the secrets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, cast

from sqlalchemy import ColumnElement, and_, delete, func, select, update

from atom_zendesk_plugin.config import SUBDOMAIN
from atom_zendesk_plugin.errors import ConfigError
from atom_zendesk_plugin.keyring import KeyRing
from atom_zendesk_plugin.store.failures import account_removed
from atom_zendesk_plugin.store.models import Account, BulkChunk, BulkItem, BulkRun, Grant, OAuthState, TicketCreation
from atom_zendesk_plugin.store.statements import insert_into
from atom_zendesk_plugin.store.tenancy import Unit, as_operator

ClientKind = Literal["public", "confidential"]
ServiceKind = Literal["none", "client_credentials"]

SEALED = ("client_secret",)
"""The columns that hold sealed text."""

_THIS_MACHINE = re.compile(r"(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """A stored account, without its secrets; moments are aware, in UTC.

    ``stored``: a person entered it here; otherwise it comes from the settings. ``service_used_at``: when the service account last
    worked with its stored credentials. ``key_id``: the key its secrets are sealed with, None when it has none.
    """

    id: int
    tenant_id: str
    subdomain: str
    base_url: str
    client_id: str | None
    client_kind: ClientKind | None
    service_kind: ServiceKind
    service_used_at: datetime | None
    is_default: bool
    stored: bool
    key_id: str | None
    generation: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSecrets:
    """What an account's calls are signed with, opened; None for what it does not have."""

    client_secret: str | None = field(repr=False)


def find_account(unit: Unit, *, subdomain: str) -> AccountRow | None:
    """Return the tenant's account of that subdomain, None when there is none."""
    found = _one(unit, Account.subdomain == subdomain)
    return None if found is None else _row(found)


def find_account_by_id(unit: Unit, *, account_id: int) -> AccountRow | None:
    """Return the tenant's account of that id, None when there is none or it is another tenant's."""
    found = _one(unit, Account.id == account_id)
    return None if found is None else _row(found)


def get_account(unit: Unit, *, account_id: int) -> AccountRow:
    """Return the tenant's account of that id; raises NotFound when there is none or it is another tenant's."""
    found = find_account_by_id(unit, account_id=account_id)
    if found is None:
        raise account_removed()
    return found


def list_accounts(unit: Unit) -> tuple[AccountRow, ...]:
    """Return the tenant's accounts: the default one first, then the older before the newer."""
    query = select(Account).where(_own(unit)).order_by(Account.is_default.desc(), Account.id)
    return tuple(map(_row, unit.session.scalars(query.execution_options(populate_existing=True))))


def ensure_account(unit: Unit, *, subdomain: str, base_url: str, now: datetime) -> AccountRow:
    """Return the account, made when there is none; a ``base_url`` that has changed is written down, else nothing is."""
    found = _one(unit, Account.subdomain == subdomain)
    if found is not None and found.base_url == base_url:
        return _row(found)
    insert = insert_into(Account, on=unit.session).values(
        tenant_id=unit.tenancy.tenant, subdomain=subdomain, base_url=base_url, created_at=now, updated_at=now
    )
    # Two processes may come here at once: the later one finds the row of the earlier.
    unit.session.execute(
        insert.on_conflict_do_update(
            index_elements=["tenant_id", "subdomain"],
            set_={"base_url": insert.excluded.base_url, "updated_at": insert.excluded.updated_at},
            where=Account.base_url != insert.excluded.base_url,
        )
    )
    made = find_account(unit, subdomain=subdomain)
    assert made is not None
    return made


def save_account(
    unit: Unit,
    *,
    subdomain: str,
    base_url: str,
    client_id: str | None,
    client_kind: ClientKind | None,
    client_secret: str | None,
    service_kind: ServiceKind,
    is_default: bool,
    keys: KeyRing,
    now: datetime,
) -> AccountRow:
    """Store an account that a person entered, or replace all of what it had but its id: a secret that is None is gone.

    Being the default is taken from the tenant's other accounts.
    """
    secrets = {"client_secret": client_secret}
    values: dict[str, object] = {
        "base_url": base_url,
        "client_id": client_id,
        "client_kind": client_kind,
        "service_kind": service_kind,
        "service_used_at": None,
        "is_default": is_default,
        "stored": True,
        "updated_at": now,
        **sealed_values(secrets, keys, unit.tenancy.tenant, subdomain),
    }
    if is_default:
        others = and_(_own(unit), Account.is_default.is_(True), Account.subdomain != subdomain)
        _update(unit, others, is_default=False, updated_at=now)
    insert = insert_into(Account, on=unit.session).values(
        tenant_id=unit.tenancy.tenant, subdomain=subdomain, created_at=now, generation=1, **values
    )
    replaced = {**values, "generation": Account.generation + 1}
    unit.session.execute(insert.on_conflict_do_update(index_elements=["tenant_id", "subdomain"], set_=replaced))
    saved = find_account(unit, subdomain=subdomain)
    assert saved is not None
    return saved


def remove_account(unit: Unit, *, account_id: int) -> int:
    """Remove the tenant's account with everything that hangs on it, and return how many people's grants went with it.

    Raises NotFound when the tenant has no such account.
    """
    get_account(unit, account_id=account_id)
    # The rows of other people are what no unit of a person sees; removing the account ends them all the same.
    with as_operator(unit) as operator:
        session, tenant = operator.session, unit.tenancy.tenant
        grants = and_(Grant.tenant_id == tenant, Grant.account_id == account_id)
        session.execute(delete(OAuthState).where(OAuthState.tenant_id == tenant, OAuthState.account_id == account_id))
        session.execute(
            delete(TicketCreation).where(TicketCreation.tenant_id == tenant, TicketCreation.account_id == account_id)
        )
        for model in (BulkItem, BulkChunk, BulkRun):
            session.execute(delete(model).where(model.tenant_id == tenant, model.account_id == account_id))
        removed = session.scalar(select(func.count()).select_from(Grant).where(grants)) or 0
        session.execute(delete(Grant).where(grants))
        session.execute(delete(Account).where(Account.tenant_id == tenant, Account.id == account_id))
    return removed


def touch_service(unit: Unit, *, account_id: int, now: datetime) -> None:
    """Write down that the service account's stored credentials were used."""
    _update(unit, and_(_own(unit), Account.id == account_id), service_used_at=now, updated_at=now)


def account_secrets(unit: Unit, *, account_id: int, keys: KeyRing) -> AccountSecrets:
    """Open an account's secrets. Raises NotFound when the tenant has no such account, and Unsealable."""
    found = _one(unit, Account.id == account_id)
    if found is None:
        raise account_removed()
    return AccountSecrets(**opened(found, keys))


def address_of(subdomain: str) -> str:
    """Return where an account lives: at Zendesk, or on this machine when its name is host and port. ConfigError for any other name."""
    if SUBDOMAIN.fullmatch(subdomain):
        return f"https://{subdomain}.zendesk.com"
    if _THIS_MACHINE.fullmatch(subdomain):
        return f"http://{subdomain}"
    raise ConfigError(
        "A stored Zendesk account has a name that is no subdomain: it was changed in the database. Restore the row, or delete it."
    )


def about(tenant_id: str, subdomain: str, column: str) -> tuple[str, ...]:
    """Name the place a secret is sealed for."""
    return "zendesk_accounts", column, tenant_id, subdomain


def opened(account: Account, keys: KeyRing) -> dict[str, str | None]:
    """Open the sealed columns of a row; raises Unsealable."""
    sealed: dict[str, str | None] = {column: getattr(account, column) for column in SEALED}
    return {
        column: None if text is None else keys.open(text, about=about(account.tenant_id, account.subdomain, column))
        for column, text in sealed.items()
    }


def sealed_values(texts: dict[str, str | None], keys: KeyRing, tenant_id: str, subdomain: str) -> dict[str, str | None]:
    """Seal texts for their columns, and name the key they are sealed with; None when there is nothing to seal."""
    sealed: dict[str, str | None] = {
        column: None if text is None else keys.seal(text, about=about(tenant_id, subdomain, column))
        for column, text in texts.items()
    }
    return {**sealed, "key_id": keys.writing_id if any(sealed.values()) else None}


def _own(unit: Unit) -> ColumnElement[bool]:
    return Account.tenant_id == unit.tenancy.tenant


def _one(unit: Unit, condition: ColumnElement[bool]) -> Account | None:
    query = select(Account).where(_own(unit), condition)
    return unit.session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def _update(unit: Unit, condition: ColumnElement[bool], **values: object) -> None:
    unit.session.execute(
        update(Account).where(condition).values(**values).execution_options(synchronize_session=False)
    )


def _row(found: Account) -> AccountRow:
    return AccountRow(
        id=found.id,
        tenant_id=found.tenant_id,
        subdomain=found.subdomain,
        base_url=address_of(found.subdomain),
        client_id=found.client_id,
        client_kind=cast("ClientKind | None", found.client_kind),  # the table's check constraints have the same words
        service_kind=cast(ServiceKind, found.service_kind),
        service_used_at=found.service_used_at,
        is_default=found.is_default,
        stored=found.stored,
        key_id=found.key_id,
        generation=found.generation,
        created_at=found.created_at,
        updated_at=found.updated_at,
    )
