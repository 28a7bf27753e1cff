"""Who is let in, by each of the resolvers; and that no parameter ever makes somebody somebody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import flask
import pytest

from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.hookspecs import hookimpl
from tests.integration.door.conftest import NewStand
from tests.integration.door.hosts import JWT_SECRET, Stand, bearer, new_app, with_manager

ME = "/api/zendesk/me"


class Knows:
    """A host that answers the identity hook with one thing, whatever the request."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    @hookimpl
    def atom_identify_user(self, request: flask.Request) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    "claims", [{}, {"sub": None, "id": "u-2"}, {"sub": None, "user_id": 17}, {"roles": None, "role": "Admin"}]
)
def test_atoms_bearer_token_is_believed(stand: Stand, claims: dict[str, Any]) -> None:
    assert stand.get(ME, **claims).status_code == 200


def test_every_claim_reaches_the_caller(stand: Stand) -> None:
    headers = bearer(
        stand.clock,
        sub="u-9",
        roles=["Admin", " Lead "],
        role="boss",
        email="a@b.example",
        email_verified=True,
        tenant_id="default",
    )
    with stand.app.test_request_context(ME, headers=headers):
        caller = stand.extension.identify(flask.request)
    assert caller == Caller(
        user_id="u-9",
        tenant_id="default",
        roles=frozenset({"admin", "lead", "boss"}),
        email="a@b.example",
        email_verified=True,
        via="bearer",
    )


REFUSED: dict[str, dict[str, Any]] = {
    "another key": {"secret": "another key that is just as long as the first one"},
    "another algorithm": {"algorithm": "HS512"},
    "over": {"exp": 1_000_000},
    "without an end": {"exp": None},
    "an end that is no number": {"exp": "tomorrow"},
    "not yet": {"nbf": 4_000_000_000},
    "nobody": {"sub": None},
    "empty": {"sub": ""},
    "true is no user": {"sub": True},
    "a list is no user": {"sub": ["u-1"]},
}


@pytest.mark.parametrize("claims", REFUSED.values(), ids=REFUSED.keys())
@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_a_token_that_proves_nothing_is_nobody(stand: Stand, claims: dict[str, Any]) -> None:
    answer = stand.get(ME, **claims)
    assert answer.status_code == 401
    assert answer.json
    assert answer.json["error"]["code"] == "AUTH_REQUIRED"
    assert stand.asked() == []


RUBBISH = [
    "", "Bearer", "Bearer ", "Bearer a.b.c", "Basic dTpw", "Bearer " + "a" * 9000, "Bearer \xe9.\xe9.\xe9",
    "bearer eyJhbGciOiJub25lIn0.e30.",
]  # fmt: skip


@pytest.mark.parametrize("header", RUBBISH)
def test_rubbish_in_the_header_is_nobody(stand: Stand, header: str) -> None:
    assert stand.app.test_client().get(ME, headers={"Authorization": header}).status_code == 401


def test_a_token_ends_by_the_injected_clock(stand: Stand) -> None:
    headers = bearer(stand.clock)
    http = stand.app.test_client()
    assert http.get(ME, headers=headers).status_code == 200
    stand.clock.advance(3601)
    assert http.get(ME, headers=headers).status_code == 401


def test_an_unsigned_token_is_nobody(stand: Stand) -> None:
    import base64
    import json

    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    token = f"{part({'alg': 'none'})}.{part({'sub': 'u-1', 'roles': ['admin'], 'exp': 4_000_000_000})}."
    assert stand.app.test_client().get(ME, headers={"Authorization": f"Bearer {token}"}).status_code == 401


@pytest.mark.parametrize("query", ["user_id=u-1", "user_id=current", "token=x"])
def test_a_parameter_identifies_nobody(stand: Stand, query: str) -> None:
    assert stand.app.test_client().get(f"{ME}?{query}").status_code == 401


def test_user_id_may_only_confirm(stand: Stand) -> None:
    assert stand.get(f"{ME}?user_id=u-1").status_code == 200
    assert stand.get(f"{ME}?user_id=current").status_code == 200
    assert stand.get(f"{ME}?user_id=u-2").status_code == 403


def test_a_short_key_still_works_and_is_told_once(new_stand: NewStand, caplog: pytest.LogCaptureFixture) -> None:
    stand = new_stand(JWT_SECRET="short")
    with pytest.warns(match="Key size"):
        headers = bearer(stand.clock, secret="short")
    for _ in range(2):
        assert stand.app.test_client().get(ME, headers=headers).status_code == 200
    assert caplog.text.count("zendesk.jwt_secret_short") == 1


