"""What is remembered of an account outlives a request, and is one person's only."""

from __future__ import annotations

from tests.integration.accounts.staging import ANN, BOB, NewStage

FIELDS = "GET /api/v2/ticket_fields"


def test_each_person_asks_for_the_fields_once_whatever_requests_they_make(new_sqlite_stage: NewStage) -> None:
    stage = new_sqlite_stage()
    staff = [user.id for user in stage.zendesk.desk.users.values() if user.is_staff]
    stage.connect(ANN, user_id=staff[0])
    stage.connect(BOB, user_id=staff[1])
    ticket = next(iter(stage.zendesk.desk.tickets))
    for caller, asked in ((ANN, 1), (ANN, 0), (BOB, 1), (BOB, 0), (ANN, 0)):
        stage.calls()
        assert stage.extension.desk(caller).tickets.get(ticket).fields["Product area"].type == "tagger"
        assert stage.calls().count(FIELDS) == asked


def test_the_lifetime_is_the_setting(new_sqlite_stage: NewStage) -> None:
    stage = new_sqlite_stage(ZENDESK_LIST_TTL="60")
    stage.connect(ANN)
    ticket = next(iter(stage.zendesk.desk.tickets))
    for seconds, asked in ((0, 1), (59, 0), (1, 1)):
        stage.clock.advance(seconds)
        stage.calls()
        stage.extension.desk(ANN).tickets.get(ticket)
        assert stage.calls().count(FIELDS) == asked
