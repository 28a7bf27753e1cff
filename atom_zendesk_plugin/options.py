"""The table of settings: every key with its type, default and meaning, once.

The README's table, the environment template and the manifest are made from it or compared with it. Extend by adding a row here and
the attribute of the same name (lower case, without ``ZENDESK_``) to ``config.Settings``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "number", "switch", "words", "choice", "url"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One setting. ``default`` is written as in an environment file; None means unset. ``aliases`` are older names, read after ``name``."""

    name: str
    kind: Kind
    default: str | None
    meaning: str
    group: str
    secret: bool = False
    aliases: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None

    @property
    def attribute(self) -> str:
        """The attribute of ``Settings`` that holds the value."""
        return self.name.removeprefix("ZENDESK_").lower()


ACCOUNT, CREDENTIALS, CONNECTING, PEOPLE, SECRETS, CALLS, STORAGE, HEALTH = (
    "Account", "Credentials of the service account", "Connecting people", "Who may use it", "Secrets at rest", "Calls to Zendesk",
    "Storage", "Health",
)  # fmt: skip

OPTIONS: tuple[Option, ...] = (
    Option(
        name="ZENDESK_SUBDOMAIN", kind="text", default=None, group=ACCOUNT,
        meaning="The account: the part of its address before .zendesk.com.",
    ),
    Option(
        name="ZENDESK_BASE_URL", kind="url", default=None, group=ACCOUNT,
        meaning="Address of the account when it is not https://SUBDOMAIN.zendesk.com: a simulator or proxy on this machine. "
        "Only *.zendesk.com over https and loopback addresses are accepted.",
    ),
    Option(
        name="ZENDESK_TENANT", kind="text", default="default", group=ACCOUNT,
        meaning="The ATOM tenant the configured account belongs to.",
    ),
    Option(
        name="ZENDESK_CREDENTIALS", kind="choice", default="auto", group=CREDENTIALS,
        choices=("auto", "access_token", "client_credentials", "api_token"),
        meaning="Which credentials the service account uses; auto takes the first that is complete, in this order.",
    ),
    Option(
        name="ZENDESK_ACCESS_TOKEN", kind="text", default=None, secret=True, group=CREDENTIALS,
        meaning="An OAuth access token of the service account.",
    ),
    Option(
        name="ZENDESK_CLIENT_ID", kind="text", default=None, group=CREDENTIALS,
        meaning="Unique identifier of the OAuth client made in Zendesk's Admin Center.",
    ),
    Option(
        name="ZENDESK_CLIENT_SECRET", kind="text", default=None, secret=True, group=CREDENTIALS,
        meaning="Secret of a confidential OAuth client; with the identifier it makes a service account (client credentials), "
        "the successor of API tokens.",
    ),
    Option(
        name="ZENDESK_SCOPES", kind="words", default="read write", group=CREDENTIALS,
        meaning="OAuth scopes to ask for, separated by spaces. Search needs the broad read.",
    ),
    Option(
        name="ZENDESK_TOKEN_TTL", kind="number", default="1800", least=300, most=172800, group=CREDENTIALS,
        meaning="Life of an access token in seconds; a new one is fetched before it ends.",
    ),
    Option(
        name="ZENDESK_EMAIL", kind="text", default=None, aliases=("ZENDESK_USERNAME",), group=CREDENTIALS,
        meaning="E-mail address of the API token's user (legacy).",
    ),
    Option(
        name="ZENDESK_TOKEN", kind="text", default=None, secret=True, aliases=("ZENDESK_API_TOKEN",), group=CREDENTIALS,
        meaning="Legacy API token. Zendesk makes no new ones since 2026-10-27 and stops all of them on 2027-04-30.",
    ),
    Option(
        name="ZENDESK_REDIRECT_URI", kind="url", default="http://localhost:5058/auth/zendesk/callback", group=CONNECTING,
        meaning="Where Zendesk sends people back to, exactly as registered with the OAuth client: https, or http on this machine.",
    ),
    Option(
        name="ZENDESK_AFTER_CONNECT", kind="text", default="/integrations/zendesk", group=CONNECTING,
        meaning="The page people see after connecting: a path of the host, or an https address. `success=true` or `error` is added.",
    ),
    Option(
        name="ZENDESK_REFRESH_TTL", kind="number", default="7776000", least=604800, most=7776000, group=CONNECTING,
        meaning="Life of a refresh token in seconds: how long a person may stay away without having to connect again.",
    ),
    Option(
        name="ZENDESK_TOKEN_REQUEST", kind="choice", default="json", choices=("json", "form"), group=CONNECTING,
        meaning="How the token endpoint is asked: Zendesk documents JSON; form is what OAuth's own standard says.",
    ),
    Option(
        name="ZENDESK_IDENTITY", kind="choice", default="host", choices=("host", "jwt", "session"), group=PEOPLE,
        meaning="Where the user's identity comes from: the host's hook, ATOM's Bearer JWT, or the signed Flask session.",
    ),
    Option(
        name="JWT_SECRET", kind="text", default=None, secret=True, group=PEOPLE,
        meaning="Key of ATOM's HS256 user tokens; needed when ZENDESK_IDENTITY is jwt.",
    ),
    Option(
        name="ZENDESK_SERVICE_ROLES", kind="words", default="admin", group=PEOPLE,
        meaning="ATOM roles that may work through the service account, separated by spaces; * lets every signed-in user.",
    ),
    Option(
        name="ZENDESK_ENCRYPTION_KEYS", kind="text", default=None, secret=True, group=SECRETS,
        meaning="Keys for what is stored encrypted, as id:base64,id:base64 of 32 bytes each; the first writes, all read. "
        "Made by `atom-zendesk keys generate`. Without a key nothing secret is stored, and nobody can connect.",
    ),
    Option(
        name="ZENDESK_ENCRYPTION_KEYS_FILE", kind="text", default=None, group=SECRETS,
        meaning="A file with these keys, one id:base64 a line, in place of the setting above; it is read again when it changes.",
    ),
    Option(
        name="ATOM_OAUTH_ENCRYPTION_KEY", kind="text", default=None, secret=True, group=SECRETS,
        meaning="ATOM's own key. When set, a key derived from it joins as the last one, so a host that has it needs no other.",
    ),
    Option(
        name="ZENDESK_READ_ONLY", kind="switch", default="false", group=CALLS,
        meaning="Send nothing to Zendesk that could change anything there: every write is refused before it leaves. Tokens are still "
        "fetched, renewed and revoked.",
    ),
    Option(
        name="ZENDESK_CONNECT_TIMEOUT", kind="number", default="5", least=0.1, most=60, group=CALLS,
        meaning="Seconds to wait for a connection to Zendesk.",
    ),
    Option(
        name="ZENDESK_READ_TIMEOUT", kind="number", default="30", least=1, most=300, group=CALLS,
        meaning="Seconds to wait for Zendesk's next bytes.",
    ),
    Option(
        name="ZENDESK_DEADLINE", kind="number", default="25", least=1, most=600, group=CALLS,
        meaning="Seconds one request of a person may take in all, waits and retries included.",
    ),
    Option(
        name="ZENDESK_MAX_ATTEMPTS", kind="number", default="4", least=1, most=10, group=CALLS,
        meaning="How often one call is tried at most; only calls that are safe to repeat are repeated.",
    ),
    Option(
        name="ZENDESK_RESERVE", kind="number", default="0.1", least=0, most=0.9, group=CALLS,
        meaning="Share of every rate limit left untouched for the company's other integrations.",
    ),
    Option(
        name="ZENDESK_LIST_TTL", kind="number", default="300", least=0, most=86400, group=CALLS,
        meaning="Seconds for which lists that administrators change rarely (fields, forms, custom statuses, groups, brands, SLA policies, "
        "schedules, languages, roles) are answered from memory. Five minutes: a change in Zendesk shows while its maker still waits for "
        "it, and a busy host reads each list twelve times an hour. Own changes count at once. 0 asks Zendesk each time.",
    ),
    Option(
        name="ZENDESK_BULK_JOBS", kind="number", default="15", least=1, most=30, group=CALLS,
        meaning="Jobs of one bulk run in flight at the same time. Zendesk allows 30 for the whole account, other integrations included.",
    ),
    Option(
        name="ZENDESK_DATABASE_URL", kind="text", default=None, secret=True, group=STORAGE,
        meaning="Database of the plugin's own tables. Unset: the host's database, else a SQLite file in the host's instance folder.",
    ),
    Option(
        name="ZENDESK_WRITE_LOG_DAYS", kind="number", default="400", least=1, most=36500, group=STORAGE,
        meaning="Days for which it is kept what was changed at Zendesk and by whom; `atom-zendesk writes purge` deletes what is older.",
    ),
    Option(
        name="ZENDESK_REDIS_URL", kind="text", default=None, secret=True, group=STORAGE,
        meaning="Redis over which processes and machines share Zendesk's rate limits: redis://, rediss:// or unix://. Unset: the host's "
        "Redis (its hook, its extension or REDIS_URL), else the database.",
    ),
    Option(
        name="ZENDESK_PROBE_SECONDS", kind="number", default="300", least=30, most=86400, group=HEALTH,
        meaning="Health asks Zendesk itself at most once in this many seconds; otherwise it reports the last real call.",
    ),
)  # fmt: skip
