"""Many records by their ids, search up to its limit and past it, jobs until they are done, and counts that are not ready."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from atom_zendesk_plugin import errors
from atom_zendesk_plugin.records import Group, JobStatus, Organization, Record, Ticket, User, View
from tests.unit.client.wire import Answer, Sent, rig


class TestShowMany:
    def test_any_number_in_the_order_asked_without_the_missing(self) -> None:
        def zendesk(sent: Sent) -> Answer:
            ids = [int(one) for one in sent.params["ids"].split(",")]
            assert len(ids) <= 100
            rows = [{"id": one, "requester_id": one % 3} for one in sorted(ids) if one % 10]
            return Answer(body={"tickets": rows, "users": [{"id": number} for number in range(3)], "count": len(rows)})

        there = rig(handler=zendesk)
        wanted = [*range(250, 0, -1), 5, 5]
        found = there.client.tickets.show_many(wanted, include=("users",))
        assert [ticket.id for ticket in found] == [one for one in range(250, 0, -1) if one % 10]
        assert len(there.wire.sent) == 3
        assert [user.payload()["id"] for user in found.sides["users"]] == [0, 1, 2]
        assert found.count == 225

    def test_none_asked_nothing_sent(self) -> None:
        there = rig(Answer(500))
        assert list(there.client.users.show_many([])) == []
        assert list(there.client.jobs.show_many([])) == []
        assert there.wire.sent == []


class TestSearch:
    @staticmethod
    def zendesk(total: int) -> Callable[[Sent], Answer]:
        def answer(sent: Sent) -> Answer:
            if sent.path.endswith("/count"):
                return Answer(body={"count": total})
            if sent.path.endswith("/export"):
                start, size = int(sent.params.get("page[after]", "0")), int(sent.params["page[size]"])
                stop = min(start + size, total)
                meta = {"has_more": stop < total, "after_cursor": str(stop)}
                return Answer(
                    body={"results": [{"id": n, "result_type": "ticket"} for n in range(start, stop)], "meta": meta}
                )
            number, size = int(sent.params["page"]), int(sent.params["per_page"])
            if (number - 1) * size >= 1000:
                return Answer(422, {"error": "invalid", "description": "Search Response Limits"})
            rows = [
                {"id": n, "result_type": "ticket"} for n in range((number - 1) * size, min(number * size, total, 1000))
            ]
            more = number * size < min(total, 1000)
            following = f"https://acme.zendesk.com/api/v2/search.json?page={number + 1}" if more else None
            return Answer(body={"results": rows, "count": total, "next_page": following, "facets": None})

        return answer

    def test_hits_are_what_they_say_they_are(self) -> None:
        rows = [{"id": 1, "result_type": kind} for kind in ("ticket", "user", "organization", "group", "article")]
        found = rig(Answer(body={"results": rows, "count": 5, "next_page": None})).client.search.page("x", type=None)
        assert [type(hit) for hit in found] == [Ticket, User, Organization, Group, Record]
        assert (found.count, found.has_more) == (5, False)

    def test_up_to_a_thousand_are_listed(self) -> None:
        there = rig(handler=self.zendesk(1000))
        assert len(list(there.client.search.list("x", type="ticket"))) == 1000
        assert len(there.wire.sent) == 10

    def test_more_are_told_and_never_cut_silently(self) -> None:
        there = rig(handler=self.zendesk(12_345))
        hits = there.client.search.list("x", type="ticket")
        assert len([next(hits) for _ in range(1000)]) == 1000
        with pytest.raises(errors.ResultTruncated) as caught:
            next(hits)
        assert caught.value.public == {"count": 12_345, "limit": 1000}

    def test_the_last_page_that_can_be_had_says_that_there_is_more(self) -> None:
        there = rig(handler=self.zendesk(12_345))
        assert there.client.search.page("x", type=None, page=10).has_more
        with pytest.raises(errors.ResultTruncated) as caught:
            there.client.search.page("x", type=None, page=11)
        assert caught.value.public == {"count": 12_345, "limit": 1000}
        assert there.paths[-1] == "/api/v2/search/count"

    def test_a_page_beyond_a_short_result_is_empty(self) -> None:
        found = rig(handler=self.zendesk(40)).client.search.page("x", type=None, page=11)
        assert (found.records, found.count, found.has_more) == ((), 40, False)

    def test_an_export_reads_every_hit(self) -> None:
        there = rig(handler=self.zendesk(12_345))
        hits = [hit.payload()["id"] for hit in there.client.search.export("x", type="ticket")]
        assert hits == list(range(12_345))
        assert len(there.wire.sent) == 13
        there.wire.sent.clear()
        assert sum(1 for _ in there.client.search.export("x", type="ticket", size=100)) == 12_345
        assert len(there.wire.sent) == 124


class TestJobs:
    def test_waiting_asks_ever_less_often(self) -> None:
        def job(status: str) -> Answer:
            return Answer(body={"job_status": {"id": "j", "status": status}})

        there = rig(*[job("queued")] * 3, *[job("working")] * 9, job("completed"))
        done = there.client.within(lane="background").jobs.wait("j", poll=1.0)
        assert (done.status, len(there.wire.sent)) == ("completed", 13)
        assert 60 < there.clock.monotonic() < 120

    @pytest.mark.parametrize("status", ["failed", "killed"])
    def test_a_job_that_failed_is_done_too(self, status: str) -> None:
        there = rig(Answer(body={"job_status": {"id": "j", "status": status, "results": {"success": False}}}))
        assert there.client.jobs.wait("j").status == status

    def test_no_longer_than_the_deadline(self) -> None:
        there = rig(Answer(body={"job_status": {"id": "j", "status": "working"}}), deadline=25)
        for client in (there.client, there.client.within(seconds=25)):
            began = there.clock.monotonic()
            with pytest.raises(errors.DeadlineExceeded):
                client.jobs.wait("j")
            assert there.clock.monotonic() - began <= 25

    def test_many_states_at_once(self) -> None:
        def zendesk(sent: Sent) -> Answer:
            ids = sent.params["ids"].split(",")
            return Answer(
                body={"job_statuses": [{"id": one, "status": "completed"} for one in reversed(ids) if one != "j7"]}
            )

        there = rig(handler=zendesk)
        found = there.client.jobs.show_many(f"j{number}" for number in range(150))
        assert [job.id for job in found] == [f"j{number}" for number in range(150) if number != 7]
        assert all(isinstance(job, JobStatus) for job in found)
        assert len(there.wire.sent) == 2


def test_a_view_that_is_still_counted() -> None:
    there = rig(Answer(body={"view_count": {"value": None, "pretty": "...", "fresh": False, "view_id": 6}}))
    told = there.client.views.count(6)
    assert (told.value, told.fresh) == (None, False)
    assert [type(view) for view in rig(Answer(body={"views": [{"id": 1}]})).client.views.list()] == [View]
