"""The consent page in a real browser: it can be read and answered, and both answers arrive at the application."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
import requests
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.wrappers import Request, Response

from atom_zendesk_plugin.simulator import Simulator
from atom_zendesk_plugin.simulator.server import serve

from .flow import CHALLENGE, VERIFIER

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

FORMS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 360, "height": 740}, "is_mobile": True},
}


class Application:
    """Where the redirect ends: it remembers what it was told and says thank you."""

    def __init__(self) -> None:
        self.told: list[dict[str, str]] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        request = Request(environ)
        if request.path == "/back":
            self.told.append(request.args.to_dict())
        page = '<!doctype html><title>back</title><link rel="icon" href="data:,"><h1>Thank you</h1>'
        return Response(page, content_type="text/html; charset=utf-8")(environ, start_response)


class Stage:
    """A simulator and an application on ports, and the address of the page between them."""

    def __init__(self, simulator: Simulator, application: Application, zendesk: str, back: str) -> None:
        self.simulator = simulator
        self.application = application
        asked = {
            "response_type": "code",
            "client_id": "atom_simulator_public",
            "redirect_uri": f"{back}/back?kept=1",
            "scope": "read write tickets:write chocolate",
            "state": "abc",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        self.zendesk = zendesk
        self.asked = asked
        self.page = f"{zendesk}/oauth/authorizations/new?{urlencode(asked)}"

    def exchanged(self) -> str:
        """Trade the code that arrived, and return the role of whoever its token acts for."""
        body = {
            "grant_type": "authorization_code",
            "code": self.application.told[0]["code"],
            "client_id": self.asked["client_id"],
            "redirect_uri": self.asked["redirect_uri"],
            "code_verifier": VERIFIER,
        }
        with requests.Session() as session:
            session.trust_env = False
            token = session.post(f"{self.zendesk}/oauth/tokens", json=body, timeout=5).json()["access_token"]
            headers = {"Authorization": f"Bearer {token}"}
            return str(
                session.get(f"{self.zendesk}/api/v2/users/me", headers=headers, timeout=5).json()["user"]["role"]
            )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("NO BROWSER: install chromium to test the consent page")
    with sync_playwright() as playwright:
        # As root, which containers are, Chromium refuses its sandbox.
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def stage() -> Iterator[Stage]:
    application = Application()
    with serve(application) as back:
        simulator = Simulator(tickets=0, redirect_uris=[f"{back.base_url}/back?kept=1"])
        with simulator.serve() as zendesk:
            yield Stage(simulator, application, zendesk.base_url, back.base_url)


@contextmanager
def opened(browser: Browser, address: str, **form: Any) -> Iterator[tuple[Page, list[str]]]:
    """Open a page; give it with what the browser complained about."""
    context = browser.new_context(**form)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    try:
        page.goto(address)
        yield page, said
    finally:
        context.close()


@pytest.mark.parametrize(("button", "expected"), [("Allow", "code"), ("Deny", "error")])
def test_a_click_leads_back_to_the_application(browser: Browser, stage: Stage, button: str, expected: str) -> None:
    with opened(browser, stage.page) as (page, said):
        page.get_by_role("button", name=button).click()
        page.wait_for_selector("text=Thank you")
        assert said == []
    (told,) = stage.application.told
    assert (told["kept"], told["state"]) == ("1", "abc")
    assert {"code", "error"} & set(told) == {expected}


def test_another_user_can_be_chosen(browser: Browser, stage: Stage) -> None:
    with opened(browser, stage.page) as (page, _):
        label = page.locator("select option", has_text="(agent)").first.text_content()
        page.get_by_label("Sign in as").select_option(label=label)
        page.get_by_role("button", name="Allow").click()
        page.wait_for_selector("text=Thank you")
    assert stage.exchanged() == "agent"


@pytest.mark.parametrize("form", FORMS)
def test_the_page_fits_and_has_its_style(browser: Browser, stage: Stage, form: str) -> None:
    with opened(browser, stage.page, **FORMS[form]) as (page, said):
        if folder := os.environ.get("SCREENSHOTS"):
            page.screenshot(path=Path(folder) / f"consent-{form}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert paper == ("rgb(15, 23, 21)" if form == "dark" else "rgb(238, 242, 240)")
        assert page.get_by_role("button").count() == 2
        assert said == []
