"""What strangers, other sites and other users send to the addresses of connecting; none of it works, and none is shown as code."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient

from atom_zendesk_plugin.accounts.model import Notice
from tests.integration.web.memory_connections import CODE
from tests.integration.web.staging import ADMIN, Stage, build_stage, failure
from tests.integration.web.test_connection_page import OWN, PAGE, token
from tests.integration.web.test_redirects import BACK, STARTS, begin, come_back

NAVIGATION = {"Accept": "text/html,*/*;q=0.8", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "same-origin"}
COOKIE = replace(ADMIN, via="cookie")
ME = ("default", "u-1", "acme")
ELSEWHERE = (
    "next", "redirect", "redirect_uri", "return_to", "returnTo", "url", "continue", "after_connect", "callback", "dest"
)  # fmt: skip
XSS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'\"><svg/onload=alert(1)>",
    "{{ 7*7 }}{% raw %}",
    "javascript:alert(1)",
    "`<b>bold</b>`",
    "</title><script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\u2028<script>\u2029",
    "<!--<script>",
]
FORMS = {
    "disconnect": {"account": "acme"},
    "accounts": {"subdomain": "evil", "client_id": "evil"},
    "accounts/remove": {"account": "globex"},
}


KNOWN_TAGS = {
    "html", "head", "meta", "title", "link", "body", "a", "header", "div", "p", "img", "span", "nav", "main", "h1", "h2", "h3", "strong",
    "ul", "li", "dl", "dt", "dd", "br", "time", "details", "summary", "form", "input", "button", "section", "code", "ol", "em", "pre",
    "label", "footer", "script",
}  # fmt: skip


class Seen(HTMLParser):
    """What a browser finds in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.scripts: list[str | None] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.tags.add(tag)
        self.attributes |= set(named)
        if tag == "script":
            self.scripts.append(named.get("src"))
        self.links += [named[name] or "" for name in ("href", "src", "action") if name in named]


@pytest.fixture
def stage() -> Stage:
    stage = build_stage(tickets=1, ZENDESK_ENCRYPTION_KEYS="k:x")
    stage.parts.caller = COOKIE
    stage.people.connect(ME, name="Ann")
    return stage


def unchanged(stage: Stage) -> bool:
    return set(stage.people.rows) == {ME} and set(stage.people.accounts_of["default"]) == {"acme", "globex"}


@pytest.mark.parametrize("path", [*STARTS, BACK, "/integrations/zendesk"])
def test_nothing_in_a_request_decides_where_it_leads(stage: Stage, path: str) -> None:
    query = dict.fromkeys(ELSEWHERE, "https://evil.example/")
    headers = {
        **NAVIGATION,
        "Host": "localhost",
        "X-Forwarded-Host": "evil.example",
        "Referer": "https://evil.example/",
    }
    location = stage.http.get(path, query_string=query, headers=headers).headers["Location"]
    assert location.partition("?")[0] in {
        "https://acme.zendesk.com/oauth/authorizations/new", "/integrations/zendesk", PAGE,
    }  # fmt: skip


@pytest.mark.parametrize(
    "value", ["a\r\nSet-Cookie: x=y", "\x00", "\u2028", "%0d%0aX: y", "x" * 10_000, "../../..", "//evil.example"]
)
@pytest.mark.parametrize("name", ["state", "code", "error", "iss", "account"])
def test_nothing_in_a_value_becomes_a_header(stage: Stage, name: str, value: str) -> None:
    http = stage.app.test_client()
    sent = {"state": begin(http), "code": f"{CODE}Ann", name: value}
    answer = come_back(http, **sent)
    assert re.fullmatch(r"/integrations/zendesk\?(error=[a-z_]+|success=true)", answer.headers["Location"])
    assert "Set-Cookie" not in answer.headers
    assert http.get(BACK, query_string=sent).status_code in (400, 403, 502)
    assert stage.http.get(STARTS[0], query_string={name: value}, headers=NAVIGATION).status_code in (302, 400)


