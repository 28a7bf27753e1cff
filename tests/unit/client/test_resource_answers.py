"""What resources make of answers that are not as plain as the rest."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest

from atom_zendesk_plugin import errors
from atom_zendesk_plugin.client.api import ZendeskClient
from tests.unit.client.wire import LOST, Answer, rig

METRIC = {"id": 4, "ticket_id": 1, "reopens": 2, "reply_time_in_minutes": {"calendar": 5, "business": None}}


@pytest.mark.parametrize("told", [METRIC, [METRIC]], ids=["recorded", "documented"])
def test_metrics_come_as_an_object_or_as_a_list_of_one(told: Any) -> None:
    metrics = rig(Answer(body={"ticket_metric": told})).client.ticket_metrics
    for metric in (metrics.of_ticket(1), metrics.get(4).record):
        assert metric.reply_time_in_minutes is not None
        assert (metric.reopens, metric.reply_time_in_minutes.calendar) == (2, 5)
        assert metric.payload() == METRIC


def test_no_metrics_at_all_are_unexpected() -> None:
    with pytest.raises(errors.ZendeskUnexpected):
        rig(Answer(body={"ticket_metric": []})).client.ticket_metrics.of_ticket(1)


@pytest.mark.parametrize(
    "body", [{"suspended_ticket": {"id": 1}}, {"suspended_tickets": [{"id": 1}]}], ids=["recorded", "documented"]
)
def test_a_suspended_ticket_comes_in_two_forms(body: Any) -> None:
    assert rig(Answer(body=body)).client.suspended_tickets.get(1).record.payload() == {"id": 1}


def test_recovered_tickets_are_returned_and_an_unreadable_answer_is_not_taken_for_none() -> None:
    tickets = rig(Answer(body={"ticket": [{"id": 1}, {"id": 2}]})).client.suspended_tickets.recover(9)
    assert [ticket.id for ticket in tickets] == [1, 2]
    with pytest.raises(errors.OutcomeUnknown):
        rig(Answer(body={"other": 1})).client.suspended_tickets.recover(9)


def test_a_list_by_number_is_read_page_by_page() -> None:
    more = "https://acme.zendesk.com/api/v2/custom_roles?page=2"
    there = rig(
        Answer(body={"custom_roles": [{"id": 1}], "next_page": more, "count": 2}),
        Answer(body={"custom_roles": [{"id": 2}], "next_page": None, "count": 2}),
    )
    assert [role.payload()["id"] for role in there.client.custom_roles.list()] == [1, 2]
    assert [sent.params["page"] for sent in there.wire.sent] == ["1", "2"]


def test_revisions_are_read_by_the_cursor_on_top_of_the_answer() -> None:
    def page(number: int, cursor: str | None) -> Answer:
        return Answer(body={"trigger_revisions": [{"id": number}], "before_cursor": cursor})

    there = rig(page(2, "a"), page(1, None))
    assert [row.payload()["id"] for row in there.client.triggers.revisions(5)] == [2, 1]
    assert there.wire.sent[1].params["cursor"] == "a"
    with pytest.raises(errors.PaginationLoop):
        list(islice(rig(page(2, "a"), page(1, "a")).client.triggers.revisions(5), 5))


USES: list[Callable[[ZendeskClient], Any]] = [
    lambda c: c.custom_objects.records("car").upsert({}),
    lambda c: c.custom_objects.records("car").upsert({}, external_id="x", name="y"),
    lambda c: c.custom_objects.records("car").delete_by(),
    lambda c: c.custom_objects.start("car", "delete", []),
    lambda c: c.tickets.merge(1, []),
    lambda c: c.tickets.mark_many_as_spam(range(101)),
    lambda c: c.deleted_tickets.restore_many([]),
    lambda c: c.deleted_tickets.purge_many([]),
    lambda c: c.suspended_tickets.recover_many([]),
    lambda c: c.suspended_tickets.delete_many(range(101)),
    lambda c: c.imports.create_many([]),
    lambda c: c.users.create_many([]),
    lambda c: c.users.create_or_update_many([{}] * 101),
    lambda c: c.users.update_batch([{"name": "without an id"}]),
    lambda c: c.organizations.delete_many([]),
    lambda c: c.group_memberships.create_many([]),
    lambda c: c.organization_memberships.delete_many([]),
    lambda c: c.macros.update_many([]),
    lambda c: c.triggers.delete_many(range(101)),
    lambda c: c.views.count_many([]),
    lambda c: c.skills.change_agents([], []),
    lambda c: c.dynamic_content.variants(5).create_many([]),
    lambda c: c.webhooks.signing_secret(".."),
]


@pytest.mark.parametrize("use", USES)
def test_what_can_not_be_meant_is_refused_before_it_is_sent(use: Callable[[ZendeskClient], Any]) -> None:
    there = rig(Answer(body={}))
    with pytest.raises(errors.InvalidInput):
        use(there.client)
    assert there.wire.sent == []


def test_secrets_are_in_no_representation() -> None:
    secret = rig(Answer(body={"signing_secret": {"secret": "hush", "algorithm": "SHA256"}})).client
    assert "hush" not in repr(secret.webhooks.signing_secret("01W"))
    token = rig(Answer(body={"token": {"id": 1, "token": "hush", "scopes": ["read"]}})).client.oauth_tokens.current()
    assert "hush" not in repr(token)
    assert token.payload()["token"] == "hush"


@pytest.mark.parametrize(
    "use",
    [
        lambda c: c.users.merge(1, into=2), lambda c: c.organizations.merge(1, into=2), lambda c: c.triggers.create({}),
        lambda c: c.webhooks.rotate_secret("01W"), lambda c: c.views.update(1, {}), lambda c: c.tickets.merge(1, [2]),
        lambda c: c.trigger_categories.move(), lambda c: c.macros.update_many([{"id": 1}]),
        lambda c: c.users.identities(1).make_primary(2), lambda c: c.group_memberships.make_default(1, 2),
        lambda c: c.skills.set_agent(1, []), lambda c: c.dynamic_content.variants(1).create_many([{}]),
        lambda c: c.ticket_forms.add_statuses(1, []),
    ],
)  # fmt: skip
def test_a_change_whose_answer_can_not_be_read_was_most_likely_made(use: Callable[[ZendeskClient], Any]) -> None:
    with pytest.raises(errors.OutcomeUnknown):
        use(rig(Answer(body=[])).client)


@pytest.mark.parametrize(
    "use",
    [
        lambda c: c.tickets.merge(1, [2]), lambda c: c.users.create_many([{}]), lambda c: c.requests.create({}),
        lambda c: c.imports.create({}), lambda c: c.deleted_tickets.purge(1), lambda c: c.webhooks.rotate_secret("01W"),
        lambda c: c.users.add_tags(1, ["a"]),
    ],
)  # fmt: skip
def test_no_write_of_a_resource_is_repeated_after_a_failure(use: Callable[[ZendeskClient], Any]) -> None:
    there = rig(LOST)
    with pytest.raises(errors.OutcomeUnknown):
        use(there.client)
    assert len(there.wire.sent) == 1
