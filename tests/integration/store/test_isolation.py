"""Row-level security on PostgreSQL, tried by raw SQL: one person's transaction reaches nobody else's rows, whatever it asks.

What it can learn all the same: that a state's hash or an account's id is taken, from a violated constraint; hashes cannot be guessed,
and account ids are no secret.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import CursorResult, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.errors import ConfigError, ZendeskPluginError
from atom_zendesk_plugin.keyring import Key, KeyRing
from atom_zendesk_plugin.store import accounts, creations, grants, migrate, states, writes
from atom_zendesk_plugin.store.database import Database, adopt_engine, open_database
from atom_zendesk_plugin.store.isolation import GUARDED
from atom_zendesk_plugin.store.models import Account
from atom_zendesk_plugin.store.tenancy import Tenancy, Unit, as_operator
from atom_zendesk_plugin.write_log import Write
from tests.databases import BARE_ROLE, ROLE, PostgresServer, cut_off

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
RING = KeyRing([Key("k1", b"1" * 32)])
PEOPLE = (Tenancy("t", "a"), Tenancy("t", "b"), Tenancy("o", "a"))
A = PEOPLE[0]
PERSONAL = ("zendesk_grants", "zendesk_ticket_creations", "zendesk_oauth_states")
GRANT = grants.NewGrant(
    client_id="atom", zendesk_user_id=7, zendesk_role="agent", name="N", email="n@example.com", scopes=("read",), asked_scopes=("read",),
    pair=grants.TokenPair(
        access_token="a", refresh_token="r", access_expires_at=None, refresh_expires_at=None, scopes=("read",)
    ),
)  # fmt: skip
_COLUMNS = (
    "tenant_id, user_id, account_id, client_id, zendesk_user_id, zendesk_role, state, scopes, asked_scopes, access_token, key_id, "
    "generation, connected_at, created_at, updated_at"
)


def theirs(tenant: str, user: str) -> str:
    """Return the columns of a grant for somebody, taken from the first one in sight."""
    return _COLUMNS.replace("tenant_id, user_id", f"'{tenant}', '{user}'")


@dataclass(frozen=True)
class Staged:
    """A database with one row of each person in each table."""

    kind: str
    database: Database
    url: str


USERS = {"owner with the role": ROLE, "owner without it": BARE_ROLE, "superuser": "postgres"}


@pytest.fixture(scope="module", params=list(USERS))
def staged(request: pytest.FixtureRequest, postgres_server: PostgresServer) -> Iterator[Staged]:
    user = USERS[request.param]
    url = postgres_server.create(owner=user, user=user)
    database = open_database(url, clock=ManualClock())
    migrate.upgrade(database.engine)
    for number, person in enumerate(PEOPLE):
        with database.unit(person) as unit:
            fill(unit, number)
    with database.engine.begin() as connection:
        connection.execute(text("ANALYZE"))
    yield Staged(request.param, database, url)
    database.close()
    postgres_server.drop(url)


def fill(unit: Unit, number: int) -> None:
    account = accounts.ensure_account(unit, subdomain="acme", base_url="https://acme.zendesk.com", now=NOW).id
    grants.save_grant(unit, account_id=account, grant=GRANT, keys=RING, now=NOW)
    creations.begin(unit, account_id=account, client_key="k", zendesk_key=f"z{number}", fingerprint="f" * 64, now=NOW)
    states.issue(
        unit, state=f"state-{number}", account_id=account, browser="b", code_verifier="v", redirect_uri="r", scopes=(), via="cookie",
        client_id="atom", keys=RING, now=NOW, expires_at=NOW + timedelta(minutes=10),
    )  # fmt: skip


    write = Write(method="PUT", endpoint="/tickets/{id}", record_id="7", fields=("status",), key_hash=None, began_at=NOW)
    writes.begin(unit, write, account="acme", via="cookie")


def ask(staged: Staged, *statements: str, tenancy: Tenancy = A) -> list[tuple[object, ...]]:
    """Run SQL in one person's unit, return the last answer, and undo it all."""

    def work(unit: Unit) -> list[tuple[object, ...]]:
        *first, last = (text(statement) for statement in statements)
        for statement in first:
            unit.session.execute(statement)
        answer = unit.session.execute(last)
        assert isinstance(answer, CursorResult)
        return [tuple(row) for row in answer] if answer.returns_rows else []

    return cut_off(staged.database, tenancy, work)


def everything(staged: Staged) -> list[object]:
    with staged.database.operator_unit() as operator:
        return [
            sorted(map(repr, operator.session.execute(text(f"SELECT * FROM {table}")))) for table in GUARDED
        ]  # fmt: skip


