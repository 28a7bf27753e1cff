"""What the set-up page shows: health, capabilities, and each setting with its meaning and whether it is set, never its value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC

from atom_zendesk_plugin.config import Settings, validate
from atom_zendesk_plugin.options import OPTIONS, Option
from atom_zendesk_plugin.web.parts import Parts

_GOOD = frozenset({"healthy", "ok", "connected"})
_TITLES = {"config": "Settings", "oauth": "OAuth client", "zendesk_api": "Zendesk"}
_BAD = frozenset({"unhealthy", "error"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of the health report; ``tone`` is good, fair or bad."""

    name: str
    status: str
    message: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    option: Option
    is_set: bool


def setup_facts(parts: Parts) -> dict[str, object]:
    """Return the values of the page's template."""
    settings = parts.settings
    report = parts.health()
    config = validate(settings, parts.clock.now().astimezone(UTC).date())
    status = str(report.get("status", "unknown"))
    return {
        "status": status,
        "tone": _tone(status),
        "message": str(report.get("message", "")),
        "checks": list(_checks(report.get("checks"))),
        "capabilities": list(parts.capabilities()),
        "configured": config.configured,
        "redirect_uri": settings.redirect_uri,
        "issues": config.issues,
        "warnings": config.warnings,
        "groups": _groups(settings),
        "checked_at": parts.clock.now().strftime("%Y-%m-%d %H:%M:%S UTC"),
    }


def _checks(checks: object) -> Sequence[Check]:
    if not isinstance(checks, Mapping):
        return ()
    return [
        Check(
            name=_TITLES.get(str(name)) or str(name).replace("_", " ").capitalize(),
            status=str(check.get("status", "unknown")),
            message=str(check.get("message", "")),
            tone=_tone(str(check.get("status", "unknown"))),
        )
        for name, check in checks.items()
        if isinstance(check, Mapping)
    ]


def _tone(status: str) -> str:
    """Choose a colour. What is not known, or not part of this version, needs nobody's attention."""
    if status == "unknown":
        return "quiet"
    return "good" if status in _GOOD else "bad" if status in _BAD else "fair"


def _groups(settings: Settings) -> dict[str, list[Setting]]:
    groups: dict[str, list[Setting]] = {}
    for option in OPTIONS:
        value = getattr(settings, option.attribute)
        is_set = value not in (None, "", ()) and (option.default is None or not _is_default(option, value))
        groups.setdefault(option.group, []).append(Setting(option=option, is_set=is_set))
    return groups


def _is_default(option: Option, value: object) -> bool:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) == float(option.default or "nan")
    return (" ".join(value) if isinstance(value, tuple) else str(value)) == option.default
