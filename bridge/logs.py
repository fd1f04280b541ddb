"""Logging: one JSON line per event on standard error, without secrets and without what people wrote."""

from __future__ import annotations

import contextlib
import logging
import re
import sys
from collections.abc import Iterator

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_SECRET_KEYS = frozenset(
    {"access_token", "password", "token", "pickle_key", "secret", "authorization", "body", "text"}
)
_TOKEN = re.compile(r"(syt_[A-Za-z0-9_]+|Bearer\s+\S+|access_token=[^&\s]+)")


def redact(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Leave out what must never be in a log: tokens, passwords, the words of messages."""
    for key, value in event.items():
        if key in _SECRET_KEYS:
            event[key] = "[redacted]"
        elif isinstance(value, str):
            event[key] = _TOKEN.sub("[redacted]", value)
    return event


def _for_people() -> Processor:
    """Lines for a terminal. Left to itself the renderer shows the local variables of a traceback: tokens, words."""
    return structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """For a command whose output is read by people or programs: only warnings are logged, beside it on stderr."""
    before = structlog.get_config()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            redact,
            _for_people(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    try:
        yield
    finally:
        structlog.configure(**before)


def set_up(level: str = "INFO", *, people: bool = False) -> None:
    """Log from here on. ``people`` writes lines for a terminal instead of JSON."""
    number = logging.getLevelNamesMapping()[level]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    renderer: Processor = _for_people() if people else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    # Foreign loggers know nothing of our redaction: only their warnings, and of nio (which logs answers) errors.
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    logging.getLogger("nio").setLevel(logging.ERROR)
