"""What tokens are asked with: the OAuth client, and the terms that hold for every token."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthClient:
    """The client made in Zendesk's Admin Center. ``id`` is its unique identifier; without a ``secret`` it is a public one."""

    id: str
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is asked for with every token: ``scopes``, both lives in seconds, and whether the request is JSON or a form."""

    scopes: tuple[str, ...]
    access_life: int
    refresh_life: int
    as_json: bool = True
