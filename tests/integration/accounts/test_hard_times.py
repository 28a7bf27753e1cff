"""When things go wrong at the worst moment: nobody becomes somebody else, no token is left alive, none is sent to the wrong place."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from atom_zendesk_plugin.accounts import renewal
from atom_zendesk_plugin.accounts.model import Refused
from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.errors import (
    InvalidInput,
    ReconnectNeeded,
    StorageAway,
    ZendeskPluginError,
    ZendeskUnauthorized,
)
from atom_zendesk_plugin.extension import ZendeskExtension
from atom_zendesk_plugin.simulator import Simulator
from atom_zendesk_plugin.simulator.adapter import SimulatorAdapter
from atom_zendesk_plugin.simulator.faults import FaultKind, FaultRule
from atom_zendesk_plugin.store import grants
from atom_zendesk_plugin.store.tenancy import Tenancy
from tests.integration.accounts.staging import ANN, BOB, BOSS, OTHER_KEYS, REDIRECT, NewStage, Stage

LIFE = 1800
RENEW = "POST /oauth/tokens"


def agent(stage: Stage) -> int:
    return next(user.id for user in stage.zendesk.desk.users.values() if user.is_staff and user.id != stage.zendesk.desk.admin_id)


def alive(stage: Stage) -> int:
    """Count the pairs of people of which anything still works."""
    now = stage.clock.now()
    return sum(
        token.refresh_token is not None and (token.works_at(now) or token.refreshable_at(now))
        for token in stage.zendesk.tokens.tokens()
    )


def use(extension: ZendeskExtension, caller: Caller) -> int | None:
    return extension.desk(caller).me().user.id


def add_globex(stage: Stage, **changes: Any) -> None:
    client = stage.other.credentials.oauth
    told = {"subdomain": "globex", "client_id": client.client_id, "client_secret": client.client_secret, "service": False}
    stage.connections.add_account(BOSS, **{**told, **changes})


@contextmanager
def away(stage: Stage) -> Iterator[None]:
    """Make the database unusable meanwhile: the tables that connections are in are gone. SQLite only."""
    file = stage.url.removeprefix("sqlite:///")

    def rename(old: str, new: str) -> None:
        with closing(sqlite3.connect(file)) as connection, connection:
            for name in ("zendesk_grants", "zendesk_accounts"):
                connection.execute(f"ALTER TABLE {name}{old} RENAME TO {name}{new}")

    rename("", "_away")
    try:
        yield
    finally:
        rename("_away", "")


class TestDatabaseAway:
    @pytest.fixture
    def stage(self, new_sqlite_stage: NewStage) -> Stage:
        client = {"ZENDESK_CREDENTIALS": "client_credentials"}
        return new_sqlite_stage(**client)

    def test_who_is_connected_stays_themself(self, stage: Stage) -> None:
        own = agent(stage)
        stage.connect(BOSS, user_id=own)
        assert stage.extension.desk(BOSS).me().user.id == own
        with away(stage):
            stage.clock.advance(30)
            for _ in range(3):
                assert stage.extension.desk(BOSS).me().user.id == own

    def test_whose_connection_is_not_known_is_nobody_else_meanwhile(self, stage: Stage) -> None:
        stage.connect(BOSS, user_id=agent(stage))
        twin = stage.twin()
        twin.desk(Caller(user_id="other-admin", roles=frozenset({"admin"}), via="bearer"))  # it has seen the database
        with away(stage):
            stage.clock.advance(30)
            with pytest.raises(StorageAway):
                twin.desk(BOSS)

    def test_nothing_is_said_to_be_gone(self, stage: Stage) -> None:
        stage.connect(ANN)
        with away(stage):
            stage.clock.advance(30)
            for work in (
                lambda: stage.connections.one(ANN), lambda: stage.connections.every(ANN), lambda: stage.connections.disconnect(ANN),
                lambda: stage.connections.disconnect(ANN, anyway=True), lambda: stage.begin(ANN),
            ):  # fmt: skip
                with pytest.raises(StorageAway):
                    work()
        stage.clock.advance(30)
        assert stage.connections.one(ANN).works
        assert alive(stage) == 1


class TestAccountsThatComeAndGo:
    def test_a_token_is_never_sent_to_another_account(self, stage: Stage) -> None:
        """The row of a removed account is gone, and what was held for it with it, whatever number the next account gets."""
        client = stage.other.credentials.oauth
        add_globex(stage)
        stage.connect(ANN, account="globex")
        stage.extension.desk(ANN, "globex").me()
        token = next(found for found in stage.other.tokens.tokens() if found.refresh_token is not None)
        stage.connections.remove_account(BOSS, account="globex")
        third = Simulator(seed=9, tickets=2, clock=stage.clock, subdomain="initech", redirect_uris=[REDIRECT])
        stage.board.lines["initech.zendesk.com"] = SimulatorAdapter(third.wsgi_app)
        mine = third.credentials.oauth
        stage.connections.add_account(
            BOSS, subdomain="initech", client_id=mine.client_id, client_secret=mine.client_secret, service=False
        )
        stage.connections.add_account(
            BOSS, subdomain="globex", client_id=client.client_id, client_secret=client.client_secret, service=False
        )
        seen: list[str] = []
        for host in ("initech.zendesk.com", "acme.zendesk.com"):
            stage.board.lines[host] = _Eavesdropped(stage.board.lines[host], seen)
        for account in ("initech", "acme", "globex"):
            with pytest.raises(ZendeskPluginError):
                stage.extension.desk(ANN, account).me()
        assert not any(token.value in told or (token.refresh_token or "-") in told for told in seen)

    def test_connecting_again_after_the_account_came_back(self, stage: Stage) -> None:
        add_globex(stage)
        stage.connect(ANN, account="globex")
        stage.extension.desk(ANN, "globex").me()
        stage.connections.remove_account(BOSS, account="globex")
        add_globex(stage)
        stage.connect(ANN, account="globex")
        stage.clock.advance(LIFE + 1)
        assert stage.extension.desk(ANN, "globex").me().own

    def test_an_address_where_no_zendesk_is(self, stage: Stage) -> None:
        for status, body in ((404, b'{"error":{"title":"No help desk at nobody"}}'), (302, b""), (400, b"{}"), (403, b"{}")):
            stage.board.lines["nobody.zendesk.com"] = _Fixed(status, body)
            with pytest.raises(InvalidInput):
                stage.connections.add_account(BOSS, subdomain="nobody", client_id="x", client_secret="y", service=False)
        assert [row.account for row in stage.connections.accounts(BOSS)] == ["acme"]


class TestReplacedClient:
    def test_a_new_secret_counts_at_once(self, stage: Stage) -> None:
        add_globex(stage)
        stage.connect(ANN, account="globex")
        stage.extension.desk(ANN, "globex").me()
        client = stage.other.tokens.find_client("atom_simulator")
        assert client is not None
        changed = stage.other.register_client(
            "atom_simulator", kind="confidential", redirect_uris=client.redirect_uris, user_id=client.user_id
        )
        add_globex(stage, client_secret=changed.secret)
        stage.clock.advance(LIFE + 1)
        with pytest.raises(ReconnectNeeded):  # the simulator's new client is another one to its tokens: Zendesk says so, not we
            stage.extension.desk(ANN, "globex").me()
        assert [call.status for call in stage.other.calls if call.path == "/oauth/tokens"][-1] == 400

    def test_another_client_is_not_given_the_old_ones_token(self, stage: Stage) -> None:
        add_globex(stage)
        stage.connect(ANN, account="globex")
        stage.extension.desk(ANN, "globex").me()
        public = stage.other.credentials.public_oauth.client_id
        add_globex(stage, client_id=public, client_secret=None)
        stage.clock.advance(LIFE + 1)
        stage.calls(of=stage.other)
        with pytest.raises(ReconnectNeeded) as told:
            stage.extension.desk(ANN, "globex").me()
        assert told.value.public["reason"] == "client_replaced"
        assert RENEW not in stage.calls(of=stage.other)
        stage.connect(ANN, account="globex")
        stage.clock.advance(LIFE + 1)
        assert stage.extension.desk(ANN, "globex").me().own


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
        twin = stage.twin()
        with ThreadPoolExecutor(8) as pool:
            work = [pool.submit(lambda: twin.desk(ANN).me()) for _ in range(4)]
            gone = pool.submit(lambda: stage.connections.disconnect(ANN)).result()
            for one in work:
                one.exception()
        stage.settle()
        assert gone.revoked
        assert alive(stage) == 0

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
        stage.board.lines["acme.zendesk.com"] = _Meanwhile(line, lambda: stage.extension.connections._ledger(ANN, facts).erase())  # type: ignore[union-attr]
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
        stage.board.lines["acme.zendesk.com"] = _Meanwhile(line, bring)
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


class TestKeysThatDoNotFit:
    def test_one_account_that_does_not_open_costs_only_itself(self, stage: Stage) -> None:
        add_globex(stage, service=True)
        with stage.extension._storage.operator_unit() as unit:
            unit.session.execute(text("UPDATE zendesk_accounts SET client_secret = 'v1.gone.AAAA' WHERE subdomain = 'globex'"))
        twin = stage.twin()
        assert [(row.account, row.can_connect) for row in twin.connections.accounts(BOSS)] == [("acme", True), ("globex", False)]
        assert twin.desk(BOSS).me().user.id == stage.zendesk.desk.admin_id
        with pytest.raises(ZendeskPluginError, match="enter the client again"):
            twin.desk(BOSS, "globex").me()
        add_globex(stage, service=True)
        stage.clock.advance(6)
        assert twin.desk(BOSS, "globex").me().user.id == stage.other.desk.admin_id

    def test_a_connection_that_does_not_open_is_mended_by_connecting_again(self, stage: Stage) -> None:
        stage.connect(ANN)
        other = stage.twin(ZENDESK_ENCRYPTION_KEYS=OTHER_KEYS)
        found = other.connections.one(ANN)
        assert (found.state, found.reason) == ("needs_reconnect", "sealed")
        with pytest.raises(ZendeskPluginError):
            other.desk(ANN)
        again = replace(stage, extension=other)
        assert again.connect(ANN).works
        assert other.desk(ANN).me().own

    def test_it_can_be_left_too(self, stage: Stage) -> None:
        stage.connect(ANN)
        other = stage.twin(ZENDESK_ENCRYPTION_KEYS=OTHER_KEYS)
        with pytest.raises(ZendeskPluginError):
            other.connections.disconnect(ANN)
        assert not other.connections.disconnect(ANN, anyway=True).revoked
        assert not stage.connections.one(ANN).exists

    def test_without_the_key_nobody_becomes_the_service_account(self, stage: Stage) -> None:
        stage.connect(BOSS, user_id=agent(stage))
        bare = stage.twin(ZENDESK_ENCRYPTION_KEYS="")
        with pytest.raises(ZendeskPluginError, match="keys generate"):
            bare.desk(BOSS)
        assert not bare.desk(Caller(user_id="another", roles=frozenset({"admin"}), via="bearer")).me().own


def test_one_hanging_account_does_not_keep_another_from_renewing(stage: Stage) -> None:
    add_globex(stage)
    crowd = [Caller(user_id=f"p{number}", via="bearer") for number in range(12)]
    for caller in crowd:
        stage.connect(caller)
    stage.connect(ANN, account="globex")
    stage.clock.advance(LIFE + 1)
    gate = threading.Event()
    line = stage.board.lines["acme.zendesk.com"]
    stage.board.lines["acme.zendesk.com"] = _Hanging(line, gate)
    try:
        with ThreadPoolExecutor(12) as pool:
            waiting = [pool.submit(use, stage.extension, caller) for caller in crowd]
            assert stage.extension.desk(ANN, "globex").me().own
            gate.set()
            for one in waiting:
                one.result()
    finally:
        gate.set()


def test_a_scope_that_zendesk_took_back_is_told(stage: Stage) -> None:
    stage.connect(ANN)
    client = stage.zendesk.tokens.find_client("atom_simulator")
    assert client is not None
    stage.clock.advance(LIFE + 1)
    stage.board.lines["acme.zendesk.com"] = _Fixed(400, b'{"error":"invalid_scope","error_description":"no"}')
    with pytest.raises(ReconnectNeeded) as told:
        stage.extension.desk(ANN).me()
    assert told.value.public["reason"] == "scope_refused"


@pytest.mark.parametrize(
    "rubbish",
    [b'{"access_token":"t","expires_in":1e999}', b"[" * 100_000, b"null", b"[]", b'"x"', b"\xff\xfe", b'{"access_token":5}'],
)
def test_rubbish_from_the_token_endpoint_is_an_outage(stage: Stage, rubbish: bytes) -> None:
    back = stage.consent(stage.begin(ANN))
    stage.board.lines["acme.zendesk.com"] = _Fixed(200, rubbish)
    assert stage.refusal(back) in (Refused.UNREACHABLE, Refused.NO_USER)


def test_a_slow_host_is_told_without_holding_up_renewals(stage: Stage) -> None:
    gate = threading.Event()

    class Slow:
        def __call__(self, *_: object) -> None:
            gate.wait(30)

    stage.connections._notify = Slow()
    stage.connect(ANN)
    stage.connect(BOB)
    for token in stage.zendesk.tokens.tokens():
        if token.refresh_token is not None:
            stage.zendesk.tokens.revoke(token)
    for caller in (ANN, BOB):
        with pytest.raises((ReconnectNeeded, ZendeskUnauthorized)):
            stage.extension.desk(caller).me()
    gate.set()


class _Fixed:
    """A line on which every answer is this one."""

    def __init__(self, status: int, body: bytes) -> None:
        self._status, self._body = status, body

    def send(self, request: Any, *_: Any, **__: Any) -> Any:
        return answered(request, self._status, self._body)


class _Eavesdropped:
    """A line on which everything that is sent is written down."""

    def __init__(self, line: Any, seen: list[str]) -> None:
        self._line, self._seen = line, seen

    def send(self, request: Any, *args: Any, **options: Any) -> Any:
        self._seen.append(f"{request.url} {dict(request.headers)} {request.body!r}")
        return self._line.send(request, *args, **options)


class _Meanwhile:
    """A line on which something happens between the first token request and the arrival of its answer."""

    def __init__(self, line: Any, work: Any) -> None:
        self._line, self._work = line, work

    def send(self, request: Any, *args: Any, **options: Any) -> Any:
        answer = self._line.send(request, *args, **options)
        if "/oauth/tokens" in request.url and request.method == "POST" and self._work is not None:
            work, self._work = self._work, None
            work()
        return answer


class _Hanging:
    """A line whose token endpoint does not answer before the gate opens."""

    def __init__(self, line: Any, gate: threading.Event) -> None:
        self._line, self._gate = line, gate

    def send(self, request: Any, *args: Any, **options: Any) -> Any:
        if "/oauth/tokens" in request.url:
            self._gate.wait(30)
        return self._line.send(request, *args, **options)


def answered(request: Any, status: int, body: bytes) -> Any:
    import io

    import urllib3
    from requests.adapters import HTTPAdapter

    raw = urllib3.HTTPResponse(io.BytesIO(body), headers={"content-type": "application/json"}, status=status, preload_content=False)
    return HTTPAdapter().build_response(request, raw)