def test_of_a_repeated_parameter_the_first_counts(stage: Stage) -> None:
    http = stage.app.test_client()
    state = begin(http)
    answer = http.get(f"{BACK}?state={state}&state=other&code={CODE}Ann&code=bad", headers=NAVIGATION)
    assert answer.headers["Location"].endswith("success=true")
    assert begin(stage.app.test_client(), account="globex")
    answer = stage.http.get(f"{STARTS[0]}?account=globex&account=acme", headers=NAVIGATION)
    assert answer.headers["Location"].startswith("https://globex.")


@pytest.mark.parametrize("form", FORMS)
def test_a_form_without_its_token_changes_nothing(stage: Stage, form: str) -> None:
    http = stage.app.test_client()
    good = token(http, form)
    others = [token(http, other) for other in FORMS if other != form]
    for sent in ({}, {"token": ""}, {"token": "0" * 64}, {"token": good[:-1]}, *({"token": other} for other in others)):
        answer = http.post(f"{PAGE}/{form}", data={**FORMS[form], **sent}, headers=OWN)
        assert answer.status_code == 403
        assert unchanged(stage)
    assert http.post(f"{PAGE}/{form}", data={**FORMS[form], "token": good}, headers=OWN).status_code == 303


@pytest.mark.parametrize("form", FORMS)
def test_a_token_of_somebody_else_changes_nothing(stage: Stage, form: str) -> None:
    http = stage.app.test_client()
    stage.parts.caller = replace(COOKIE, user_id="u-2")
    stage.people.connect(("default", "u-2", "acme"), name="Eve")
    theirs = token(http, form)
    del stage.people.rows["default", "u-2", "acme"]
    stage.parts.caller = COOKIE
    for browser in (http, stage.app.test_client()):
        answer = browser.post(f"{PAGE}/{form}", data={**FORMS[form], "token": theirs}, headers=OWN)
        assert answer.status_code == 403
        assert unchanged(stage)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "null"},
        {"Origin": "https://evil.example"},
    ],
)
def test_a_form_of_another_site_changes_nothing(stage: Stage, form: str, headers: dict[str, str]) -> None:
    http = stage.app.test_client()
    sent = {**FORMS[form], "token": token(http, form)}
    assert http.post(f"{PAGE}/{form}", data=sent, headers=headers).status_code == 403
    assert unchanged(stage)


@pytest.mark.parametrize("value", ["", "x", "A" * 42, "A" * 4_000, "\u00e4" * 43, "A" * 43])
def test_a_tampered_cookie_opens_nothing(stage: Stage, value: str) -> None:
    http = stage.app.test_client()
    state, good = begin(http), token(http, "disconnect")
    http.set_cookie("atom_zendesk", value)
    answer = http.post(f"{PAGE}/disconnect", data={"account": "acme", "token": good}, headers=OWN)
    assert answer.status_code == 403
    assert come_back(http, state=state, code=f"{CODE}Ann").headers["Location"].endswith("error=other_browser")
    assert unchanged(stage)


@pytest.mark.parametrize("form", FORMS)
def test_a_form_that_is_none(stage: Stage, form: str) -> None:
    http = stage.app.test_client()
    sent = {**FORMS[form], "token": token(http, form)}
    assert http.post(f"{PAGE}/{form}", json=sent, headers=OWN).status_code == 400
    multipart = http.post(f"{PAGE}/{form}", data=sent, headers=OWN, content_type="multipart/form-data")
    assert multipart.status_code == 400
    large = http.post(f"{PAGE}/{form}", data={**sent, "pad": "x" * 70_000}, headers=OWN)
    assert large.status_code == 413
    for body in (b"", b'""', b"%ff%fe", b"token=" + b"%00" * 100, b"&" * 1000):
        kind = "application/x-www-form-urlencoded"
        answer = http.post(f"{PAGE}/{form}", data=body, headers=OWN, content_type=kind)
        assert answer.status_code in (400, 403)
    assert unchanged(stage)


