"""Stored accounts, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from atom_zendesk_plugin.errors import ConfigError, NotFound
from atom_zendesk_plugin.keyring import Key, KeyRing, Unsealable
from atom_zendesk_plugin.store import accounts, creations, grants, states
from atom_zendesk_plugin.store.accounts import AccountRow, ensure_account, find_account
from atom_zendesk_plugin.store.database import Database
from atom_zendesk_plugin.store.tenancy import Tenancy
from tests.databases import cut_off

RING = KeyRing([Key("k1", b"1" * 32)])
OURS = Tenancy("default")
NOW = datetime(2026, 1, 5, 9, 0, 0, 123456, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def ensure(
    database: Database, *, tenant: str = "default", base_url: str = "https://acme.zendesk.com", now: datetime = NOW
) -> AccountRow:
    with database.unit(Tenancy(tenant)) as unit:
        return ensure_account(unit, subdomain="acme", base_url=base_url, now=now)


def test_nothing_is_found_before_it_is_stored(database: Database) -> None:
    with database.unit(OURS) as unit:
        assert find_account(unit, subdomain="acme") is None


def test_an_account_is_made_once_and_found_again(database: Database) -> None:
    made = ensure(database)
    assert (made.tenant_id, made.subdomain, made.base_url) == ("default", "acme", "https://acme.zendesk.com")
    assert (made.created_at, made.updated_at) == (NOW, NOW)
    assert ensure(database, now=LATER) == made
    with database.unit(OURS) as unit:
        assert find_account(unit, subdomain="acme") == made


def test_a_new_address_is_written_down_once(database: Database) -> None:
    made = ensure(database)
    moved = ensure(database, base_url="http://127.0.0.1:5001", now=LATER)
    assert moved.id == made.id
    assert (moved.created_at, moved.updated_at) == (NOW, LATER)
    assert ensure(database, base_url="http://127.0.0.1:5001", now=NOW) == moved


@pytest.mark.parametrize("address", ["http://127.0.0.1:666", "https://evil.zendesk.com", "https://evil.example", ""])
def test_the_name_tells_where_an_account_lives_whatever_was_written_beside_it(database: Database, address: str) -> None:
    made = save(database)
    change(database, "base_url", address)
    with database.unit(OURS) as unit:
        (listed,) = accounts.list_accounts(unit)
        found = (find_account(unit, subdomain="acme"), accounts.get_account(unit, account_id=made.id), listed)
    assert {row.base_url for row in found if row is not None} == {"https://acme.zendesk.com"}


@pytest.mark.parametrize(
    ("name", "address"),
    [("acme", "https://acme.zendesk.com"), ("127.0.0.1:5001", "http://127.0.0.1:5001"), ("localhost:80", "http://localhost:80"),
     ("[::1]:5001", "http://[::1]:5001"), ("127.0.0.1", "http://127.0.0.1")],
)  # fmt: skip
def test_a_name_is_an_address(name: str, address: str) -> None:
    assert accounts.address_of(name) == address


@pytest.mark.parametrize(
    "name", ["evil.example", "evil.example:80", "127.0.0.1:5001@evil", "127.0.0.1:5001/x", "127.0.0.1:", "acme#", "a.b", "", "acme\n",
             "127.0.0.1:5001\n", "10.0.0.1:80", "127.0.0.1:\u0661"],
)  # fmt: skip
def test_a_row_whose_name_is_neither_is_refused(database: Database, name: str) -> None:
    made = save(database)
    change(database, "subdomain", name)
    with database.unit(OURS) as unit, pytest.raises(ConfigError, match="no subdomain"):
        accounts.get_account(unit, account_id=made.id)


def change(database: Database, column: str, value: str) -> None:
    with database.operator_unit() as operator:
        operator.session.execute(text(f"UPDATE zendesk_accounts SET {column} = :value"), {"value": value})


def test_two_tenants_have_accounts_of_their_own(database: Database) -> None:
    assert ensure(database).id != ensure(database, tenant="other").id
    with database.unit(Tenancy("third")) as unit:
        assert find_account(unit, subdomain="acme") is None


def test_what_is_not_committed_is_not_there(database: Database) -> None:
    try:
        with database.unit(OURS) as unit:
            ensure_account(unit, subdomain="acme", base_url="https://acme.zendesk.com", now=NOW)
            raise InterruptedError
    except InterruptedError:
        pass
    with database.unit(OURS) as unit:
        assert find_account(unit, subdomain="acme") is None


def test_many_at_once_make_one(database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda number: ensure(database, now=NOW + timedelta(seconds=number)), range(16)))
    assert {account.id for account in made} == {made[0].id}


def save(
    database: Database,
    *,
    tenancy: Tenancy = OURS,
    name: str = "acme",
    secret: str | None = "client-s3cret",
    default: bool = False,
    now: datetime = NOW,
) -> AccountRow:
    with database.unit(tenancy) as unit:
        return accounts.save_account(
            unit, subdomain=name, base_url=f"https://{name}.zendesk.com", client_id="atom",
            client_kind="public" if secret is None else "confidential", client_secret=secret,
            service_kind="none" if secret is None else "client_credentials", is_default=default, keys=RING, now=now,
        )  # fmt: skip


def secrets(database: Database, account: int, *, tenancy: Tenancy = OURS) -> accounts.AccountSecrets:
    with database.unit(tenancy) as unit:
        return accounts.account_secrets(unit, account_id=account, keys=RING)


def test_an_entered_account_keeps_its_secrets_sealed(database: Database) -> None:
    saved = save(database)
    assert (saved.stored, saved.client_kind, saved.service_kind, saved.key_id) == (True, "confidential", "client_credentials", "k1")
    opened = secrets(database, saved.id)
    assert opened.client_secret == "client-s3cret"
    with database.operator_unit() as operator:
        stored = repr(tuple(operator.session.execute(text("SELECT * FROM zendesk_accounts")).one()))
    assert "client-s3cret" not in stored
    assert "client-s3cret" not in f"{opened!r} {saved!r}"


def test_an_account_entered_again_loses_what_is_not_given(database: Database) -> None:
    first = save(database)
    with database.unit(OURS) as unit:
        accounts.touch_service(unit, account_id=first.id, now=LATER)
        used = accounts.get_account(unit, account_id=first.id)
    assert (used.service_used_at, used.updated_at) == (LATER, LATER)
    again = save(database, secret=None, now=LATER)
    assert (again.id, again.generation, again.created_at) == (first.id, first.generation + 1, NOW)
    assert (again.key_id, again.client_kind, again.service_used_at) == (None, "public", None)
    assert secrets(database, again.id) == accounts.AccountSecrets(client_secret=None)


def test_an_account_of_the_settings_becomes_an_entered_one(database: Database) -> None:
    made = ensure(database)
    assert (made.stored, made.service_kind, made.generation) == (False, "none", 0)
    entered = save(database)
    assert (entered.id, entered.stored) == (made.id, True)
    assert ensure(database).stored


def test_one_account_is_the_default_and_comes_first(database: Database) -> None:
    save(database, name="acme", default=True)
    save(database, name="beta", default=True)
    save(database, name="alpha")
    save(database, name="theirs", tenancy=Tenancy("other"), default=True)
    with database.unit(OURS) as unit:
        listed = accounts.list_accounts(unit)
    assert [(row.subdomain, row.is_default) for row in listed] == [("beta", True), ("acme", False), ("alpha", False)]
    with database.unit(Tenancy("other")) as unit:
        assert accounts.list_accounts(unit)[0].is_default


def test_another_tenant_finds_opens_changes_and_removes_nothing(database: Database) -> None:
    mine, theirs = save(database), Tenancy("other")
    with database.unit(theirs) as unit:
        assert accounts.find_account_by_id(unit, account_id=mine.id) is None
        accounts.touch_service(unit, account_id=mine.id, now=LATER)
        for use in (
            lambda: accounts.get_account(unit, account_id=mine.id),
            lambda: accounts.account_secrets(unit, account_id=mine.id, keys=RING),
            lambda: accounts.remove_account(unit, account_id=mine.id),
        ):
            with pytest.raises(NotFound, match="removed meanwhile"):
                use()
    with database.unit(OURS) as unit:
        assert accounts.find_account_by_id(unit, account_id=mine.id) == mine


@pytest.mark.parametrize(
    "move",
    [
        "UPDATE zendesk_accounts SET client_secret = (SELECT client_secret FROM zendesk_accounts WHERE subdomain = 'beta')"
        " WHERE subdomain = 'acme'",
        "UPDATE zendesk_accounts SET tenant_id = 'other'",
    ],
)
def test_a_secret_that_was_moved_does_not_open(database: Database, move: str) -> None:
    mine = save(database)
    save(database, name="beta")
    with database.operator_unit() as operator:
        operator.session.execute(text(move))
    with pytest.raises(Unsealable):
        secrets(database, mine.id, tenancy=Tenancy("other") if "tenant_id" in move else OURS)


GRANT = grants.NewGrant(
    client_id="atom", zendesk_user_id=7, zendesk_role="agent", name=None, email=None, scopes=("read",), asked_scopes=("read",),
    pair=grants.TokenPair(
        access_token="a", refresh_token=None, access_expires_at=None, refresh_expires_at=None, scopes=("read",)
    ),
)  # fmt: skip


def connect(database: Database, account: int, user: str) -> None:
    with database.unit(Tenancy("default", user)) as unit:
        grants.save_grant(unit, account_id=account, grant=GRANT, keys=RING, now=NOW)
        creations.begin(
            unit, account_id=account, client_key=None, zendesk_key=f"{account}-{user}", fingerprint="f" * 64, now=NOW
        )
        states.issue(
            unit, state=f"{account}-{user}", account_id=account, browser="b", code_verifier="v", redirect_uri="r", scopes=(),
            via="bearer", client_id="atom", keys=RING, now=NOW, expires_at=LATER,
        )  # fmt: skip


def left(database: Database) -> dict[str, int]:
    with database.operator_unit() as operator:
        return {
            table: operator.session.execute(text(f"SELECT count(*) FROM zendesk_{table}")).scalar_one()
            for table in ("accounts", "grants", "ticket_creations", "oauth_states")
        }


def test_an_account_goes_with_everybodys_connections_to_it_and_no_other(database: Database) -> None:
    gone, kept = save(database), save(database, name="beta")
    for user in ("u1", "u2", "u3"):
        connect(database, gone.id, user)
    connect(database, kept.id, "u1")
    with database.unit(OURS) as unit:
        assert accounts.remove_account(unit, account_id=gone.id) == 3
        # The unit is the tenant's again afterwards.
        assert [row.id for row in accounts.list_accounts(unit)] == [kept.id]
        if database.dialect == "postgresql":
            assert unit.session.execute(text("SELECT count(*) FROM zendesk_grants")).scalar_one() == 0
            assert unit.session.execute(text("SELECT current_user")).scalar_one() == "zendesk_app"
    assert left(database) == {"accounts": 1, "grants": 1, "ticket_creations": 1, "oauth_states": 1}


def test_a_removal_that_fails_removes_nothing(database: Database) -> None:
    gone = save(database)
    connect(database, gone.id, "u1")
    assert cut_off(database, OURS, lambda unit: accounts.remove_account(unit, account_id=gone.id)) == 1
    assert left(database) == {"accounts": 1, "grants": 1, "ticket_creations": 1, "oauth_states": 1}