def test_operators_see_everybody_and_each_person_their_own(staged: Staged) -> None:
    with staged.database.operator_unit() as operator:
        for table in PERSONAL:
            assert operator.session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == len(PEOPLE)
    for person in PEOPLE:
        for table in PERSONAL:
            assert ask(staged, f"SELECT tenant_id, user_id FROM {table}", tenancy=person) == [(person.tenant, person.user)]
        assert ask(staged, "SELECT tenant_id FROM zendesk_accounts", tenancy=person) == [(person.tenant,)]


READS = {
    "by name": "SELECT user_id FROM zendesk_grants WHERE user_id = 'b'",
    "by a condition that is always true": "SELECT user_id FROM zendesk_grants WHERE user_id <> 'a' OR tenant_id <> 't' OR false",
    "by a join": "SELECT g.user_id FROM zendesk_accounts JOIN zendesk_grants AS g ON true WHERE g.user_id <> 'a' OR g.tenant_id <> 't'",
    "by a subquery": "SELECT 1 WHERE EXISTS (SELECT 1 FROM zendesk_grants WHERE user_id = 'b')",
    "by a lateral join": "SELECT x.user_id FROM zendesk_accounts, LATERAL (SELECT * FROM zendesk_grants WHERE user_id = 'b') AS x",
    "by the whole row": "SELECT 1 FROM zendesk_grants AS g WHERE g::text LIKE '%,b,%'",
    "by locking": "SELECT user_id FROM zendesk_grants WHERE user_id = 'b' FOR UPDATE",
    "by writing and returning": "UPDATE zendesk_grants SET reason = 'x' WHERE user_id = 'b' RETURNING access_token",
    "by deleting and returning": "DELETE FROM zendesk_grants WHERE user_id = 'b' RETURNING access_token",
    "by a condition that fails on their rows": "SELECT 1 FROM zendesk_grants WHERE 1 / (CASE user_id WHEN 'b' THEN 0 ELSE 1 END) = 2",
    "by what the planner knows": "SELECT most_common_vals::text FROM pg_stats WHERE tablename = 'zendesk_grants'",
    "of another tenant's accounts": "SELECT 1 FROM zendesk_accounts WHERE tenant_id = 'o'",
    "of another's sign-in": "SELECT 1 FROM zendesk_oauth_states WHERE user_id = 'b'",
    "of another's writes": "SELECT 1 FROM zendesk_writes WHERE user_id = 'b' OR tenant_id = 'o'",
    "of another's creations": "SELECT 1 FROM zendesk_ticket_creations WHERE user_id = 'b'",
}


@pytest.mark.parametrize("how", READS)
def test_nothing_of_others_is_read(staged: Staged, how: str) -> None:
    assert ask(staged, READS[how]) == []


def test_nothing_of_others_is_read_through_a_view_or_a_function_or_copy(staged: Staged) -> None:
    view = "CREATE TEMPORARY VIEW peek AS SELECT * FROM zendesk_grants"
    assert ask(staged, view, "SELECT tenant_id, user_id FROM peek") == [("t", "a")]
    function = (
        "CREATE FUNCTION pg_temp.peek() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER AS "
        "'SELECT tenant_id || user_id FROM zendesk_grants'"
    )
    assert ask(staged, function, "SELECT pg_temp.peek()") == [("ta",)]

    def copy(unit: Unit) -> bytes:
        driver = unit.session.connection().connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        with driver.cursor() as cursor, cursor.copy("COPY zendesk_grants (tenant_id, user_id) TO STDOUT") as out:
            return b"".join(map(bytes, out))

    assert cut_off(staged.database, A, copy) == b"t\ta\n"


def test_nothing_of_others_is_changed_or_deleted(staged: Staged) -> None:
    before = everything(staged)

    def attack(unit: Unit) -> list[int]:
        numbers = []
        for table in PERSONAL:
            for statement in (f"UPDATE {table} SET created_at = now()", f"DELETE FROM {table}"):
                changed = unit.session.execute(text(statement))
                assert isinstance(changed, CursorResult)
                numbers.append(changed.rowcount)
        return numbers

    assert cut_off(staged.database, A, attack) == [1] * 6
    assert everything(staged) == before


