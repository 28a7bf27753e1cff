"""The reference page names every family, switch, control route and feature, and none that isn't there."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.simulator.calls import CallLog
from atom_zendesk_plugin.simulator.control import Control
from atom_zendesk_plugin.simulator.faults import FaultKind, FaultPlan
from atom_zendesk_plugin.simulator.limits import Limits
from atom_zendesk_plugin.simulator.plans import FEATURES, check_plan
from atom_zendesk_plugin.simulator.routes import ALL_ROUTES
from atom_zendesk_plugin.simulator.state import Switches

PAGE = (Path(__file__).parents[3] / "docs/reference/simulator.md").read_text(encoding="utf-8")


def test_every_family_is_named() -> None:
    table = PAGE.partition("## What it covers")[2].partition("Not covered")[0]
    families = {route.template.split("/")[3] for route in ALL_ROUTES}
    assert sorted(name for name in families if not re.search(rf"`[^`]*\b{name}\b", table)) == []


def test_what_is_not_covered_is_not() -> None:
    missing = PAGE.partition("Not covered:")[2].partition("## How")[0]
    families = {route.template.split("/")[3] for route in ALL_ROUTES}
    assert sorted(set(re.findall(r"`(\w+)`", missing)) & families) == []


def test_switches_and_control_routes_are_named() -> None:
    control = Control(faults=FaultPlan(seed=1), limits=Limits(clock=ManualClock()), calls=CallLog())
    named = set(re.findall(r"^\| `(/_simulator/[\w/]+)` \|", PAGE, re.MULTILINE))
    assert named == {route.template for route in control.routes()}
    switches = PAGE.partition("## Switches")[2].partition("## Control")[0]
    assert re.findall(r"^\| `(\w+)` \|", switches, re.MULTILINE) == [row.name for row in fields(Switches)]


def test_every_kind_of_fault_is_named() -> None:
    table = PAGE.partition("## Faults")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]*`) \|", table, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`([\w-]+)`", row)} == set(FaultKind)


def test_every_feature_of_a_route_is_a_known_one() -> None:
    assert {route.feature for route in ALL_ROUTES} - {None} == set(FEATURES)
    for name in FEATURES:
        check_plan(None, name)
        check_plan("suite-enterprise-plus", name)
