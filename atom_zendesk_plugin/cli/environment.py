"""What a command line takes from its surroundings: the settings file of this folder."""

from __future__ import annotations

from pathlib import Path

import click


def read_env_file(path: Path) -> dict[str, str]:
    """Read ``KEY=VALUE`` lines; comments and empty values are left out, one pair of quotes around a value is taken off.

    A missing file is an empty one. A line that is neither raises ``click.ClickException`` with its number, never its text:
    it may hold a secret.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(
            f"{path} cannot be read ({type(error).__name__}): it must be a UTF-8 text file"
        ) from error
    found: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        text = line.strip().removeprefix("export ")
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.partition("=")
        if not equals or not name.strip().isidentifier():
            raise click.ClickException(f"{path}, line {number}: write NAME=value")
        value = _unquoted(value.strip())
        if value:
            found[name.strip()] = value
    return found


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value
