"""The change of keys, on both databases: every row is sealed anew, none is lost, and nobody notices."""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, text

from atom_zendesk_plugin.keyring import Key, KeyRing
from atom_zendesk_plugin.store import accounts, grants, resealing
from atom_zendesk_plugin.store.database import Database
from atom_zendesk_plugin.store.grants import NewGrant, TokenPair
from atom_zendesk_plugin.store.resealing import Mark, Resealed, SealedRow
from atom_zendesk_plugin.store.tenancy import Tenancy
from tests.databases import wait_long

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
FIRST = int(NOW.timestamp() * 1000)
"""The first generation of a grant made at that moment."""
OLD, NEW = Key("old", b"o" * 32), Key("new", b"n" * 32)
BEFORE, AFTER, ALONE = KeyRing([OLD]), KeyRing([NEW, OLD]), KeyRing([NEW])
USERS = [f"u{number}" for number in range(6)]


def pair(number: int) -> TokenPair:
    return TokenPair(
        access_token=f"access-{number}", refresh_token=f"refresh-{number}", access_expires_at=NOW, refresh_expires_at=None,
        scopes=("read",),
    )  # fmt: skip


def stage(database: Database) -> int:
    """Store an account with secrets and six people's grants, all sealed with the old key."""
    with database.unit(Tenancy("t")) as unit:
        account = accounts.save_account(
            unit, subdomain="acme", base_url="https://acme.zendesk.com", client_id="atom", client_kind="confidential",
            client_secret="client-s3cret", service_kind="none", is_default=True, keys=BEFORE, now=NOW,
        ).id  # fmt: skip
        accounts.ensure_account(unit, subdomain="bare", base_url="https://bare.zendesk.com", now=NOW)
    for user in USERS:
        grant = NewGrant(
            client_id="atom", zendesk_user_id=7, zendesk_role="agent", name=user, email=f"{user}@example.com", scopes=("read",),
            asked_scopes=("read",), pair=pair(1),
        )  # fmt: skip
        with database.unit(Tenancy("t", user)) as unit:
            grants.save_grant(unit, account_id=account, grant=grant, keys=BEFORE, now=NOW)
    return account


def reseal(database: Database, *, limit: int, mark: Mark | None = None, keys: KeyRing = AFTER) -> Resealed:
    with database.operator_unit() as operator:
        return resealing.reseal(operator, keys=keys, limit=limit, mark=mark or Mark())


def walk(database: Database, *, limit: int = 2, keys: KeyRing = AFTER) -> list[Resealed]:
    parts = [reseal(database, limit=limit, keys=keys)]
    while parts[-1].mark is not None:
        parts.append(reseal(database, limit=limit, mark=parts[-1].mark, keys=keys))
    return parts


def look(database: Database, keys: KeyRing) -> tuple[int, list[SealedRow]]:
    done, unopened, mark = 0, list[SealedRow](), Mark()
    while True:
        with database.operator_unit() as operator:
            part = resealing.look(operator, keys=keys, limit=3, mark=mark)
        done, unopened = done + part.done, [*unopened, *part.unopened]
        if part.mark is None:
            return done, unopened
        mark = part.mark


def by_key(database: Database) -> dict[str, int]:
    with database.operator_unit() as operator:
        return resealing.count_by_key(operator)


def found(database: Database, account: int, user: str, keys: KeyRing) -> grants.GrantRow:
    with database.unit(Tenancy("t", user)) as unit:
        row = grants.find_grant(unit, account_id=account, keys=keys)
    assert row is not None
    return row


@pytest.mark.parametrize("limit", [1, 2, 6, 7, 100])
def test_every_row_is_sealed_anew_and_opens_without_the_old_key(database: Database, limit: int) -> None:
    account = stage(database)
    assert by_key(database) == {"old": 7}
    parts = walk(database, limit=limit)
    assert (sum(part.done for part in parts), parts[-1].left) == (7, 0)
    assert all(part.done <= limit for part in parts)
    assert by_key(database) == {"new": 7}
    for user in USERS:
        row = found(database, account, user, ALONE)
        assert (row.access_token, row.refresh_token, row.name, row.generation) == ("access-1", "refresh-1", user, FIRST)
    with database.unit(Tenancy("t")) as unit:
        assert accounts.account_secrets(unit, account_id=account, keys=ALONE).client_secret == "client-s3cret"
    with database.operator_unit() as operator:
        rows = grants.find_user_grants_by_email(
            operator, tenant_id="t", account_id=account, email="u3@example.com", keys=ALONE
        )
    assert [row.user_id for row in rows] == ["u3"]


def test_a_second_walk_has_nothing_to_do(database: Database) -> None:
    stage(database)
    walk(database)
    assert [(part.done, part.left) for part in walk(database)] == [(0, 0)] * 3


