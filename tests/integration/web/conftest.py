"""The stage most tests here play on."""

from __future__ import annotations

import pytest

from tests.integration.web.staging import ADMIN, Stage, build_stage


@pytest.fixture
def stage() -> Stage:
    return build_stage()


@pytest.fixture(scope="module")
def _one_stage() -> Stage:
    return build_stage()


@pytest.fixture
def shared(_one_stage: Stage) -> Stage:
    """One stage for all tests of a module, for those that only look at who may ask and where it leads: there are thousands."""
    _one_stage.parts.caller = ADMIN
    _one_stage.simulator.calls.clear()
    return _one_stage
