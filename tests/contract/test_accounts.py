"""Stored accounts, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from atom_zendesk_plugin.store.accounts import AccountRow, ensure_account, find_account
from atom_zendesk_plugin.store.database import Database

NOW = datetime(2026, 1, 5, 9, 0, 0, 123456, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def ensure(
    database: Database, *, tenant: str = "default", base_url: str = "https://acme.zendesk.com", now: datetime = NOW
) -> AccountRow:
    with database.unit() as session:
        return ensure_account(session, tenant_id=tenant, subdomain="acme", base_url=base_url, now=now)


def test_nothing_is_found_before_it_is_stored(database: Database) -> None:
    with database.unit() as session:
        assert find_account(session, tenant_id="default", subdomain="acme") is None


def test_an_account_is_made_once_and_found_again(database: Database) -> None:
    made = ensure(database)
    assert (made.tenant_id, made.subdomain, made.base_url) == ("default", "acme", "https://acme.zendesk.com")
    assert (made.created_at, made.updated_at) == (NOW, NOW)
    assert ensure(database, now=LATER) == made
    with database.unit() as session:
        assert find_account(session, tenant_id="default", subdomain="acme") == made


def test_a_new_address_is_taken_over(database: Database) -> None:
    made = ensure(database)
    moved = ensure(database, base_url="http://127.0.0.1:5001", now=LATER)
    assert moved.id == made.id
    assert moved.base_url == "http://127.0.0.1:5001"
    assert (moved.created_at, moved.updated_at) == (NOW, LATER)


def test_two_tenants_have_accounts_of_their_own(database: Database) -> None:
    assert ensure(database).id != ensure(database, tenant="other").id
    with database.unit() as session:
        assert find_account(session, tenant_id="third", subdomain="acme") is None


def test_what_is_not_committed_is_not_there(database: Database) -> None:
    try:
        with database.unit() as session:
            ensure_account(session, tenant_id="default", subdomain="acme", base_url="https://acme.zendesk.com", now=NOW)
            raise InterruptedError
    except InterruptedError:
        pass
    with database.unit() as session:
        assert find_account(session, tenant_id="default", subdomain="acme") is None


def test_many_at_once_make_one(database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda number: ensure(database, now=NOW + timedelta(seconds=number)), range(16)))
    assert {account.id for account in made} == {made[0].id}
