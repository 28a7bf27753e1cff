"""``keys``: the keys that stored secrets are sealed with, made, checked and changed while everything runs.

A key itself is printed by ``generate`` alone, and only when it is not asked to write a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from atom_zendesk_plugin.cli.failures import json_option
from atom_zendesk_plugin.keyring import (
    Key,
    KeyRing,
    Keys,
    generate_key,
    read_key_file,
    write_key_file,
)

if TYPE_CHECKING:
    from atom_zendesk_plugin.clock import Clock
    from atom_zendesk_plugin.storage import Storage
    from atom_zendesk_plugin.store.resealing import Mark, SealedRow, Walked
    from atom_zendesk_plugin.store.tenancy import OperatorUnit

Part = TypeVar("Part", bound="Walked")
BATCH = 200  # rows of one transaction; on SQLite everybody who writes waits for its end

_file = click.Path(path_type=Path, dir_okay=False)


@dataclass(frozen=True, slots=True)
class Vault:
    """What these commands work on."""

    keys: Keys
    storage: Storage
    clock: Clock


@click.group(name="keys")
def keys_group() -> None:
    """Make, check and change the keys that stored secrets are sealed with."""


@keys_group.command(name="generate")
@click.option("--output", type=_file, metavar="FILE", help="Write it to this new file, readable for its owner only.")
@click.option("--append", type=_file, metavar="FILE", help="Add it to this key file, as the last one: it reads and does not write.")
@json_option
def generate_command(output: Path | None, append: Path | None, as_json: bool) -> None:
    """Make a key, and print it as one line for ZENDESK_ENCRYPTION_KEYS when no file is named."""
    key = generate_key()
    if output is not None and append is not None:
        raise click.UsageError("give --output for a new file, or --append for one that is there")
    if output is not None:
        _write(output, [key], replacing=None)
    elif append is not None:
        there = read_key_file(append)
        _write(append, [*there, key], replacing=there)
    else:
        _tell({"id": key.id, "key": key.line}, key.line, as_json=as_json)
        return
    _tell({"id": key.id, "file": str(output or append)}, f"{key.id} is in {output or append}", as_json=as_json)


@keys_group.command(name="check")
@json_option
@click.pass_context
def check_command(ctx: click.Context, as_json: bool) -> None:
    """Tell which keys are configured and how many rows each has sealed, and open every row.

    Ends with 1 when a row does not open, with 3 when no key can be used.
    """
    with _vault(ctx) as vault:
        ring = vault.keys.ring()
        sealed, under_way = _usage(vault)
        unopened = _unopened(vault, ring)
    rows = [
        {"id": key_id, "use": _use(key_id, ring), "rows": sealed.get(key_id, 0), "sign_ins": under_way.get(key_id, 0)}
        for key_id in dict.fromkeys([*ring.ids, *sorted(sealed), *sorted(under_way)])
    ]
    facts = {"ok": not unopened, "keys": rows, "unopened": _named(unopened)}
    _tell_check(facts, rows, unopened, as_json=as_json)
    ctx.exit(1 if unopened else 0)


@keys_group.command(name="rotate")
@click.option("--batch", type=click.IntRange(1, 10_000), default=BATCH, show_default=True, help="Rows of one transaction.")
@click.option("--new", is_flag=True, help="First make a new key and put it in front of the key file.")
@click.option("--drop-old", is_flag=True, help="Afterwards take the keys out of the key file that nothing needs any more.")
@json_option
@click.pass_context
def rotate_command(ctx: click.Context, batch: int, new: bool, drop_old: bool, as_json: bool) -> None:
    """Seal everything stored anew with the first key. It may be stopped at any time, and run again.

    Ends with 1 when rows are left that do not open.
    """
    if new and drop_old:
        # A request that took up the old key a moment ago may still write with it.
        raise click.UsageError("run --new first, and --drop-old when every process has used the new key for some minutes")
    with _vault(ctx) as vault:
        made = _put_in_front(vault.keys) if new else None
        ring = vault.keys.ring()
        done, left, unopened = _reseal(vault, ring, batch, quiet=as_json)
        dropped = _drop_unneeded(vault, ring) if drop_old else ()
    facts = {
        "ok": not left, "key": ring.writing_id, "new_key": made, "done": done, "left": left, "unopened": _named(unopened),
        "dropped": list(dropped),
    }  # fmt: skip
    _tell(facts, "\n".join(_rotated(ring, done, left, unopened, dropped)), as_json=as_json)
    ctx.exit(1 if left else 0)


@contextmanager
def _vault(ctx: click.Context) -> Iterator[Vault]:
    from flask import current_app

    from atom_zendesk_plugin.cli.host import operator_extension
    from atom_zendesk_plugin.host import Host
    from atom_zendesk_plugin.storage import Storage

    with operator_extension(ctx) as extension:
        settings, host = extension.settings, Host(current_app._get_current_object())  # type: ignore[attr-defined]  # the app itself
        storage = Storage(lambda: host.database(settings), clock=extension.clock)
        keys = Keys(settings.encryption_keys, settings.encryption_keys_file, settings.atom_oauth_encryption_key)
        try:
            storage.get()  # what keeps it from being used is told better here
            yield Vault(keys, storage, extension.clock)
        finally:
            storage.close()


def _put_in_front(keys: Keys) -> str:
    if keys.file is None:
        raise click.UsageError(
            "--new works on a key file: set ZENDESK_ENCRYPTION_KEYS_FILE, or put the line of `keys generate` first yourself"
        )
    there, key = read_key_file(keys.file), generate_key()
    _write(keys.file, [key, *there], replacing=there)
    return key.id


def _reseal(vault: Vault, ring: KeyRing, batch: int, *, quiet: bool) -> tuple[int, int, Sequence[SealedRow]]:
    from atom_zendesk_plugin.store import resealing

    with vault.storage.operator_unit() as operator:
        left = resealing.count_stale(operator, key_id=ring.writing_id)
    done = 0
    unopened: list[SealedRow] = []
    with _progress(left, quiet=quiet) as advance:
        for part in _walk(vault, lambda operator, mark: resealing.reseal(operator, keys=ring, limit=batch, mark=mark)):
            done, left = done + part.done, part.left
            unopened += part.unopened
            advance(part.done + len(part.unopened))
    return done, left, unopened


def _drop_unneeded(vault: Vault, ring: KeyRing) -> tuple[str, ...]:
    """Take the keys out of the file that sealed nothing which is still there; nothing when a row does not open."""
    if vault.keys.file is None:
        raise click.UsageError("--drop-old works on a key file: take the old key out of ZENDESK_ENCRYPTION_KEYS yourself")
    if _unopened(vault, ring):
        return ()
    there = read_key_file(vault.keys.file)
    needed = {there[0].id}.union(*_usage(vault))
    kept = [key for key in there if key.id in needed]
    if len(kept) < len(there):
        _write(vault.keys.file, kept, replacing=there)
    return tuple(key.id for key in there if key.id not in needed)


def _usage(vault: Vault) -> tuple[dict[str, int], dict[str, int]]:
    """Return how many rows, and how many sign-ins under way, each key has sealed."""
    from atom_zendesk_plugin.store.resealing import count_by_key
    from atom_zendesk_plugin.store.states import count_open_by_key

    with vault.storage.operator_unit() as operator:
        return count_by_key(operator), count_open_by_key(operator, now=vault.clock.now())


def _unopened(vault: Vault, ring: KeyRing) -> list[SealedRow]:
    from atom_zendesk_plugin.store import resealing

    parts = _walk(vault, lambda operator, mark: resealing.look(operator, keys=ring, limit=BATCH, mark=mark))
    return [row for part in parts for row in part.unopened]


def _walk(vault: Vault, step: Callable[[OperatorUnit, Mark], Part]) -> Iterator[Part]:
    """Take a walk to its end, each part in a transaction of its own."""
    from atom_zendesk_plugin.store.resealing import Mark

    mark: Mark | None = Mark()
    while mark is not None:
        with vault.storage.operator_unit() as operator:
            part = step(operator, mark)
        yield part
        mark = part.mark


def _write(path: Path, keys: Sequence[Key], *, replacing: Sequence[Key] | None) -> None:
    try:
        write_key_file(path, keys, replacing=replacing)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}") from error


@contextmanager
def _progress(total: int, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    """Give a function that is told how many more rows are through: a bar on a terminal, lines in a log, nothing beside JSON."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    if quiet or not total:
        yield lambda number: None
    elif console.is_terminal:
        with Progress(console=console) as progress:
            task = progress.add_task("Sealing anew", total=total)
            yield lambda number: progress.advance(task, number)
    else:
        through = 0

        def tell(number: int) -> None:
            nonlocal through
            through += number
            if number:
                click.echo(f"{through} of {total} rows", err=True)

        yield tell