def paths(http: FlaskClient) -> list[str]:
    return [*STARTS, BACK, PAGE, "/integrations/zendesk", "/auth/zendesk/revoke", *(f"{PAGE}/{form}" for form in FORMS)]


def test_other_methods_do_nothing(stage: Stage) -> None:
    http = stage.app.test_client()
    for path in paths(http):
        for method in ("PUT", "PATCH", "DELETE"):
            assert http.open(path, method=method).status_code == 405, (method, path)
        assert http.options(path).status_code == 200
        assert http.head(path).status_code in (200, 204, 302, 405)
    for path in (*STARTS, BACK):
        failure(http.put(path), 405, "VALIDATION_ERROR")
    assert unchanged(stage)
    assert stage.people.begun == {}


@pytest.mark.parametrize("path", [*STARTS, BACK, PAGE])
def test_the_name_of_somebody_else_is_refused(stage: Stage, path: str) -> None:
    for headers in ({}, NAVIGATION):
        answer = stage.http.get(f"{path}?user_id=u-2&state=x", headers=headers)
        refused = answer.status_code == 403 or answer.headers.get("Location", "").endswith("error=forbidden")
        assert refused, answer.data
    assert stage.people.begun == {}


def test_the_name_of_somebody_else_in_a_form_is_refused(stage: Stage) -> None:
    http = stage.app.test_client()
    sent = {"account": "acme", "user_id": "u-2", "token": token(http, "disconnect")}
    assert http.post(f"{PAGE}/disconnect", data=sent, headers=OWN).status_code == 403
    assert unchanged(stage)


def test_revoke_by_json_needs_the_own_site(stage: Stage) -> None:
    failure(stage.post("/auth/zendesk/revoke", {"account": "acme"}), 403, "FORBIDDEN")
    form = stage.http.post("/auth/zendesk/revoke", data={"account": "acme"}, headers=OWN)
    failure(form, 403, "FORBIDDEN")
    assert unchanged(stage)
    assert stage.http.post("/auth/zendesk/revoke", json="", headers=OWN).status_code == 200
    assert stage.people.rows == {}


@pytest.mark.parametrize("payload", XSS)
def test_what_others_chose_is_inert_on_the_page(stage: Stage, payload: str) -> None:
    stage.people.rows[ME] = replace(
        stage.people.rows[ME], name=payload, email=payload, role=payload, message=payload, scopes=(payload,),
        missing_scopes=(payload,), notices=(Notice(level="info", text=payload, day=payload),),
    )  # fmt: skip
    accounts = stage.people.accounts_of["default"]
    accounts["globex"] = replace(
        accounts["globex"], client_id=payload, account_url=payload, can_connect=False, why_not=payload
    )
    http = stage.app.test_client()
    query = {"error": payload, "success": payload, "outcome": payload, "account": payload}
    shown = http.get(PAGE, query_string=query).get_data(as_text=True)
    sent = {"subdomain": payload, "client_id": payload, "client_secret": payload, "token": token(http, "accounts")}
    again = http.post(f"{PAGE}/accounts", data=sent, headers=OWN).get_data(as_text=True)
    for html in (shown, again):
        seen = Seen()
        seen.feed(html)
        assert seen.tags <= KNOWN_TAGS
        assert seen.scripts == ["/zendesk/static/page.js"]
        assert not {
            name for name in seen.attributes if name.startswith("on") or name in ("style", "srcdoc", "formaction")
        }
        assert all(link.startswith(("/zendesk", "/api/zendesk/", "/auth/zendesk", "#")) for link in seen.links)
        assert "49" not in re.sub(r'value="[0-9a-f]{64}"', "", html)


def test_the_page_can_be_framed_by_nobody(stage: Stage) -> None:
    answer = stage.http.get(PAGE)
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "form-action 'self'" in answer.headers["Content-Security-Policy"]
