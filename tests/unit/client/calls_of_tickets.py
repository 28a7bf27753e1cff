"""What is sent for tickets and all that hangs on them."""

from __future__ import annotations

from collections.abc import Mapping

from atom_zendesk_plugin.client.resources.export_pages import Place
from tests.unit.client.asking import CURSOR, JOB, NUMBER, Case, Usual

TICKET = {"ticket": {"id": 1}}
TICKETS: Mapping[str, object] = {"tickets": []}
COMMENT = {"comment": {"id": 2}}
END = {"end_of_stream": True, "end_time": 5, "after_cursor": "c"}
FROM = Place(start_time=1)
_MERGE = {"ids": [2, 3], "target_comment_is_public": False, "source_comment_is_public": False}

USUAL = (
    Usual("deleted_tickets", "/deleted_tickets", "deleted_tickets", "deleted_ticket", "l"),
    Usual("suspended_tickets", "/suspended_tickets", "suspended_tickets", "suspended_ticket", "lgd"),
    Usual("audits", "/ticket_audits", "audits", "audit", "l"),
    Usual("ticket_metrics", "/ticket_metrics", "ticket_metrics", "ticket_metric", "lg"),
    Usual("requests", "/requests", "requests", "request", "lgcu"),
    Usual(
        "tickets.side_conversations()", "/tickets/1/side_conversations", "side_conversations", "side_conversation", "lg",
        NUMBER, within=(1,),
    ),
)  # fmt: skip

