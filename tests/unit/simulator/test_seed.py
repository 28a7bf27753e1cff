"""Made-up accounts: equal for equal seeds, always furnished, full of lives."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.simulator.exchange import Call
from atom_zendesk_plugin.simulator.objects import Role, Status
from atom_zendesk_plugin.simulator.render.history import render_audit
from atom_zendesk_plugin.simulator.render.people import render_user
from atom_zendesk_plugin.simulator.render.tickets import render_ticket
from atom_zendesk_plugin.simulator.seed import HISTORY, populate
from atom_zendesk_plugin.simulator.state import Desk


def account(*, seed: int = 5, tickets: int = 150, **more: Any) -> Desk:
    desk = Desk(clock=ManualClock(), seed=seed)
    populate(desk, tickets=tickets, **more)
    return desk


def pictured(desk: Desk) -> str:
    """Return everything of an account as text."""
    call = Call(
        method="GET",
        path="/",
        base_url="https://acme.zendesk.com",
        params=MultiDict(),
        headers={},
        raw=b"",
        body={},
        actor_id=desk.admin_id,
        scopes=frozenset(),
    )
    rows: list[Any] = [render_user(desk, call, user) for user in desk.users.values()]
    for ticket in desk.tickets.values():
        rows += [render_ticket(desk, call, ticket), [render_audit(desk, call, audit) for audit in ticket.audits]]
    return json.dumps([rows, {name: list(table.values()) for name, table in desk.config.tables().items()}])


def test_equal_seeds_give_equal_accounts_and_others_don_t() -> None:
    assert pictured(account(seed=5)) == pictured(account(seed=5))
    assert pictured(account(seed=5)) != pictured(account(seed=6))


def test_an_account_is_furnished_even_without_tickets() -> None:
    desk = account(tickets=0, users=0, organizations=0)
    admin = desk.users[desk.admin_id or 0]
    assert (admin.role, admin.email) == (Role.ADMIN, "admin@acme.example")
    roles = Counter(user.role for user in desk.users.values())
    assert roles[Role.AGENT] >= 3
    assert roles[Role.END_USER] >= 2
    titles = [view["title"] for view in desk.config.views.values()]
    assert titles[:4] == [
        "Your unsolved tickets",
        "Unassigned tickets",
        "All unsolved tickets",
        "Recently updated tickets",
    ]
    kinds = [row["type"] for row in desk.config.ticket_fields.values()]
    assert kinds[-3:] == ["tagger", "text", "checkbox"]
    assert [row["status_category"] for row in desk.config.custom_statuses.values()] == list(Status)[:-1]
    assert all(user.default_group_id is not None for user in desk.users.values() if user.is_staff)


def test_the_numbers_asked_for_are_the_numbers_given() -> None:
    desk = account(tickets=40, users=25, organizations=4)
    assert (len(desk.tickets), len(desk.users), len(desk.organizations)) == (40, 25, 4)


def test_lives_fill_the_past_half_year() -> None:
    desk = account(tickets=600)
    now = desk.now()
    tickets = list(desk.tickets.values())
    assert min(ticket.created_at for ticket in tickets) < now - HISTORY + timedelta(days=10)
    assert max(ticket.updated_at for ticket in tickets) <= now
    assert [ticket.created_at for ticket in tickets] == sorted(ticket.created_at for ticket in tickets)
    assert set(Counter(ticket.status for ticket in tickets)) == set(Status)
    assert len({ticket.channel for ticket in tickets}) >= 4
    assert {ticket.priority for ticket in tickets} >= {"low", "normal", "high", "urgent"}
    assert any(ticket.email_cc_ids for ticket in tickets)
    assert {rating.score for rating in desk.ratings.values()} == {"good", "bad"}
    assert any(not comment.public for ticket in tickets for comment in ticket.comments)
    assert len(desk.listed_tickets()) < len(tickets)


def test_no_made_up_address_could_be_somebody_s() -> None:
    assert all((user.email or "").endswith(".example") for user in account().users.values())


def test_a_desk_is_populated_once_and_sensibly() -> None:
    desk = account(tickets=0)
    with pytest.raises(ValueError, match="populated already"):
        populate(desk, tickets=1)
    with pytest.raises(ValueError, match="negative"):
        populate(Desk(clock=ManualClock()), tickets=-1)


def test_history_counts_as_indexed_whatever_the_lag() -> None:
    desk = Desk(clock=ManualClock(datetime.fromisoformat("2026-01-05T09:00:00+00:00")), search_lag=60.0)
    populate(desk, tickets=20)
    assert desk.search_lag == 60.0
    assert all(desk.as_indexed(ticket) is ticket for ticket in desk.tickets.values())
