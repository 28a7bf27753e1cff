"""The settings of one app: read once, checked in full, then frozen.

Reading never raises. A value that cannot be used is replaced by its default and reported as an issue, so that the host starts and
health can say what to mend. ``app.config`` wins over the environment; an empty string counts as unset.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Literal
from urllib.parse import urlsplit

from atom_zendesk_plugin.options import OPTIONS, Option
from atom_zendesk_plugin.redact import HIDDEN

SUBDOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
API_TOKENS_END = date(2027, 4, 30)
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

CredentialsKind = Literal["access_token", "client_credentials", "api_token"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One attribute per row of ``options.OPTIONS``; secrets stay out of the repr. ``None`` means not configured."""

    subdomain: str | None
    base_url: str | None
    tenant: str
    credentials: str
    access_token: str | None
    client_id: str | None
    client_secret: str | None
    scopes: tuple[str, ...]
    token_ttl: int
    email: str | None
    token: str | None
    redirect_uri: str
    after_connect: str
    refresh_ttl: int
    token_request: str
    identity: str
    jwt_secret: str | None
    service_roles: tuple[str, ...]
    encryption_keys: str | None
    encryption_keys_file: str | None
    atom_oauth_encryption_key: str | None
    read_only: bool
    connect_timeout: float
    read_timeout: float
    deadline: float
    max_attempts: int
    reserve: float
    list_ttl: float
    bulk_jobs: int
    database_url: str | None
    write_log_days: int
    redis_url: str | None
    probe_seconds: float
    issues: tuple[str, ...] = ()

    def __repr__(self) -> str:
        secret = {row.attribute for row in OPTIONS if row.secret}
        shown = (
            f"{f.name}={HIDDEN if f.name in secret and getattr(self, f.name) else getattr(self, f.name)!r}"
            for f in fields(self)
        )
        return f"Settings({', '.join(shown)})"

    @property
    def account_url(self) -> str | None:
        """Scheme and host of the account's API, without a slash at the end; None when no account is configured."""
        if self.base_url:
            return self.base_url
        return f"https://{self.subdomain}.zendesk.com" if self.subdomain else None

    @property
    def account_name(self) -> str:
        """The account's short name, unique within a tenant: the subdomain, or host and port of a local address; empty without one."""
        return (self.account_url or "").partition("://")[2].removesuffix(".zendesk.com")

    @property
    def is_local(self) -> bool:
        """Whether the account is a server on this machine, such as the simulator."""
        return self.account_url is not None and _is_local(self.account_url)

    @property
    def has_keys(self) -> bool:
        """Whether keys for secrets at rest are named; whether they can be used is another matter."""
        return bool(self.encryption_keys or self.encryption_keys_file or self.atom_oauth_encryption_key)

    @property
    def has_oauth_client(self) -> bool:
        return bool(self.client_id)

    def credentials_kind(self) -> CredentialsKind | None:
        """Return which credentials the service account uses, None when none are complete."""
        complete: dict[CredentialsKind, bool] = {
            "access_token": bool(self.access_token),
            "client_credentials": bool(self.client_id and self.client_secret),
            "api_token": bool(self.email and self.token),
        }
        wanted = [kind for kind, there in complete.items() if there and self.credentials in ("auto", kind)]
        return wanted[0] if wanted else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigReport:
    """What the host's validation hook answers. ``valid``: nothing set is wrong; ``configured``: enough is set to talk to Zendesk."""

    valid: bool
    configured: bool
    issues: tuple[str, ...]
    warnings: tuple[str, ...]
    has_oauth: bool

    def as_dict(self) -> dict[str, object]:
        return {"valid": self.valid, "configured": self.configured, "issues": list(self.issues),
                "warnings": list(self.warnings), "has_oauth": self.has_oauth}  # fmt: skip


