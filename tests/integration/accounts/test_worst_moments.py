"""Renewing and leaving at the worst moment: no token is left alive, none is lost, and clocks that are wrong do no harm."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from atom_zendesk_plugin.accounts import renewal
from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.errors import (
    ReconnectNeeded,
    ZendeskPluginError,
)
from atom_zendesk_plugin.extension import ZendeskExtension
from atom_zendesk_plugin.simulator.faults import FaultKind, FaultRule
from atom_zendesk_plugin.store import grants
from atom_zendesk_plugin.store.tenancy import Tenancy
from tests.integration.accounts.staging import ANN, NewStage, Stage
from tests.integration.accounts.troubles import LIFE, RENEW, Hanging, Interrupted, Meanwhile, add_globex, alive, use


class TestNothingIsLeftAlive:
    def test_disconnecting_in_the_last_minute_of_a_token(self, stage: Stage) -> None:
        stage.connect(ANN)
        stage.extension.desk(ANN).me()
        stage.clock.advance(LIFE - 20)
        assert stage.connections.disconnect(ANN).revoked
        stage.settle()
        assert alive(stage) == 0

    def test_disconnecting_while_another_process_renews(self, stage: Stage) -> None:
        stage.connect(ANN)
        stage.clock.advance(LIFE + 1)
        gate = threading.Event()
        line = Hanging(stage.board.lines["acme.zendesk.com"], gate)
        stage.board.lines["acme.zendesk.com"] = line
        twin = stage.twin()
        with ThreadPoolExecutor(1) as pool:
            renewing = pool.submit(use, twin, ANN)
            assert line.reached.wait(30)

            def let_it_end() -> None:
                gate.set()
                renewing.exception()

            waiting = replace(stage, clock=Interrupted(stage.clock.now(), let_it_end)).twin()
            gone = waiting.connections.disconnect(ANN)
        assert gate.is_set()
        stage.settle()
        assert gone.revoked
        assert alive(stage) == 0

    def test_disconnecting_when_who_was_renewing_finds_the_end(self, stage: Stage) -> None:
        stage.connect(ANN)
        facts = stage.connections.find("default", None)
        assert facts is not None
        ledger = stage.connections._ledger(ANN, facts)
        assert ledger is not None
        row = ledger.read()
        assert row is not None
        now = stage.clock.now()
        assert ledger.begin(row, holder="another", now=now, until=now + timedelta(seconds=20))
        waiting = replace(stage, clock=Interrupted(now, lambda: ledger.end(row, reason="lost"))).twin()
        gone = waiting.connections.disconnect(ANN)
        assert not gone.revoked
        assert ledger.state() is None

    def test_disconnecting_twice_at_once(self, stage: Stage) -> None:
        stage.connect(ANN)
        with ThreadPoolExecutor(6) as pool:
            found = list(pool.map(lambda _: stage.connections.disconnect(ANN), range(6)))
        assert all(gone.revoked for gone in found)
        assert alive(stage) == 0

    def test_a_pair_that_comes_after_everything_was_erased(self, stage: Stage) -> None:
        """A renewal began; before its answer is stored the person disconnects anyway, or connects again: the late pair is ended."""
        stage.connect(ANN)
        facts = stage.connections.find("default", None)
        assert facts is not None
        held = stage.connections.credentials(ANN, facts)
        assert held is not None
        line = stage.board.lines["acme.zendesk.com"]
        ledger = stage.connections._ledger(ANN, facts)
        assert ledger is not None
        stage.board.lines["acme.zendesk.com"] = Meanwhile(line, ledger.erase)
        stage.clock.advance(LIFE + 1)
        with pytest.raises(ZendeskPluginError):
            held.authorization(deadline=None)
        assert alive(stage) == 0

    def test_connecting_again_ends_the_old_pair_although_its_access_token_has_ended(self, stage: Stage) -> None:
        stage.connect(ANN)
        stage.clock.advance(LIFE + 1)
        assert alive(stage) == 1
        stage.connect(ANN)
        assert alive(stage) == 1
        assert stage.extension.desk(ANN).me().own

    def test_trouble_with_the_old_pair_says_nothing_against_the_new_one(self, stage: Stage) -> None:
        stage.connect(ANN)
        back = stage.consent(stage.begin(ANN))
        stage.zendesk.faults.add(FaultRule(kind=FaultKind.RESET_BEFORE, path="/api/v2/oauth/tokens/*"))
        assert stage.complete(back).works
        stage.zendesk.faults.clear()
        assert stage.extension.desk(ANN).me().own

    def test_a_lost_connection_is_not_said_to_be_revoked(self, stage: Stage) -> None:
        stage.connect(ANN)
        stage.clock.advance(LIFE + 1)
        stage.zendesk.faults.add(FaultRule(kind=FaultKind.RESET_AFTER, path="/oauth/tokens", count=1))
        with pytest.raises(ReconnectNeeded):
            stage.extension.desk(ANN).me()
        gone = stage.connections.disconnect(ANN)
        assert not gone.revoked
        assert not stage.connections.one(ANN).exists

    def test_many_coming_and_going_at_once(self, stage: Stage) -> None:
        people = [Caller(user_id=f"p{number}", via="bearer") for number in range(6)]
        staff = [user.id for user in stage.zendesk.desk.users.values() if user.is_staff]
        extensions = [stage.extension, stage.twin()]

        def life(number: int) -> None:
            caller = people[number % len(people)]
            for turn in range(3):
                try:
                    stage.connect(caller, user_id=staff[number % len(staff)])
                    extensions[turn % 2].desk(caller).me()
                    extensions[(turn + 1) % 2].connections.disconnect(caller, anyway=False)
                except ZendeskPluginError:
                    continue  # somebody else did the same for this person at the same moment

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(life, range(6)))
        for caller in people:
            stage.connections.disconnect(caller)
        stage.settle()
        assert alive(stage) == 0


class TestClocks:
    def held(self, extension: ZendeskExtension) -> renewal.GrantCredentials:
        facts = extension.connections.find("default", None)
        assert facts is not None
        held = extension.connections.credentials(ANN, facts)
        assert held is not None
        return held

    def test_a_pair_rescued_after_it_was_given_up_makes_the_connection_whole(self, new_sqlite_stage: NewStage) -> None:
        stage = new_sqlite_stage()
        stage.connect(ANN)
        held = self.held(stage.extension)
        stage.clock.advance(LIFE + 1)
        with stage.extension._storage.operator_unit() as unit:
            unit.session.execute(text(
                "CREATE TRIGGER no_pair BEFORE UPDATE OF access_token ON zendesk_grants BEGIN SELECT RAISE(ABORT, 'full'); END"
            ))  # fmt: skip
        with pytest.raises(Exception):  # noqa: B017, PT011  # it cannot be stored, so it is not used
            held.authorization(deadline=None)
        assert held.holds_unsaved
        with stage.extension._storage.operator_unit() as unit:
            unit.session.execute(text("DROP TRIGGER no_pair"))
        stage.clock.advance(renewal.LEASE)
        with pytest.raises(ReconnectNeeded):
            stage.twin().desk(ANN).me()
        assert stage.extension.desk(ANN).me().own
        assert stage.connections.one(ANN).state == "connected"

    def test_one_who_takes_over_waits_for_the_other_before_giving_up(self, stage: Stage) -> None:
        """Clocks of two machines differ: the second sees a lease as over that is not, and is refused; the first brings the pair."""
        stage.connect(ANN)
        stage.clock.advance(LIFE + 1)
        keys = stage.extension._keys.get().ring()
        with stage.extension._storage.unit(Tenancy("default", "ann")) as unit:
            row = grants.find_grant(unit, account_id=1, keys=keys)
            assert row is not None
            now = stage.clock.now()
            assert grants.begin_renewal(
                unit, account_id=1, generation=row.generation, holder="first", now=now - timedelta(seconds=60),
                until=now - timedelta(seconds=1),
            )  # fmt: skip
        old = stage.zendesk.tokens.find_refreshable(row.refresh_token or "")
        assert old is not None
        made = stage.zendesk.tokens.rotate(old, scopes=old.scopes, expires_in=LIFE, refresh_expires_in=7_776_000)
        pair = grants.TokenPair(
            access_token=made.value, refresh_token=made.refresh_token, access_expires_at=made.expires_at,
            refresh_expires_at=made.refresh_expires_at, scopes=made.scopes,
        )  # fmt: skip

        def bring() -> None:
            with stage.extension._storage.unit(Tenancy("default", "ann")) as unit:
                assert grants.finish_renewal(
                    unit, account_id=1, generation=row.generation, pair=pair, keys=keys, now=stage.clock.now()
                )

        line = stage.board.lines["acme.zendesk.com"]
        stage.board.lines["acme.zendesk.com"] = Meanwhile(line, bring)
        assert self.held(stage.extension).authorization(deadline=None) == f"Bearer {made.value}"
        stage.settle()
        assert stage.notebook.told == []

    def test_a_pause_written_by_a_wrong_clock_is_not_believed(self, stage: Stage) -> None:
        stage.connect(ANN)
        with stage.extension._storage.operator_unit() as unit:
            unit.session.execute(
                text("UPDATE zendesk_grants SET renew_from = :then, renewal_until = :then, renewal_holder = 'x'"),
                {"then": "2027-11-25T09:00:00.000000Z"},
            )
        stage.clock.advance(LIFE + 1)
        assert stage.extension.desk(ANN).me().own

    def test_a_life_shorter_than_the_margin_is_not_spent_on_renewals(self, stage: Stage) -> None:
        stage.connect(ANN)
        with stage.extension._storage.operator_unit() as unit:
            soon, now = (
                (stage.clock.now() + timedelta(seconds=after)).strftime("%Y-%m-%dT%H:%M:%S.%fZ") for after in (50, 0.000001)
            )
            unit.session.execute(text("UPDATE zendesk_grants SET access_expires_at = :soon, updated_at = :now"), {"soon": soon, "now": now})
        stage.calls()
        for _ in range(5):
            stage.extension.desk(ANN).me()
        stage.settle()
        assert RENEW not in stage.calls()


def test_one_hanging_account_does_not_keep_another_from_renewing(stage: Stage) -> None:
    add_globex(stage)
    crowd = [Caller(user_id=f"p{number}", via="bearer") for number in range(12)]
    for caller in crowd:
        stage.connect(caller)
    stage.connect(ANN, account="globex")
    stage.clock.advance(LIFE + 1)
    gate = threading.Event()
    line = stage.board.lines["acme.zendesk.com"]
    stage.board.lines["acme.zendesk.com"] = Hanging(line, gate)
    try:
        with ThreadPoolExecutor(12) as pool:
            waiting = [pool.submit(use, stage.extension, caller) for caller in crowd]
            assert stage.extension.desk(ANN, "globex").me().own
            gate.set()
            for one in waiting:
                one.result()
    finally:
        gate.set()
