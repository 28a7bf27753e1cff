"""What the account is set to.

The features that the desk has are on, the others off. Settings can be written and are shown as written; of what they
mean only the default brand is followed.
"""

from __future__ import annotations

from typing import Any, Final

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Route
from atom_zendesk_plugin.simulator.intake import bad_attribute, wrapped
from atom_zendesk_plugin.simulator.routes.frame import API
from atom_zendesk_plugin.simulator.state import Desk


def show_settings(desk: Desk, call: Call) -> Answer:
    return Answer(200, {"settings": _settings(desk)})


def put_settings(desk: Desk, call: Call) -> Answer:
    """Lay what is sent over what there is; settings that nobody has, and those that tell a fact, are ignored."""
    sent, known = wrapped(call, "settings"), _settings(desk)
    changed: dict[str, Json] = {}
    for group, told in sent.items():
        if group not in known or group in _FACTS:
            continue
        if not isinstance(told, dict):
            raise bad_attribute(group, "must be an object")
        changed[group] = {name: value for name, value in told.items() if name in known[group]}
        for name, value in changed[group].items():
            if type(value) is not type(known[group][name]):
                raise bad_attribute(f"{group}.{name}", f"must be like {known[group][name]}")
    brand = changed.get("brands", {}).pop("default_brand_id", None)
    if brand is not None:
        _make_default(desk, brand)
    for group, values in changed.items():
        desk.settings[group] = {**desk.settings.get(group, {}), **values}
    return show_settings(desk, call)


def _make_default(desk: Desk, number: int) -> None:
    brand = desk.config.brands.get(number)
    if brand is None or not brand["active"]:
        raise bad_attribute("default_brand_id", "must be an active brand")
    for row in desk.config.brands.values():
        row["default"] = row is brand


def _settings(desk: Desk) -> dict[str, Any]:
    base: dict[str, Any] = {
        "tickets": {
            "agent_ticket_deletion": True,
            "list_newest_comments_first": False,
            "collaboration": True,
            "comments_public_by_default": True,
            "is_first_comment_private_enabled": True,
            "status_hold": True,
            "tagging": True,
            "assign_tickets_upon_solve": False,
            "follower_and_email_cc_collaborations": True,
            "agent_can_change_requester": True,
            "comment_email_ccs_allowed": True,
            "ticket_followers_allowed": True,
        },
        "agents": {"agent_workspace": True},
        "groups": {"check_group_name_uniqueness": True},
        "user": {"tagging": True, "multiple_organizations": True},
        "statistics": {"forum": False, "search": True, "rule_usage": False},
        "active_features": {
            "on_hold_status": True,
            "user_tagging": True,
            "ticket_tagging": True,
            "business_hours": False,
            "customer_satisfaction": True,
            "csat_reason_code": False,
            "allow_ccs": True,
            "organization_access_enabled": True,
            "ticket_forms": True,
            "user_org_fields": True,
            "light_agents": False,
            "voice": False,
            "chat": False,
            "sandbox": False,
            "custom_statuses_enabled": True,
        },
        "brands": {"default_brand_id": desk.default_brand_id(), "require_brand_on_new_tickets": False},
        "api": {"accepted_api_agreement": True, "api_password_access": "false", "api_token_access": "true"},
        "limits": {"attachment_size": 52_428_800},
        "metrics": {"account_size": "1-99"},
        "localization": {"locale_ids": [1]},
        "ticket_form": {"ticket_forms_instructions": "Please choose", "raw_ticket_forms_instructions": "Please choose"},
    }
    return {name: {**rows, **desk.settings.get(name, {})} for name, rows in base.items()}


_FACTS: Final = frozenset({"statistics", "active_features", "limits", "metrics"})
"""Groups that tell what the account has, not what somebody chose."""

_HERE: Final = f"{API}/account/settings"

ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_HERE, handler=show_settings, scope="account_settings:read"),
    Route(method="PUT", template=_HERE, handler=put_settings, scope="account_settings:write", admins_only=True),
)