WRITES = {
    "a row for another user": f"INSERT INTO zendesk_grants ({_COLUMNS}) SELECT {theirs('t', 'c')} FROM zendesk_grants",
    "a row for another tenant": f"INSERT INTO zendesk_grants ({_COLUMNS}) SELECT {theirs('o', 'a')} FROM zendesk_grants",
    "a row for nobody": f"INSERT INTO zendesk_grants ({_COLUMNS}) SELECT {theirs('', '')} FROM zendesk_grants",
    "over another's row": f"INSERT INTO zendesk_grants ({_COLUMNS}) SELECT {theirs('t', 'b')} FROM zendesk_grants "
    "ON CONFLICT (tenant_id, user_id, account_id) DO UPDATE SET access_token = 'stolen'",
    "an own row given away": "UPDATE zendesk_grants SET user_id = 'b2'",
    "an own sign-in given away": "UPDATE zendesk_oauth_states SET tenant_id = 'o'",
    "an own write given away": "UPDATE zendesk_writes SET user_id = 'b'",
    "a write of another's": "INSERT INTO zendesk_writes (tenant_id, account, user_id, via, method, endpoint, fields, began_at, outcome) "
    "SELECT tenant_id, account, 'b', via, method, endpoint, fields, began_at, outcome FROM zendesk_writes",
    "a write that is done before it began": "INSERT INTO zendesk_writes (tenant_id, account, user_id, via, method, endpoint, fields, "
    "began_at, outcome) SELECT tenant_id, account, user_id, via, method, endpoint, fields, began_at, 'done' FROM zendesk_writes",
    "an account of another tenant": "UPDATE zendesk_accounts SET tenant_id = 'o'",
    "rows by copying in": "COPY zendesk_grants (tenant_id) FROM STDIN",
}


@pytest.mark.parametrize("what", WRITES)
def test_nothing_is_written_for_others(staged: Staged, what: str) -> None:
    before = everything(staged)
    with pytest.raises((ZendeskPluginError, DBAPIError)) as caught:
        ask(staged, WRITES[what])
    assert "row-level security" in f"{caught.value} {caught.value.__cause__}"
    assert everything(staged) == before


def test_a_write_that_has_ended_stays_as_it_is_and_none_is_deleted(staged: Staged) -> None:
    end, deny = "UPDATE zendesk_writes SET outcome = 'done'", "UPDATE zendesk_writes SET outcome = 'refused'"
    assert ask(staged, end, f"{deny} RETURNING id") == []
    with suppress(ConfigError):  # the role has no right to, others see none to delete
        assert ask(staged, "DELETE FROM zendesk_writes RETURNING id") == []
    assert ask(staged, "SELECT outcome FROM zendesk_writes") == [("sent",)]


@contextmanager
def raw(staged: Staged, *settings: tuple[str, str]) -> Iterator[psycopg.Connection]:
    """Connect past our own code, as the role when the user may, with these settings alone."""
    url = make_url(staged.url).render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        if staged.kind != "owner without it":
            connection.execute("SET ROLE zendesk_app")
        for name, value in settings:
            connection.execute("SELECT set_config(%s, %s, false)", (name, value))
        yield connection


def seen(connection: psycopg.Connection) -> int:
    found = [connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() for table in GUARDED]
    return sum(row[0] for row in found if row)


@pytest.mark.parametrize(
    "settings",
    [
        (),
        (("zendesk.tenant", ""), ("zendesk.user", ""), ("zendesk.state", "")),
        (("zendesk.user", "a"),),
        (("zendesk.tenant", "T"), ("zendesk.user", "a")),
        (("zendesk.tenant", "%"), ("zendesk.user", "%"), ("zendesk.state", "%")),
        (("zendesk.state", "0" * 64),),
    ],
)
def test_without_a_tenancy_nothing_is_seen(staged: Staged, settings: tuple[tuple[str, str], ...]) -> None:
    with raw(staged, *settings) as connection:
        assert seen(connection) == 0


def test_an_empty_setting_is_nobodys_even_if_a_row_were(staged: Staged) -> None:
    def work(unit: Unit) -> list[object]:
        with as_operator(unit) as operator:
            for table in PERSONAL:
                more = ", state_hash = ''" if table == "zendesk_oauth_states" else ""
                operator.session.execute(text(f"UPDATE {table} SET tenant_id = '', user_id = ''{more} WHERE user_id = 'b'"))
            operator.session.execute(text("UPDATE zendesk_accounts SET tenant_id = '' WHERE tenant_id = 'o'"))
        for name in ("tenant", "user", "state"):
            unit.session.execute(text(f"SELECT set_config('zendesk.{name}', '', true)"))
        return [unit.session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in GUARDED]

    assert cut_off(staged.database, A, work) == [0] * len(GUARDED)


