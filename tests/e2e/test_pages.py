"""The pages in a real browser: nothing from elsewhere, no complaint in the console, readable in every form."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request

from atom_zendesk_plugin.web.routes import every_operation

FORMS: dict[str, dict[str, Any]] = {
    "desktop": {},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 360, "height": 740}, "is_mobile": True},
    "without JavaScript": {"java_script_enabled": False},
}


@contextmanager
def page_of(browser: Browser, address: str, **form: Any) -> Iterator[tuple[Page, list[str], list[str]]]:
    """Open a page; give it with what its console said and which addresses elsewhere it asked for."""
    context = browser.new_context(**form)
    page = context.new_page()
    said: list[str] = []
    elsewhere: list[str] = []

    def hear(request: Request) -> None:
        if not request.url.startswith((address, "data:", "blob:")):
            elsewhere.append(request.url)

    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", hear)
    try:
        yield page, said, elsewhere
    finally:
        context.close()


def keep(page: Page, name: str) -> None:
    """Save a picture where SCREENSHOTS says, for a person to look at."""
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_the_api_pages_list_the_operations(browser: Browser, configured_host: str) -> None:
    with page_of(browser, configured_host) as (page, said, elsewhere):
        page.goto(f"{configured_host}/zendesk/docs")
        page.wait_for_selector(".opblock")
        keep(page, "docs")
        # Of a long list the page draws what is in view, and is as high as all of it.
        assert page.evaluate("document.body.scrollHeight") > 40 * len(every_operation())
        page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
        page.get_by_text("/api/zendesk/tickets", exact=True).first.wait_for(state="detached")
        assert page.locator(".opblock").count() > 0
        assert (said, elsewhere) == ([], [])


def test_an_operation_opens(browser: Browser, configured_host: str) -> None:
    with page_of(browser, configured_host) as (page, said, elsewhere):
        page.goto(f"{configured_host}/zendesk/docs")
        page.locator(".opblock-summary").first.click()
        page.wait_for_selector(".opblock-body .responses-table")
        assert (said, elsewhere) == ([], [])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("host", ["configured_host", "bare_host"])
def test_the_set_up_page(browser: Browser, host: str, form: str, request: pytest.FixtureRequest) -> None:
    address: str = request.getfixturevalue(host)
    with page_of(browser, address, **FORMS[form]) as (page, said, elsewhere):
        answer = page.goto(f"{address}/zendesk/")
        assert answer is not None
        assert answer.status == 200
        page.wait_for_load_state("networkidle")
        keep(page, f"set-up {host} {form}")
        text = page.inner_text("body")
        assert "Zendesk" in text
        assert ("ZENDESK_SUBDOMAIN" in text) == (host == "bare_host")
        # Nothing is wider than the screen: a phone must not scroll sideways.
        assert (
            page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
            if form != "without JavaScript"
            else True
        )
        assert page.locator("h1").count() == 1
        assert page.locator("html[lang]").count() == 1
        assert (said, elsewhere) == ([], [])


def test_the_policy_forbids_what_the_pages_do_not_need(browser: Browser, configured_host: str) -> None:
    with page_of(browser, configured_host) as (page, _, _):
        for path in ("/zendesk/", "/zendesk/docs"):
            answer = page.goto(f"{configured_host}{path}")
            assert answer is not None
            policy = answer.header_value("content-security-policy") or ""
            assert "unsafe-eval" not in policy
            assert "script-src 'self'" in policy or "default-src 'self'" in policy
