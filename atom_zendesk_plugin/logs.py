"""How the package writes its log: an event name plus fields, to Loguru when the host has it, else to the standard library.

The package never configures logging; handlers and levels are the host's. Fields pass the redaction of ``redact.py``; ids may be
logged, bodies, secrets and personal data may not.
"""

from __future__ import annotations

import logging
import sys
from typing import Literal

from atom_zendesk_plugin.redact import redact, redact_text

Level = Literal["debug", "info", "warning", "error"]


def event(name: str, level: Level = "info", *, error: BaseException | None = None, **fields: object) -> None:
    """Log one event, for example ``event("zendesk.retry", "warning", endpoint="/api/v2/tickets", wait=1.5)``.

    ``error`` adds the exception's class and redacted text, not its traceback (local values may be secrets).
    """
    if error is not None:
        fields["error"] = f"{type(error).__name__}: {redact_text(str(error))}"
    shown = redact(fields)
    assert isinstance(shown, dict)
    line = " ".join([name, *(f"{key}={value!r}" for key, value in shown.items())])
    loguru = sys.modules.get("loguru")
    if loguru is not None and hasattr(loguru, "logger"):
        loguru.logger.bind(event=name, **shown).opt(depth=1).log(level.upper(), "{}", line)
    else:
        logging.getLogger("atom_zendesk_plugin").log(logging.getLevelNamesMapping()[level.upper()], "%s", line)
