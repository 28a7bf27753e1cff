"""What each resource sends, and what it makes of the answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from atom_zendesk_plugin import errors
from atom_zendesk_plugin.client.api import ZendeskClient
from atom_zendesk_plugin.client.resources.tickets import Written
from atom_zendesk_plugin.records import JobStatus
from tests.unit.client.wire import Answer, rig

JOB = {"job_status": {"id": "V3-0123456789abcdef0123456789abcdef", "status": "queued", "results": None}}
TICKET = {"id": 1, "subject": "Printer", "updated_at": "2026-01-05T09:00:00Z"}
AUDIT = {"id": 9, "ticket_id": 1, "events": [{"id": 1, "type": "Comment"}]}
EMPTY = {"meta": {"has_more": False}}

Use = Callable[[ZendeskClient], Any]


@pytest.mark.parametrize(
    ("use", "answer", "method", "path", "params", "body"),
    [
        (
            lambda c: c.tickets.get(1, include=("users", "groups")),
            {"ticket": TICKET},
            "GET",
            "/tickets/1",
            {"include": "users,groups"},
            None,
        ),
        (
            lambda c: c.tickets.page(sort="-updated_at"),
            {"tickets": []},
            "GET",
            "/tickets",
            {"page[size]": "100", "sort": "-updated_at"},
            None,
        ),
        (
            lambda c: c.tickets.create({"comment": {"body": "x"}}, idempotency_key="k"),
            {"ticket": TICKET},
            "POST",
            "/tickets",
            {},
            {"ticket": {"comment": {"body": "x"}}},
        ),
        (
            lambda c: c.tickets.update(1, {"status": "open"}),
            {"ticket": TICKET},
            "PUT",
            "/tickets/1",
            {},
            {"ticket": {"status": "open"}},
        ),
        (
            lambda c: c.tickets.update(1, {"priority": None}, expected_updated_at=datetime(2026, 1, 5, 9, tzinfo=UTC)),
            {"ticket": TICKET},
            "PUT",
            "/tickets/1",
            {},
            {"ticket": {"priority": None, "safe_update": True, "updated_stamp": "2026-01-05T09:00:00Z"}},
        ),
        (lambda c: c.tickets.delete(1), None, "DELETE", "/tickets/1", {}, None),
        (lambda c: c.tickets.count(), {"count": {"value": 7, "refreshed_at": None}}, "GET", "/tickets/count", {}, None),
        (lambda c: c.tickets.add_tags(1, ["a"]), {"tags": ["a", "b"]}, "PUT", "/tickets/1/tags", {}, {"tags": ["a"]}),
        (lambda c: c.tickets.remove_tags(1, ["a"]), {"tags": ["b"]}, "DELETE", "/tickets/1/tags", {}, {"tags": ["a"]}),
        (
            lambda c: c.tickets.create_many([{"subject": "a"}]),
            JOB,
            "POST",
            "/tickets/create_many",
            {},
            {"tickets": [{"subject": "a"}]},
        ),
        (
            lambda c: c.tickets.update_many([1, 2], {"status": "solved"}),
            JOB,
            "PUT",
            "/tickets/update_many",
            {"ids": "1,2"},
            {"ticket": {"status": "solved"}},
        ),
        (
            lambda c: c.tickets.update_batch([{"id": 1, "status": "solved"}]),
            JOB,
            "PUT",
            "/tickets/update_many",
            {},
            {"tickets": [{"id": 1, "status": "solved"}]},
        ),
        (lambda c: c.tickets.delete_many([1, 2]), JOB, "DELETE", "/tickets/destroy_many", {"ids": "1,2"}, None),
        (
            lambda c: c.tickets.comments_page(1, sort="-created_at", include=("users",)),
            {"comments": []},
            "GET",
            "/tickets/1/comments",
            {"page[size]": "100", "sort": "-created_at", "include": "users"},
            None,
        ),
        (
            lambda c: list(c.tickets.comments(1)),
            {"comments": []},
            "GET",
            "/tickets/1/comments",
            {"page[size]": "100"},
            None,
        ),
        (
            lambda c: c.tickets.audits_page(1, cursor="c"),
            {"audits": []},
            "GET",
            "/tickets/1/audits",
            {"page[size]": "100", "page[after]": "c"},
            None,
        ),
        (lambda c: list(c.tickets.audits(1)), {"audits": []}, "GET", "/tickets/1/audits", {"page[size]": "100"}, None),
        (
            lambda c: c.users.page(role="agent"),
            {"users": []},
            "GET",
            "/users",
            {"page[size]": "100", "role": "agent"},
            None,
        ),
        (
            lambda c: list(c.users.list(role=["agent"])),
            {"users": []},
            "GET",
            "/users",
            {"page[size]": "100", "role[]": "agent"},
            None,
        ),
        (
            lambda c: c.users.create({"name": "Ann"}),
            {"user": {"id": 2}},
            "POST",
            "/users",
            {},
            {"user": {"name": "Ann"}},
        ),
        (
            lambda c: c.users.update(2, {"name": "Ann"}),
            {"user": {"id": 2}},
            "PUT",
            "/users/2",
            {},
            {"user": {"name": "Ann"}},
        ),
        (lambda c: c.users.delete(2), {"user": {"id": 2, "active": False}}, "DELETE", "/users/2", {}, None),
        (
            lambda c: c.users.create_or_update({"name": "Ann"}),
            {"user": {"id": 2}},
            "POST",
            "/users/create_or_update",
            {},
            {"user": {"name": "Ann"}},
        ),
        (
            lambda c: c.users.search(query="ann", page=2),
            {"users": [], "count": 0},
            "GET",
            "/users/search",
            {"query": "ann", "page": "2", "per_page": "100"},
            None,
        ),
        (
            lambda c: c.organizations.create({"name": "A"}),
            {"organization": {"id": 3}},
            "POST",
            "/organizations",
            {},
            {"organization": {"name": "A"}},
        ),
        (
            lambda c: c.organizations.update(3, {"name": "A"}),
            {"organization": {"id": 3}},
            "PUT",
            "/organizations/3",
            {},
            {"organization": {"name": "A"}},
        ),
        (lambda c: c.organizations.delete(3), None, "DELETE", "/organizations/3", {}, None),
        (lambda c: c.organizations.page(), {"organizations": []}, "GET", "/organizations", {"page[size]": "100"}, None),
        (lambda c: c.groups.page(size=5), {"groups": []}, "GET", "/groups", {"page[size]": "5"}, None),
        (
            lambda c: list(c.group_memberships.list(user_id=4)),
            {"group_memberships": []},
            "GET",
            "/users/4/group_memberships",
            {"page[size]": "100"},
            None,
        ),
        (
            lambda c: list(c.group_memberships.list(group_id=4)),
            {"group_memberships": []},
            "GET",
            "/groups/4/memberships",
            {"page[size]": "100"},
            None,
        ),
        (
            lambda c: c.group_memberships.page(),
            {"group_memberships": []},
            "GET",
            "/group_memberships",
            {"page[size]": "100"},
            None,
        ),
        (
            lambda c: list(c.organization_memberships.list(organization_id=4)),
            {"organization_memberships": []},
            "GET",
            "/organizations/4/organization_memberships",
            {"page[size]": "100"},
            None,
        ),
        (
            lambda c: c.organization_memberships.page(user_id=4),
            {"organization_memberships": []},
            "GET",
            "/users/4/organization_memberships",
            {"page[size]": "100"},
            None,
        ),
        (
            lambda c: c.views.tickets_page(6, include=("users",)),
            {"tickets": []},
            "GET",
            "/views/6/tickets",
            {"page[size]": "100", "include": "users"},
            None,
        ),
        (
            lambda c: c.views.count(6),
            {"view_count": {"value": None, "pretty": "...", "fresh": False}},
            "GET",
            "/views/6/count",
            {},
            None,
        ),
        (
            lambda c: c.search.page("vip", type="ticket", sort_by="status", sort_order="asc", include=("users",)),
            {"results": [], "count": 0},
            "GET",
            "/search",
            {
                "query": "type:ticket vip",
                "page": "1",
                "per_page": "100",
                "sort_by": "status",
                "sort_order": "asc",
                "include": "tickets(users)",
            },
            None,
        ),
        (
            lambda c: c.search.page("vip", type=None),
            {"results": [], "count": 0},
            "GET",
            "/search",
            {"query": "vip", "page": "1", "per_page": "100"},
            None,
        ),
        (
            lambda c: list(c.search.export("vip", type="user")),
            {"results": [], **EMPTY},
            "GET",
            "/search/export",
            {"query": "vip", "filter[type]": "user", "page[size]": "1000"},
            None,
        ),
        (
            lambda c: c.search.count("vip", type="group"),
            {"count": 3},
            "GET",
            "/search/count",
            {"query": "type:group vip"},
            None,
        ),
        (lambda c: c.jobs.get("V3 1?x/y"), JOB, "GET", "/job_statuses/V3%201%3Fx%2Fy", {}, None),
    ],
)
def test_what_is_sent(use: Use, answer: Any, method: str, path: str, params: dict[str, str], body: Any) -> None:
    there = rig(Answer(204 if answer is None else 200, answer))
    use(there.client)
    sent = there.wire.sent[0]
    assert (sent.method, sent.path, sent.params) == (method, f"/api/v2{path}", params)
    assert (sent.json if sent.body else None) == body
    assert len(there.wire.sent) == 1


def test_a_written_ticket_comes_with_its_audit() -> None:
    there = rig(
        Answer(201, {"ticket": TICKET, "audit": AUDIT}),
        Answer(200, {"ticket": TICKET, "audit": None}),
        Answer(200, {"ticket": TICKET}),
    )
    written = there.client.tickets.create({}, idempotency_key="k")
    assert isinstance(written, Written)
    assert written.audit is not None
    assert written.audit.events[0].type == "Comment"
    assert there.wire.sent[0].headers["Idempotency-Key"] == "k"
    assert there.client.tickets.update(1, {}).audit is None
    assert there.client.tickets.update(1, {}).audit is None


def test_an_answer_without_the_record_is_unexpected() -> None:
    uses: list[Use] = [lambda c: c.tickets.get(1), lambda c: c.tickets.count(), lambda c: c.tickets.add_tags(1, [])]
    for use in uses:
        with pytest.raises(errors.ZendeskUnexpected):
            use(rig(Answer(body={"other": 1})).client)


def test_somebody_was_faster() -> None:
    there = rig(Answer(409, {"error": "UpdateConflict", "description": "Safe Update prevented the update"}))
    with pytest.raises(errors.ZendeskConflict) as caught:
        there.client.tickets.update(1, {}, expected_updated_at=datetime(2026, 1, 5, tzinfo=UTC))
    assert caught.value.zendesk_code == "UpdateConflict"


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(errors.InvalidInput) as caught:
        rig(Answer()).client.tickets.update(1, {}, expected_updated_at=datetime(2026, 1, 5))  # noqa: DTZ001  # the point
    assert caught.value.field == "expected_updated_at"


@pytest.mark.parametrize("status", [200, 204])
def test_both_answers_to_a_delete_are_fine(status: int) -> None:
    there = rig(Answer(status, None if status == 204 else {"user": {"id": 2, "active": False}}))
    there.client.users.delete(2)
    there.client.tickets.delete(2)
    there.client.organizations.delete(2)


def test_who_am_i() -> None:
    assert rig(Answer(body={"user": {"id": 5, "role": "admin"}})).client.users.me().id == 5
    anonymous = Answer(body={"user": {"id": None, "name": "Anonymous user", "role": "end-user"}})
    with pytest.raises(errors.ZendeskUnauthorized):
        rig(anonymous).client.users.me()


@pytest.mark.parametrize("size", [0, 101])
def test_bulk_calls_take_one_to_a_hundred(size: int) -> None:
    there = rig(Answer(body=JOB))
    rows: list[dict[str, object]] = [{"id": number} for number in range(size)]
    tickets = there.client.tickets
    uses: list[Callable[[], JobStatus]] = [
        lambda: tickets.create_many(rows), lambda: tickets.update_batch(rows),
        lambda: tickets.update_many(range(size), {}), lambda: tickets.delete_many(range(size)),
    ]  # fmt: skip
    for use in uses:
        with pytest.raises(errors.InvalidInput):
            use()
    assert there.wire.sent == []


def test_a_batch_row_needs_its_id() -> None:
    with pytest.raises(errors.InvalidInput):
        rig(Answer(body=JOB)).client.tickets.update_batch([{"status": "open"}])


@pytest.mark.parametrize("part", ["", ".", "..", True, -1])
def test_an_id_that_would_change_the_path_is_refused(part: Any) -> None:
    there = rig(Answer(body={}))
    with pytest.raises(errors.InvalidInput):
        there.client.tickets.get(part)
    assert there.wire.sent == []


def test_a_job_id_that_would_climb_is_refused() -> None:
    there = rig(Answer(body=JOB))
    with pytest.raises(errors.ForeignHost):
        there.client.jobs.get("V3-1/../../users/1")
    assert there.wire.sent == []


def test_one_or_the_other_side_of_a_membership() -> None:
    with pytest.raises(errors.InvalidInput):
        rig(Answer()).client.group_memberships.page(user_id=1, group_id=2)
