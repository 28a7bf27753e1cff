"""What a made-up account looks like: its people, and half a year of tickets that lived real lives.

Tickets are written through ``lifecycle`` in the order of time, so that history, ids and stamps are those of an account
that was really used. The same seed at the same time gives the same account; the time of day only shifts it.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from atom_zendesk_plugin.simulator.directory import create_user, join_group
from atom_zendesk_plugin.simulator.exchange import Json
from atom_zendesk_plugin.simulator.furniture import CUSTOM_FIELD_TITLES, PRODUCT_AREAS, furnish
from atom_zendesk_plugin.simulator.house_rules import lay_down_rules
from atom_zendesk_plugin.simulator.lifecycle import create_ticket, offer_rating, rate_ticket, update_ticket
from atom_zendesk_plugin.simulator.objects import SYSTEM_AUTHOR, Act, Ticket, User
from atom_zendesk_plugin.simulator.organizations import create_group, create_organization
from atom_zendesk_plugin.simulator.satisfaction_reasons import lay_out_reasons
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.suspending import hold_some_back
from atom_zendesk_plugin.simulator.words import GROUPS, TAGS, TIME_ZONES, Wordsmith

HISTORY: Final = timedelta(days=180)
CLOSED_AFTER: Final = timedelta(days=4)
FEWEST_USERS: Final = 6
NEVER_TAKEN: Final = 0.02
FORGOTTEN: Final = 0.06

_BROWSER: Final = "Mozilla/5.0 (X11; Linux x86_64) Simulator"
_CHANNELS: Final = ("email",) * 9 + ("web",) * 6 + ("api",) * 3 + ("chat",) * 2
_PRIORITIES: Final = ("low",) * 2 + ("normal",) * 5 + ("high",) * 2 + ("urgent",)
_TYPES: Final = ("question",) * 5 + ("incident",) * 3 + ("problem", "task")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cast:
    """Who plays in the stories, and by which chance."""

    rng: random.Random
    words: Wordsmith
    agents: tuple[User, ...]
    customers: tuple[User, ...]
    fields: dict[str, int]


def populate(desk: Desk, *, tickets: int, users: int | None = None, organizations: int | None = None) -> None:
    """Fill an empty desk with people and with ``tickets`` tickets opened over the past 180 days.

    ``users`` counts staff and customers together (at least 6): one for every five tickets when it is None, and
    ``organizations`` one for every ten users. An account always has an admin, agents, groups, views and fields.
    """
    if desk.users:
        raise ValueError("this desk is populated already: make a new one")
    if tickets < 0 or (users or 0) < 0 or (organizations or 0) < 0:
        raise ValueError("tickets, users and organizations can't be negative")
    wanted_users = max(FEWEST_USERS, 30 + tickets // 5 if users is None else users)
    wanted_organizations = max(1, wanted_users // 10) if organizations is None else organizations
    lag, desk.search_lag = desk.search_lag, 0.0
    began = desk.now() - HISTORY
    founded = began - timedelta(days=30)
    furnish(desk, at=founded)
    cast = _hire(desk, users=wanted_users, organizations=wanted_organizations, at=founded)
    _play(desk, cast, tickets=tickets, began=began)
    lay_down_rules(desk, at=founded)
    hold_some_back(desk)
    lay_out_reasons(desk, at=founded)
    desk.search_lag = lag


def _hire(desk: Desk, *, users: int, organizations: int, at: datetime) -> _Cast:
    rng = random.Random(f"people {desk.seed}")
    words = Wordsmith(rng)
    groups = [create_group(desk, {"name": name}, at=at) for name in GROUPS]
    admin = create_user(desk, _staff(desk, "Admin", "admin@", role="admin"), at=at)
    admin.custom_role_id, admin.last_login_at = desk.new_id(), desk.now()
    desk.admin_id = admin.id
    agents = []
    for number in range(min(max(3, users // 60), 40)):
        name = words.person()
        email = f"{name.split()[0].lower()}.{number + 1}@"
        agent = create_user(desk, _staff(desk, name, email, role="agent"), at=at)
        join_group(desk, agent, groups[number % len(groups)].id, at=at, default=True)
        join_group(desk, agent, groups[(number + 1) % len(groups)].id, at=at)
        agent.last_login_at = desk.now()
        agents.append(agent)
    # One agent sees the tickets of their groups only, so that restrictions are met in every account.
    agents[-1].ticket_restriction = "groups"
    homes = [_company(desk, words, number, at=at) for number in range(organizations)]
    customers = [_customer(desk, words, rng, number, homes=homes, at=at) for number in range(users - len(agents) - 1)]
    fields = {
        kind: next(row["id"] for row in desk.config.ticket_fields.values() if row["title"] == title)
        for kind, title in CUSTOM_FIELD_TITLES.items()
    }
    return _Cast(rng=rng, words=words, agents=tuple(agents), customers=tuple(customers), fields=fields)


def _staff(desk: Desk, name: str, mailbox: str, *, role: str) -> Json:
    return {"name": name, "email": f"{mailbox}{desk.subdomain}.example", "role": role, "verified": True}


def _company(desk: Desk, words: Wordsmith, number: int, *, at: datetime) -> int:
    name = words.company()
    if name.lower() in desk.organization_by_name:
        name = f"{name} {number}"
    domain = f"{name.replace(' ', '-').lower()}.example"
    return create_organization(desk, {"name": name, "domain_names": [domain]}, at=at).id


def _customer(desk: Desk, words: Wordsmith, rng: random.Random, number: int, *, homes: list[int], at: datetime) -> User:
    name = words.person()
    home = rng.choice(homes) if homes and rng.random() < 0.8 else None
    domain = desk.organizations[home].domain_names[0] if home is not None else "mail.example"
    time_zone, iana = rng.choice(TIME_ZONES)
    joined = at + timedelta(seconds=rng.randrange(30 * 86_400))
    data: Json = {
        "name": name,
        "email": f"{name.replace(' ', '.').lower()}.{number}@{domain}",
        "organization_id": home,
        "time_zone": time_zone,
        "iana_time_zone": iana,
        "verified": rng.random() < 0.7,
        "external_id": f"customer-{number}" if rng.random() < 0.5 else None,
        "phone": f"+1555{number:07d}" if rng.random() < 0.2 else None,
        "tags": ["vip"] if rng.random() < 0.05 else [],
    }
    return create_user(desk, data, at=joined)


def _play(desk: Desk, cast: _Cast, *, tickets: int, began: datetime) -> None:
    """Let all stories run beside each other up to now, always the one whose next scene is the earliest."""
    now = desk.now()
    length = int(HISTORY.total_seconds())
    openings = sorted(int(length * cast.rng.random() ** 0.8) for _ in range(tickets))
    waiting: list[tuple[datetime, int, Iterator[datetime]]] = []
    for number, second in enumerate(openings):
        at = began + timedelta(seconds=second)
        _run(waiting, until=at)
        story = _story(desk, cast, at)
        _next_scene(waiting, number, story)
    _run(waiting, until=now)


def _run(waiting: list[tuple[datetime, int, Iterator[datetime]]], *, until: datetime) -> None:
    while waiting and waiting[0][0] <= until:
        _, number, story = heapq.heappop(waiting)
        _next_scene(waiting, number, story)


def _next_scene(
    waiting: list[tuple[datetime, int, Iterator[datetime]]], number: int, story: Iterator[datetime]
) -> None:
    at = next(story, None)
    if at is not None:
        heapq.heappush(waiting, (at, number, story))


def _story(desk: Desk, cast: _Cast, opened_at: datetime) -> Iterator[datetime]:
    """Live one ticket's life; yields the time of its next scene, which runs when the story is resumed."""
    rng = cast.rng
    customer = rng.choice(cast.customers)
    channel = rng.choice(_CHANNELS)
    ticket = _open(desk, cast, customer, channel=channel, at=opened_at)
    at = opened_at + _about(rng, minutes=45)
    yield at
    if rng.random() < NEVER_TAKEN:
        return
    agent = _triage(desk, cast, ticket, at=at)
    if agent is None:
        at += _about(rng, minutes=900)
        yield at
        agent = rng.choice(cast.agents)
        update_ticket(desk, ticket, {"assignee_id": agent.id}, act=_by(agent, at))
    while True:
        for _ in range(rng.choice((0, 0, 1, 1, 1, 2, 3))):
            at += _about(rng, minutes=120)
            yield at
            _answer(desk, cast, ticket, agent, at=at)
            if rng.random() < FORGOTTEN:
                return
            at += _about(rng, minutes=700)
            yield at
            _say(desk, ticket, customer, cast.words.customer_line(), channel=channel, at=at)
        if rng.random() < 0.1:
            at += _about(rng, minutes=60)
            yield at
            update_ticket(desk, ticket, {"status": "hold"}, act=_by(agent, at))
            if rng.random() < FORGOTTEN * 2:
                return
            at += _about(rng, minutes=2_000)
        at += _about(rng, minutes=240)
        yield at
        _solve(desk, cast, ticket, agent, at=at)
        if rng.random() >= 0.12:
            break
        at += _about(rng, minutes=600)
        yield at
        _say(desk, ticket, customer, cast.words.customer_line(), channel=channel, at=at)
    yield from _aftermath(desk, cast, ticket, customer, at)


