"""A served demo host and the system's Chromium, for tests that look at pages."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, sync_playwright

from atom_zendesk_plugin.plugin import register
from atom_zendesk_plugin.simulator.facade import Simulator
from atom_zendesk_plugin.simulator.server import serve


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("NO BROWSER: install chromium to test the pages")
    with sync_playwright() as playwright:
        # As root, which containers are, Chromium refuses its sandbox.
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def configured_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a host whose plugin reaches a Zendesk."""
    simulator = Simulator(tickets=20)
    with simulator.serve() as zendesk:
        app = Flask("host", instance_path=str(tmp_path_factory.mktemp("configured")))
        app.config.update(
            ZENDESK_BASE_URL=zendesk.base_url,
            ZENDESK_ACCESS_TOKEN=simulator.credentials.access_token,
        )
        assert register(app)
        with serve(app) as host:
            yield host.base_url


@pytest.fixture(scope="module")
def bare_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a host whose plugin is not configured at all."""
    app = Flask("host", instance_path=str(tmp_path_factory.mktemp("bare")))
    assert register(app)
    with serve(app) as host:
        yield host.base_url
