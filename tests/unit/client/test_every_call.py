"""Every method of the client sends exactly the call it is named for; none is without a row."""

from __future__ import annotations

import pytest

from script.lib.probing import calls
from tests.unit.client import calls_of_account, calls_of_people, calls_of_rules, calls_of_tickets
from tests.unit.client.asking import Case, check, name_of, names

CASES = (*calls_of_tickets.CASES, *calls_of_people.CASES, *calls_of_rules.CASES, *calls_of_account.CASES)

ELSEWHERE = {
    "attachments.upload", "attachments.download",  # test_attachments
    "jobs.get", "jobs.show_many", "jobs.wait",  # test_search_and_jobs
    "search.count", "search.export", "search.list", "search.page",
    "group_memberships.page", "group_memberships.list",  # test_resources, as what follows
    "organization_memberships.page", "organization_memberships.list",
    "tickets.get", "tickets.create", "tickets.update", "tickets.delete", "tickets.count", "tickets.add_tags",
    "tickets.remove_tags", "tickets.create_many", "tickets.update_many", "tickets.update_batch", "tickets.delete_many",
    "tickets.comments", "tickets.comments_page", "tickets.audits", "tickets.audits_page",
    "users.me", "users.search", "views.count", "views.tickets_page",
}  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_what_is_sent(case: Case) -> None:
    check(case)


def test_every_method_has_a_row() -> None:
    spoken = {made.name for made in calls()}
    assert spoken - names(CASES) - ELSEWHERE == set()
    assert (names(CASES) | ELSEWHERE) - spoken == set()
