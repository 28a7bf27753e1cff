"""When things go wrong at the worst moment: nobody becomes somebody else, no token is left alive, none is sent to the wrong place."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from sqlalchemy import text

from atom_zendesk_plugin.accounts.model import Refused
from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.errors import (
    InvalidInput,
    ReconnectNeeded,
    StorageAway,
    ZendeskPluginError,
    ZendeskUnauthorized,
)
from atom_zendesk_plugin.simulator import Simulator
from atom_zendesk_plugin.simulator.adapter import SimulatorAdapter
from tests.integration.accounts.staging import ANN, BOB, BOSS, OTHER_KEYS, REDIRECT, NewStage, Stage
from tests.integration.accounts.troubles import LIFE, RENEW, Eavesdropped, Fixed, add_globex, agent, alive, away


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
            stage.board.lines[host] = Eavesdropped(stage.board.lines[host], seen)
        for account in ("initech", "acme", "globex"):
            with pytest.raises(ZendeskPluginError):
                stage.extension.desk(ANN, account).me()
        assert not any(token.value in told or (token.refresh_token or "-") in told for told in seen)

    @pytest.mark.parametrize("fresh", [False, True])
    def test_a_token_does_not_follow_an_account_that_was_renamed_in_the_database(self, stage: Stage, fresh: bool) -> None:
        add_globex(stage)
        stage.connect(ANN, account="globex")
        stage.extension.desk(ANN, "globex").me()
        tokens = {token.value for token in stage.other.tokens.tokens()} | {token.refresh_token for token in stage.other.tokens.tokens()}
        seen: list[str] = []
        stage.board.lines["elsewhere.zendesk.com"] = Eavesdropped(stage.board.lines["acme.zendesk.com"], seen)
        with stage.extension._storage.operator_unit() as operator:
            operator.session.execute(text("UPDATE zendesk_accounts SET subdomain = 'elsewhere' WHERE subdomain = 'globex'"))
        stage.clock.advance(120)
        extension = stage.twin() if fresh else stage.extension
        with pytest.raises(ZendeskPluginError):
            extension.desk(ANN, "elsewhere").me()
        assert not any(token and token in told for told in seen for token in tokens)

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
            stage.board.lines["nobody.zendesk.com"] = Fixed(status, body)
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


def test_a_scope_that_zendesk_took_back_is_told(stage: Stage) -> None:
    stage.connect(ANN)
    client = stage.zendesk.tokens.find_client("atom_simulator")
    assert client is not None
    stage.clock.advance(LIFE + 1)
    stage.board.lines["acme.zendesk.com"] = Fixed(400, b'{"error":"invalid_scope","error_description":"no"}')
    with pytest.raises(ReconnectNeeded) as told:
        stage.extension.desk(ANN).me()
    assert told.value.public["reason"] == "scope_refused"


@pytest.mark.parametrize(
    "rubbish",
    [b'{"access_token":"t","expires_in":1e999}', b"[" * 100_000, b"null", b"[]", b'"x"', b"\xff\xfe", b'{"access_token":5}'],
)
def test_rubbish_from_the_token_endpoint_is_an_outage(stage: Stage, rubbish: bytes) -> None:
    back = stage.consent(stage.begin(ANN))
    stage.board.lines["acme.zendesk.com"] = Fixed(200, rubbish)
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