def test_a_tenant_alone_sees_its_accounts_and_writes_alone_and_a_state_its_sign_in_alone(staged: Staged) -> None:
    with raw(staged, ("zendesk.tenant", "t")) as connection:
        assert seen(connection) == 3
        found = connection.execute("SELECT tenant_id, user_id FROM zendesk_writes ORDER BY id").fetchall()
        assert found == [("t", "a"), ("t", "b")]
    with raw(staged, ("zendesk.state", states.hash_of("state-1"))) as connection:
        assert seen(connection) == 1


def test_the_setting_of_operators_opens_nothing_for_the_role(staged: Staged) -> None:
    with raw(staged, ("zendesk.operator", "on")) as connection:
        # An owner who cannot take the role is told apart from an operator by our own code alone.
        assert seen(connection) == (0 if staged.kind != "owner without it" else len(PEOPLE) * 4 + 2)


@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("SET ROLE postgres", "permission denied to set role"),
        (f"SET ROLE {ROLE}", "permission denied to set role"),
        ("TRUNCATE zendesk_grants", "permission denied"),
        ("ALTER TABLE zendesk_grants DISABLE ROW LEVEL SECURITY", "must be owner"),
        ("DROP POLICY own_rows ON zendesk_grants", "must be owner"),
        ("SET row_security = off; SELECT * FROM zendesk_grants", "would be affected by row-level security"),
        ("SELECT * FROM zendesk_alembic_version", "permission denied"),
    ],
)
def test_the_role_cannot_free_itself(
    postgres_server: PostgresServer, postgres_database: Database, statement: str, refusal: str
) -> None:
    """As a session that belongs to the role: one that only has taken it may lay it down again, which our code alone does."""
    url = postgres_server.admin.set(database=postgres_database.engine.url.database)
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute("SET SESSION AUTHORIZATION zendesk_app")
        with pytest.raises(psycopg.Error, match=refusal):
            connection.execute(statement.encode())


def test_a_unit_works_as_the_role_and_leaves_nothing_on_the_connection(staged: Staged) -> None:
    role = ask(staged, "SELECT current_user")
    assert role == [(BARE_ROLE if staged.kind == "owner without it" else "zendesk_app",)]
    with staged.database.connection() as connection:
        left = connection.execute(
            text(
                "SELECT current_user, coalesce(current_setting('zendesk.tenant', true), ''), "
                "coalesce(current_setting('zendesk.user', true), ''), coalesce(current_setting('zendesk.operator', true), '')"
            )
        ).one()
    assert tuple(left) == (USERS[staged.kind], "", "", "")


def test_what_a_host_has_set_for_its_session_is_not_ours(staged: Staged) -> None:
    """A pooled connection of the host's may carry anything."""
    with staged.database.engine.connect() as connection:
        for name in ("tenant", "user", "operator"):
            connection.execute(text(f"SELECT set_config('zendesk.{name}', :value, false)"), {"value": "on" if name == "operator" else "b"})
        connection.commit()
    assert ask(staged, "SELECT tenant_id, user_id FROM zendesk_grants") == [("t", "a")]
    assert ask(staged, "SELECT user_id FROM zendesk_grants", tenancy=Tenancy("t")) == []
    staged.database.engine.dispose()


def test_every_table_but_the_budgets_is_guarded(staged: Staged) -> None:
    with staged.database.connection() as connection:
        found = connection.execute(
            text(
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE 'zendesk_%' "
                "AND relrowsecurity AND relforcerowsecurity"
            )
        )
        assert set(found.scalars()) == set(GUARDED)
    assert set(GUARDED) == set(Account.metadata.tables) - {"zendesk_pace"}
    assert staged.database.bypasses_isolation() is None


def test_a_connection_that_would_bypass_it_says_so(postgres_server: PostgresServer) -> None:
    url = postgres_server.create(owner="postgres", user="postgres")
    first = open_database(url, clock=ManualClock())
    migrate.upgrade(first.engine)
    with first.engine.begin() as connection:
        connection.execute(text("REVOKE SELECT ON zendesk_grants FROM zendesk_app"))
    database = adopt_engine(first.engine, clock=ManualClock())
    told = database.bypasses_isolation()
    assert told is not None
    assert "superuser" in told
    with first.engine.begin() as connection:
        connection.execute(text("GRANT SELECT ON zendesk_grants TO zendesk_app"))
        connection.execute(text("ALTER TABLE zendesk_grants NO FORCE ROW LEVEL SECURITY"))
    again = adopt_engine(first.engine, clock=ManualClock()).bypasses_isolation()
    assert again is not None
    assert "switched off" in again
    first.close()
    postgres_server.drop(url)


def test_sqlite_has_nothing_to_bypass(sqlite_database: Database) -> None:
    assert sqlite_database.bypasses_isolation() is None
