"""Which plan has which feature: without a plan everything is there, with one its gaps are real.

A gap answers 403 where the service knows the path and asks for a better plan, 404 where the path is not there at all.
A new feature is a row in ``FEATURES``, named by the ``feature`` of its routes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from atom_zendesk_plugin.simulator.exchange import Refusal

_TEAM = frozenset({"suite-team", "support-team"})
_SMALL = _TEAM | {"support-essential"}


@dataclass(frozen=True, slots=True)
class Feature:
    """What a plan may lack: ``missing`` are the plans without it, ``status`` is how its routes refuse there."""

    missing: frozenset[str]
    status: int


FEATURES: Mapping[str, Feature] = MappingProxyType(
    {
        "sla": Feature(_SMALL, 403),
        "group_sla": Feature(_SMALL | {"suite-growth", "suite-professional", "support-professional"}, 403),
        "ticket_forms": Feature(_SMALL | {"support-professional"}, 403),
        "schedules": Feature(_SMALL, 404),
        "side_conversations": Feature(_SMALL | {"suite-growth", "support-professional"}, 404),
        "custom_objects": Feature(_SMALL, 404),
        "skills": Feature(_SMALL | {"suite-growth", "support-professional"}, 404),
        "dynamic_content": Feature(_SMALL, 403),
        "revisions": Feature(
            _SMALL | {"suite-growth", "suite-professional", "support-professional"},
            403,
        ),
    }
)


def check_plan(plan: str | None, feature: str | None) -> None:
    """Refuse a route whose feature the plan lacks; no plan has everything."""
    if plan is None or feature is None:
        return
    row = FEATURES[feature]
    if plan not in row.missing:
        return
    if row.status == 404:
        raise Refusal.invalid_endpoint()
    raise Refusal.titled(403, "Forbidden", f"The plan of this account does not include {feature.replace('_', ' ')}")
