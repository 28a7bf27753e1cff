"""The stage most tests here play on."""

from __future__ import annotations

import pytest

from tests.integration.web.staging import Stage, build_stage


@pytest.fixture
def stage() -> Stage:
    return build_stage()
