"""Which of Alembic's log lines are kept out of the host's log: those that our own thread causes, and nobody else's."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

ALEMBIC_LOGGERS = ("alembic.runtime.migration", "alembic.runtime.plugins", "alembic.ddl.impl", "alembic.ddl.postgresql")


@contextmanager
def quiet() -> Iterator[None]:
    """Drop what Alembic logs on this thread meanwhile; errors reach us as exceptions, and the log's levels are not ours to change."""
    here = threading.get_ident()
    loggers = [logging.getLogger(name) for name in ALEMBIC_LOGGERS]

    def from_elsewhere(record: logging.LogRecord) -> bool:
        return record.thread != here

    for logger in loggers:
        logger.addFilter(from_elsewhere)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(from_elsewhere)
