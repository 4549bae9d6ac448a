"""Slack asked once, and its answer or its refusal: for looking at an installation, never for posting."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from bot.chat.slack.credentials import Connection
from bot.chat.slack.web import Api, Failed

TIMEOUT_SECONDS: Final = 10
#: So long a wait that Slack asks for is kept, once.
PATIENCE_SECONDS: Final = 60.0
_WORD = re.compile("[a-z0-9_.]{1,60}", re.ASCII)


class Refused(Exception):
    """Slack answered no: `code` is its own word, or "no_sense" for an answer that is none."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NoAnswer(Exception):
    """Slack could not be reached, or not in time."""


class Answer(dict[str, Any]):
    """What Slack said; the headers by small letters, and between which moments of ours it was said."""

    headers: Mapping[str, str]
    between: tuple[datetime, datetime]


class Asking:
    """One token's view of Slack. Nothing is tried again, but a wait that Slack asks for is kept once."""

    def __init__(self, to: Connection, token: str, seconds: float = TIMEOUT_SECONDS) -> None:
        self._api = Api(token, to.api_url, seconds)

    def ask(self, method: str, **given: Any) -> Answer:
        """Slack's answer; Refused or NoAnswer."""
        try:
            return self._once(method, given)
        except Failed as fault:
            if fault.later is None or fault.later > PATIENCE_SECONDS:
                raise _other(fault) from None
            time.sleep(fault.later)
        try:
            return self._once(method, given)
        except Failed as fault:
            raise _other(fault) from None

    def pages(self, method: str, **given: Any) -> Iterator[Answer]:
        """Page after page of a list; Refused or NoAnswer."""
        cursor = None
        while True:
            page = self.ask(method, **given, **({"cursor": cursor} if cursor else {}))
            yield page
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return

    def _once(self, method: str, given: dict[str, Any]) -> Answer:
        before = datetime.now(UTC)
        said, headers = self._api.with_headers(method, given)
        answer = Answer(said)
        answer.headers = headers
        answer.between = (before, datetime.now(UTC))
        return answer


def _other(fault: Failed) -> Exception:
    if fault.later is None and not fault.known:
        return NoAnswer()
    return Refused(fault.code if _WORD.fullmatch(fault.code) else "no_sense")
