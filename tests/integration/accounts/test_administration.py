"""What administrators do: accounts entered here beside the configured one, and the way from an API token to OAuth."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from atom_zendesk_plugin.accounts.administration import ConfiguredAccount
from atom_zendesk_plugin.accounts.model import AccountStatus
from atom_zendesk_plugin.errors import (
    ConfigError,
    Forbidden,
    InvalidInput,
    NotConnected,
    NotFound,
)
from tests.integration.accounts.staging import ANN, BOSS, NewStage, Stage


def add_globex(stage: Stage, *, service: bool = True, **changes: Any) -> AccountStatus:
    client = stage.other.credentials.oauth
    told: dict[str, Any] = {
        "subdomain": "globex", "client_id": client.client_id, "client_secret": client.client_secret, "service": service,
    }  # fmt: skip
    return stage.connections.add_account(BOSS, **{**told, **changes})


class TestAdding:
    def test_the_client_proves_itself_and_serves(self, stage: Stage) -> None:
        added = add_globex(stage)
        assert (added.account, added.service, added.stored, added.can_connect) == ("globex", "client_credentials", True, True)
        found = stage.extension.desk(BOSS, "globex").me()
        assert not found.own
        assert found.user.id == stage.other.desk.admin_id

    @pytest.mark.parametrize("service", [True, False])
    @pytest.mark.parametrize("wrong", [{"client_secret": "wrong"}, {"client_id": "nobody"}])
    def test_a_client_zendesk_does_not_know_is_not_stored(
        self, stage: Stage, wrong: dict[str, str], service: bool
    ) -> None:
        with pytest.raises(InvalidInput, match="did not accept"):
            add_globex(stage, service=service, **wrong)
        assert [row.account for row in stage.connections.accounts(BOSS)] == ["acme"]

    def test_a_client_of_an_end_user_is_no_service_account(self, stage: Stage) -> None:
        customer = next(user for user in stage.other.desk.users.values() if not user.is_staff)
        client = stage.other.register_client("weak", kind="confidential", redirect_uris=["https://a.example/cb"], user_id=customer.id)
        with pytest.raises(InvalidInput, match="neither agent nor administrator"):
            add_globex(stage, client_id="weak", client_secret=client.secret)

    def test_a_public_client_serves_people_only(self, stage: Stage) -> None:
        public = stage.other.credentials.public_oauth.client_id
        with pytest.raises(InvalidInput, match="confidential"):
            add_globex(stage, client_id=public, client_secret=None)
        added = add_globex(stage, client_id=public, client_secret=None, service=False)
        assert (added.service, added.can_connect) == ("none", True)
        assert stage.connect(ANN, account="globex").works

    def test_without_a_key_nothing_is_stored(self, new_stage: NewStage) -> None:
        stage = new_stage(ZENDESK_ENCRYPTION_KEYS="")
        with pytest.raises(ConfigError, match="keys generate"):
            add_globex(stage)

    def test_several_accounts_are_told_apart(self, stage: Stage) -> None:
        add_globex(stage)
        assert stage.extension.desk(BOSS).agent_url == "https://acme.zendesk.com"
        assert stage.extension.desk(BOSS, "globex").agent_url == "https://globex.zendesk.com"
        with pytest.raises(NotFound):
            stage.extension.desk(BOSS, "initech")

    def test_another_process_sees_it_within_seconds(self, stage: Stage) -> None:
        twin = stage.twin()
        twin.connections.accounts(BOSS)
        add_globex(stage)
        stage.clock.advance(5)
        assert [row.account for row in twin.connections.accounts(BOSS)] == ["acme", "globex"]

    def test_other_tenants_neither_see_nor_use_it(self, stage: Stage) -> None:
        add_globex(stage)
        elsewhere = replace(BOSS, tenant_id="elsewhere")
        assert stage.connections.accounts(elsewhere) == []
        with pytest.raises(NotConnected):
            stage.extension.desk(elsewhere, "globex")

    def test_the_other_tenants_own_account_of_the_same_name(self, stage: Stage) -> None:
        add_globex(stage)
        elsewhere = replace(BOSS, tenant_id="elsewhere")
        client = stage.other.credentials.oauth
        stage.connections.add_account(
            elsewhere, subdomain="globex", client_id=client.client_id, client_secret=client.client_secret, service=True
        )
        stage.connections.remove_account(BOSS, account="globex")
        assert stage.extension.desk(elsewhere).agent_url == "https://globex.zendesk.com"


class TestRights:
    def test_people_without_the_role(self, stage: Stage) -> None:
        for work in (
            lambda: stage.connections.accounts(ANN),
            lambda: stage.connections.remove_account(ANN, account="acme"),
            lambda: stage.connections.add_account(ANN, subdomain="x", client_id="y", client_secret=None, service=False),
        ):
            with pytest.raises(Forbidden):
                work()
        assert not stage.connections.may_administer(ANN)

    def test_everybody_working_is_not_everybody_administering(self, new_stage: NewStage) -> None:
        stage = new_stage(ZENDESK_SERVICE_ROLES="*")
        assert not stage.connections.may_administer(BOSS)

    def test_the_configured_account_is_removed_where_it_is_configured(self, stage: Stage) -> None:
        with pytest.raises(ConfiguredAccount):
            stage.connections.remove_account(BOSS, account="acme")


class TestMovingFromAnApiToken:
    def legacy(self, new_stage: NewStage) -> Stage:
        stage = new_stage()
        token = stage.zendesk.credentials.api_token
        config = {"ZENDESK_EMAIL": token.email, "ZENDESK_TOKEN": token.token, "ZENDESK_CREDENTIALS": "api_token"}
        twin = stage.twin(**config)
        return replace(stage, extension=twin)

    def test_the_countdown_is_told(self, new_stage: NewStage) -> None:
        stage = self.legacy(new_stage)
        levels = []
        for day in (date(2026, 11, 25), date(2027, 1, 30), date(2027, 3, 31), date(2027, 4, 23), date(2027, 4, 30), date(2027, 5, 1)):
            stage.clock.advance((day - stage.clock.now().date()).days * 86_400)
            (notice,) = stage.connections.accounts(BOSS)[0].notices
            levels.append((notice.level, notice.text))
        assert [level for level, _ in levels] == ["info", "warning", "urgent", "urgent", "urgent", "urgent"]
        assert "in 156 days" in levels[0][1]
        assert "today" in levels[4][1]
        assert "no longer" in levels[5][1]

    def test_the_account_keeps_its_row_and_its_people(self, new_stage: NewStage) -> None:
        stage = self.legacy(new_stage)
        assert stage.connections.accounts(BOSS)[0].service == "api_token"
        stage.connect(ANN)
        with stage.extension._storage.operator_unit() as unit:
            before = unit.session.execute(text("SELECT id FROM zendesk_accounts")).scalars().all()
        client = stage.zendesk.credentials.oauth
        moved = stage.connections.add_account(
            BOSS, subdomain="acme", client_id=client.client_id, client_secret=client.client_secret, service=True
        )
        with stage.extension._storage.operator_unit() as unit:
            after = unit.session.execute(text("SELECT id FROM zendesk_accounts")).scalars().all()
        assert (moved.service, moved.notices) == ("client_credentials", ())
        assert before == after
        assert stage.connections.one(ANN).works
        stage.zendesk.tokens.revoke_api_token(stage.zendesk.credentials.api_token.token)
        assert stage.extension.desk(BOSS).me().user.id == stage.zendesk.desk.admin_id


class TestRemoving:
    def test_everything_of_it_goes(self, stage: Stage) -> None:
        add_globex(stage)
        stage.connect(ANN, account="globex")
        stage.begin(ANN, account="globex")
        assert stage.connections.remove_account(BOSS, account="globex") == 1
        assert [row.account for row in stage.connections.every(ANN)] == ["acme"]
        with stage.extension._storage.operator_unit() as unit:
            for table in ("zendesk_grants", "zendesk_oauth_states"):
                assert unit.session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0

    def test_a_sign_in_under_way_finds_it_gone(self, stage: Stage) -> None:
        add_globex(stage)
        back = stage.consent(stage.begin(ANN, account="globex"))
        stage.connections.remove_account(BOSS, account="globex")
        assert stage.refusal(back) == "state_unknown"


def test_two_accounts_and_a_hundred_threads_never_mix(stage: Stage) -> None:
    add_globex(stage)
    stage.connect(ANN)
    stage.connect(ANN, account="globex")
    stage.calls()
    stage.calls(of=stage.other)
    stage.board.hosts.clear()

    def who(number: int) -> tuple[int, int | None]:
        return number % 2, stage.extension.desk(ANN, ("acme", "globex")[number % 2]).me().user.id

    with ThreadPoolExecutor(100) as pool:
        found = set(pool.map(who, range(200)))
    assert found == {(0, stage.zendesk.desk.admin_id), (1, stage.other.desk.admin_id)}
    assert {call.status for simulator in (stage.zendesk, stage.other) for call in simulator.calls} == {200}


BAD_HOSTS = st.one_of(
    st.sampled_from([
        "evil.example", "acme.zendesk.com.evil.example", "acme.zendesk.com@evil.example", "evil.example/acme.zendesk.com",
        "evil.example#.zendesk.com", "evil.example?.zendesk.com", "a.b", "127.0.0.1", "127.0.0.1:80", "localhost:9", "[::1]",
        "169.254.169.254", "http://169.254.169.254", "acme\n", "acme\r\nHost: evil", "ac me", "-acme", "acme-", "ac_me", "ACME..",
        "%61cme", "\N{CYRILLIC SMALL LETTER A}cme", "acme\\evil", "https://", "//evil.example", "acme:443", "acme:443@evil.example", "",
        " ", ".", "..", "x" * 64, "0x7f000001", "2130706433.evil",
    ]),
    st.text(max_size=80),
    st.from_regex(r"[a-z0-9.:/@#?\\%-]{1,60}", fullmatch=True),
)  # fmt: skip


def test_no_fuzzed_subdomain_sends_anything_off_zendesk(new_sqlite_stage: NewStage) -> None:
    stage = new_sqlite_stage()

    @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
    @given(BAD_HOSTS)
    def attempt(told: str) -> None:
        try:
            stage.connections.add_account(BOSS, subdomain=told, client_id="c", client_secret="s", service=True)
        except (InvalidInput, KeyError):  # KeyError: there is no such Zendesk, and nothing was sent
            return

    attempt()
    assert all(host.endswith(".zendesk.com") for host in stage.board.hosts), set(stage.board.hosts)
    assert all(host.count(".") == 2 for host in stage.board.hosts)


def test_an_api_token_nobody_used_for_weeks_is_told(new_stage: NewStage) -> None:
    stage = TestMovingFromAnApiToken().legacy(new_stage)
    stage.extension.desk(BOSS).me()
    stage.clock.advance(20 * 86_400)
    assert len(stage.connections.accounts(BOSS)[0].notices) == 1
    stage.clock.advance(86_400)
    idle = stage.connections.accounts(BOSS)[0].notices[1]
    assert (idle.level, idle.day) == ("warning", "2026-12-25")
    stage.extension.desk(BOSS).me()
    stage.clock.advance(6)
    assert len(stage.connections.accounts(BOSS)[0].notices) == 1