def test_a_walk_that_was_killed_is_begun_again(database: Database) -> None:
    account = stage(database)
    first = reseal(database, limit=2)
    assert (first.done, first.left) == (2, 5)
    with pytest.raises(ZeroDivisionError), database.operator_unit() as operator:
        1 // (resealing.reseal(operator, keys=AFTER, limit=2, mark=first.mark or Mark()).done - 2)
    assert by_key(database) == {"new": 2, "old": 5}
    assert {found(database, account, user, AFTER).access_token for user in USERS} == {"access-1"}
    parts = walk(database)
    assert (sum(part.done for part in parts), by_key(database)) == (5, {"new": 7})


def test_a_row_that_does_not_open_is_named_and_left_and_does_not_stop_the_others(database: Database) -> None:
    stage(database)
    with database.operator_unit() as operator:
        operator.session.execute(text("UPDATE zendesk_grants SET name = access_token WHERE user_id IN ('u1', 'u2')"))
        before = operator.session.execute(text("SELECT * FROM zendesk_grants WHERE user_id = 'u1'")).one()
    parts = walk(database, limit=1)
    unopened = [row for part in parts for row in part.unopened]
    assert [row.table for row in unopened] == ["zendesk_grants"] * 2
    assert unopened[0].id == before.id
    assert (sum(part.done for part in parts), parts[-1].left) == (5, 2)
    with database.operator_unit() as operator:
        after = operator.session.execute(text("SELECT * FROM zendesk_grants WHERE user_id = 'u1'")).one()
    assert tuple(after) == tuple(before)
    assert look(database, AFTER) == (5, unopened)


def test_a_lost_key_is_noticed_and_nothing_is_changed(database: Database) -> None:
    stage(database)
    parts = walk(database, keys=ALONE)
    assert sum(part.done for part in parts) == 0
    assert len([row for part in parts for row in part.unopened]) == 7
    assert by_key(database) == {"old": 7}
    done, unopened = look(database, ALONE)
    assert (done, len(unopened)) == (0, 7)


def test_what_is_stale_is_counted(database: Database) -> None:
    stage(database)
    reseal(database, limit=3)
    with database.operator_unit() as operator:
        assert resealing.count_stale(operator, key_id="new") == 4
        assert resealing.count_stale(operator, key_id="old") == 3


def test_a_pair_renewed_between_reading_and_writing_is_not_overwritten(postgres_database: Database) -> None:
    """The worst moment: the walk has read the old pair and is about to write it back. (On SQLite nobody comes in between.)"""
    database, account = postgres_database, stage(postgres_database)
    renewed: list[bool] = []

    @event.listens_for(database.engine, "before_cursor_execute")
    def renew_first(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("UPDATE zendesk_grants") and not renewed:
            renewed.append(False)
            with database.unit(Tenancy("t", "u0")) as unit:
                renewed[0] = grants.finish_renewal(
                    unit, account_id=account, generation=FIRST, pair=pair(2), keys=BEFORE, now=NOW
                )

    part = reseal(database, limit=2)
    event.remove(database.engine, "before_cursor_execute", renew_first)
    assert (renewed, part.done) == ([True], 1)
    row = found(database, account, "u0", AFTER)
    assert (row.access_token, row.refresh_token, row.generation, row.key_id) == ("access-2", "refresh-2", FIRST + 1, "old")
    walk(database)
    assert found(database, account, "u0", ALONE).access_token == "access-2"


def test_nobody_notices_the_change(database: Database) -> None:
    """Four threads read and two renew, one of them still with the old order of keys, while the walk goes on."""
    account = stage(database)
    wait_long(database)
    stop, numbers = threading.Event(), itertools.count(2)
    newest = dict.fromkeys(USERS, 1)

    def read() -> int:
        reads = 0
        while not stop.is_set() or not reads:
            for user in USERS:
                row = found(database, account, user, KeyRing([NEW, OLD]))
                assert row.refresh_token == row.access_token.replace("access", "refresh")
                reads += 1
        return reads

    def renew(users: list[str], keys: KeyRing) -> int:
        renewals = 0
        while not stop.is_set() or not renewals:
            for user in users:
                seen, number = found(database, account, user, keys), next(numbers)
                with database.unit(Tenancy("t", user)) as unit:
                    assert grants.begin_renewal(
                        unit, account_id=account, generation=seen.generation, holder="h", now=NOW, until=NOW + timedelta(minutes=1)
                    )  # fmt: skip
                with database.unit(Tenancy("t", user)) as unit:
                    assert grants.finish_renewal(
                        unit, account_id=account, generation=seen.generation, pair=pair(number), keys=keys, now=NOW
                    )
                newest[user] = number
                renewals += 1
        return renewals

    with ThreadPoolExecutor(6) as pool:
        work: list[Future[int]] = [pool.submit(read) for _ in range(4)]
        work.append(pool.submit(renew, USERS[:3], KeyRing([NEW, OLD])))
        work.append(pool.submit(renew, USERS[3:], KeyRing([OLD, NEW])))
        try:
            for _ in range(5):
                walk(database, limit=1)
        finally:
            stop.set()
        assert all(done.result(60) > 0 for done in work)
    walk(database)
    assert by_key(database) == {"new": 7}
    assert {user: found(database, account, user, ALONE).access_token for user in USERS} == {
        user: f"access-{number}" for user, number in newest.items()
    }
