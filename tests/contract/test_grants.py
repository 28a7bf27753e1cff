"""People's grants, on both databases: what is stored, who renews, and that no pair is ever lost."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from atom_zendesk_plugin.errors import NotFound
from atom_zendesk_plugin.keyring import Key, KeyRing, Unsealable
from atom_zendesk_plugin.store import grants
from atom_zendesk_plugin.store.accounts import ensure_account
from atom_zendesk_plugin.store.database import Database
from atom_zendesk_plugin.store.grants import GrantRow, GrantState, NewGrant, TokenPair
from atom_zendesk_plugin.store.tenancy import Tenancy
from tests.databases import cut_off, wait_long

NOW = datetime(2026, 1, 5, 9, 0, 0, 123456, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
FIRST = int(NOW.timestamp() * 1000)
"""The first generation of a grant made at that moment."""
UNTIL = NOW + timedelta(seconds=30)
OLD, NEW = Key("old", b"o" * 32), Key("new", b"n" * 32)
RING = KeyRing([OLD])
OURS = Tenancy("default", "u1")
RENEWAL = ("renewal_holder", "renewal_began_at", "renewal_until")


def pair(number: int = 1) -> TokenPair:
    return TokenPair(
        access_token=f"access-{number}",
        refresh_token=f"refresh-{number}",
        access_expires_at=NOW + timedelta(minutes=30 * number),
        refresh_expires_at=NOW + timedelta(days=90),
        scopes=("read", "write"),
    )


GRANT = NewGrant(
    client_id="atom",
    zendesk_user_id=2**53 + 1,
    zendesk_role="agent",
    name="Ada Lovelace",
    email="Ada@Example.com",
    scopes=("read", "write"),
    asked_scopes=("read", "write", "impersonate"),
    pair=pair(),
)


def ensured(database: Database, tenant: str = "default", name: str = "acme") -> int:
    with database.unit(Tenancy(tenant)) as unit:
        return ensure_account(unit, subdomain=name, base_url=f"https://{name}.zendesk.com", now=NOW).id


@pytest.fixture
def account(database: Database) -> int:
    return ensured(database)


def save(
    database: Database, account: int, *, tenancy: Tenancy = OURS, grant: NewGrant = GRANT, keys: KeyRing = RING
) -> GrantRow:
    with database.unit(tenancy) as unit:
        return grants.save_grant(unit, account_id=account, grant=grant, keys=keys, now=NOW)


def find(database: Database, account: int, *, tenancy: Tenancy = OURS, keys: KeyRing = RING) -> GrantRow | None:
    with database.unit(tenancy) as unit:
        return grants.find_grant(unit, account_id=account, keys=keys)


def got(database: Database, account: int, *, keys: KeyRing = RING) -> GrantRow:
    found = find(database, account, keys=keys)
    assert found is not None
    return found


def begin(
    database: Database,
    account: int,
    *,
    holder: str = "h1",
    generation: int = FIRST,
    now: datetime = NOW,
    until: datetime = UNTIL,
) -> bool:
    with database.unit(OURS) as unit:
        return grants.begin_renewal(
            unit, account_id=account, generation=generation, holder=holder, now=now, until=until
        )


def finish(
    database: Database, account: int, *, generation: int = FIRST, number: int = 2, keys: KeyRing = RING, now: datetime = LATER
) -> bool:
    with database.unit(OURS) as unit:
        return grants.finish_renewal(
            unit, account_id=account, generation=generation, pair=pair(number), keys=keys, now=now
        )


def give_up(database: Database, account: int, *, holder: str = "h1") -> bool:
    with database.unit(OURS) as unit:
        return grants.give_up_renewal(unit, account_id=account, holder=holder, renew_from=LATER, now=NOW)


def mark(database: Database, account: int, *, generation: int = FIRST) -> bool:
    with database.unit(OURS) as unit:
        return grants.mark_needs_reconnect(
            unit, account_id=account, generation=generation, reason="invalid_grant", now=LATER
        )


def tell(database: Database, account: int, *, generation: int = FIRST) -> bool:
    with database.unit(OURS) as unit:
        return grants.claim_telling(unit, account_id=account, generation=generation, now=LATER)


def test_a_grant_is_stored_whole_and_found_opened(database: Database, account: int) -> None:
    saved = save(database, account)
    assert got(database, account) == saved
    assert (saved.state, saved.generation, saved.key_id, saved.renewable) == ("connected", FIRST, "old", True)
    assert (saved.access_token, saved.refresh_token) == ("access-1", "refresh-1")
    assert (saved.name, saved.email) == ("Ada Lovelace", "Ada@Example.com")
    assert (saved.zendesk_user_id, saved.scopes, saved.asked_scopes) == (2**53 + 1, GRANT.scopes, GRANT.asked_scopes)
    assert (saved.connected_at, saved.created_at, saved.access_expires_at) == (NOW, NOW, pair().access_expires_at)


def test_what_can_be_missing_may_be_missing(database: Database, account: int) -> None:
    bare = TokenPair(
        access_token="a", refresh_token=None, access_expires_at=None, refresh_expires_at=None, scopes=("read",)
    )
    saved = save(database, account, grant=replace(GRANT, name=None, email=None, pair=bare, scopes=()))
    assert (saved.refresh_token, saved.renewable, saved.name, saved.email, saved.scopes) == (None, False, None, None, ())
    with database.unit(OURS) as unit:
        sealed = unit.session.execute(text("SELECT refresh_token, name, email, email_index FROM zendesk_grants")).one()
    assert tuple(sealed) == (None, None, None, None)


def test_nothing_is_found_where_nothing_is_and_other_people_find_nothing(database: Database, account: int) -> None:
    assert find(database, account) is None
    save(database, account)
    for other in (Tenancy("default", "u2"), Tenancy("other", "u1"), Tenancy("other", "u2")):
        assert find(database, account, tenancy=other) is None
        with database.unit(other) as unit:
            assert grants.list_grants(unit) == ()
            assert grants.erase_grant(unit, account_id=account) == 0
            assert not grants.mark_needs_reconnect(unit, account_id=account, generation=FIRST, reason="x", now=NOW)
    assert got(database, account).state == "connected"


def test_no_text_shows_a_secret_or_a_person(database: Database, account: int) -> None:
    save(database, account)
    shown = f"{got(database, account)!r} {GRANT!r} {pair()!r}"
    for secret in ("access-1", "refresh-1", "Ada", "Example.com"):
        assert secret not in shown


def test_a_grant_made_again_replaces_the_old_one(database: Database, account: int) -> None:
    first = save(database, account)
    assert begin(database, account)
    assert mark(database, account)
    assert tell(database, account)
    again = save(database, account, grant=replace(GRANT, zendesk_user_id=8, pair=pair(5)))
    assert (again.id, again.generation, again.state, again.reason) == (first.id, FIRST + 1, "connected", None)
    assert (again.access_token, again.zendesk_user_id, again.told_at) == ("access-5", 8, None)
    assert [getattr(again, name) for name in RENEWAL] == [None, None, None]


def test_a_grant_needs_an_account_of_its_tenant(database: Database, account: int) -> None:
    for tenancy, target in ((OURS, 4711), (Tenancy("other", "u1"), account)):
        with pytest.raises(NotFound, match="removed meanwhile"):
            save(database, target, tenancy=tenancy)
    with pytest.raises(LookupError, match="one user"):
        save(database, account, tenancy=Tenancy("default"))


def test_a_list_needs_no_key_and_a_description_opens_the_person_only(database: Database, account: int) -> None:
    other = ensured(database, name="beta")
    save(database, other)
    save(database, account)
    save(database, account, tenancy=Tenancy("default", "u2"))
    with database.unit(OURS) as unit:
        listed = grants.list_grants(unit)
        described = grants.describe_grants(unit, keys=RING)
    assert [row.account_id for row in listed] == [account, other] == [row.account_id for row in described]
    assert {row.name for row in fields(GrantState)}.isdisjoint({"access_token", "refresh_token", "name", "email"})
    assert [(row.name, row.email) for row in described] == [("Ada Lovelace", "Ada@Example.com")] * 2


def test_a_renewal_is_taken_once_and_ends_with_a_new_pair(database: Database, account: int) -> None:
    save(database, account)
    assert begin(database, account)
    assert not begin(database, account, holder="h2")
    held = got(database, account)
    assert (held.renewal_holder, held.renewal_began_at, held.renewal_until) == ("h1", NOW, UNTIL)
    assert finish(database, account)
    renewed = got(database, account)
    assert (renewed.access_token, renewed.refresh_token, renewed.generation) == ("access-2", "refresh-2", FIRST + 1)
    assert (renewed.access_expires_at, renewed.updated_at) == (pair(2).access_expires_at, LATER)
    assert [getattr(renewed, name) for name in RENEWAL] == [None, None, None]
    assert (renewed.name, renewed.email, renewed.connected_at) == ("Ada Lovelace", "Ada@Example.com", NOW)
    assert not begin(database, account)
    assert begin(database, account, generation=FIRST + 1)


def test_a_renewal_that_was_abandoned_can_be_taken_over(database: Database, account: int) -> None:
    save(database, account)
    assert begin(database, account)
    assert not begin(database, account, holder="h2", now=UNTIL - timedelta(microseconds=1))
    assert begin(database, account, holder="h2", now=UNTIL, until=UNTIL + timedelta(seconds=30))


def test_a_new_pair_wins_over_who_took_over_and_over_a_state_found_meanwhile(database: Database, account: int) -> None:
    """The first holder was slow, not dead. Its pair is the only one that lives; the other's answer can only be a refusal."""
    save(database, account)
    assert begin(database, account)
    assert begin(database, account, holder="h2", now=UNTIL, until=LATER)
    assert mark(database, account)
    assert tell(database, account)
    assert finish(database, account)
    won = got(database, account)
    assert (won.state, won.reason, won.told_at, won.access_token, won.generation) == ("connected", None, None, "access-2", FIRST + 1)
    assert not mark(database, account)
    assert not give_up(database, account, holder="h2")
    assert got(database, account) == won


