"""Disconnecting ends the token at Zendesk, makes sure of it, and erases what there is of the connection; or says why not."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from atom_zendesk_plugin.errors import NotConnected, ZendeskCallFailed, ZendeskUnavailable
from atom_zendesk_plugin.simulator.faults import FaultKind, FaultRule
from tests.integration.accounts.staging import ANN, BOB, NewStage, Stage


def rows(stage: Stage, table: str) -> int:
    with stage.extension._storage.operator_unit() as unit:
        return int(unit.session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def alive(stage: Stage) -> int:
    now = stage.clock.now()
    return sum(token.expires_at is not None and token.expires_at > now for token in stage.zendesk.tokens.tokens())


def test_it_is_deleted_by_its_number_and_seen_dead(stage: Stage) -> None:
    stage.connect()
    stage.begin()
    stage.calls()
    gone = stage.connections.disconnect(ANN)
    calls = stage.calls()
    assert gone.revoked
    assert calls[0] == calls[2] == "GET /api/v2/oauth/tokens/current"
    assert calls[1].startswith("DELETE /api/v2/oauth/tokens/")
    assert not calls[1].endswith("current")
    assert alive(stage) == 0
    assert rows(stage, "zendesk_grants") == 0
    assert rows(stage, "zendesk_oauth_states") == 0
    assert not stage.connections.one(ANN).exists
    with pytest.raises(NotConnected):
        stage.extension.desk(ANN)


def test_a_token_that_has_ended_is_renewed_to_be_revoked(stage: Stage) -> None:
    stage.connect()
    stage.clock.advance(1801)
    assert stage.connections.disconnect(ANN).revoked
    assert alive(stage) == 0


def test_a_connection_that_has_ended_is_just_erased(stage: Stage) -> None:
    stage.connect()
    for token in stage.zendesk.tokens.tokens():
        stage.zendesk.tokens.revoke(token)
    gone = stage.connections.disconnect(ANN)
    assert gone.revoked
    assert rows(stage, "zendesk_grants") == 0


def test_twice_is_no_error(stage: Stage) -> None:
    stage.connect()
    stage.connections.disconnect(ANN)
    stage.calls()
    assert "not connected" in stage.connections.disconnect(ANN).message
    assert stage.calls() == []


def test_while_zendesk_is_away_nothing_is_erased(stage: Stage) -> None:
    stage.connect()
    stage.zendesk.faults.add(FaultRule(kind=FaultKind.STATUS, path="/api/v2/oauth/*", status=503))
    with pytest.raises(ZendeskUnavailable, match="disconnect anyway"):
        stage.connections.disconnect(ANN)
    stage.zendesk.faults.clear()
    assert stage.extension.desk(ANN).me().own


def test_anyway_erases_and_says_what_is_left(stage: Stage) -> None:
    stage.connect()
    stage.zendesk.faults.add(FaultRule(kind=FaultKind.STATUS, path="/api/v2/oauth/*", status=503))
    gone = stage.connections.disconnect(ANN, anyway=True)
    assert not gone.revoked
    assert "did not confirm" in gone.message
    assert rows(stage, "zendesk_grants") == 0


def test_an_ended_token_that_cannot_be_renewed_now(stage: Stage) -> None:
    stage.connect()
    stage.clock.advance(1801)
    stage.zendesk.faults.add(FaultRule(kind=FaultKind.STATUS, path="/oauth/*", status=503))
    with pytest.raises(ZendeskCallFailed):
        stage.connections.disconnect(ANN)
    assert rows(stage, "zendesk_grants") == 1
    assert not stage.connections.disconnect(ANN, anyway=True).revoked
    assert rows(stage, "zendesk_grants") == 0


def test_a_zendesk_that_lies_about_the_current_token_is_not_believed(stage: Stage) -> None:
    stage.connect()
    stage.zendesk.quirks.current_delete_lies = True
    stage.zendesk.faults.add(
        FaultRule(kind=FaultKind.STATUS, path="/api/v2/oauth/tokens/[0-9]*", method="DELETE", status=403, body="json")
    )
    with pytest.raises(ZendeskUnavailable):
        stage.connections.disconnect(ANN)
    assert rows(stage, "zendesk_grants") == 1


def test_nobody_elses_connection_is_touched(stage: Stage) -> None:
    staff = [user for user in stage.zendesk.desk.users.values() if user.is_staff]
    stage.connect(ANN, user_id=staff[0].id)
    stage.connect(BOB, user_id=staff[1].id)
    stage.connections.disconnect(ANN)
    assert stage.connections.one(BOB).works
    assert stage.extension.desk(BOB).me().user.id == staff[1].id


def test_only_the_named_account_is_left(new_stage: NewStage) -> None:
    stage = new_stage()
    from tests.integration.accounts.staging import BOSS

    globex = stage.other.credentials.oauth
    stage.connections.add_account(
        BOSS, subdomain="globex", client_id=globex.client_id, client_secret=globex.client_secret, service=False
    )
    stage.connect(ANN)
    stage.connect(ANN, account="globex")
    stage.connections.disconnect(ANN, account="globex")
    assert [(row.account, row.state) for row in stage.connections.every(ANN)] == [
        ("acme", "connected"), ("globex", "not_connected"),
    ]  # fmt: skip
