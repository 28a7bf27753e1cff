"""Who is asking: the one value that carries identity through the package."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """An ATOM user as the host vouches for them; never built from a request parameter.

    ``roles`` are the host's role names in lower case. ``email`` is None when the host knows none, and only
    ``email_verified`` makes it usable for matching people. ``via`` says how the identity arrived: a ``cookie`` rides along
    on requests that other sites cause, so writes identified by one need a same-origin check; a ``bearer`` header does not;
    ``internal`` is code of the host itself, without a request.
    """

    user_id: str
    tenant_id: str = "default"
    roles: frozenset[str] = frozenset()
    email: str | None = None
    email_verified: bool = False
    via: Literal["cookie", "bearer", "internal"] = "cookie"

    def __post_init__(self) -> None:
        if not self.user_id:
            raise ValueError("a caller needs a non-empty user_id: answer None from the resolver instead")