def test_a_pair_of_an_older_generation_changes_nothing(database: Database, account: int) -> None:
    save(database, account)
    assert finish(database, account)
    assert not finish(database, account, number=3)
    assert got(database, account).access_token == "access-2"
    with database.unit(OURS) as unit:
        grants.erase_grant(unit, account_id=account)
    assert not finish(database, account, generation=FIRST + 1)


def test_who_gives_up_lets_nobody_try_before_a_while(database: Database, account: int) -> None:
    save(database, account)
    assert begin(database, account)
    assert not give_up(database, account, holder="h2")
    assert give_up(database, account)
    assert got(database, account).renew_from == LATER
    assert not begin(database, account, now=LATER - timedelta(microseconds=1), until=LATER)
    assert begin(database, account, now=LATER, until=LATER + timedelta(seconds=30))


def test_the_end_of_a_connection_is_written_down_and_told_once(database: Database, account: int) -> None:
    save(database, account)
    assert begin(database, account)
    assert mark(database, account)
    assert not mark(database, account)
    ended = got(database, account)
    assert (ended.state, ended.reason, ended.renewal_holder, ended.updated_at) == (
        "needs_reconnect", "invalid_grant", None, LATER,
    )  # fmt: skip
    assert not begin(database, account, now=UNTIL, until=LATER)
    assert tell(database, account)
    assert not tell(database, account)
    assert got(database, account).told_at == LATER


