"""The demo's own users: three sample people who sign in with one click, or with a bearer token on the command line.

This is the part a real host brings. It shows how: one hook that says who sends a request, from the host's session or its token.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from html import escape
from typing import TYPE_CHECKING

from flask import Blueprint, Flask, Request, Response, redirect, request, session
from joserfc import jwt
from joserfc.jwk import OctKey

from atom_zendesk_plugin.hookspecs import hookimpl
from atom_zendesk_plugin.identity import SessionIdentity, TokenIdentity

if TYPE_CHECKING:
    from atom_zendesk_plugin.caller import Caller
    from atom_zendesk_plugin.clock import Clock

FIRST_PAGE = "/zendesk/connection"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who may sign in."""

    user_id: str
    name: str
    role: str
    may: str


PEOPLE: Mapping[str, Person] = {
    person.user_id: person
    for person in (
        Person(user_id="sample-user", name="Sam Sample", role="admin", may="administers ATOM and works through the service account"),
        Person(user_id="alex", name="Alex Agent", role="agent", may="answers tickets once connected to Zendesk"),
        Person(user_id="robin", name="Robin Reader", role="agent", may="somebody else, to see that people are kept apart"),
    )
}  # fmt: skip


class DemoPeople:
    """The host's side of identity: a signed session cookie for browsers, a bearer token for programs."""

    def __init__(self, key: str, *, clock: Clock) -> None:
        """``key`` signs the tokens (HS256)."""
        self._key, self._clock = key, clock
        self._by_token, self._by_session = TokenIdentity(key, clock=clock), SessionIdentity()

    @hookimpl
    def atom_identify_user(self, request: Request) -> Caller | None:
        return self._by_token(request) or self._by_session(request)

    def token(self, person: str, *, hours: int = 12) -> str:
        """Return a token of that person."""
        found = PEOPLE[person]
        ends = self._clock.now() + timedelta(hours=hours)
        claims = {"sub": found.user_id, "roles": [found.role], "exp": int(ends.timestamp())}
        return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(self._key))


def serve_people(app: Flask) -> None:
    """Put the first page of the demo on the app: who to be, and the way in and out."""
    blueprint = Blueprint("demo_people", __name__)

    @blueprint.get("/")
    def who() -> Response:
        return Response(_page(session.get("user_id")), mimetype="text/html", headers=_HEADERS)

    @blueprint.post("/sign-in")
    def sign_in() -> Response:
        person = PEOPLE.get(request.form.get("person", ""))
        if person is None:
            return Response("No such person.", status=400, mimetype="text/plain")
        session.clear()
        session.update(user_id=person.user_id, roles=[person.role])
        return _seen(FIRST_PAGE)

    @blueprint.post("/sign-out")
    def sign_out() -> Response:
        session.clear()
        return _seen("/")

    app.register_blueprint(blueprint)


_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


def _seen(path: str) -> Response:
    answer = redirect(path, code=303)
    assert isinstance(answer, Response)
    return answer


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Demo host</title>
<link rel="icon" href="/zendesk/static/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/zendesk/static/page.css">
</head>
<body>
<main class="wrap">
  <section class="hero">
    <div>
      <h1>Who are you?</h1>
      <p>This demo host stands in for ATOM. Choose a person to be, then connect them to Zendesk.</p>
    </div>
  </section>
  <ul class="grid people">{rows}</ul>
  {out}
  <p>
    <a href="/zendesk/connection">Connection</a> &middot; <a href="/zendesk/">Set-up</a> &middot;
    <a href="/zendesk/docs">API documentation</a>
  </p>
</main>
</body>
</html>
"""
_OUT = '<form method="post" action="/sign-out"><button class="button">Sign out</button></form>'


def _page(signed_in: object) -> str:
    rows = "".join(_row(person, current=person.user_id == signed_in) for person in PEOPLE.values())
    return _PAGE.format(rows=rows, out=_OUT if signed_in else "")


def _row(person: Person, *, current: bool) -> str:
    mark = ' <span class="chip good">signed in</span>' if current else ""
    return (
        f'<li class="card"><h3>{escape(person.name)}{mark}</h3><p>{escape(person.role)}: {escape(person.may)}</p>'
        f'<form method="post" action="/sign-in"><button class="button" name="person" value="{person.user_id}">'
        f"Be {escape(person.name)}</button></form></li>"
    )
