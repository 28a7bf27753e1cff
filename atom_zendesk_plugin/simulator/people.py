"""Who is on a ticket: how requester, CCs and followers are named in a write, and found or made.

Reading comes first and refuses what is wrong; only ``settle`` makes new users. So a refused write leaves nobody behind.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from atom_zendesk_plugin.simulator.directory import create_user, read_email
from atom_zendesk_plugin.simulator.exchange import Json
from atom_zendesk_plugin.simulator.intake import as_id, invalid, read_object
from atom_zendesk_plugin.simulator.objects import Act, Ticket, User
from atom_zendesk_plugin.simulator.state import Desk


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody named by an address that nobody has yet."""

    name: str
    email: str


Person = User | Newcomer

_NAMING: Final = frozenset(
    {
        "requester",
        "requester_id",
        "collaborator_ids",
        "collaborators",
        "additional_collaborators",
        "email_ccs",
        "followers",
    }
)
"""The fields of a write that name people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """The people of a ticket as a write wants them; a requester of None stays who it is."""

    requester: Person | None
    ccs: tuple[Person, ...]
    followers: tuple[Person, ...]


def read_people(desk: Desk, ticket: Ticket, data: Json) -> People | None:
    """Read all people of a write, beside those that are on the ticket already; None when it names nobody."""
    if _NAMING.isdisjoint(data):
        return None
    ccs: list[Person] = [desk.users[user_id] for user_id in ticket.email_cc_ids]
    followers: list[Person] = [desk.users[user_id] for user_id in ticket.follower_ids]
    for field, replaces in (("collaborator_ids", True), ("collaborators", True), ("additional_collaborators", False)):
        if field in data:
            named = [_read_collaborator(desk, field, told) for told in _as_list(data, field)]
            if replaces:
                ccs, followers = [], []
            for person in named:
                (followers if isinstance(person, User) and person.is_staff else ccs).append(person)
    ccs = _apply(desk, ccs, data, "email_ccs")
    followers = _apply(desk, followers, data, "followers")
    if any(isinstance(person, Newcomer) or not person.is_staff for person in followers):
        raise invalid("followers", "Followers: must be agents")
    return People(requester=_read_requester(desk, data), ccs=tuple(ccs), followers=tuple(followers))


def settle(desk: Desk, draft: Ticket, people: People | None, *, act: Act) -> None:
    """Put the people on the draft, making users of newcomers; a new requester brings their organization."""
    if people is None:
        return
    if people.requester is not None:
        requester = _made(desk, people.requester, act=act)
        if requester.id != draft.requester_id:
            draft.requester_id = requester.id
            draft.organization_id = requester.organization_id
    draft.email_cc_ids = _ids(_made(desk, person, act=act) for person in people.ccs)
    draft.follower_ids = _ids(_made(desk, person, act=act) for person in people.followers)


def _read_requester(desk: Desk, data: Json) -> Person | None:
    inline = read_object(data, "requester")
    if inline:
        if (number := as_id(inline.get("id"))) is not None:
            return _active(desk, number, "requester")
        email = read_email(inline)
        if email is None:
            raise invalid("requester", "Requester: needs an email")
        known = desk.find_user_by_email(email)
        if known is not None:
            return known
        name = inline.get("name")
        if not isinstance(name, str) or not name.strip():
            raise invalid("requester", "Requester: Name: is too short (minimum one character)", "ValueTooShort")
        return Newcomer(name.strip(), email)
    told = data.get("requester_id")
    if told is None or told == "":
        return None
    return _active(desk, as_id(told), "requester_id")


def _active(desk: Desk, number: int | None, field: str) -> User:
    user = desk.users.get(number) if number is not None else None
    if user is None or not user.active:
        raise invalid(field, "Requester: does not exist" if "requester" in field else "User: does not exist")
    return user


def _read_collaborator(desk: Desk, field: str, told: Any) -> Person:
    if isinstance(told, dict):
        if "email" in told:
            return _by_email(desk, told, name=told.get("name"))
        told = told.get("id")
    if isinstance(told, str) and "@" in told:
        return _by_email(desk, {"email": told}, name=None)
    return _active(desk, as_id(told), field)


def _by_email(desk: Desk, told: Json, *, name: Any) -> Person:
    email = read_email(told)
    if email is None:
        raise invalid("email", "Email: cannot be blank", "BlankValue")
    known = desk.find_user_by_email(email)
    if known is not None:
        return known
    return Newcomer(name.strip() if isinstance(name, str) and name.strip() else email.partition("@")[0], email)


def _apply(desk: Desk, present: list[Person], data: Json, field: str) -> list[Person]:
    """Carry out ``[{"user_id" | "user_email", "action": "put" | "delete"}]``."""
    for told in _as_list(data, field):
        if not isinstance(told, dict):
            raise invalid(field, f"{field.replace('_', ' ').capitalize()}: is not a list of users")
        person = (
            _by_email(desk, {"email": told["user_email"]}, name=told.get("user_name"))
            if told.get("user_email")
            else _active(desk, as_id(told.get("user_id")), field)
        )
        present = [other for other in present if other != person]
        if told.get("action", "put") != "delete":
            present.append(person)
    return present


def _as_list(data: Json, field: str) -> list[Any]:
    value = data.get(field)
    if value is None:
        return []
    if not isinstance(value, list):
        raise invalid(field, f"{field.replace('_', ' ').capitalize()}: is not a list")
    return value


def _made(desk: Desk, person: Person, *, act: Act) -> User:
    if isinstance(person, User):
        return person
    known = desk.find_user_by_email(person.email)
    return known or create_user(desk, {"name": person.name, "email": person.email}, at=act.known_at)


def _ids(people: Iterable[User]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(person.id for person in people))
