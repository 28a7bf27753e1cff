"""Putting our routes on somebody else's app: what the host already serves stays the host's.

Two rules for one path can coexist in Flask, which then picks by the weight of their converters, so a rule of ours could shadow one of the
host's. Rules are therefore compared with their variables blanked out, and ours is left out, method by method, where the host has one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask.blueprints import BlueprintSetupState

from atom_zendesk_plugin.logs import event

if TYPE_CHECKING:
    from flask import Blueprint, Flask

Routes = frozenset[tuple[str, str]]

_VARIABLE = re.compile(r"<[^<>]*>")


def served_by(app: Flask) -> Routes:
    """Return what the app serves now, as method and shape of the path. Take it before the first blueprint of ours is mounted."""
    return frozenset((method, _shape(rule.rule)) for rule in app.url_map.iter_rules() for method in rule.methods or ())


def mount(app: Flask, blueprint: Blueprint, *, taken: Routes) -> list[str]:
    """Register the blueprint without the rules the host has already; return those, as ``METHOD /path``."""
    kept: list[str] = []

    class PoliteState(BlueprintSetupState):
        """The setup state through which a blueprint adds its rules, with a look at who came first."""

        def add_url_rule(
            self, rule: str, endpoint: str | None = None, view_func: Callable[..., Any] | None = None, **options: Any
        ) -> None:
            methods = {str(method).upper() for method in options.pop("methods", None) or ("GET",)}
            theirs = {method for method in methods if (method, _shape(rule)) in taken}
            kept.extend(f"{method} {rule}" for method in sorted(theirs))
            if methods != theirs:
                super().add_url_rule(rule, endpoint, view_func, methods=sorted(methods - theirs), **options)

    def make_setup_state(app: Any, options: dict[str, Any], first_registration: bool = False) -> BlueprintSetupState:
        return PoliteState(blueprint, app, options, first_registration)

    # Flask's own hook for this purpose; set on the object, because the module that makes the blueprint knows nothing of hosts.
    blueprint.make_setup_state = make_setup_state  # type: ignore[method-assign]
    app.register_blueprint(blueprint)
    if kept:
        event("zendesk.routes_kept_by_host", "warning", routes=kept)
    return kept


def _shape(rule: str) -> str:
    return _VARIABLE.sub("<>", rule).rstrip("/")
