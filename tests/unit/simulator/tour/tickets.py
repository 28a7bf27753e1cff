"""Everything that can be written on tickets, one by one and in bulk."""

from __future__ import annotations

from typing import Any

from tests.unit.simulator.tour.walk import Tour


def write_tickets(tour: Tour) -> None:
    customer = next(user.id for user in tour.simulator.desk.users.values() if not user.is_staff)
    asked = {"request": {"subject": "Lamp", "comment": {"body": "dark"}}}
    request = tour.ask("POST", "/requests", asked, by=customer)["request"]["id"]
    tour.ask("PUT", "/requests/{id}", {"request": {"comment": {"body": "still"}}}, by=customer, id=request)
    data = {"subject": "Lamp", "comment": {"body": "dark"}, "requester_id": customer, "assignee_id": tour.admin_id}
    ticket = tour.ask("POST", "/tickets", {"ticket": data})["ticket"]["id"]
    answer = {
        "comment": {"body": "Hello", "public": True},
        "followers": [{"user_id": tour.admin_id}],
        "status": "solved",
    }
    audit = tour.ask("PUT", "/tickets/{id}", {"ticket": answer}, id=ticket)["audit"]
    hide = "/tickets/{id}/comments/{comment_id}/make_private"
    tour.ask("PUT", hide, id=ticket, comment_id=audit["events"][0]["id"])
    rating = {"satisfaction_rating": {"score": "good"}}
    tour.ask("POST", "/tickets/{id}/satisfaction_rating", rating, by=customer, id=ticket)
    _write_words(tour, ticket)
    for method in ("POST", "PUT", "DELETE"):
        tour.ask(method, "/tickets/{id}/tags", {"tags": ["a", "b"]}, id=ticket)
    tour.ask("DELETE", "/tickets/{id}", id=ticket)
    tour.ask("PUT", "/deleted_tickets/{id}/restore", id=ticket)
    tour.ask("PUT", "/tickets/{id}/mark_as_spam", id=ticket)
    tour.ask("PUT", "/deleted_tickets/restore_many", query=f"?ids={ticket}")
    tour.ask("DELETE", "/tickets/{id}", id=ticket)
    tour.ask("DELETE", "/deleted_tickets/{id}", id=ticket)
    tour.ask("DELETE", "/deleted_tickets/destroy_many", query=f"?ids={ticket}")
    gone = next(iter(tour.simulator.desk.tickets))
    tour.ask("DELETE", "/tickets/{id}", id=gone)


def _write_words(tour: Tour, ticket: int) -> None:
    upload = tour.ask("POST", "/uploads", raw=b"hello", query="?filename=a.txt")["upload"]
    said = {"ticket": {"comment": {"body": "number 12", "uploads": [upload["token"]]}}}
    comment = tour.ask("PUT", "/tickets/{id}", said, id=ticket)["audit"]["events"][0]
    file = comment["attachments"][0]["id"]
    tour.ask("PUT", "/attachments/{id}", {"attachment": {"malware_access_override": True}}, id=file)
    one = "/tickets/{id}/comments/{comment_id}"
    tour.ask("PUT", f"{one}/attachments/{{attachment_id}}/redact", id=ticket, comment_id=comment["id"], attachment_id=file)
    tour.ask("PUT", f"{one}/redact", {"text": "12"}, id=ticket, comment_id=comment["id"])
    marked = {"ticket_id": ticket, "html_body": "<redact>number</redact> \u2587\u2587"}
    tour.ask("PUT", "/comment_redactions/{id}", marked, id=comment["id"])
    tour.ask("PUT", "/tickets/{id}/audits/{audit_id}/make_private", id=ticket, audit_id=comment["audit_id"])
    unused = tour.ask("POST", "/uploads", raw=b"hello", query="?filename=a.txt")["upload"]["token"]
    tour.ask("DELETE", "/uploads/{token}", token=unused)


def write_imports(tour: Tour) -> None:
    told = {"comments": [{"value": "old", "created_at": "2020-01-01T00:00:00Z"}]}
    numbers = [tour.ask("POST", "/imports/tickets", {"ticket": told})["ticket"]["id"] for _ in range(2)]
    tour.ask("POST", "/imports/tickets/create_many", {"tickets": [told]})
    tour.ask("POST", "/tickets/{id}/merge", {"ids": numbers[1:]}, id=numbers[0])
    spam = next(row.id for row in tour.simulator.desk.tickets.values() if row.requester_id != tour.admin_id)
    tour.ask("PUT", "/tickets/mark_many_as_spam", query=f"?ids={spam},{numbers[0]}")


def write_bulk(tour: Tour) -> None:
    rows: dict[str, list[dict[str, Any]]] = {
        "tickets": [{"comment": {"body": "a"}}, {"comment": {"body": ""}}],
        "users": [{"name": "One"}, {"name": ""}],
        "organizations": [{"name": "One"}, {"name": ""}],
    }
    for table, sent in rows.items():
        job = tour.ask("POST", f"/{table}/create_many", {table: sent})["job_status"]["id"]
        for _ in range(2):
            told = tour.ask("GET", "/job_statuses/{id}", id=job)["job_status"]
        number = told["results"][0]["id"]
        tour.ask("PUT", f"/{table}/update_many", {table: [{"id": number, "tags": ["x"]}]})
        tour.ask("DELETE", f"/{table}/destroy_many", query=f"?ids={number},1")
    tour.ask("POST", "/users/create_or_update_many", {"users": [{"name": "Two"}]})
