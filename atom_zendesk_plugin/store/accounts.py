"""Which Zendesk accounts a tenant uses. Functions work in the caller's session and never commit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from atom_zendesk_plugin.store.models import Account
from atom_zendesk_plugin.store.statements import insert_into


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """A stored account; moments are aware, in UTC."""

    id: int
    tenant_id: str
    subdomain: str
    base_url: str
    created_at: datetime
    updated_at: datetime


def find_account(session: Session, *, tenant_id: str, subdomain: str) -> AccountRow | None:
    """Return the tenant's account of that subdomain, None when there is none."""
    query = select(Account).where(Account.tenant_id == tenant_id, Account.subdomain == subdomain)
    found = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    return None if found is None else _row(found)


def ensure_account(session: Session, *, tenant_id: str, subdomain: str, base_url: str, now: datetime) -> AccountRow:
    """Return the account, made when there is none and given the new ``base_url`` when that has changed; else nothing is written."""
    found = find_account(session, tenant_id=tenant_id, subdomain=subdomain)
    if found is not None and found.base_url == base_url:
        return found
    insert = insert_into(Account, on=session).values(
        tenant_id=tenant_id, subdomain=subdomain, base_url=base_url, created_at=now, updated_at=now
    )
    # Two processes may come here at once: the later one finds the row of the earlier.
    session.execute(
        insert.on_conflict_do_update(
            index_elements=["tenant_id", "subdomain"],
            set_={"base_url": insert.excluded.base_url, "updated_at": insert.excluded.updated_at},
            where=Account.base_url != insert.excluded.base_url,
        )
    )
    made = find_account(session, tenant_id=tenant_id, subdomain=subdomain)
    assert made is not None
    return made


def _row(found: Account) -> AccountRow:
    return AccountRow(
        id=found.id,
        tenant_id=found.tenant_id,
        subdomain=found.subdomain,
        base_url=found.base_url,
        created_at=found.created_at,
        updated_at=found.updated_at,
    )
