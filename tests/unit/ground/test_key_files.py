"""A key file is never half written, stays its owner's, and a running server takes up what is new in it."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from atom_zendesk_plugin.errors import ConfigError
from atom_zendesk_plugin.keyring import Key, Keys, read_key_file, write_key_file

ONE, TWO = Key("one", b"1" * 32), Key("two", b"\xfe\xff" * 16)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "zendesk.keys"
    write_key_file(path, [ONE])
    return path


def test_a_running_server_takes_up_a_new_key(file: Path) -> None:
    keys = Keys(file=file)
    before = keys.ring()
    assert keys.ring() is before
    write_key_file(file, [TWO, ONE], replacing=[ONE])
    assert keys.ring().ids == ("two", "one")
    # Also when an editor writes into the file itself.
    file.write_text(f"{ONE.line}\n\n{TWO.line}\n")
    assert keys.ring().ids == ("one", "two")


@pytest.mark.parametrize("broken", ["gone", "empty", "half", "binary"])
def test_a_file_that_cannot_be_read_keeps_the_ring_and_is_told_once(
    file: Path, broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    keys = Keys(file=file)
    before = keys.ring()
    break_it: dict[str, Callable[[], object]] = {
        "gone": file.unlink,
        "empty": lambda: file.write_text(""),
        "half": lambda: file.write_text(ONE.line[:20]),
        "binary": lambda: file.write_bytes(b"\xff\xfe\x00"),
    }
    with caplog.at_level(logging.WARNING):
        break_it[broken]()
        assert [keys.ring() for _ in range(3)] == [before] * 3
        assert caplog.text.count("zendesk.keys_file_unreadable") == 1
        file.unlink(missing_ok=True)
        write_key_file(file, [TWO])
        assert keys.ring().ids == ("two",)
        file.unlink()
        keys.ring()
        assert caplog.text.count("zendesk.keys_file_unreadable") == 2
    assert ONE.line[:20] not in caplog.text
    with pytest.raises(ConfigError, match="cannot be used"):
        Keys(file=file).ring()


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610])
def test_a_file_that_others_can_read_is_refused_and_a_running_server_goes_on(
    file: Path, mode: int, caplog: pytest.LogCaptureFixture
) -> None:
    keys = Keys(file=file)
    before = keys.ring()
    file.chmod(mode)
    for use in (Keys(file=file).ring, lambda: read_key_file(file)):
        with pytest.raises(ConfigError, match="chmod 600"):
            use()
    with caplog.at_level(logging.WARNING):
        assert [keys.ring() for _ in range(3)] == [before] * 3
    assert caplog.text.count("zendesk.keys_file_unreadable") == 1
    assert "chmod 600" in caplog.text
    file.write_text(f"{TWO.line}\n")  # also what is new in it is not taken up
    assert keys.ring() is before
    file.chmod(0o600)
    assert keys.ring().ids == ("two",)


def test_a_missing_file_is_a_config_error_from_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere cannot be used: No such file"):
        Keys(file=tmp_path / "nowhere").find()


def test_a_written_file_is_private_and_leaves_nothing_beside_it(file: Path) -> None:
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    assert read_key_file(file) == (ONE,)


def test_a_file_is_never_overwritten_unseen(file: Path) -> None:
    with pytest.raises(ConfigError, match="exists already"):
        write_key_file(file, [TWO])
    with pytest.raises(ConfigError, match="changed meanwhile"):
        write_key_file(file, [TWO], replacing=[TWO])
    assert read_key_file(file) == (ONE,)
    assert len(list(file.parent.iterdir())) == 1


def test_a_link_to_nowhere_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match="exists already"):
        write_key_file(tmp_path / "link", [ONE])


def test_a_file_behind_a_link_is_replaced_where_it_is(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "elsewhere" / "link"
    link.parent.mkdir()
    link.symlink_to(Path("..") / file.name)
    write_key_file(link, [TWO, ONE], replacing=[ONE])
    assert link.is_symlink()
    assert read_key_file(file) == (TWO, ONE)
    assert not file.is_symlink()
    assert [path.name for path in link.parent.iterdir()] == ["link"]


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
def test_a_replaced_file_keeps_its_mode(file: Path) -> None:
    file.chmod(0o400)
    write_key_file(file, [TWO], replacing=[ONE])
    assert file.stat().st_mode & 0o777 == 0o400


NOBODY, SOMEBODY = 65_534, 54_321
as_root = pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="needs root, who may be anybody")


@as_root
def test_root_leaves_the_file_to_the_service_that_reads_it(file: Path) -> None:
    os.chown(file, SOMEBODY, SOMEBODY + 1)
    write_key_file(file, [TWO], replacing=[ONE])
    found = file.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (SOMEBODY, SOMEBODY + 1, 0o600)


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """Be an ordinary user for the length of a test, in a folder of theirs."""
    folder = Path(tempfile.mkdtemp())
    os.chown(folder, NOBODY, NOBODY)
    groups, group = os.getgroups(), os.getegid()
    os.setgroups([])
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    yield folder
    os.seteuid(0)
    os.setegid(group)
    os.setgroups(groups)
    shutil.rmtree(folder)


@as_root
def test_who_cannot_leave_the_file_as_it_was_is_told_whose_it_has_to_stay(unprivileged: Path) -> None:
    file = unprivileged / "keys"
    write_key_file(file, [ONE])
    os.seteuid(0)
    os.chown(file, NOBODY, SOMEBODY)
    os.seteuid(NOBODY)
    with pytest.raises(ConfigError, match=r"has to stay a file of the user .*: run the command as root"):
        write_key_file(file, [TWO], replacing=[ONE])
    assert read_key_file(file) == (ONE,)
    assert [path.name for path in unprivileged.iterdir()] == ["keys"]


def test_one_writer_at_a_time(file: Path) -> None:
    """Two operators put a new key in front at once: both keys are there afterwards, or one was told to try again."""
    start = threading.Barrier(8)

    def put_in_front(number: int) -> bool:
        start.wait()
        try:
            there = read_key_file(file)
            write_key_file(file, [Key(f"n{number}", bytes([number]) * 32), *there], replacing=there)
        except ConfigError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = [number for number, did in enumerate(pool.map(put_in_front, range(8))) if did]
    assert won
    assert {key.id for key in read_key_file(file)} == {"one", *(f"n{number}" for number in won)}


def test_a_writer_that_was_killed_is_told(file: Path) -> None:
    (file.parent / f".{file.name}.new").touch()
    with pytest.raises(ConfigError, match="remove that file"):
        write_key_file(file, [TWO], replacing=[ONE])