def load_settings(config: Mapping[str, Any], environ: Mapping[str, str]) -> Settings:
    """Read every option from the host's configuration, then the environment. Never raises; see ``Settings.issues``."""
    issues: list[str] = []
    values: dict[str, object] = {}
    for row in OPTIONS:
        text = _find(row, config, environ)
        try:
            values[row.attribute] = _convert(row, text if text is not None else row.default)
        except ValueError as error:
            issues.append(f"{row.name}: {error}")
            values[row.attribute] = _convert(row, row.default)
    return Settings(**values, issues=tuple(issues))  # type: ignore[arg-type]  # one attribute per row, proven by a test


def validate(settings: Settings, today: date) -> ConfigReport:
    """Say what is wrong, what is missing and what will stop working, each with the cure. ``today`` is a UTC date."""
    kind = settings.credentials_kind()
    configured = settings.account_url is not None and (kind is not None or settings.has_oauth_client)
    return ConfigReport(
        valid=not settings.issues,
        configured=configured,
        issues=(*settings.issues, *_missing(settings, kind)),
        warnings=tuple(_warnings(settings, kind, today)),
        has_oauth=settings.has_oauth_client,
    )


_NO_KEYS = (
    "ZENDESK_ENCRYPTION_KEYS: not set; people cannot connect until there is a key, made by `atom-zendesk keys generate`"
)


def _is_local(url: str) -> bool:
    return (urlsplit(url).hostname or "") in LOOPBACK


def _missing(settings: Settings, kind: CredentialsKind | None) -> Iterable[str]:
    if settings.account_url is None:
        yield "ZENDESK_SUBDOMAIN: not set; give the part of your Zendesk address before .zendesk.com"
    if kind is None and settings.credentials == "auto" and settings.has_oauth_client and not settings.has_keys:
        yield f"{_NO_KEYS}, and there is no service account either"
    elif kind is None and settings.credentials == "auto" and not settings.has_oauth_client:
        yield (
            "ZENDESK_CLIENT_ID and ZENDESK_CLIENT_SECRET: not set; make a confidential OAuth client in Zendesk's Admin Center "
            "(or set ZENDESK_ACCESS_TOKEN)"
        )
    elif kind is None and settings.credentials != "auto":
        yield f"ZENDESK_CREDENTIALS: {settings.credentials} is chosen, but its settings are incomplete"
    if settings.identity == "jwt" and not settings.jwt_secret:
        yield "JWT_SECRET: not set; ZENDESK_IDENTITY is jwt, which needs ATOM's key to check user tokens"


def _warnings(settings: Settings, kind: CredentialsKind | None, today: date) -> Iterable[str]:
    if kind == "api_token":
        left = (API_TOKENS_END - today).days
        when = f"in {left} days" if left > 0 else "already"
        yield (
            f"Zendesk API tokens stop working on {API_TOKENS_END.isoformat()} ({when}): make a confidential OAuth client in "
            "Zendesk's Admin Center and set ZENDESK_CLIENT_ID and ZENDESK_CLIENT_SECRET"
        )
    if kind is not None and kind != "client_credentials" and settings.has_oauth_client and not settings.has_keys:
        yield _NO_KEYS
    if settings.encryption_keys and settings.encryption_keys_file:
        yield "ZENDESK_ENCRYPTION_KEYS and ZENDESK_ENCRYPTION_KEYS_FILE are both set: keep one of them, nobody can connect until then"
    if settings.has_oauth_client and settings.has_keys and _is_local(settings.redirect_uri) and not settings.is_local:
        yield (
            "ZENDESK_REDIRECT_URI is an address of this machine: people's browsers come back here only when they run on it; set the "
            "host's own https address, and register it with the OAuth client"
        )
    if "*" in settings.service_roles:
        yield "ZENDESK_SERVICE_ROLES is *: every signed-in ATOM user reads and changes the whole desk through the service account"
    if "read" not in settings.scopes and kind == "client_credentials":
        yield "ZENDESK_SCOPES lacks the broad read: search and filtered ticket lists will be refused by Zendesk"
    if settings.base_url and settings.base_url.startswith("http://"):
        yield "ZENDESK_BASE_URL is a plain-http address on this machine: for a simulator only"


