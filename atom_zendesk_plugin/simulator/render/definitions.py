"""What rules can ask and do, in the words that editors of rules are built from."""

from __future__ import annotations

from typing import Final

from atom_zendesk_plugin.simulator.conditions import FIELDS
from atom_zendesk_plugin.simulator.exchange import Json
from atom_zendesk_plugin.simulator.furniture import VIEW_COLUMNS, view_column
from atom_zendesk_plugin.simulator.objects import PRIORITY_RANK, TICKET_TYPES, Status
from atom_zendesk_plugin.simulator.rule_actions import ACTIONS, MACRO_ACTIONS
from atom_zendesk_plugin.simulator.view_rules import OPERATORS

_VALUES: Final[dict[str, tuple[str, ...]]] = {
    "status": tuple(status.value for status in Status),
    "priority": tuple(PRIORITY_RANK),
    "type": TICKET_TYPES,
    "update_type": ("Create", "Change"),
    "comment_is_public": ("true", "false", "not_relevant"),
    "satisfaction_score": ("unoffered", "offered", "good", "bad"),
}
_FREE: Final = frozenset({"notification_user", "notification_group", "notification_webhook", "follower"})


def rule_definitions() -> Json:
    conditions = [_condition(name, operators) for name, operators in FIELDS.items()]
    return {
        "conditions_all": conditions,
        "conditions_any": conditions,
        "actions": [action_definition(name) for name in ACTIONS],
    }


def view_definitions() -> Json:
    conditions = [_condition(name, operators) for name, operators in OPERATORS.items()]
    columns = [view_column(name) for name in VIEW_COLUMNS]
    return {
        "conditions_all": conditions,
        "conditions_any": conditions,
        "output": [{"value": row["id"], "title": row["title"]} for row in columns],
        "groupables": [{"value": row["id"], "title": row["title"]} for row in columns if row["filterable"]],
        "sortables": [{"value": row["id"], "title": row["title"]} for row in columns if row["sortable"]],
    }


def macro_definitions() -> Json:
    return {"actions": [action_definition(name) for name in MACRO_ACTIONS]}


def action_definition(name: str) -> Json:
    return {**_subject(name), "nullable": False, "repeatable": name in _FREE}


def _condition(name: str, operators: tuple[str, ...]) -> Json:
    rows = [
        {"value": operator, "title": operator.replace("_", " ").capitalize(), "terminal": "changed" in operator}
        for operator in dict.fromkeys(operators)
    ]
    return {**_subject(name), "nullable": name.endswith("_id"), "repeatable": False, "operators": rows}


def _subject(name: str) -> Json:
    values = [{"value": value, "title": value.capitalize(), "enabled": True} for value in _VALUES.get(name, ())]
    return {
        "title": name.removesuffix("_id").replace("_", " ").capitalize(),
        "subject": name,
        "type": "list" if values else "text",
        "group": "ticket",
        "values": values,
    }
