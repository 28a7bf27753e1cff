"""The command line: ``atom-zendesk``, and the same commands as ``flask zendesk``. Commands are listed in ``cli.root``."""

from __future__ import annotations

from atom_zendesk_plugin.cli.root import CommandGroup, root_group

__all__ = ["flask_group", "main"]


def main() -> None:
    """Run ``atom-zendesk`` and end the process with its exit code."""
    root_group("atom-zendesk").main(prog_name="atom-zendesk")


flask_group: CommandGroup = root_group("zendesk")