def test_a_killed_process_leaves_the_old_pair_or_the_new_one(database: Database, account: int) -> None:
    save(database, account)
    assert begin(database, account)
    assert cut_off(
        database,
        OURS,
        lambda unit: grants.finish_renewal(
            unit, account_id=account, generation=FIRST, pair=pair(2), keys=RING, now=LATER
        ),
    )
    left = got(database, account)
    assert (left.access_token, left.refresh_token, left.generation) == ("access-1", "refresh-1", FIRST)
    assert begin(database, account, holder="h2", now=UNTIL, until=LATER)


def test_of_many_at_once_one_renews(database: Database, account: int) -> None:
    save(database, account)
    wait_long(database)
    with ThreadPoolExecutor(50) as pool:
        took = list(pool.map(lambda number: begin(database, account, holder=f"h{number}"), range(50)))
    assert took.count(True) == 1
    assert got(database, account).renewal_holder == f"h{took.index(True)}"


def test_of_many_pairs_for_one_generation_one_is_stored_whole(database: Database, account: int) -> None:
    save(database, account)
    with ThreadPoolExecutor(8) as pool:
        stored = list(pool.map(lambda number: finish(database, account, number=number), range(2, 18)))
    assert stored.count(True) == 1
    number = stored.index(True) + 2
    won = got(database, account)
    assert (won.access_token, won.refresh_token, won.generation) == (f"access-{number}", f"refresh-{number}", FIRST + 1)