def test_roles_decide_who_works_through_the_service_account(new_stand: NewStand) -> None:
    stand = new_stand(ZENDESK_SERVICE_ROLES="support lead")
    assert stand.get(ME, roles=["Lead"]).status_code == 200
    refused = stand.get(ME, roles=["admin"])
    assert (refused.status_code, refused.json and refused.json["error"]["code"]) == (401, "ZENDESK_NOT_CONNECTED")
    assert new_stand(ZENDESK_SERVICE_ROLES="*").get(ME, roles=[]).status_code == 200


def test_another_tenants_admin_never_reaches_this_account(stand: Stand) -> None:
    assert stand.get(ME, tenant_id="rivals").status_code == 401
    assert stand.asked() == []


def test_the_flask_session_identifies(new_stand: NewStand) -> None:
    stand = new_stand(ZENDESK_IDENTITY="session", SECRET_KEY="signs the session")
    http = stand.app.test_client()
    assert http.get(ME).status_code == 401
    with http.session_transaction() as session:
        session.update(user_id=5, roles=["admin"])
    assert http.get(ME).status_code == 200
    ticket = {"subject": "By cookie", "comment": "needs the same origin"}
    assert http.post("/api/zendesk/tickets", json=ticket).status_code == 403
    assert http.post("/api/zendesk/tickets", json=ticket, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 201


def test_a_session_signed_by_somebody_else_is_nobody(new_stand: NewStand) -> None:
    theirs = flask.Flask("theirs", static_folder=None)
    theirs.secret_key = "another"
    serializer = flask.sessions.SecureCookieSessionInterface().get_signing_serializer(theirs)
    assert serializer is not None
    forged = serializer.dumps({"user_id": "u-1", "roles": ["admin"]})
    stand = new_stand(ZENDESK_IDENTITY="session", SECRET_KEY="signs the session")
    assert stand.app.test_client().get(ME, headers={"Cookie": f"session={forged}"}).status_code == 401
    keyless = new_stand(ZENDESK_IDENTITY="session")
    assert keyless.app.test_client().get(ME, headers={"Cookie": f"session={forged}"}).status_code == 401


def test_the_hosts_hook_identifies(new_stand: NewStand) -> None:
    admin = Caller(user_id="u-1", roles=frozenset({"admin"}), via="bearer")
    for answer in (admin, {"user_id": "u-1", "roles": "ADMIN"}, {"user_id": 1, "role": "admin", "via": "bearer"}):
        stand = new_stand(Knows(answer), ZENDESK_IDENTITY="host")
        assert stand.app.test_client().get(ME).status_code == 200


def test_a_mapping_without_via_counts_as_a_cookie(new_stand: NewStand) -> None:
    stand = new_stand(Knows({"user_id": "u-1", "roles": ["admin"]}), ZENDESK_IDENTITY="host")
    ticket = {"subject": "From another site", "comment": "must not be made"}
    assert stand.app.test_client().post("/api/zendesk/tickets", json=ticket).status_code == 403


@pytest.mark.parametrize(
    "answer",
    [None, "u-1", 7, {}, {"user_id": ""}, {"user_id": None}, {"user_id": True}, object(), ValueError("theirs")],
)
def test_any_other_answer_of_the_hook_is_nobody(new_stand: NewStand, answer: object) -> None:
    stand = new_stand(Knows(answer), ZENDESK_IDENTITY="host")
    assert stand.app.test_client().get(ME).status_code == 401


def test_without_any_resolver_nobody_is_anybody(new_stand: NewStand) -> None:
    stand = new_stand(ZENDESK_IDENTITY="host")
    assert stand.get(ME).status_code == 401
    assert "atom_identify_user" in stand.health()["checks"]["config"]["message"]


def test_a_manager_without_our_specifications_works_too(tmp_path: Path) -> None:
    from atom_zendesk_plugin.host import Host

    app = new_app(tmp_path)
    with_manager(app, Knows(None), Knows({"user_id": "u-1"}), specs=False)
    with app.test_request_context("/"):
        caller = Host(app).identify(flask.request)
    assert caller is not None
    assert caller.user_id == "u-1"


def test_the_secret_is_in_no_representation(stand: Stand) -> None:
    with stand.app.test_request_context(ME):
        stand.extension.identify(flask.request)
    shown = repr(stand.extension) + repr(vars(stand.extension)) + repr(stand.extension.settings)
    assert JWT_SECRET not in shown
    assert stand.simulator.credentials.access_token not in shown
