"""Tokens are renewed ahead of their end, by one of all; what is lost is noticed, and told once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from atom_zendesk_plugin.accounts import renewal
from atom_zendesk_plugin.errors import (
    ConfigError,
    NotConnected,
    ReconnectNeeded,
    ZendeskCallFailed,
    ZendeskRateLimited,
    ZendeskUnauthorized,
    ZendeskUnavailable,
)
from atom_zendesk_plugin.extension import ZendeskExtension
from atom_zendesk_plugin.simulator.faults import FaultKind, FaultRule
from atom_zendesk_plugin.store import grants
from atom_zendesk_plugin.store.tenancy import Tenancy
from tests.integration.accounts.staging import ANN, NewStage, Stage

RENEW = "POST /oauth/tokens"
LIFE = 1800


def use(extension: ZendeskExtension) -> int | None:
    """Make one call as Ann and return who Zendesk says she is."""
    return extension.desk(ANN).me().user.id


def connected(stage: Stage) -> Stage:
    stage.connect()
    stage.calls()
    return stage


def fail(stage: Stage, kind: FaultKind, *, count: int | None = 1, **options: object) -> None:
    stage.zendesk.faults.add(FaultRule(kind=kind, path="/oauth/tokens", method="POST", count=count, **options))  # type: ignore[arg-type]


def row_of(stage: Stage) -> grants.GrantRow:
    keys = stage.extension._keys.get().ring()
    with stage.extension._storage.unit(Tenancy("default", "ann")) as unit:
        found = grants.find_grant(unit, account_id=1, keys=keys)
    assert found is not None
    return found


class TestAhead:
    def test_a_fresh_token_asks_nobody(self, stage: Stage) -> None:
        connected(stage)
        stage.clock.advance(LIFE - 61)
        use(stage.extension)
        assert RENEW not in stage.calls()

    def test_within_the_last_minute_it_is_renewed_and_nobody_waits(self, stage: Stage) -> None:
        connected(stage)
        stage.clock.advance(LIFE - 59)
        use(stage.extension)
        stage.settle()
        assert stage.calls().count(RENEW) == 1
        assert row_of(stage).access_expires_at == stage.clock.now() + timedelta(seconds=LIFE)

    def test_after_the_end_it_is_renewed_first(self, stage: Stage) -> None:
        connected(stage)
        stage.clock.advance(LIFE + 1)
        assert stage.connections.one(ANN).state == "expired"
        use(stage.extension)
        assert stage.calls() == [RENEW, "GET /api/v2/users/me"]
        assert stage.connections.one(ANN).state == "connected"

    def test_three_hours_of_work_never_fail(self, stage: Stage) -> None:
        connected(stage)
        before = row_of(stage).generation
        for _ in range(36):
            stage.clock.advance(300)
            use(stage.extension)
        stage.settle()
        calls = stage.calls()
        assert 5 <= calls.count(RENEW) <= 7
        assert row_of(stage).generation == before + calls.count(RENEW)

    def test_both_tokens_and_both_ends_are_new(self, stage: Stage) -> None:
        connected(stage)
        before = row_of(stage)
        stage.clock.advance(LIFE + 1)
        use(stage.extension)
        after = row_of(stage)
        assert before.access_token != after.access_token
        assert before.refresh_token != after.refresh_token
        assert after.refresh_expires_at == stage.clock.now() + timedelta(days=90)


class TestRefused:
    def test_a_token_refused_before_its_end_is_renewed_once(self, stage: Stage) -> None:
        connected(stage)
        use(stage.extension)
        stage.zendesk.faults.add(
            FaultRule(kind=FaultKind.STATUS, path="/api/v2/users/me", status=401, body="json", count=1)
        )
        stage.calls()
        with pytest.raises(ZendeskUnauthorized):  # another body than invalid_token: not worth a renewal
            use(stage.extension)
        assert RENEW not in stage.calls()

    def test_another_process_has_renewed(self, stage: Stage) -> None:
        connected(stage)
        here, there = stage.extension, stage.twin()
        use(here)
        stage.clock.advance(LIFE - 30)
        use(there)
        stage.settle()
        stage.calls()
        use(here)
        assert RENEW not in stage.calls()

    def test_a_403_renews_nothing(self, stage: Stage) -> None:
        connected(stage)
        stage.zendesk.faults.add(FaultRule(kind=FaultKind.STATUS, path="/api/v2/users/me", status=403, body="json"))
        with pytest.raises(ZendeskCallFailed):
            use(stage.extension)
        assert RENEW not in stage.calls()

    def test_revoked_at_zendesk_is_told_once_and_makes_no_storm(self, stage: Stage) -> None:
        connected(stage)
        use(stage.extension)
        for token in stage.zendesk.tokens.tokens():
            stage.zendesk.tokens.revoke(token)
        stage.calls()
        for _ in range(20):
            with pytest.raises(ReconnectNeeded):
                use(stage.extension)
        with pytest.raises(ReconnectNeeded):
            use(stage.twin())
        assert stage.calls().count(RENEW) == 1
        assert [told[0] for told in stage.notebook.told] == ["ann"]
        assert stage.notebook.told[0][2]["path"] == "/zendesk/connection"
        found = stage.connections.one(ANN)
        assert (found.state, found.reason) == ("needs_reconnect", "refused")

    def test_reconnecting_mends_it(self, stage: Stage) -> None:
        connected(stage)
        for token in stage.zendesk.tokens.tokens():
            stage.zendesk.tokens.revoke(token)
        with pytest.raises(ReconnectNeeded):
            use(stage.extension)
        stage.connect()
        assert use(stage.extension)
        assert stage.connections.one(ANN).reason is None

    def test_a_refresh_token_past_its_end_is_zendesks_to_refuse(self, stage: Stage) -> None:
        connected(stage)
        stage.clock.advance(91 * 86_400)
        with pytest.raises(ReconnectNeeded):
            use(stage.extension)
        assert stage.calls() == [RENEW]
        assert stage.connections.one(ANN).reason == "away_too_long"


class TestPassingFailures:
    @pytest.mark.parametrize("status", [429, 500, 502, 503])
    def test_the_living_token_is_used_on(self, stage: Stage, status: int) -> None:
        connected(stage)
        stage.clock.advance(LIFE - 30)
        fail(stage, FaultKind.STATUS, status=status)
        assert use(stage.extension)
        stage.settle()
        assert use(stage.extension)
        assert stage.connections.one(ANN).state == "connected"

    @pytest.mark.parametrize(("status", "error"), [(429, ZendeskRateLimited), (503, ZendeskUnavailable)])
    def test_after_the_end_it_is_told_and_tried_again_later(
        self, stage: Stage, status: int, error: type[Exception]
    ) -> None:
        connected(stage)
        stage.clock.advance(LIFE + 1)
        fail(stage, FaultKind.STATUS, status=status, retry_after=7)
        with pytest.raises(error):
            use(stage.extension)
        with pytest.raises(ZendeskCallFailed) as waiting:
            use(stage.twin())
        assert 0 < (waiting.value.retry_after or 0) <= 7
        assert stage.calls().count(RENEW) == 1
        stage.clock.advance(8)
        assert use(stage.extension)
        assert stage.notebook.told == []

    def test_a_client_that_is_refused_says_nothing_against_the_grant(self, stage: Stage) -> None:
        connected(stage)
        stage.clock.advance(LIFE + 1)
        broken = stage.twin(ZENDESK_CLIENT_SECRET="wrong")
        with pytest.raises(ConfigError, match="OAuth client"):
            use(broken)
        assert stage.connections.one(ANN).state == "expired"
        stage.clock.advance(10)
        stage.calls()
        assert use(stage.twin())


class TestLost:
    @pytest.mark.parametrize("kind", [FaultKind.RESET_BEFORE, FaultKind.HTML])
    def test_a_request_that_had_no_effect_is_made_again(self, stage: Stage, kind: FaultKind) -> None:
        connected(stage)
        stage.clock.advance(LIFE + 1)
        fail(stage, kind)
        assert use(stage.extension)
        assert stage.calls().count(RENEW) == 2

    @pytest.mark.parametrize("kind", [FaultKind.RESET_AFTER, FaultKind.TRUNCATE])
    def test_an_answer_that_was_lost_is_found_out_and_told(self, stage: Stage, kind: FaultKind) -> None:
        connected(stage)
        stage.clock.advance(LIFE + 1)
        fail(stage, kind)
        for _ in range(3):
            with pytest.raises(ReconnectNeeded):
                use(stage.extension)
        assert stage.calls().count(RENEW) == 2
        assert stage.connections.one(ANN).reason == "lost"
        assert len(stage.notebook.told) == 1

    def test_an_answer_later_than_the_callers_deadline_is_kept(self, new_sqlite_stage: NewStage) -> None:
        stage = connected(new_sqlite_stage(ZENDESK_DEADLINE="2"))
        stage.clock.advance(LIFE + 1)
        fail(stage, FaultKind.LATENCY, seconds=5.0)
        try:
            use(stage.extension)
        except ZendeskCallFailed:
            stage.settle()
        assert use(stage.extension)
        assert stage.calls().count(RENEW) == 1


class TestKilled:
    """What another process finds when one was killed in the middle."""

    def begun(self, stage: Stage) -> grants.GrantRow:
        row = row_of(stage)
        now = stage.clock.now()
        with stage.extension._storage.unit(Tenancy("default", "ann")) as unit:
            assert grants.begin_renewal(
                unit, account_id=1, generation=row.generation, holder="killed", now=now,
                until=now + timedelta(seconds=renewal.LEASE),
            )  # fmt: skip
        return row

    def test_before_the_request_left(self, stage: Stage) -> None:
        connected(stage)
        stage.clock.advance(LIFE + 1)
        self.begun(stage)
        stage.clock.advance(renewal.LEASE)
        assert use(stage.twin())
        assert stage.calls().count(RENEW) == 1

    def test_between_the_answer_and_the_commit(self, stage: Stage) -> None:
        connected(stage)
        stage.clock.advance(LIFE + 1)
        row = self.begun(stage)
        old = stage.zendesk.tokens.find_refreshable(row.refresh_token or "")
        assert old is not None
        stage.zendesk.tokens.revoke(old)  # the new pair died with the process
        stage.clock.advance(renewal.LEASE)
        for extension in (stage.extension, stage.twin()):
            with pytest.raises(ReconnectNeeded):
                use(extension)
        assert stage.calls().count(RENEW) == 1
        assert stage.connections.one(ANN).reason == "lost"
        assert len(stage.notebook.told) == 1

    def test_the_others_wait_for_a_renewal_under_way(self, new_stage: NewStage) -> None:
        stage = connected(new_stage(ZENDESK_DEADLINE="30"))
        stage.clock.advance(LIFE + 1)
        self.begun(stage)
        assert use(stage.twin())  # waits until the lease is over, by the clock
        assert stage.calls().count(RENEW) == 1

    def test_a_slow_process_that_was_given_up_still_wins_with_its_pair(self, stage: Stage) -> None:
        connected(stage)
        row = self.begun(stage)
        with stage.extension._storage.unit(Tenancy("default", "ann")) as unit:
            now = stage.clock.now()
            assert grants.mark_needs_reconnect(
                unit, account_id=1, generation=row.generation, reason="lost", now=now
            )
        pair = grants.TokenPair(
            access_token=row.access_token, refresh_token=row.refresh_token, access_expires_at=row.access_expires_at,
            refresh_expires_at=row.refresh_expires_at, scopes=row.scopes,
        )  # fmt: skip
        keys = stage.extension._keys.get().ring()
        with stage.extension._storage.unit(Tenancy("default", "ann")) as unit:
            assert grants.finish_renewal(
                unit, account_id=1, generation=row.generation, pair=pair, keys=keys, now=stage.clock.now()
            )
        assert use(stage.extension)


class TestDatabaseAway:
    def test_a_new_pair_is_kept_until_it_can_be_stored(self, new_sqlite_stage: NewStage) -> None:
        stage = connected(new_sqlite_stage())
        use(stage.extension)
        facts = stage.connections.find("default", None)
        assert facts is not None
        held = stage.connections.credentials(ANN, facts)
        assert held is not None
        stage.clock.advance(LIFE + 1)
        with stage.extension._storage.operator_unit() as unit:
            unit.session.execute(
                text("CREATE TRIGGER no_pair BEFORE UPDATE OF access_token ON zendesk_grants BEGIN SELECT RAISE(ABORT, 'locked'); END")
            )
        with pytest.raises(Exception):  # noqa: B017, PT011  # it cannot be stored, so it is not used
            held.authorization(deadline=None)
        with stage.extension._storage.operator_unit() as unit:
            unit.session.execute(text("DROP TRIGGER no_pair"))
        stage.clock.advance(renewal.LEASE)
        assert held.authorization(deadline=None).startswith("Bearer ")
        assert stage.calls().count(RENEW) == 1


class TestMany:
    def test_fifty_threads_at_the_moment_of_expiry_ask_once(self, stage: Stage) -> None:
        connected(stage)
        use(stage.extension)
        stage.clock.advance(LIFE + 1)
        stage.calls()
        with ThreadPoolExecutor(50) as pool:
            found = list(pool.map(lambda _: use(stage.extension), range(100)))
        assert len(set(found)) == 1
        assert stage.calls().count(RENEW) == 1

    def test_four_processes_at_the_moment_of_expiry_ask_once(self, stage: Stage) -> None:
        connected(stage)
        twins = [stage.twin() for _ in range(4)]
        for twin in twins:
            use(twin)
        stage.clock.advance(LIFE + 1)
        stage.calls()
        with ThreadPoolExecutor(16) as pool:
            found = list(pool.map(lambda number: use(twins[number % 4]), range(64)))
        assert len(set(found)) == 1
        assert stage.calls().count(RENEW) == 1

    def test_people_do_not_share_a_token(self, stage: Stage) -> None:
        staff = [user for user in stage.zendesk.desk.users.values() if user.is_staff][:4]
        callers = [ANN.__class__(user_id=f"person{number}", via="bearer") for number in range(len(staff))]
        for caller, user in zip(callers, staff, strict=True):
            stage.connect(caller, user_id=user.id)
        with ThreadPoolExecutor(20) as pool:
            found = list(
                pool.map(lambda n: stage.extension.desk(callers[n % len(callers)]).me().user.id, range(80))
            )
        assert found == [staff[n % len(staff)].id for n in range(80)]


def test_a_grant_that_somebody_erased_is_gone_at_once(stage: Stage) -> None:
    connected(stage)
    use(stage.extension)
    other = stage.twin()
    use(other)
    stage.connections.disconnect(ANN)
    with pytest.raises(NotConnected):
        use(other)


def test_a_grant_with_less_than_was_asked_is_renewed_with_what_it_has(stage: Stage) -> None:
    client = stage.zendesk.tokens.find_client("atom_simulator")
    assert client is not None
    stage.zendesk.tokens.change_scopes(client, allowed=None, granted=frozenset({"read"}))
    connected(stage)
    stage.clock.advance(LIFE + 1)
    assert use(stage.extension)
    assert stage.connections.one(ANN).missing_scopes == ("write",)