def test_of_many_at_once_one_tells_and_one_marks(database: Database, account: int) -> None:
    save(database, account)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: mark(database, account), range(16))).count(True) == 1
        assert list(pool.map(lambda _: tell(database, account), range(16))).count(True) == 1


def test_a_renewal_seals_the_whole_row_with_the_writing_key(database: Database, account: int) -> None:
    """A row of two keys would lose its other half when the older key goes."""
    save(database, account)
    assert finish(database, account, keys=KeyRing([NEW, OLD]))
    alone = got(database, account, keys=KeyRing([NEW]))
    assert (alone.key_id, alone.access_token, alone.name) == ("new", "access-2", "Ada Lovelace")


def test_a_person_that_does_not_open_never_costs_the_new_pair(database: Database, account: int) -> None:
    save(database, account)
    with database.unit(OURS) as unit:
        unit.session.execute(text("UPDATE zendesk_grants SET name = email"))
    assert finish(database, account)
    with database.unit(OURS) as unit:
        assert unit.session.execute(text("SELECT generation FROM zendesk_grants")).scalar_one() == FIRST + 1
    with pytest.raises(Unsealable):
        find(database, account)


@pytest.mark.parametrize(
    ("target", "origin"), list(itertools.permutations(["access_token", "refresh_token", "name", "email"], 2))
)
def test_a_sealed_text_opens_in_no_other_column(database: Database, account: int, target: str, origin: str) -> None:
    save(database, account)
    with database.unit(OURS) as unit:
        unit.session.execute(text(f"UPDATE zendesk_grants SET {target} = {origin}"))
    with pytest.raises(Unsealable):
        find(database, account)


def test_a_sealed_text_opens_in_no_other_row(database: Database, account: int) -> None:
    theirs, beta = Tenancy("default", "u2"), ensured(database, name="beta")
    save(database, account)
    save(database, account, tenancy=theirs)
    save(database, beta)
    for tenancy, target in ((theirs, account), (OURS, beta)):
        with database.operator_unit() as operator:
            operator.session.execute(
                text(
                    "UPDATE zendesk_grants SET access_token = (SELECT access_token FROM zendesk_grants WHERE user_id = 'u1' AND "
                    "account_id = :own) WHERE user_id = :user AND account_id = :account"
                ),
                {"own": account, "user": tenancy.user, "account": target},
            )
        with pytest.raises(Unsealable):
            find(database, target, tenancy=tenancy)
    assert got(database, account).access_token == "access-1"


def test_no_secret_follows_an_account_that_was_renamed_in_the_database(database: Database, account: int) -> None:
    save(database, account)
    with database.operator_unit() as operator:
        operator.session.execute(text("UPDATE zendesk_accounts SET subdomain = 'elsewhere'"))
    with pytest.raises(Unsealable):
        find(database, account)


def test_an_address_is_found_in_any_case_in_its_account_under_every_key(database: Database, account: int) -> None:
    save(database, account)
    both = KeyRing([NEW, OLD])

    def found(email: str, *, tenant: str = "default", at: int = account, keys: KeyRing = RING) -> list[str]:
        with database.operator_unit() as operator:
            rows = grants.find_user_grants_by_email(operator, tenant_id=tenant, account_id=at, email=email, keys=keys)
        return [row.user_id for row in rows]

    assert found(" ada@example.COM ") == ["u1"]
    assert found("ada@example.com", keys=both) == ["u1"]
    assert finish(database, account, keys=both)
    assert found("ada@example.com", keys=both) == ["u1"]
    assert found("bob@example.com") == []
    assert found("ada@example.com", tenant="other") == []
    assert found("ada@example.com", at=account + 1) == []


def test_a_grant_is_erased_alone(database: Database, account: int) -> None:
    save(database, account)
    save(database, account, tenancy=Tenancy("default", "u2"))
    with database.unit(OURS) as unit:
        assert grants.erase_grant(unit, account_id=account) == 1
        assert grants.erase_grant(unit, account_id=account) == 0
    assert find(database, account) is None
    assert find(database, account, tenancy=Tenancy("default", "u2")) is not None