def _open(desk: Desk, cast: _Cast, customer: User, *, channel: str, at: datetime) -> Ticket:
    subject = cast.words.subject()
    data: Json = {"subject": subject, "comment": {"body": cast.words.complaint(subject)}}
    if cast.rng.random() < 0.3:
        order = {"id": cast.fields["text"], "value": cast.words.order_number()}
        data |= {"custom_fields": [order], "external_id": f"case-{cast.rng.randrange(10**9)}"}
    if cast.rng.random() < 0.06:
        data["email_ccs"] = [{"user_id": cast.rng.choice(cast.customers).id, "action": "put"}]
    if cast.rng.random() < 0.08:
        agent = cast.rng.choice(cast.agents)
        data["requester_id"] = customer.id
        return create_ticket(desk, data, act=_by(agent, at))[0]
    act = Act(actor_id=customer.id, at=at, channel=channel, client=None if channel == "email" else _BROWSER)
    return create_ticket(desk, data, act=act)[0]


def _triage(desk: Desk, cast: _Cast, ticket: Ticket, *, at: datetime) -> User | None:
    """Sort a new ticket; now and then nobody takes it yet."""
    rng = cast.rng
    agent = rng.choice(cast.agents)
    data: Json = {
        "priority": rng.choice(_PRIORITIES),
        "tags": rng.sample(TAGS, rng.randrange(3)),
        "custom_fields": [{"id": cast.fields["tagger"], "value": rng.choice(PRODUCT_AREAS)[1]}],
    }
    if rng.random() < 0.6:
        data["type"] = rng.choice(_TYPES)
    if rng.random() < 0.05:
        data["custom_fields"].append({"id": cast.fields["checkbox"], "value": True})
    taken = rng.random() < 0.85
    data |= {"assignee_id": agent.id} if taken else {"group_id": agent.default_group_id}
    update_ticket(desk, ticket, data, act=_by(agent, at))
    return agent if taken else None


