"""Which Zendesk account is talked to, and that its address can be nothing else than one.

The check is made here as well as where settings are read: whatever builds an account, credentials only ever go to
``https://SUBDOMAIN.zendesk.com`` or to this machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from atom_zendesk_plugin.config import LOOPBACK, SUBDOMAIN
from atom_zendesk_plugin.errors import ConfigError

_DEFAULT_PORTS = {"https": 443, "http": 80}
Origin = tuple[str, str, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """``key`` names the account in pacing and logs (for example ``default/acme``); ``base_url`` has no slash at the end.

    Raises ConfigError for any address but https on zendesk.com and loopback.
    """

    key: str
    base_url: str

    def __post_init__(self) -> None:
        if not self.key:
            raise ConfigError("an account needs a key: give tenant and subdomain, as in default/acme")
        if not _is_account_url(self.base_url):
            raise ConfigError(
                "the account's address is not usable: only https://SUBDOMAIN.zendesk.com and addresses of this machine are, "
                "without path, user or query"
            )

    @property
    def is_local(self) -> bool:
        """Tell whether the account is a server on this machine, such as the simulator."""
        return (urlsplit(self.base_url).hostname or "") in LOOPBACK

    def owns(self, url: str) -> bool:
        """Tell whether an absolute address has this account's scheme, host and port."""
        found = origin(url)
        return found is not None and found == origin(self.base_url)


def origin(url: str) -> Origin | None:
    """Return scheme, host and port (default ports spelled out); None for anything that could be read in two ways."""
    parts = _split(url)
    if parts is None or parts.scheme not in _DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
        return None
    try:
        port = parts.port
    except ValueError:
        return None
    return parts.scheme, parts.hostname, port or _DEFAULT_PORTS[parts.scheme]


def _split(url: str) -> SplitResult | None:
    # urlsplit drops tabs and newlines and keeps backslashes; other readers do not, so both are refused.
    if any(char <= " " or char == "\\" or char == "\x7f" for char in url):
        return None
    try:
        return urlsplit(url)
    except ValueError:
        return None


def _is_account_url(url: str) -> bool:
    parts, found = _split(url), origin(url)
    if parts is None or found is None or parts.path or parts.query or parts.fragment or url.endswith(("?", "#")):
        return False
    scheme, host, port = found
    if host in LOOPBACK:
        return True
    name = host.removesuffix(".zendesk.com")
    return name != host and SUBDOMAIN.fullmatch(name) is not None and scheme == "https" and port == 443
