"""One-time states of sign-ins, on both databases: used once, by the browser they were given to, in time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from atom_zendesk_plugin.errors import NotFound
from atom_zendesk_plugin.keyring import Key, KeyRing, Unsealable
from atom_zendesk_plugin.store import grants, states
from atom_zendesk_plugin.store.accounts import ensure_account
from atom_zendesk_plugin.store.database import Database
from atom_zendesk_plugin.store.states import MOST_OPEN, StateProblem, StateRow
from atom_zendesk_plugin.store.tenancy import Tenancy
from tests.databases import cut_off, wait_long

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
LIFE = timedelta(minutes=10)
RING = KeyRing([Key("k1", b"1" * 32)])
OURS = Tenancy("default", "u1")


@pytest.fixture
def account(database: Database) -> int:
    with database.unit(Tenancy("default")) as unit:
        return ensure_account(unit, subdomain="acme", base_url="https://acme.zendesk.com", now=NOW).id


def issue(
    database: Database, account: int, state: str = "state-1", *, tenancy: Tenancy = OURS, now: datetime = NOW
) -> None:
    with database.unit(tenancy) as unit:
        states.issue(
            unit, state=state, account_id=account, browser="browser-1", code_verifier="verifier-1",
            redirect_uri="https://atom.example/back", scopes=("read", "write"), via="cookie", client_id="atom", keys=RING,
            now=now, expires_at=now + LIFE,
        )  # fmt: skip


def consume(
    database: Database,
    state: str = "state-1",
    *,
    tenancy: Tenancy | None = None,
    browser: str = "browser-1",
    now: datetime = NOW,
    keys: KeyRing = RING,
) -> StateRow | StateProblem:
    with database.unit(tenancy or Tenancy.of_state(states.hash_of(state))) as unit:
        return states.consume(unit, state=state, browser=browser, now=now, keys=keys)


def stored(database: Database) -> list[str]:
    with database.operator_unit() as operator:
        return list(operator.session.execute(text("SELECT state_hash FROM zendesk_oauth_states")).scalars())


def test_a_state_gives_back_its_sign_in_once(database: Database, account: int) -> None:
    issue(database, account)
    assert consume(database) == StateRow(
        tenant_id="default", account_id=account, user_id="u1", code_verifier="verifier-1",
        redirect_uri="https://atom.example/back", scopes=("read", "write"), via="cookie", client_id="atom",
        created_at=NOW, expires_at=NOW + LIFE,
    )  # fmt: skip
    assert consume(database) is StateProblem.USED


def test_its_user_may_bring_it_too(database: Database, account: int) -> None:
    issue(database, account)
    for stranger in (Tenancy("default", "u2"), Tenancy("other", "u1"), Tenancy.of_state(states.hash_of("state-2"))):
        assert consume(database, tenancy=stranger) is StateProblem.UNKNOWN
    assert isinstance(consume(database, tenancy=OURS), StateRow)


def test_another_browser_is_refused_and_does_not_use_it_up(database: Database, account: int) -> None:
    issue(database, account)
    assert consume(database, browser="browser-2") is StateProblem.OTHER_BROWSER
    assert isinstance(consume(database), StateRow)
    assert consume(database, browser="browser-2") is StateProblem.OTHER_BROWSER


def test_a_state_lives_until_its_last_moment(database: Database, account: int) -> None:
    issue(database, account)
    assert consume(database, now=NOW + LIFE) is StateProblem.EXPIRED
    assert isinstance(consume(database, now=NOW + LIFE - timedelta(microseconds=1)), StateRow)


def test_an_unknown_state_is_unknown(database: Database, account: int) -> None:
    issue(database, account)
    assert consume(database, "state-2") is StateProblem.UNKNOWN


def test_of_many_at_once_one_uses_it(database: Database, account: int) -> None:
    issue(database, account)
    wait_long(database)
    with ThreadPoolExecutor(50) as pool:
        outcomes = list(pool.map(lambda _: consume(database), range(50)))
    assert sum(isinstance(outcome, StateRow) for outcome in outcomes) == 1
    assert outcomes.count(StateProblem.USED) == 49


def test_a_unit_that_raises_does_not_use_it_up(database: Database, account: int) -> None:
    issue(database, account)
    tenancy = Tenancy.of_state(states.hash_of("state-1"))
    used = cut_off(
        database,
        tenancy,
        lambda unit: states.consume(unit, state="state-1", browser="browser-1", now=NOW, keys=RING),
    )
    assert isinstance(used, StateRow)
    assert isinstance(consume(database), StateRow)


def test_a_state_whose_key_is_gone_is_not_used_up(database: Database, account: int) -> None:
    issue(database, account)
    with pytest.raises(Unsealable):
        consume(database, keys=KeyRing([Key("k2", b"2" * 32)]))
    assert isinstance(consume(database), StateRow)


def test_neither_state_nor_browser_nor_verifier_is_stored(database: Database, account: int) -> None:
    issue(database, account)
    with database.operator_unit() as operator:
        row = operator.session.execute(text("SELECT * FROM zendesk_oauth_states")).one()
    for secret in ("state-1", "browser-1", "verifier-1"):
        assert secret not in repr(tuple(row))
    assert "verifier-1" not in repr(consume(database))


def test_who_begins_too_many_loses_the_oldest_of_their_own(database: Database, account: int) -> None:
    issue(database, account, "theirs", tenancy=Tenancy("default", "u2"))
    issue(database, account, "used")
    consume(database, "used")
    for number in range(MOST_OPEN + 2):
        issue(database, account, f"n{number}", now=NOW + timedelta(seconds=number))
    assert len(stored(database)) == MOST_OPEN + 2
    assert consume(database, "n1") is StateProblem.UNKNOWN
    assert isinstance(consume(database, "n2"), StateRow)
    assert consume(database, "used") is StateProblem.USED
    assert isinstance(consume(database, "theirs"), StateRow)


def test_whoever_begins_forgets_everybodys_that_ended_long_ago(database: Database, account: int) -> None:
    with database.unit(Tenancy("other")) as unit:
        elsewhere = ensure_account(unit, subdomain="beta", base_url="https://beta.zendesk.com", now=NOW).id
    issue(database, elsewhere, "elsewhere", tenancy=Tenancy("other", "u9"))
    issue(database, account, "theirs", tenancy=Tenancy("default", "u2"))
    issue(database, account, "old")
    issue(database, account, "kept", now=NOW + timedelta(seconds=1))
    issue(database, account, "new", now=NOW + LIFE + states.KEPT + timedelta(seconds=1))
    assert sorted(stored(database)) == sorted([states.hash_of("kept"), states.hash_of("new")])
    assert consume(database, "kept", now=NOW + LIFE + states.KEPT) is StateProblem.EXPIRED


def test_an_operator_purges_what_has_ended(database: Database, account: int) -> None:
    issue(database, account, "old")
    issue(database, account, "new", now=NOW + LIFE)
    with database.operator_unit() as operator:
        assert states.purge(operator, before=NOW + LIFE) == 0
        assert states.purge(operator, before=NOW + LIFE + timedelta(seconds=1)) == 1
    assert stored(database) == [states.hash_of("new")]


def test_a_state_needs_an_account_of_its_tenant(database: Database, account: int) -> None:
    with pytest.raises(NotFound, match="removed meanwhile") as caught:
        issue(database, account, tenancy=Tenancy("other", "u1"))
    assert caught.value.public == {"field": "account"}
    with pytest.raises(LookupError, match="one user"):
        issue(database, account, tenancy=Tenancy("default"))


def test_one_state_is_issued_once(database: Database, account: int) -> None:
    from sqlalchemy.exc import IntegrityError

    issue(database, account)
    with pytest.raises(IntegrityError):
        issue(database, account, tenancy=Tenancy("default", "u2"))
    assert isinstance(consume(database), StateRow)


def test_erasing_a_grant_erases_the_sign_ins_of_that_user_to_that_account(database: Database, account: int) -> None:
    issue(database, account)
    issue(database, account, "theirs", tenancy=Tenancy("default", "u2"))
    with database.unit(OURS) as unit:
        assert grants.erase_grant(unit, account_id=account) == 1
    assert stored(database) == [states.hash_of("theirs")]


def test_sign_ins_under_way_are_counted_by_key(database: Database, account: int) -> None:
    issue(database, account, "one")
    issue(database, account, "two")
    consume(database, "two")
    with database.operator_unit() as operator:
        assert states.count_open_by_key(operator, now=NOW) == {"k1": 1}
        assert states.count_open_by_key(operator, now=NOW + LIFE) == {}
