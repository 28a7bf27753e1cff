"""The settings file of the command line and of the minimal host."""

from __future__ import annotations

from pathlib import Path

import pytest

from atom_zendesk_plugin.envfile import read_env_file
from atom_zendesk_plugin.errors import ConfigError


def written(folder: Path, text: str) -> Path:
    path = folder / ".env.zendesk"
    path.write_text(text, encoding="utf-8")
    return path


def test_it_reads_names_and_values(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "# a comment\n\nZENDESK_SUBDOMAIN=acme\nexport ZENDESK_EMAIL = a@example.com \n"
        'ZENDESK_TOKEN=\'with # and = inside\'\nZENDESK_SCOPES="read write"\nJWT_SECRET=\nZENDESK_TENANT=""\n',
    )
    assert read_env_file(path) == {
        "ZENDESK_SUBDOMAIN": "acme",
        "ZENDESK_EMAIL": "a@example.com",
        "ZENDESK_TOKEN": "with # and = inside",
        "ZENDESK_SCOPES": "read write",
    }


def test_a_missing_file_is_an_empty_one(tmp_path: Path) -> None:
    assert read_env_file(tmp_path / "none") == {}


@pytest.mark.parametrize("line", ["hunter2", "A B=hunter2", "=hunter2", "{hunter2}"])
def test_rubbish_is_told_by_its_number_and_not_shown(line: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as told:
        read_env_file(written(tmp_path, f"A=1\n{line}\n"))
    assert "line 2" in told.value.message
    assert "hunter2" not in told.value.message


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / ".env.zendesk"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="UTF-8"):
        read_env_file(path)


def test_a_folder_in_its_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_env_file(tmp_path)
