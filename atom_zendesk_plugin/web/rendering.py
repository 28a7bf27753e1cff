"""Turning a template into a page, with a Jinja environment of our own, because some hosts break Flask's.

Pages work without JavaScript, and everything that is put into one is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from flask import Response, request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from atom_zendesk_plugin import __version__
from atom_zendesk_plugin.errors import Code, ZendeskPluginError
from atom_zendesk_plugin.web.assets import PAGE_HEADERS, TEMPLATES
from atom_zendesk_plugin.web.failures import retry_after, status_of

_BACKTICKS = re.compile(r"`([^`]+)`")


class Renderer:
    """The templates of one app."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters["coded"] = coded

    def __call__(self, template: str, facts: Mapping[str, object], *, status: int = 200) -> Response:
        """Return the page; ``root``, the path the host is mounted at, and ``version`` are facts of every page."""
        known = {"root": request.script_root, "version": __version__}
        text = self._environment.get_template(template).render(facts, **known)
        return Response(text, status=status, mimetype="text/html", headers=PAGE_HEADERS)

    def failure(self, error: ZendeskPluginError) -> Response:
        """Return the page of something that did not work, with the status a JSON answer would have."""
        template = "sign_in.html" if error.code is Code.AUTH_REQUIRED else "failed.html"
        response = self(template, {"error": error}, status=status_of(error))
        response.headers.update(retry_after(error))
        return response


def coded(text: str) -> Markup:
    """Return one of our sentences as HTML: escaped, and what stands in backticks as code."""
    return Markup(_BACKTICKS.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704  # escaped on the line itself
