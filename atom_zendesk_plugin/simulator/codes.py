"""Authorization codes: proof that a person agreed, good for two minutes of the desk's time and for one exchange."""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from atom_zendesk_plugin.clock import Clock
from atom_zendesk_plugin.simulator.authorizing import AuthorizationRequest

LIFE: Final = timedelta(seconds=120)

_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """What a person agreed to."""

    value: str = field(repr=False)
    request: AuthorizationRequest
    user_id: int
    expires_at: datetime


class CodeStore:
    """The codes that were not exchanged yet. Used under the desk's lock."""

    def __init__(self, *, clock: Clock, seed: int = 1) -> None:
        self._clock = clock
        self._random = random.Random(f"{seed}:codes")
        self._codes: dict[str, Code] = {}

    def issue(self, request: AuthorizationRequest, *, user_id: int) -> Code:
        now = self._clock.now()
        self._codes = {value: kept for value, kept in self._codes.items() if now < kept.expires_at}
        value = self._random.randbytes(32).hex()
        code = Code(value=value, request=request, user_id=user_id, expires_at=now + LIFE)
        self._codes[value] = code
        return code

    def find(self, value: str) -> Code | None:
        """Return a code that can be exchanged, and leave it so: a refused attempt does not use it up."""
        code = self._codes.get(value)
        return code if code is not None and self._clock.now() < code.expires_at else None

    def spend(self, code: Code) -> None:
        """Use a code up. Raises KeyError for one that was."""
        del self._codes[code.value]


def proves(verifier: str, *, challenge: str) -> bool:
    """Tell whether a PKCE verifier belongs to an S256 challenge."""
    digest = hashlib.sha256(verifier.encode(errors="replace")).digest()
    ours = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return _VERIFIER.fullmatch(verifier) is not None and hmac.compare_digest(ours, challenge)
