"""Logging: one chain for our lines and the libraries', whose last processor masks personal data.

An exception's message is left out altogether, since it may quote anything: its type and its places are logged.
"""

from __future__ import annotations

import logging
import secrets
import threading
import traceback
from collections.abc import Mapping, MutableMapping
from functools import lru_cache
from pathlib import Path
from typing import Any, TextIO

from bot.logs.redaction import Redaction

LOGGER = "bot"
#: So many causes of an exception are logged, each with so many places.
_MOST_CAUSES, _MOST_PLACES = 5, 12


def configure(stream: TextIO, *, json: bool, prefix: str | None = None) -> None:
    """Send every log line of this process through the chain to `stream`; a second call replaces the first.

    `prefix` is the beginning of children's references; without it, anything that looks like a reference is masked.
    """
    root = logging.getLogger()
    for old in [h for h in root.handlers if isinstance(h.formatter, RedactingFormatter)]:
        root.removeHandler(old)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(RedactingFormatter(json, Redaction(prefix)))
    root.addHandler(handler)
    logging.getLogger(LOGGER).setLevel(logging.INFO)
    logging.raiseExceptions = False  # a line that cannot be written would be printed with all its values
    threading.excepthook = _thread_failed


class RedactingFormatter(logging.Formatter):
    """Build the chain at the first line: most verbs write none, and structlog is slow to import."""

    def __init__(self, json: bool, redaction: Redaction) -> None:
        super().__init__()
        self._json = json
        self._redaction = redaction

    def format(self, record: logging.LogRecord) -> str:
        return _chain(self._json, self._redaction).format(record)


@lru_cache(maxsize=4)
def _chain(json: bool, redaction: Redaction) -> logging.Formatter:
    from structlog import processors, stdlib

    def redact(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        return redaction.of_event(event)

    writes: Any = (
        processors.JSONRenderer(ensure_ascii=True)
        if json
        else processors.KeyValueRenderer(key_order=["timestamp", "level", "event"], drop_missing=True)
    )
    before: list[Any] = [stdlib.add_log_level, stdlib.add_logger_name, processors.TimeStamper("iso", utc=True), _places]
    return stdlib.ProcessorFormatter(
        foreign_pre_chain=before,
        processors=[stdlib.ProcessorFormatter.remove_processors_meta, redact, writes],
    )


def log(event: str, **facts: Any) -> None:
    """Log an event, and facts without a person in them."""
    _structlog().info(event, **facts)


def unexpected(fault: BaseException) -> str:
    """Log a mistake of the program under a short code; return the sentence for the person who met it."""
    code = secrets.token_hex(4)
    _structlog().error("unexpected", code=code, exc_info=fault)
    return (
        f"Something went wrong (code {code}). Nothing was answered or, if this was a load, changed. "
        "Give the code to whoever looks after the bot: its log has the place."
    )


def _structlog() -> Any:
    import structlog
    from structlog import processors, stdlib

    structlog.configure(
        processors=[
            stdlib.add_log_level,
            stdlib.add_logger_name,
            processors.TimeStamper("iso", utc=True),
            _places,
            stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=stdlib.BoundLogger,
        logger_factory=stdlib.LoggerFactory(),
    )
    return structlog.get_logger(LOGGER)


def _places(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace an exception by its types and places, the innermost first; no message, no source line, no value."""
    event.pop("stack_info", None)
    event.pop("stack", None)
    given = event.pop("exc_info", None)
    fault = given[1] if isinstance(given, tuple) else given
    chain: list[str] = []
    while isinstance(fault, BaseException) and len(chain) < _MOST_CAUSES:
        places = [
            f"{'/'.join(Path(frame.filename).parts[-2:])}:{frame.lineno} in {frame.name}"
            for frame in reversed(traceback.extract_tb(fault.__traceback__)[-_MOST_PLACES:])
        ]
        chain.append(f"{type(fault).__name__} at {' < '.join(places) or 'no place'}")
        fault = fault.__cause__ or (None if fault.__suppress_context__ else fault.__context__)
    if chain:
        event["exception"] = "; caused by ".join(chain)
    return event


def _thread_failed(given: threading.ExceptHookArgs) -> None:
    if given.exc_value is not None:
        unexpected(given.exc_value)
