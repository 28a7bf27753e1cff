"""``keys``: made, checked and changed, and never shown where they were not asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from atom_zendesk_plugin.cli.root import root_group
from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.keyring import Key, KeyRing, parse_keys, read_key_file, write_key_file
from atom_zendesk_plugin.options import OPTIONS
from atom_zendesk_plugin.store import accounts, grants, resealing, states
from atom_zendesk_plugin.store.database import Database, open_database
from atom_zendesk_plugin.store.tenancy import Tenancy

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
ONE, TWO = Key("one", b"1" * 32), Key("two", b"2" * 32)
USERS = ("u1", "u2", "u3")


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for row in OPTIONS:
        for name in (row.name, *row.aliases):
            monkeypatch.delenv(name, raising=False)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A database with an account and three people's grants, sealed with the key one."""
    opened = open_database(f"sqlite:///{tmp_path / 'zendesk.db'}", clock=ManualClock())
    ring = KeyRing([ONE])
    with opened.unit(Tenancy("default")) as unit:
        account = accounts.save_account(
            unit, subdomain="acme", base_url="https://acme.zendesk.com", client_id="atom", client_kind="confidential",
            client_secret="s3cret", service_kind="none", is_default=True, keys=ring, now=NOW,
        ).id  # fmt: skip
    grant = grants.NewGrant(
        client_id="atom", zendesk_user_id=7, zendesk_role="agent", name="Ada", email=None, scopes=(), asked_scopes=(),
        pair=grants.TokenPair(
            access_token="a", refresh_token=None, access_expires_at=None, refresh_expires_at=None, scopes=()
        ),
    )  # fmt: skip
    for user in USERS:
        with opened.unit(Tenancy("default", user)) as unit:
            grants.save_grant(unit, account_id=account, grant=grant, keys=ring, now=NOW)
    yield opened
    opened.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "zendesk.keys"
    write_key_file(path, [ONE])
    return path


def run(*arguments: str, text: str | None = None, file: Path | None = None, terminal: bool = False) -> Result:
    env = {
        "ZENDESK_DATABASE_URL": f"sqlite:///{Path.cwd() / 'zendesk.db'}",
        "ZENDESK_ENCRYPTION_KEYS": text,
        "ZENDESK_ENCRYPTION_KEYS_FILE": str(file) if file else None,
        "FORCE_COLOR": "1" if terminal else None,
    }
    return CliRunner(env=env).invoke(root_group("atom-zendesk"), ["keys", *arguments])


def told(result: Result) -> dict[str, object]:
    value: dict[str, object] = json.loads(result.stdout.splitlines()[-1])
    return value


def shows(result: Result, *keys: Key) -> bool:
    return any(key.line.partition(":")[2] in result.output for key in keys)


def line_of(*keys: Key) -> str:
    return ",".join(key.line for key in keys)


def test_a_key_is_printed_as_one_line_for_pasting() -> None:
    first, second = run("generate"), run("generate")
    assert first.exit_code == 0
    assert first.stdout.count("\n") == 1
    made = parse_keys(first.stdout) + parse_keys(second.stdout)
    assert len({key.id for key in made}) == 2
    (key,) = parse_keys(str(told(run("generate", "--json"))["key"]))
    assert len(key.secret) == 32


def test_a_key_is_written_to_a_private_file_and_not_shown(tmp_path: Path) -> None:
    made = run("generate", "--output", "new.keys")
    (key,) = read_key_file(tmp_path / "new.keys")
    assert made.exit_code == 0
    assert key.id in made.output
    assert not shows(made, key)
    again = run("generate", "--output", "new.keys")
    assert (again.exit_code, read_key_file(tmp_path / "new.keys")) == (3, (key,))
    assert "exists already" in again.output
    assert "cannot be written" in run("generate", "--output", "no/such/folder").output


def test_a_key_is_appended_as_the_last_one(file: Path) -> None:
    made = run("generate", "--append", str(file), "--json")
    first, second = read_key_file(file)
    assert (first, told(made)["id"]) == (ONE, second.id)
    assert not shows(made, ONE, second)
    assert run("generate", "--append", "nowhere").exit_code == 3
    assert run("generate", "--append", str(file), "--output", "x").exit_code == 2


def test_check_counts_what_each_key_has_sealed(database: Database) -> None:
    checked = run("check", "--json", text=line_of(TWO, ONE))
    assert checked.exit_code == 0
    assert told(checked) == {
        "ok": True, "unopened": [],
        "keys": [{"id": "two", "use": "writes", "rows": 0, "sign_ins": 0}, {"id": "one", "use": "reads", "rows": 4, "sign_ins": 0}],
    }  # fmt: skip
    shown = run("check", text=line_of(TWO, ONE))
    assert "writes" in shown.stdout
    assert not shows(shown, ONE, TWO)


def test_check_names_a_missing_key_and_the_rows_it_leaves_closed(database: Database) -> None:
    checked = run("check", text=line_of(TWO))
    assert checked.exit_code == 1
    assert "missing" in checked.stdout
    assert checked.stdout.count("Does not open: zendesk_grants") == 3
    assert "Does not open: zendesk_accounts 1." in checked.stdout


def test_check_notices_a_row_that_was_changed(database: Database) -> None:
    with database.operator_unit() as operator:
        operator.session.execute(text("UPDATE zendesk_grants SET name = access_token WHERE user_id = 'u2'"))
    checked = run("check", "--json", text=line_of(ONE))
    assert (checked.exit_code, told(checked)["unopened"]) == (1, [{"table": "zendesk_grants", "id": 2}])


