"""A stolen copy of the database: nothing in it is a token, a client's secret, a person's name or address, or a state."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from atom_zendesk_plugin.keyring import Key, KeyRing
from atom_zendesk_plugin.store import accounts, grants, states
from atom_zendesk_plugin.store.database import Database
from atom_zendesk_plugin.store.tenancy import Tenancy
from tests.databases import PostgresServer

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
RING = KeyRing([Key("k1", b"1" * 32)])
SECRETS = (
    "acc3ss-token", "r3fresh-token", "second-acc3ss", "second-r3fresh", "Ada Lovelace", "ada@example.com", "cl1ent-secret",
    "st4te", "br0wser", "v3rifier",
)  # fmt: skip


def pair(access: str, refresh: str) -> grants.TokenPair:
    return grants.TokenPair(
        access_token=access, refresh_token=refresh, access_expires_at=NOW, refresh_expires_at=NOW, scopes=("read",)
    )


def use(database: Database) -> None:
    """Do everything that stores a secret."""
    with database.unit(Tenancy("t", "u")) as unit:
        account = accounts.save_account(
            unit, subdomain="acme", base_url="https://acme.zendesk.com", client_id="atom", client_kind="confidential",
            client_secret="cl1ent-secret", service_kind="client_credentials", is_default=True, keys=RING, now=NOW,
        ).id  # fmt: skip
        made = grants.save_grant(
            unit, account_id=account, keys=RING, now=NOW,
            grant=grants.NewGrant(
                client_id="atom", zendesk_user_id=7, zendesk_role="agent", name="Ada Lovelace", email="ada@example.com", scopes=("read",),
                asked_scopes=("read",), pair=pair("acc3ss-token", "r3fresh-token"),
            ),
        )  # fmt: skip
        states.issue(
            unit, state="st4te", account_id=account, browser="br0wser", code_verifier="v3rifier", redirect_uri="https://atom.example/back",
            scopes=("read",), via="cookie", client_id="atom", keys=RING, now=NOW, expires_at=NOW + timedelta(minutes=10),
        )  # fmt: skip
        grants.finish_renewal(
            unit, account_id=account, generation=made.generation, pair=pair("second-acc3ss", "second-r3fresh"), keys=RING, now=NOW
        )


def leaked(dump: bytes) -> list[str]:
    return [secret for secret in SECRETS if secret.encode().lower() in dump.lower()]


def test_the_dump_of_a_sqlite_file_holds_no_secret(sqlite_database: Database) -> None:
    use(sqlite_database)
    file = str(sqlite_database.engine.url.database)
    connection = sqlite3.connect(file)
    dump = "\n".join(connection.iterdump()).encode()
    connection.close()
    assert b"zendesk_grants" in dump
    assert leaked(dump) == []
    sqlite_database.close()
    assert leaked(Path(file).read_bytes()) == []  # what was written over may still lie in the pages


def test_the_dump_of_a_postgresql_database_holds_no_secret(
    postgres_database: Database, postgres_server: PostgresServer
) -> None:
    use(postgres_database)
    url = postgres_server.admin.set(database=postgres_database.engine.url.database)
    dump = b""
    with psycopg.connect(url.render_as_string(hide_password=False)) as connection, connection.cursor() as cursor:
        tables = [row[0] for row in cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        for table in tables:
            with cursor.copy(f"COPY {table} TO STDOUT".encode()) as out:
                dump += b"".join(map(bytes, out))
    assert {"zendesk_grants", "zendesk_oauth_states", "zendesk_accounts"} <= set(tables)
    assert b"acme" in dump
    assert leaked(dump) == []


def test_the_look_for_leaks_sees_them() -> None:
    assert leaked(b"INSERT INTO x VALUES ('ADA@example.com')") == ["ada@example.com"]