CASES = (
    *(case for usual in USUAL for case in usual.cases()),
    Case(
        "tickets.page", (), "GET /tickets", TICKETS, params={**CURSOR, "external_id": "x"}, named={"external_id": "x"},
    ),
    Case("tickets.pages", (), "GET /tickets", TICKETS, params=CURSOR),
    Case("tickets.list", (), "GET /tickets", TICKETS, params=CURSOR),
    Case("tickets.show_many", ([1, 2],), "GET /tickets/show_many", TICKETS, params={"ids": "1,2"}),
    Case("tickets.tags", (1,), "GET /tickets/1/tags", {"tags": ["a"]}),
    Case("tickets.set_tags", (1, ["a"]), "POST /tickets/1/tags", {"tags": ["a"]}, {"tags": ["a"]}),
    Case("tickets.merge", (1, [2, 3]), "POST /tickets/1/merge", JOB, _MERGE),
    Case(
        "tickets.merge", (1, [2]), "POST /tickets/1/merge", JOB,
        {
            "ids": [2], "target_comment": "t", "source_comment": "s", "target_comment_is_public": True,
            "source_comment_is_public": False,
        },
        named={"target_comment": "t", "source_comment": "s", "target_comment_is_public": True},
    ),
    Case("tickets.mark_as_spam", (1,), "PUT /tickets/1/mark_as_spam", {}, {}),
    Case("tickets.mark_many_as_spam", ([1, 2],), "PUT /tickets/mark_many_as_spam", JOB, {}, {"ids": "1,2"}),
    Case("tickets.related", (1,), "GET /tickets/1/related", {"incidents": 0}),
    Case("tickets.incidents_page", (1,), "GET /tickets/1/incidents", TICKETS, params=CURSOR),
    Case("tickets.incidents", (1,), "GET /tickets/1/incidents", TICKETS, params=CURSOR),
    Case("tickets.problems", (), "GET /problems", TICKETS, params=CURSOR),
    Case("tickets.find_problems", ("fire",), "POST /problems/autocomplete", TICKETS, {"text": "fire"}),
    Case("tickets.recent", (), "GET /tickets/recent", TICKETS, params=NUMBER),
    Case("tickets.people", (1, "followers"), "GET /tickets/1/followers", {"users": []}, params=NUMBER),
    Case("tickets.people", (1, "email_ccs"), "GET /tickets/1/email_ccs", {"users": []}, params=NUMBER),
    Case("tickets.conversation_log", (1,), "GET /tickets/1/conversation_log", {"events": []}, params=CURSOR),
    Case(
        "tickets.rate", (1, "bad"), "POST /tickets/1/satisfaction_rating", {"satisfaction_rating": {}},
        {"satisfaction_rating": {"score": "bad", "comment": "slow"}}, named={"comment": "slow"},
    ),
    Case(
        "tickets.side_conversations().create", ({"to": [{"user_id": 2}], "body": "b"},),
        "POST /tickets/1/side_conversations", {"side_conversation": {"id": "a"}},
        {"message": {"to": [{"user_id": 2}], "body": "b"}, "external_ids": {"mine": "1"}},
        named={"external_ids": {"mine": "1"}}, within=(1,),
    ),
    Case(
        "tickets.side_conversations().reply", ("a-b", {"body": "b"}), "POST /tickets/1/side_conversations/a-b/reply",
        {"side_conversation": {"id": "a"}}, {"message": {"body": "b"}}, within=(1,),
    ),
    Case(
        "tickets.side_conversations().set_state", ("a-b", "closed"), "PUT /tickets/1/side_conversations/a-b",
        {"side_conversation": {"id": "a"}}, {"side_conversation": {"state": "closed"}}, within=(1,),
    ),
    Case(
        "tickets.side_conversations().events", ("a-b",), "GET /tickets/1/side_conversations/a-b/events",
        {"events": []}, params=NUMBER, within=(1,),
    ),
    Case("deleted_tickets.restore", (1,), "PUT /deleted_tickets/1/restore", {}, {}),
    Case("deleted_tickets.restore_many", ([1, 2],), "PUT /deleted_tickets/restore_many", {}, {}, {"ids": "1,2"}),
    Case("deleted_tickets.purge", (1,), "DELETE /deleted_tickets/1", JOB),
    Case("deleted_tickets.purge_many", ([1, 2],), "DELETE /deleted_tickets/destroy_many", JOB, params={"ids": "1,2"}),
    Case("suspended_tickets.recover", (1,), "PUT /suspended_tickets/1/recover", {"ticket": [{"id": 1}]}, {}),
    Case(
        "suspended_tickets.recover_many", ([1, 2],), "PUT /suspended_tickets/recover_many", TICKETS, {}, {"ids": "1,2"}
    ),
    Case("suspended_tickets.delete_many", ([1],), "DELETE /suspended_tickets/destroy_many", params={"ids": "1"}),
    Case("suspended_tickets.export", (), "POST /suspended_tickets/export", {"export": {}}, {}),
    Case("comments.count", (1,), "GET /tickets/1/comments/count", {"count": {"value": 3}}),
    Case("comments.make_private", (1, 2), "PUT /tickets/1/comments/2/make_private", {}, {}),
    Case("comments.redact_text", (1, 2, "x"), "PUT /tickets/1/comments/2/redact", COMMENT, {"text": "x"}),
    Case(
        "comments.redact", (1, 2), "PUT /comment_redactions/2", COMMENT, {"ticket_id": 1, "html_body": "<redact>x</redact>"},
        named={"html_body": "<redact>x</redact>"},
    ),
    Case(
        "comments.redact", (1, 2), "PUT /comment_redactions/2", COMMENT,
        {"ticket_id": 1, "html_body": "", "external_attachment_urls": ["u"]},
        named={"html_body": "", "attachment_urls": ["u"]},
    ),
    Case(
        "comments.redact_attachment", (1, 2, 3), "PUT /tickets/1/comments/2/attachments/3/redact",
        {"attachment": {"id": 3}}, {},
    ),
    Case("audits.of_ticket", (1, 2), "GET /tickets/1/audits/2", {"audit": {"id": 2}}),
    Case("audits.count", (1,), "GET /tickets/1/audits/count", {"count": 2}),
    Case("audits.make_private", (1, 2), "PUT /tickets/1/audits/2/make_private", {}, {}),
    Case("ticket_metrics.of_ticket", (1,), "GET /tickets/1/metrics", {"ticket_metric": {"id": 4}}),
    Case("imports.create", ({"subject": "a"},), "POST /imports/tickets", TICKET, {"ticket": {"subject": "a"}}),
    Case(
        "imports.create_many", ([{"subject": "a"}],), "POST /imports/tickets/create_many", JOB,
        {"tickets": [{"subject": "a"}]}, {"archive_immediately": "true"}, {"archive": True},
    ),
    Case("requests.by_state", ("solved",), "GET /requests/solved", {"requests": []}, params=CURSOR),
    Case("requests.search", ("printer",), "GET /requests/search", {"requests": []}, params={"query": "printer"}),
    Case("requests.comments", (1,), "GET /requests/1/comments", {"comments": []}, params=CURSOR),
    Case("requests.comment", (1, 2), "GET /requests/1/comments/2", COMMENT),
    Case("requests.of_user", (3,), "GET /users/3/requests", {"requests": []}, params=CURSOR),
    Case("requests.of_organization", (3,), "GET /organizations/3/requests", {"requests": []}, params=CURSOR),
    Case(
        "exports.tickets", (FROM,), "GET /incremental/tickets/cursor", {**TICKETS, **END},
        params={
            "start_time": "1", "per_page": "500", "include": "users", "exclude_deleted": "true",
            "support_type_scope": "all",
        },
        named={"size": 500, "include": ("users",), "exclude_deleted": True, "support": "all"},
    ),
    Case(
        "exports.tickets", (Place(cursor="abc"),), "GET /incremental/tickets/cursor", {**TICKETS, **END},
        params={"cursor": "abc", "per_page": "1000"},
    ),
    Case(
        "exports.tickets_by_time", (FROM,), "GET /incremental/tickets", {**TICKETS, **END},
        params={"start_time": "1", "per_page": "1000"},
    ),
    Case(
        "exports.ticket_events", (FROM,), "GET /incremental/ticket_events", {"ticket_events": [], **END},
        params={"start_time": "1", "include": "comment_events"},
    ),
    Case(
        "exports.ticket_events", (FROM,), "GET /incremental/ticket_events", {"ticket_events": [], **END},
        params={"start_time": "1"}, named={"comments": False},
    ),
    Case(
        "exports.ticket_metric_events", (FROM,), "GET /incremental/ticket_metric_events",
        {"ticket_metric_events": [], "count": 0}, params={"start_time": "1", "exclude_deleted": "true"},
        named={"exclude_deleted": True},
    ),
    Case(
        "exports.users", (FROM,), "GET /incremental/users/cursor", {"users": [], **END},
        params={"start_time": "1", "per_page": "1000"},
    ),
    Case(
        "exports.users_by_time", (FROM,), "GET /incremental/users", {"users": [], **END},
        params={"start_time": "1", "per_page": "1000"},
    ),
    Case(
        "exports.organizations", (FROM,), "GET /incremental/organizations", {"organizations": [], **END},
        params={"start_time": "1", "per_page": "10"}, named={"size": 10},
    ),
    Case(
        "exports.object_records", ("car", FROM), "GET /incremental/custom_objects/car/cursor",
        {"custom_object_records": [], **END},
        params={"start_time": "1", "per_page": "1000", "filter[exclude_deleted]": "true"},
        named={"exclude_deleted": True},
    ),
    Case(
        "exports.skills", ("attribute_values", FROM), "GET /incremental/routing/attribute_values",
        {"attribute_values": [], "count": 0}, params={"start_time": "1"},
    ),
    Case(
        "exports.sample", ("users",), "GET /incremental/users/sample", {"users": []}, params={"start_time": "1"},
        named={"start_time": 1},
    ),
)  # fmt: skip