def _find(row: Option, config: Mapping[str, Any], environ: Mapping[str, str]) -> str | None:
    for name in (row.name, *row.aliases):
        for source in (config, environ):
            value = source.get(name)
            if value is None:
                continue
            text = (
                " ".join(str(item) for item in value)
                if isinstance(value, list | tuple | set | frozenset)
                else str(value)
            )
            if text.strip():
                return text.strip()
    return None


def _convert(row: Option, text: str | None) -> object:
    if text is None:
        return None
    return _CONVERTERS.get(row.attribute, _BY_KIND[row.kind])(row, text)


def _text(_: Option, text: str) -> str:
    return text


def _subdomain(_: Option, text: str) -> str:
    lowered = text.lower()
    if not SUBDOMAIN.fullmatch(lowered):
        raise ValueError("only letters, digits and hyphens, as in acme for https://acme.zendesk.com")
    return lowered


def _words(_: Option, text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text.replace(",", " ").split()))


def _roles(row: Option, text: str) -> tuple[str, ...]:
    return _words(row, text.lower())


def _choice(row: Option, text: str) -> str:
    if text.lower() not in row.choices:
        raise ValueError(f"must be one of {', '.join(row.choices)}")
    return text.lower()


def _number(row: Option, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError("must be a number") from None
    if row.least is not None and row.most is not None and not row.least <= value <= row.most:
        raise ValueError(f"must be between {row.least:g} and {row.most:g}")
    return value


def _whole(row: Option, text: str) -> int:
    value = _number(row, text)
    if value != int(value):
        raise ValueError("must be a whole number")
    return int(value)


def _switch(_: Option, text: str) -> bool:
    lowered = text.lower()
    if lowered in ("1", "true", "yes", "on"):
        return True
    if lowered in ("0", "false", "no", "off"):
        return False
    raise ValueError("must be true or false")


def _account_url(_: Option, text: str) -> str:
    parts = urlsplit(text)
    host = (parts.hostname or "").lower()
    if parts.username or parts.password or parts.query or parts.fragment or parts.path not in ("", "/"):
        raise ValueError("must be scheme and host only, as in https://acme.zendesk.com")
    zendesk = host.endswith(".zendesk.com") and SUBDOMAIN.fullmatch(host.removesuffix(".zendesk.com")) is not None
    if zendesk and parts.scheme == "https" and parts.port in (None, 443):
        return f"https://{host}"
    if host in LOOPBACK and parts.scheme in ("http", "https"):
        shown = f"[{host}]" if ":" in host else host
        return f"{parts.scheme}://{shown}" + (f":{parts.port}" if parts.port else "")
    raise ValueError("only https://SUBDOMAIN.zendesk.com and loopback addresses are accepted")


def _redirect_uri(_: Option, text: str) -> str:
    """Keep the address exactly as it is written: Zendesk compares it as text with the registered ones."""
    try:
        parts = urlsplit(text)
        host, secure = parts.hostname or "", parts.scheme == "https"
        bad = parts.username is not None or parts.port == 0 or any(char <= " " or char in "\\\x7f#" for char in text)
    except ValueError:
        raise ValueError("is not an address") from None
    if bad or not host or not (secure or (parts.scheme == "http" and host in LOOPBACK)):
        raise ValueError("must be an absolute https address (http only on this machine), without user or #")
    return text


def _page(_: Option, text: str) -> str:
    local = text.startswith("/") and not text.startswith(("//", "/\\"))
    if any(char <= " " or char == "\x7f" for char in text) or not (local or urlsplit(text).scheme == "https"):
        raise ValueError("must be a path that begins with one slash, or an https address")
    return text


_BY_KIND: Mapping[str, Callable[[Option, str], object]] = {
    "text": _text, "words": _words, "choice": _choice, "number": _number, "switch": _switch, "url": _account_url,
}  # fmt: skip
_CONVERTERS: Mapping[str, Callable[[Option, str], object]] = {
    "subdomain": _subdomain, "token_ttl": _whole, "refresh_ttl": _whole, "max_attempts": _whole, "bulk_jobs": _whole,
    "write_log_days": _whole, "jwt_secret": _text, "service_roles": _roles, "redirect_uri": _redirect_uri, "after_connect": _page,
}  # fmt: skip
