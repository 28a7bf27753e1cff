"""Where browsers are sent, and who counts as one."""

from __future__ import annotations

import flask
import pytest

from atom_zendesk_plugin.web.navigation import on_host, opens_a_page, send_to, with_query

APP = flask.Flask(__name__)
CHROME = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.parametrize(
    ("headers", "page"),
    [
        ({"Accept": CHROME}, True),
        ({"Sec-Fetch-Mode": "navigate", "Accept": "*/*"}, True),
        ({"Accept": "text/html"}, True),
        ({}, False),
        ({"Accept": "*/*"}, False),
        ({"Accept": "application/json"}, False),
        ({"Accept": "application/json, text/html"}, False),
        ({"Accept": "image/avif,image/webp,*/*;q=0.8", "Sec-Fetch-Mode": "no-cors"}, False),
        ({"Accept": ";;;,,q=9"}, False),
    ],
)
def test_who_opens_a_page(headers: dict[str, str], page: bool) -> None:
    with APP.test_request_context(headers=headers):
        assert opens_a_page(flask.request) is page


@pytest.mark.parametrize(
    ("address", "whole"),
    [
        ("/integrations/zendesk", "/integrations/zendesk?error=a+b"),
        ("/page?tab=zendesk", "/page?tab=zendesk&error=a+b"),
        ("https://atom.example/x?y=1#part", "https://atom.example/x?y=1&error=a+b#part"),
        ("https://atom.example", "https://atom.example?error=a+b"),
    ],
)
def test_a_query_is_added_to_what_is_there(address: str, whole: str) -> None:
    assert with_query(address, {"error": "a b"}) == whole


def test_paths_are_those_of_the_host() -> None:
    with APP.test_request_context(environ_overrides={"SCRIPT_NAME": "/atom"}):
        assert on_host("/integrations/zendesk", flask.request) == "/atom/integrations/zendesk"
        assert on_host("https://atom.example/x", flask.request) == "https://atom.example/x"


def test_a_redirect_is_kept_by_nobody() -> None:
    response = send_to("/x")
    assert (response.status_code, response.headers["Cache-Control"]) == (302, "no-store")
    assert response.headers["Referrer-Policy"] == "no-referrer"
