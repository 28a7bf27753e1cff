"""What stands beside tickets: webhooks, schedules, talks with others, mail that was held back."""

from __future__ import annotations

from typing import Any, Final

from tests.unit.simulator.tour.walk import Tour

_HOOK: Final = {"name": "Ours", "endpoint": "https://app.example/hook", "http_method": "POST", "request_format": "json"}


def write_webhooks(tour: Tour) -> None:
    kept, gone = (tour.ask("POST", "/webhooks", {"webhook": _HOOK})["webhook"]["id"] for _ in range(2))
    for method in ("PUT", "PATCH"):
        tour.ask(method, "/webhooks/{id}", {"webhook": _HOOK}, id=gone)
    tour.ask("POST", "/webhooks/{id}/signing_secret", id=gone)
    tour.ask("POST", "/webhooks/test", {"request": {"payload": "{}"}}, query=f"?webhook_id={kept}")
    tour.ask("DELETE", "/webhooks/{id}", id=gone)


def write_schedules(tour: Tour) -> None:
    told = {"schedule": {"name": "Office", "time_zone": "UTC"}}
    kept = tour.ask("POST", "/business_hours/schedules", told)["schedule"]["id"]
    one = "/business_hours/schedules/{id}"
    tour.ask("PUT", one, {"schedule": {"name": "Home"}}, id=kept)
    week = {"workweek": {"intervals": [{"start_time": 0, "end_time": 60}]}}
    tour.ask("PUT", f"{one}/workweek", week, id=kept)
    day = {"holiday": {"name": "New year", "start_date": "2027-01-01", "end_date": "2027-01-01"}}
    holiday = tour.ask("POST", f"{one}/holidays", day, id=kept)["holiday"]["id"]
    for method, body in (("GET", None), ("PUT", day), ("DELETE", None)):
        tour.ask(method, f"{one}/holidays/{{holiday_id}}", body, id=kept, holiday_id=holiday)
    tour.ask("GET", f"{one}/holidays", id=kept)
    tour.ask("GET", one, id=kept)
    tour.ask("DELETE", one, id=kept)


def write_talks(tour: Tour, ticket: int) -> None:
    here = "/tickets/{id}/side_conversations"
    told: dict[str, Any] = {"message": {"subject": "Parts", "body": "Have you any?", "to": [{"email": "a@mail.example"}]}}
    talk = tour.ask("POST", here, told, id=ticket)["side_conversation"]["id"]
    one = f"{here}/{{conversation_id}}"
    tour.ask("POST", f"{one}/reply", {"message": {"body": "And now?"}}, id=ticket, conversation_id=talk)
    tour.ask("PUT", one, {"side_conversation": {"state": "closed"}}, id=ticket, conversation_id=talk)
    tour.ask("GET", one, id=ticket, conversation_id=talk)
    tour.ask("GET", f"{one}/events", id=ticket, conversation_id=talk)


def let_mail_in(tour: Tour) -> None:
    first, second, third = tour.simulator.desk.shelves["suspended_tickets"]
    tour.ask("GET", "/suspended_tickets/{id}", id=first)
    tour.ask("GET", "/suspended_tickets")
    tour.ask("PUT", "/suspended_tickets/{id}/recover", id=first)
    tour.ask("PUT", "/suspended_tickets/recover_many", query=f"?ids={second}")
    tour.ask("DELETE", "/suspended_tickets/{id}", id=third)
    tour.ask("DELETE", "/suspended_tickets/destroy_many", query=f"?ids={third}")