def _answer(desk: Desk, cast: _Cast, ticket: Ticket, agent: User, *, at: datetime) -> None:
    if cast.rng.random() < 0.15:
        update_ticket(desk, ticket, {"comment": {"body": cast.words.note(), "public": False}}, act=_by(agent, at))
        return
    data: Json = {"comment": {"body": cast.words.agent_line(), "public": True}}
    if cast.rng.random() < 0.7:
        data["status"] = "pending"
    update_ticket(desk, ticket, data, act=_by(agent, at))


def _solve(desk: Desk, cast: _Cast, ticket: Ticket, agent: User, *, at: datetime) -> None:
    data: Json = {"status": "solved", "comment": {"body": cast.words.solution(), "public": True}}
    update_ticket(desk, ticket, data, act=_by(agent, at))


def _say(desk: Desk, ticket: Ticket, customer: User, body: str, *, channel: str, at: datetime) -> None:
    """Let a customer write on their ticket."""
    act = Act(actor_id=customer.id, at=at, channel=channel, client=None if channel == "email" else _BROWSER)
    update_ticket(desk, ticket, {"comment": {"body": body, "public": True}}, act=act)


def _aftermath(desk: Desk, cast: _Cast, ticket: Ticket, customer: User, solved_at: datetime) -> Iterator[datetime]:
    """A day after solving some customers are asked, some of them answer; some days later the ticket closes."""
    rng = cast.rng
    if rng.random() < 0.4:
        yield solved_at + timedelta(days=1)
        offer_rating(desk, ticket, act=_by_rule(desk, "rate", solved_at + timedelta(days=1)))
        if rng.random() < 0.5:
            rated_at = solved_at + timedelta(days=1) + timedelta(minutes=rng.randrange(5, 2_000))
            yield rated_at
            score = "good" if rng.random() < 0.85 else "bad"
            told = cast.words.verdict(score) if rng.random() < 0.5 else None
            act = Act(actor_id=customer.id, at=rated_at, channel="web", client=_BROWSER)
            rate_ticket(desk, ticket, {"score": score, "comment": told}, act=act)
    closed_at = solved_at + CLOSED_AFTER
    yield closed_at
    update_ticket(desk, ticket, {"status": "closed"}, act=_by_rule(desk, "close", closed_at))


def _about(rng: random.Random, *, minutes: float) -> timedelta:
    """Return a waiting time around ``minutes``: mostly shorter, sometimes much longer; at least a minute."""
    return timedelta(seconds=60 + int(rng.expovariate(1 / (minutes * 60))))


def _by(user: User, at: datetime) -> Act:
    return Act(actor_id=user.id, at=at, channel="web", client=_BROWSER)


def _by_rule(desk: Desk, name: str, at: datetime) -> Act:
    rule = desk.config.rules[name]
    source = {"from": {**rule}, "to": {}, "rel": "automation"}
    return Act(actor_id=SYSTEM_AUTHOR, at=at, channel="rule", source=source)
