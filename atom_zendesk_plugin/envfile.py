"""Reading an environment file such as ``.env.zendesk``: ``NAME=value`` lines, for hosts and commands, never for the plugin itself."""

from __future__ import annotations

from pathlib import Path

from atom_zendesk_plugin.errors import ConfigError


def read_env_file(path: Path) -> dict[str, str]:
    """Return the settings of a file; a missing file has none, and empty values are left out.

    One pair of quotes around a value is taken off, ``export`` before a name is ignored, and so are lines that start with ``#``.
    Raises ConfigError with the number of a line that is none of these; never with its text, which may be a secret.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path.name} cannot be read ({type(error).__name__}): it must be a UTF-8 text file."
        ) from error
    found: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        text = line.strip().removeprefix("export ").strip()
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.partition("=")
        if not equals or not name.strip().isidentifier():
            raise ConfigError(f"{path.name}, line {number}: write NAME=value.")
        if unquoted := _unquoted(value.strip()):
            found[name.strip()] = unquoted
    return found


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value
