"""The addresses of a user: e-mail and phone identities."""

from __future__ import annotations

from typing import Final

from atom_zendesk_plugin.simulator.directory import add_identity, make_primary, read_email, remove_identity
from atom_zendesk_plugin.simulator.exchange import Answer, Call, Refusal, Route
from atom_zendesk_plugin.simulator.intake import invalid, read_choice, read_flag, read_text, wrapped
from atom_zendesk_plugin.simulator.objects import Identity, User
from atom_zendesk_plugin.simulator.paging import paginate
from atom_zendesk_plugin.simulator.render.people import render_identity
from atom_zendesk_plugin.simulator.routes.frame import API, created, found
from atom_zendesk_plugin.simulator.state import Desk

_KINDS: Final = ("email", "phone_number", "twitter", "facebook", "google", "agent_forwarding", "sdk", "messaging")


def list_identities(desk: Desk, call: Call) -> Answer:
    user = _user(desk, call)
    return paginate(
        call,
        user.identities,
        key="identities",
        render=lambda identity: render_identity(call, identity),
        identity=lambda identity: identity.id,
        presorted=True,
    )


def show_identity(desk: Desk, call: Call) -> Answer:
    return Answer(200, {"identity": render_identity(call, _identity(call, _user(desk, call)))})


def post_identity(desk: Desk, call: Call) -> Answer:
    user = _user(desk, call)
    data = wrapped(call, "identity")
    kind = read_choice(data, "type", _KINDS)
    value = read_email({"email": data.get("value")}) if kind == "email" else read_text(data, "value")
    if kind is None or value is None:
        raise invalid("value" if kind else "type", f"{'Value' if kind else 'Type'}: cannot be blank", "BlankValue")
    if _is_taken(desk, kind, value):
        raise invalid("value", f"Value: {value} is already being used by another user", "DuplicateValue")
    verified = read_flag(data, "verified") if "verified" in data else False
    desk.keep_earlier(user)
    identity = add_identity(desk, user, kind=kind, value=value, verified=verified, at=desk.now())
    user.updated_at = desk.now()
    return created("identity", render_identity(call, identity))


def put_identity(desk: Desk, call: Call) -> Answer:
    """Only whether an address is verified can be changed."""
    user = _user(desk, call)
    identity = _identity(call, user)
    data = wrapped(call, "identity")
    if "verified" in data:
        _verify(desk, identity, verified=read_flag(data, "verified"))
    return Answer(200, {"identity": render_identity(call, identity)})


def put_verified(desk: Desk, call: Call) -> Answer:
    identity = _identity(call, _user(desk, call))
    _verify(desk, identity, verified=True)
    return Answer(200, {"identity": render_identity(call, identity)})


def request_verification(desk: Desk, call: Call) -> Answer:
    """Send the user a message that asks to confirm the address; nothing else happens here."""
    identity = _identity(call, _user(desk, call))
    if identity.kind != "email":
        raise invalid("base", "Identity: only an email can be verified by its owner")
    return Answer(200, {})


def put_primary(desk: Desk, call: Call) -> Answer:
    user = _user(desk, call)
    desk.keep_earlier(user)
    make_primary(user, _identity(call, user))
    user.updated_at = desk.now()
    return list_identities(desk, call)


def remove(desk: Desk, call: Call) -> Answer:
    user = _user(desk, call)
    identity = _identity(call, user)
    if identity.primary and identity.kind == "email" and user.is_staff:
        raise invalid("base", "Identity: the primary email of an agent cannot be deleted")
    desk.keep_earlier(user)
    remove_identity(desk, user, identity)
    user.updated_at = desk.now()
    return Answer(204)


def _user(desk: Desk, call: Call) -> User:
    user = found(desk.users.get(call.id()))
    if not user.active:
        raise Refusal.not_found()
    return user


def _identity(call: Call, user: User) -> Identity:
    number = call.id("identity_id")
    return found(next((identity for identity in user.identities if identity.id == number), None))


def _verify(desk: Desk, identity: Identity, *, verified: bool) -> None:
    identity.verified, identity.updated_at = verified, desk.now()
    user = desk.users[identity.user_id]
    if identity.primary and identity.kind == "email":
        user.verified, user.updated_at = verified, desk.now()


def _is_taken(desk: Desk, kind: str, value: str) -> bool:
    if kind == "email":
        return desk.find_user_by_email(value) is not None
    taken = ((one.kind, one.value) for user in desk.users.values() for one in user.identities)
    return (kind, value) in taken


_HERE = f"{API}/users/{{id}}/identities"
_ONE = f"{_HERE}/{{identity_id}}"
_READ, _WRITE = "users:read", "users:write"

ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_HERE, handler=list_identities, scope=_READ),
    Route(method="POST", template=_HERE, handler=post_identity, scope=_WRITE),
    Route(method="GET", template=_ONE, handler=show_identity, scope=_READ),
    Route(method="PUT", template=_ONE, handler=put_identity, scope=_WRITE),
    Route(method="PUT", template=f"{_ONE}/verify", handler=put_verified, scope=_WRITE),
    Route(method="PUT", template=f"{_ONE}/request_verification", handler=request_verification, scope=_WRITE),
    Route(method="PUT", template=f"{_ONE}/make_primary", handler=put_primary, scope=_WRITE),
    Route(method="DELETE", template=_ONE, handler=remove, scope=_WRITE),
)
