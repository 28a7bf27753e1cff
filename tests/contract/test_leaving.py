"""Grants and sign-ins that go while somebody else works with them: by their generation, or with their account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from atom_zendesk_plugin.errors import NotFound
from atom_zendesk_plugin.keyring import Key, KeyRing
from atom_zendesk_plugin.store import accounts, creations, grants, states
from atom_zendesk_plugin.store.database import Database
from atom_zendesk_plugin.store.grants import GrantRow, NewGrant, TokenPair
from atom_zendesk_plugin.store.tenancy import Tenancy

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)
RING = KeyRing([Key("k1", b"1" * 32)])
OURS = Tenancy("default", "u1")
PAIR = TokenPair(access_token="access-1", refresh_token=None, access_expires_at=None, refresh_expires_at=None, scopes=("read",))
GRANT = NewGrant(
    client_id="atom", zendesk_user_id=7, zendesk_role="agent", name=None, email=None, scopes=("read",), asked_scopes=("read",),
    pair=PAIR,
)  # fmt: skip


def ensured(database: Database) -> int:
    with database.unit(Tenancy("default")) as unit:
        return accounts.ensure_account(unit, subdomain="acme", base_url="https://acme.zendesk.com", now=NOW).id


@pytest.fixture
def account(database: Database) -> int:
    return ensured(database)


def save(database: Database, account: int, *, tenancy: Tenancy = OURS, access_token: str = "access-1") -> GrantRow:
    grant = replace(GRANT, pair=replace(PAIR, access_token=access_token))
    with database.unit(tenancy) as unit:
        return grants.save_grant(unit, account_id=account, grant=grant, keys=RING, now=NOW)


def test_erasing_a_generation_leaves_a_newer_grant_and_its_sign_ins(database: Database, account: int) -> None:
    first = save(database, account)
    begin_sign_in(database, account)
    newer = save(database, account, access_token="access-5")
    with database.unit(OURS) as unit:
        assert grants.erase_grant(unit, account_id=account, generation=first.generation) == 0
        kept = grants.find_grant(unit, account_id=account, keys=RING)
        assert kept is not None
        assert kept.access_token == "access-5"
        assert grants.erase_grant(unit, account_id=account, generation=newer.generation) == 2
        assert grants.erase_grant(unit, account_id=account, generation=newer.generation) == 0


def begin_sign_in(database: Database, account: int) -> None:
    with database.unit(OURS) as unit:
        states.issue(
            unit, state="s", account_id=account, browser="b", code_verifier="v", redirect_uri="r", scopes=(), via="cookie",
            client_id="atom", keys=RING, now=NOW, expires_at=LATER,
        )  # fmt: skip


def test_how_a_grant_stands_is_told_without_a_key(database: Database, account: int) -> None:
    with database.unit(OURS) as unit:
        assert grants.find_state(unit, account_id=account) is None
    saved = save(database, account)
    save(database, account, tenancy=Tenancy("default", "u2"))
    with database.reading(OURS) as unit:
        assert [grants.find_state(unit, account_id=account)] == list(grants.list_grants(unit))
        assert grants.find_state(unit, account_id=account + 1) is None
        found = grants.find_state(unit, account_id=account)
    assert found is not None
    assert (found.id, found.generation) == (saved.id, saved.generation)
    assert not hasattr(found, "access_token")


def create(database: Database, account: int) -> None:
    with database.unit(OURS) as unit:
        creations.begin(unit, account_id=account, client_key="c", zendesk_key="z", fingerprint="f", now=NOW)


@pytest.mark.parametrize(
    ("write", "table"),
    [(save, "zendesk_grants"), (begin_sign_in, "zendesk_oauth_states"), (create, "zendesk_ticket_creations")],
)
def test_an_account_removed_between_two_statements_is_told_as_removed(
    postgres_database: Database, write: Callable[[Database, int], object], table: str
) -> None:
    """On SQLite nobody removes anything while another one writes."""
    account = ensured(postgres_database)
    database, removed = postgres_database, list[int]()

    @event.listens_for(database.engine, "before_cursor_execute")
    def remove_first(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(f"INSERT INTO {table} ") and not removed:
            removed.append(account)
            with database.unit(Tenancy("default")) as unit:
                accounts.remove_account(unit, account_id=account)

    with pytest.raises(NotFound, match="removed meanwhile"):
        write(database, account)
    assert removed == [account]
