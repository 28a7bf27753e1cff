"""The record of ticket creations, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atom_zendesk_plugin.errors import InvalidInput, NotFound
from atom_zendesk_plugin.store import creations
from atom_zendesk_plugin.store.accounts import ensure_account
from atom_zendesk_plugin.store.creations import Creation, CreationState
from atom_zendesk_plugin.store.database import Database
from atom_zendesk_plugin.store.tenancy import Tenancy

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
PRINT = creations.fingerprint({"subject": "Printer", "comment": {"body": "on fire"}})


@pytest.fixture
def account(database: Database) -> int:
    return ensured(database, "default")


def ensured(database: Database, tenant: str) -> int:
    with database.unit(Tenancy(tenant)) as unit:
        return ensure_account(unit, subdomain="acme", base_url="https://acme.zendesk.com", now=NOW).id


def begin(
    database: Database,
    account: int,
    *,
    key: str | None = "order-17",
    zendesk_key: str = "z1",
    user: str = "u1",
    tenant: str = "default",
    fingerprint: str = PRINT,
    now: datetime = NOW,
) -> Creation:
    with database.unit(Tenancy(tenant, user)) as unit:
        return creations.begin(
            unit,
            account_id=account,
            client_key=key,
            zendesk_key=zendesk_key,
            fingerprint=fingerprint,
            now=now,
        )


def finish(
    database: Database,
    account: int,
    *,
    state: CreationState,
    ticket_id: int | None = None,
    zendesk_key: str = "z1",
    user: str = "u1",
) -> Creation:
    with database.unit(Tenancy("default", user)) as unit:
        return creations.finish(
            unit, account_id=account, zendesk_key=zendesk_key, state=state, ticket_id=ticket_id, now=LATER
        )


def find(
    database: Database, account: int, *, key: str = "order-17", user: str = "u1", tenant: str = "default"
) -> Creation | None:
    with database.unit(Tenancy(tenant, user)) as unit:
        return creations.find_by_client_key(unit, account_id=account, client_key=key)


def test_a_creation_begins_pending(database: Database, account: int) -> None:
    begun = begin(database, account)
    assert begun == Creation(
        client_key="order-17",
        zendesk_key="z1",
        fingerprint=PRINT,
        state="pending",
        ticket_id=None,
        created_at=NOW,
        updated_at=NOW,
    )
    assert find(database, account) == begun


def test_a_repeat_gets_the_first_one_unchanged(database: Database, account: int) -> None:
    first = begin(database, account)
    other = creations.fingerprint({"subject": "Scanner"})
    assert begin(database, account, zendesk_key="z2", fingerprint=other, now=LATER) == first


@pytest.mark.parametrize("state", ["failed", "unknown"])
def test_an_end_without_ticket_is_written_down(database: Database, account: int, state: CreationState) -> None:
    begin(database, account)
    ended = finish(database, account, state=state)
    assert (ended.state, ended.ticket_id, ended.updated_at) == (state, None, LATER)
    assert begin(database, account, zendesk_key="z2") == ended


def test_a_ticket_id_of_64_bits_is_kept(database: Database, account: int) -> None:
    begin(database, account)
    assert finish(database, account, state="done", ticket_id=2**63 - 1).ticket_id == 2**63 - 1


@pytest.mark.parametrize("state", ["pending", "failed", "unknown"])
def test_done_is_final(database: Database, account: int, state: CreationState) -> None:
    begin(database, account)
    done = finish(database, account, state="done", ticket_id=35436)
    assert finish(database, account, state=state) == done
    assert finish(database, account, state="done", ticket_id=99) == done


def test_an_unknown_end_can_still_turn_out_done(database: Database, account: int) -> None:
    begin(database, account)
    finish(database, account, state="unknown")
    assert finish(database, account, state="done", ticket_id=5).ticket_id == 5


def test_creations_without_a_key_of_the_caller_are_always_new(database: Database, account: int) -> None:
    one = begin(database, account, key=None, zendesk_key="z1")
    other = begin(database, account, key=None, zendesk_key="z2")
    assert (one.zendesk_key, other.zendesk_key) == ("z1", "z2")


def test_users_and_accounts_do_not_see_each_others_keys(database: Database, account: int) -> None:
    begin(database, account)
    assert find(database, account, user="u2") is None
    assert begin(database, account, user="u2", zendesk_key="z2").zendesk_key == "z2"
    other = ensured(database, "other")
    assert find(database, other, tenant="other") is None
    assert begin(database, other, tenant="other", zendesk_key="z1").state == "pending"


def test_many_at_once_with_one_key_get_one_creation(database: Database, account: int) -> None:
    with ThreadPoolExecutor(8) as pool:
        begun = list(pool.map(lambda number: begin(database, account, zendesk_key=f"z{number}"), range(16)))
    assert len({creation.zendesk_key for creation in begun}) == 1


def test_nobody_ends_what_another_user_or_tenant_began(database: Database, account: int) -> None:
    begin(database, account)
    with pytest.raises(LookupError):
        finish(database, account, state="failed", user="u2")
    assert find(database, account, tenant="other") is None
    begun = find(database, account)
    assert begun is not None
    assert begun.state == "pending"


def test_creations_need_a_user(database: Database, account: int) -> None:
    with database.unit(Tenancy("default")) as unit, pytest.raises(LookupError, match="user"):
        creations.find_by_client_key(unit, account_id=account, client_key="order-17")


def test_the_end_of_something_never_begun_is_an_error(database: Database, account: int) -> None:
    with pytest.raises(LookupError, match="begin"):
        finish(database, account, state="failed")


def test_done_and_a_ticket_go_together(database: Database, account: int) -> None:
    begin(database, account)
    with pytest.raises(ValueError, match="ticket_id"):
        finish(database, account, state="done")
    with pytest.raises(ValueError, match="ticket_id"):
        finish(database, account, state="failed", ticket_id=5)


@pytest.mark.parametrize("key", ["", "x" * 256, "a\x00b", "line\nbreak"])
def test_a_key_that_cannot_be_used_is_refused(database: Database, account: int, key: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        begin(database, account, key=key)
    assert caught.value.field == "idempotency_key"


def test_an_account_that_is_not_stored_is_refused(database: Database) -> None:
    with pytest.raises(NotFound, match="removed"):
        begin(database, 4711)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_the_order_of_fields_does_not_change_a_fingerprint(fields: dict[str, object]) -> None:
    assert creations.fingerprint(fields) == creations.fingerprint(dict(reversed(fields.items())))


def test_any_other_value_changes_a_fingerprint() -> None:
    variants: list[dict[str, object]] = [
        {},
        {"a": None},
        {"a": ""},
        {"a": 0},
        {"a": False},
        {"a": "0"},
        {"a": [0]},
        {"b": 0},
    ]
    assert len({creations.fingerprint(fields) for fields in variants}) == len(variants)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), b"bytes"])
def test_values_json_does_not_have_make_no_fingerprint(value: object) -> None:
    with pytest.raises(ValueError, match="JSON"):
        creations.fingerprint({"a": value})