@pytest.mark.parametrize("command", ["check", "rotate"])
def test_without_a_key_the_set_up_is_not_complete(database: Database, command: str) -> None:
    done = run(command)
    assert done.exit_code == 3
    assert "atom-zendesk keys generate" in done.output


@pytest.mark.parametrize("command", ["check", "rotate"])
def test_a_wrong_key_or_a_database_that_is_away_is_one_line(command: str, tmp_path: Path) -> None:
    wrong = run(command, text="one:tooshort")
    assert (wrong.exit_code, len(wrong.stderr.splitlines())) == (3, 1)
    assert "tooshort" not in wrong.output
    (tmp_path / "zendesk.db").unlink(missing_ok=True)
    (tmp_path / "zendesk.db").mkdir()
    away = run(command, text=line_of(ONE))
    assert (away.exit_code, len(away.stderr.splitlines())) == (3, 1)


def test_rotate_seals_everything_with_the_first_key(database: Database) -> None:
    done = run("rotate", "--batch", "2", text=line_of(TWO, ONE))
    assert (done.exit_code, done.stdout) == (0, "4 rows are sealed with two now, 0 are left.\n")
    assert "4 of 4 rows" in done.stderr
    assert run("check", text=line_of(TWO)).exit_code == 0
    again = run("rotate", "--json", text=line_of(TWO))
    assert told(again) == {
        "ok": True, "key": "two", "new_key": None, "done": 0, "left": 0, "unopened": [], "dropped": [],
    }  # fmt: skip


def test_a_terminal_gets_a_bar_and_a_program_gets_json_alone(database: Database) -> None:
    bar = run("rotate", text=line_of(TWO, ONE), terminal=True)
    assert bar.exit_code == 0
    assert "100%" in bar.stderr
    alone = run("rotate", "--json", text=line_of(ONE, TWO), terminal=True)
    assert (alone.stderr, told(alone)["done"]) == ("", 4)


def test_rotate_says_what_it_could_not_open(database: Database) -> None:
    with database.operator_unit() as operator:
        operator.session.execute(text("UPDATE zendesk_grants SET name = access_token WHERE user_id = 'u2'"))
    done = run("rotate", text=line_of(TWO, ONE))
    assert done.exit_code == 1
    assert "3 rows are sealed with two now, 1 are left." in done.stdout
    assert "Does not open: zendesk_grants 2." in done.stdout


def test_a_new_key_is_put_in_front_and_the_old_one_dropped_later(database: Database, file: Path) -> None:
    done = run("rotate", "--new", "--json", file=file)
    new, old = read_key_file(file)
    assert (done.exit_code, told(done)["new_key"], told(done)["key"], told(done)["done"]) == (0, new.id, new.id, 4)
    assert old == ONE
    assert not shows(done, new, old)
    dropped = run("rotate", "--drop-old", file=file)
    assert "Taken out of the key file: one." in dropped.stdout
    assert read_key_file(file) == (new,)
    assert run("check", file=file).exit_code == 0
    assert run("rotate", "--drop-old", file=file).exit_code == 0
    assert read_key_file(file) == (new,)


def test_a_key_that_is_needed_is_not_dropped(database: Database, file: Path) -> None:
    write_key_file(file, [TWO, ONE], replacing=[ONE])
    with database.operator_unit() as operator:
        operator.session.execute(text("UPDATE zendesk_grants SET name = access_token WHERE user_id = 'u2'"))
    assert run("rotate", "--drop-old", file=file).exit_code == 1
    assert read_key_file(file) == (TWO, ONE)


def test_a_row_that_a_current_key_sealed_and_that_does_not_open_keeps_the_keys(database: Database, file: Path) -> None:
    run("rotate", "--new", file=file)
    before = read_key_file(file)
    with database.operator_unit() as operator:
        operator.session.execute(text("UPDATE zendesk_grants SET name = access_token WHERE user_id = 'u2'"))
    run("rotate", "--drop-old", file=file)
    assert read_key_file(file) == before


def test_a_sign_in_under_way_keeps_its_key(database: Database, file: Path) -> None:
    now = datetime.now(UTC)  # the command's clock is the machine's
    with database.unit(Tenancy("default", "u1")) as unit:
        states.issue(
            unit, state="s", account_id=1, browser="b", code_verifier="v", redirect_uri="r", scopes=(), via="cookie", client_id="atom",
            keys=KeyRing([ONE]), now=now, expires_at=now + timedelta(minutes=10),
        )  # fmt: skip
    run("rotate", "--new", file=file)
    assert "one" not in told(run("rotate", "--drop-old", "--json", file=file))["dropped"]  # type: ignore[operator]  # a list
    assert ONE in read_key_file(file)


def test_new_and_drop_old_do_not_go_together_and_need_a_file(database: Database, file: Path) -> None:
    assert run("rotate", "--new", "--drop-old", file=file).exit_code == 2
    for option in ("--new", "--drop-old"):
        assert run("rotate", option, text=line_of(ONE)).exit_code == 2
    assert read_key_file(file) == (ONE,)


def test_a_rotation_that_was_killed_goes_on(database: Database, file: Path) -> None:
    write_key_file(file, [TWO, ONE], replacing=[ONE])
    with database.operator_unit() as operator:
        assert resealing.reseal(operator, keys=KeyRing([TWO, ONE]), limit=1).left == 3
    assert told(run("rotate", "--json", file=file))["done"] == 3
    assert run("check", text=line_of(TWO)).exit_code == 0
