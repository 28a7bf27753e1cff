"""How the consent page looks: one page of HTML without script, with nothing loaded from anywhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final
from urllib.parse import urlsplit

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from atom_zendesk_plugin.simulator.authorizing import AuthorizationRequest
from atom_zendesk_plugin.simulator.objects import Role, User

_STYLE: Final = """
:root { color-scheme: light dark; --ink: #17211f; --quiet: #54625d; --paper: #eef2f0; --card: #fff; --line: #d7e0dc;
  --deep: #0b5f58; --on-deep: #fff; --tint: #e3f1ee; --focus: #0b5cad; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8efec; --quiet: #a6b4af; --paper: #0f1715; --card: #18221f; --line: #31403b;
    --deep: #63d3c6; --on-deep: #06211e; --tint: #1b322e; --focus: #8ec5ff; }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.25rem; background: var(--paper);
  color: var(--ink); font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { width: 100%; max-width: 29rem; background: var(--card); border: 1px solid var(--line); border-radius: 16px;
  box-shadow: 0 12px 32px rgb(0 0 0 / .08); overflow: hidden; }
header { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .25rem 1rem; padding: .8rem 1.6rem;
  background: var(--tint); border-bottom: 1px solid var(--line); font-size: .875rem; }
header strong { font-weight: 650; overflow-wrap: anywhere; }
.quiet { color: var(--quiet); }
section { padding: 1.5rem 1.6rem 1.6rem; }
h1 { margin: 0 0 .5rem; font-size: 1.375rem; line-height: 1.25; letter-spacing: -.01em; font-weight: 500; overflow-wrap: anywhere; }
h1 b { font-weight: 700; }
p { margin: 0 0 1rem; overflow-wrap: anywhere; }
section > p:last-child { margin-bottom: 0; }
ul { margin: 0 0 1.25rem; padding: 0; list-style: none; border: 1px solid var(--line); border-radius: 10px; }
li { display: flex; gap: .75rem; padding: .6rem .9rem; }
li + li { border-top: 1px solid var(--line); }
li::before { content: ""; flex: none; width: .6rem; height: .32rem; margin-top: .5rem; border: solid var(--deep);
  border-width: 0 0 2px 2px; transform: rotate(-45deg); }
li.unknown { color: var(--quiet); }
li.unknown::before { width: .725rem; height: .6rem; border-color: var(--quiet); border-width: 0 0 2px; transform: none; margin-top: .2rem; }
li span { min-width: 0; overflow-wrap: anywhere; }
code { display: block; color: var(--quiet); font: .8125rem ui-monospace, Menlo, Consolas, monospace; }
label { display: block; margin-bottom: .35rem; font-size: .9375rem; font-weight: 650; }
select { width: 100%; min-height: 2.75rem; padding: .5rem .7rem; border: 1px solid var(--quiet); border-radius: 8px;
  background: var(--card); color: var(--ink); font: inherit; text-overflow: ellipsis; }
.choices { display: flex; flex-direction: row-reverse; gap: .75rem; margin-top: 1.25rem; }
button { flex: 1; min-height: 2.75rem; padding: .5rem 1rem; border: 1px solid var(--deep); border-radius: 8px;
  background: var(--card); color: var(--deep); font: inherit; font-weight: 650; cursor: pointer; }
button[value=allow] { background: var(--deep); color: var(--on-deep); }
button:hover { filter: brightness(1.08); }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
footer { padding: .9rem 1.6rem; border-top: 1px solid var(--line); color: var(--quiet); font-size: .8125rem; overflow-wrap: anywhere; }
@media (max-width: 26rem) { body { padding: .75rem; place-items: start center; } header, section, footer { padding-inline: 1.1rem; } }
"""

_FRAME: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title>
<link rel="icon" href="data:,">
<style>{{ style }}</style>
</head>
<body>
<main>
<header><strong>{{ account }}</strong><span class="quiet">local simulator</span></header>
{{ body }}
</main>
</body>
</html>
"""

_CONSENT: Final = """<section>
<h1>Allow <b>{{ client }}</b> to use {{ account }}?</h1>
<p class="quiet">It will act in the name of the person chosen below, and will be able to:</p>
<ul>
{% for scope, meaning in scopes %}<li{% if not meaning %} class="unknown"{% endif %}>\
<span>{{ meaning or "Nothing: nobody here knows this scope" }}<code>{{ scope }}</code></span></li>
{% endfor %}</ul>
<form method="post" action="/oauth/authorizations">
<input type="hidden" name="ticket" value="{{ ticket }}">
<label for="as">Sign in as</label>
<select id="as" name="as">
{% for user in users %}<option value="{{ user.id }}"{% if user is sameas chosen %} selected{% endif %}>\
{{ user.name }} ({{ roles[user.role] }}){% if user.email %}, {{ user.email }}{% endif %}</option>
{% endfor %}</select>
<div class="choices">
<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button>
</div>
</form>
</section>
<footer>Either way you go back to {{ origin }}. No real account is touched.</footer>"""

_REFUSAL: Final = """<section>
<h1><b>This request can't be answered</b></h1>
<p>{{ reason }}</p>
<p class="quiet">Nothing was granted. Go back to the application that you came from.</p>
</section>"""

_ROLES: Final[Mapping[Role, str]] = {Role.ADMIN: "admin", Role.AGENT: "agent", Role.END_USER: "customer"}

_BROAD: Final[Mapping[str, str]] = {
    "read": "See everything this person can see",
    "write": "Create, change and delete whatever this person can",
    "impersonate": "Make requests in the name of customers",
}
_NAMES: Final[Mapping[str, str]] = {
    "hc": "help center articles",
    "auditlogs": "the audit log",
    "sla_policies": "SLA policies",
}


def consent_page(
    request: AuthorizationRequest, *, subdomain: str, ticket: str, users: Sequence[User], chosen: User
) -> str:
    account = f"{subdomain}.zendesk.com"
    body = _template(_CONSENT).render(
        account=account,
        client=request.client.identifier,
        scopes=[(scope, in_plain_words(scope)) for scope in request.scopes],
        ticket=ticket,
        users=users,
        chosen=chosen,
        roles=_ROLES,
        origin=_origin(request.redirect_uri),
    )
    return _framed(f"Allow {request.client.identifier}?", account, body)


def refusal_page(reason: str, *, subdomain: str) -> str:
    """Return the page for a request that can't be answered by a redirect."""
    return _framed("Not possible", f"{subdomain}.zendesk.com", _template(_REFUSAL).render(reason=reason))


def headers_of_page(redirect_uri: str | None) -> dict[str, str]:
    """Return the headers of a page whose form ends at ``redirect_uri``, None for a page without a form.

    Browsers hold ``form-action`` against the redirect that answers a form too, hence the origin of the application.
    """
    targets = "'none'" if redirect_uri is None else f"'self' {_origin(redirect_uri)}"
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    return {
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-store",
        "content-security-policy": (
            f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; form-action {targets}; "
            "base-uri 'none'; frame-ancestors 'none'"
        ),
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }


def in_plain_words(scope: str) -> str | None:
    """Say what a scope allows, None for one that nobody knows."""
    if scope in _BROAD:
        return _BROAD[scope]
    resource, _, right = scope.partition(":")
    name = _NAMES.get(resource, resource.replace("_", " "))
    told = {"read": f"See {name}", "write": f"Create, change and delete {name}"}
    return told.get(right)


def _origin(redirect_uri: str) -> str:
    parts = urlsplit(redirect_uri)
    return f"{parts.scheme}://{parts.netloc}"


def _framed(title: str, account: str, body: str) -> str:
    # The style sheet is ours, the body was escaped when it was rendered.
    return _template(_FRAME).render(title=title, account=account, style=Markup(_STYLE), body=Markup(body))  # noqa: S704


@cache
def _template(source: str) -> Template:
    return Environment(autoescape=True, undefined=StrictUndefined).from_string(source)
