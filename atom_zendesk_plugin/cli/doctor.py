"""``doctor``: tries everything the plugin needs, and says for each fault what to do about it."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import click

from atom_zendesk_plugin import __version__
from atom_zendesk_plugin.cli.failures import json_option
from atom_zendesk_plugin.cli.host import operator_extension

if TYPE_CHECKING:
    from atom_zendesk_plugin.extension import ZendeskExtension

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be. An error keeps the plugin from its work, a warning takes a part of it away."""

    level: Level
    what: str
    hint: str


@click.command(name="doctor")
@json_option
@click.pass_context
def doctor_command(ctx: click.Context, as_json: bool) -> None:
    """Check settings, packages, database and Zendesk itself; ends with 1 when something keeps the plugin from working."""
    from atom_zendesk_plugin.cli.printing import print_json

    with operator_extension(ctx) as extension:
        findings = list(dict.fromkeys(examine(extension)))
        checks = _checks(extension)
    ok = all(finding.level != "error" for finding in findings)
    if as_json:
        print_json(
            {"ok": ok, "version": __version__, "checks": checks, "findings": [asdict(finding) for finding in findings]}
        )
    else:
        click.echo("\n".join(_report(findings, checks)))
    ctx.exit(0 if ok else 1)


def examine(extension: ZendeskExtension) -> Iterator[Finding]:
    """Find faults: in the settings, in what is installed, and by asking the database and Zendesk."""
    from atom_zendesk_plugin.config import validate

    report = validate(extension.settings, datetime.now(UTC).date())
    for issue in report.issues:
        yield _split("error", issue)
    for warning in report.warnings:
        yield Finding("warning", warning, "")
    if report.configured:
        for name, check in _checks(extension).items():
            if check.get("status") in ("unhealthy", "error", "degraded") and name != "config":
                yield Finding("error" if name == "zendesk_api" else "warning", f"{name}: {check.get('message')}", "")
    for row in extension.capabilities():
        if not row.on:
            yield Finding("warning", f"{row.name} is off: {row.why}", row.cure)


def _checks(extension: ZendeskExtension) -> Mapping[str, Mapping[str, Any]]:
    found = extension.health(refresh=True).get("checks")
    return found if isinstance(found, dict) else {}


def _split(level: Level, text: str) -> Finding:
    """Take an issue apart that says what and, after a semicolon, what to do."""
    what, _, hint = text.partition("; ")
    return Finding(level, what, hint)


def _report(findings: list[Finding], checks: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    from atom_zendesk_plugin.cli.printing import plain

    yield f"atom_zendesk_plugin {__version__}, Python {platform.python_version()}"
    yield ""
    for name, check in checks.items():
        yield plain(f"{check.get('status', ''):<10} {name}: {check.get('message', '')}")
    yield ""
    for number, finding in enumerate(findings, start=1):
        yield plain(f"{number}. {finding.level}: {finding.what}")
        if finding.hint:
            yield plain(f"   hint: {finding.hint}")
    yield "" if findings else "Nothing to mend."
