"""``atom-zendesk db`` as an operator runs it."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from atom_zendesk_plugin.cli.root import root_group
from atom_zendesk_plugin.store import migrate
from tests.databases import NewDatabase, PostgresServer

HEAD = migrate.head()


def run(*arguments: str, url: str | None = None, answer: str | None = None) -> Result:
    environ = {"ZENDESK_DATABASE_URL": url}
    return CliRunner(env=environ).invoke(root_group("atom-zendesk"), ["db", *arguments], input=answer)


def told(result: Result) -> dict[str, object]:
    value: dict[str, object] = json.loads(result.stdout.splitlines()[-1])
    return value


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_up_look_and_down(new_database: NewDatabase) -> None:
    url = new_database()
    looked = run("current", url=url)
    assert (looked.exit_code, looked.stdout) == (
        3,
        f"no tables (this version needs {HEAD}: run atom-zendesk db upgrade)\n",
    )
    assert run("upgrade", url=url).stdout == f"no tables -> {HEAD}\n"
    assert run("upgrade", url=url).stdout == f"{HEAD}: nothing to do\n"
    looked = run("current", url=url)
    assert (looked.exit_code, looked.stdout) == (0, f"{HEAD} (up to date)\n")
    assert run("downgrade", "base", "--yes", url=url).stdout == f"{HEAD} -> no tables\n"


def test_programs_get_json(new_database: NewDatabase) -> None:
    url = new_database()
    assert told(run("current", "--json", url=url)) == {
        "ok": True,
        "revision": None,
        "needed": HEAD,
        "up_to_date": False,
    }
    assert told(run("upgrade", "--json", url=url)) == {"ok": True, "before": None, "after": HEAD, "changed": True}
    assert told(run("downgrade", "base", "--yes", "--json", url=url))["after"] is None


def test_the_option_wins_over_the_setting(new_sqlite: NewDatabase) -> None:
    meant, configured = new_sqlite(), new_sqlite()
    assert run("upgrade", "--database-url", meant, url=configured).exit_code == 0
    assert Path(meant.removeprefix("sqlite:///")).exists()
    assert not Path(configured.removeprefix("sqlite:///")).exists()


def test_a_downgrade_asks_first(new_sqlite: NewDatabase) -> None:
    url = new_sqlite()
    run("upgrade", url=url)
    refused = run("downgrade", "base", url=url, answer="n\n")
    assert refused.exit_code == 1
    assert "lost" in refused.stderr
    assert run("current", url=url).exit_code == 0
    assert run("downgrade", "base", url=url, answer="y\n").exit_code == 0


def test_the_sql_of_the_configured_database_is_printed_and_nothing_opened(new_sqlite: NewDatabase) -> None:
    url = new_sqlite()
    printed = run("upgrade", "--sql", url=url)
    assert printed.exit_code == 0
    assert not Path(url.removeprefix("sqlite:///")).exists()
    with sqlite3.connect(":memory:") as connection:
        connection.executescript(printed.stdout)
        assert connection.execute("SELECT version_num FROM zendesk_alembic_version").fetchall() == [(HEAD,)]
    connection.close()


def test_without_a_database_the_sql_is_for_postgresql() -> None:
    assert "TIMESTAMP WITH TIME ZONE" in run("upgrade", "--sql").stdout


@pytest.mark.parametrize("command", [["upgrade"], ["current"], ["downgrade", "base", "--yes"]])
def test_no_database_is_a_usage_error(command: list[str]) -> None:
    result = run(*command)
    assert result.exit_code == 2
    assert "ZENDESK_DATABASE_URL" in result.stderr


@pytest.mark.parametrize(
    ("url", "exit_code"),
    [
        ("mysql://bob:s3cret-pw@db/desk", 3),
        ("bob:s3cret-pw@db", 3),
        ("postgresql://bob:s3cret-pw@127.0.0.1:1/desk", 3),
        ("sqlite:///:memory:", 3),
    ],
)
def test_a_database_that_cannot_be_used_is_one_clear_line_without_the_url(url: str, exit_code: int) -> None:
    result = run("upgrade", "--json", url=url)
    assert result.exit_code == exit_code
    assert len(result.stderr.splitlines()) == 1
    assert "s3cret-pw" not in result.output
    assert told(result)["ok"] is False


def test_an_unknown_revision_is_refused(new_sqlite: NewDatabase) -> None:
    url = new_sqlite()
    run("upgrade", url=url)
    result = run("downgrade", "nowhere", "--yes", url=url)
    assert result.exit_code == 2
    assert "'nowhere' is not a revision" in result.stderr


def test_a_user_without_the_right_is_told_which(postgres_server: PostgresServer) -> None:
    url = postgres_server.create(owner="postgres")
    result = run("upgrade", url=url)
    assert result.exit_code == 3
    assert "grant CREATE" in result.stderr
    postgres_server.drop(url)
