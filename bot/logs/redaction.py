"""Mask personal data and secrets in logs: children, people, dates of birth, addresses, secrets, reasons."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.rules.text.area_names import ALPHABET
from bot.rules.text.secret_patterns import PASSWORD, TOKEN

#: Characters: longer values are cut to READ before the patterns, and to SHOWN after them.
READ, SHOWN = 4000, 1000
_TORN = 600
_DEPTH = 6

_DATE = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d[-/.]?[01]\d[-/.]?[0-3]\d|[0-3]?\d[-/. ][01]?\d[-/. ](?:19|20)?\d\d)(?!\d)", re.ASCII
)
_BORN = re.compile(r"birth|born|\bdob\b|_dob|dob_", re.ASCII | re.IGNORECASE)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")

#: In this order: the wider pattern first. Each takes linear time, which a test proves with doubled input.
PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("reason", re.compile("\\bbecause\\s{0,5}[\"'\u201c\u201d\u2018\u2019\xab].*", re.IGNORECASE | re.DOTALL)),
    ("secret", TOKEN),
    ("password", PASSWORD),
    ("secret", re.compile(r"(?<![A-Za-z0-9])[A-Fa-f0-9]{40,}(?![A-Za-z0-9])", re.ASCII)),
    (
        "secret",
        re.compile(r"\b(?:password|passwd|pwd|secret|token|api_?key)\b[\"']?\s{0,3}[=:]\s{0,3}\S{1,200}", re.I | re.A),
    ),
    ("address", re.compile(r"(?<![\w.%+'-])[\w.%+'-]{1,64}@[\w.-]{1,255}")),
    ("NHS number", re.compile(r"(?<!\d)\d{3}[ -]?\d{3}[ -]?\d{4}(?!\d)", re.ASCII)),
    ("UPN", re.compile(r"(?<![A-Za-z0-9])[A-Z]\d{11}[0-9A-Z](?![A-Za-z0-9])", re.ASCII | re.IGNORECASE)),
    ("telephone", re.compile(r"(?<!\d)(?:\+|00)\d{1,3}(?:[ ().-]{0,3}\d){8,12}(?!\d)", re.ASCII)),
    ("telephone", re.compile(r"(?<!\d)\(?0(?:[ ().-]{0,3}\d){9,10}(?!\d)", re.ASCII)),
    ("postcode", re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?[ +]?\d[A-Z]{2}\b", re.ASCII | re.IGNORECASE)),
)


class Redaction:
    """Mask values; the mask names the kind of value it replaces."""

    def __init__(self, prefix: str | None = None) -> None:
        letters = re.escape(prefix) if prefix else "[A-Z]{2,4}"
        reference = rf"(?<![A-Za-z0-9]){letters}[-\u2010-\u2015\u2212][{ALPHABET}]{{3,8}}(?![A-Za-z0-9])"
        self.patterns = (*PATTERNS, ("child", re.compile(reference, re.IGNORECASE)))

    def of_event(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Mask a log line, names of values too; only the time and level are kept as they are."""
        ours = {key: event[key] for key in ("timestamp", "level") if key in event}
        return ours | {self.of_text(str(key)): self.of(v, str(key)) for key, v in event.items() if key not in ours}

    def of(self, value: Any, name: str = "", depth: int = 0) -> Any:
        """Mask a value of any type, with its name."""
        if _BORN.search(name):
            return "[date of birth]"
        if value is None or isinstance(value, bool):
            return value
        if depth > _DEPTH or isinstance(value, bytes | bytearray | memoryview):
            return f"[{type(value).__name__}]"
        if isinstance(value, Mapping):
            return {self.of_text(str(k)): self.of(v, str(k), depth + 1) for k, v in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.of(v, "", depth + 1) for v in value]
        text = str(value)
        masked = self.of_text(text)
        return value if isinstance(value, int | float) and masked == text else masked

    def of_text(self, text: str) -> str:
        """Return a text masked, cut, and on one line."""
        masked, shown = text[:READ], SHOWN
        if _BORN.search(masked):
            masked = _DATE.sub("[date]", masked)
        for kind, pattern in self.patterns:
            masked = pattern.sub(f"[{kind}]", masked)
        if len(text) > READ:  # a value that the cut tore may not be recognised
            shown = min(SHOWN, max(0, len(masked) - _TORN))
        cut = masked[:shown] + f"[{len(text)} characters]" if len(text) > shown else masked
        return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), cut)