def _use(key_id: str, ring: KeyRing) -> str:
    if key_id == ring.writing_id:
        return "writes"
    return "reads" if key_id in ring.ids else "missing"


def _named(rows: Sequence[SealedRow]) -> list[dict[str, object]]:
    return [asdict(row) for row in rows]


def _tell_check(
    facts: dict[str, object], rows: Sequence[dict[str, object]], unopened: Sequence[SealedRow], *, as_json: bool
) -> None:
    from atom_zendesk_plugin.cli.printing import print_json, print_table

    if as_json:
        print_json(facts)
        return
    print_table(("key", "use", "rows", "sign-ins under way"), [tuple(row.values()) for row in rows])
    for line in _left_closed(unopened):
        click.echo(line)


def _rotated(
    ring: KeyRing, done: int, left: int, unopened: Sequence[SealedRow], dropped: Sequence[str]
) -> Iterator[str]:
    yield f"{done} rows are sealed with {ring.writing_id} now, {left} are left."
    yield from _left_closed(unopened)
    if left > len(unopened):
        yield "Some were written meanwhile: run the command again."
    if dropped:
        yield f"Taken out of the key file: {', '.join(dropped)}."


def _left_closed(unopened: Sequence[SealedRow]) -> Iterator[str]:
    for row in unopened:
        yield f"Does not open: {row.table} {row.id}. Put back the key it was sealed with, or have it connected again."


def _tell(facts: dict[str, object], text: str, *, as_json: bool) -> None:
    from atom_zendesk_plugin.cli.printing import print_json

    if as_json:
        print_json({"ok": True, **facts})
    else:
        click.echo(text)
