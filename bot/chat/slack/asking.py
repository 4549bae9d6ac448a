"""Slack asked once, and its answer or its refusal: for looking at an installation, never for posting."""

from __future__ import annotations

import logging
import re
import time
from datetime import UTC, datetime
from http.client import HTTPException
from typing import Any, Final

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.chat.slack.connection import Connection

TIMEOUT_SECONDS: Final = 10
#: So long a wait that Slack asks for is kept, once.
PATIENCE_SECONDS: Final = 60.0


class Refused(Exception):
    """Slack answered no: `code` is its own word, or "no_sense" for an answer that is none."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NoAnswer(Exception):
    """Slack could not be reached, or not in time."""


class Answer(dict[str, Any]):
    """What Slack said; the headers by small letters, and between which moments of ours it was said."""

    headers: dict[str, str]
    between: tuple[datetime, datetime]


class Asking:
    """One token's view of Slack. Nothing is tried again, but a wait that Slack asks for is kept once."""

    def __init__(self, to: Connection, token: str, seconds: float = TIMEOUT_SECONDS) -> None:
        quiet = logging.Logger("slack", logging.CRITICAL)  # what went wrong is said by us, without a body or a token
        # The SDK says int and hands it on to a socket, which takes parts of a second too.
        timeout: Any = seconds
        self._client = WebClient(token, to.api_url, timeout, logger=quiet, retry_handlers=[])
        if to.is_here:
            self._client.proxy = None

    def ask(self, method: str, **given: Any) -> Answer:
        """Slack's answer; Refused or NoAnswer."""
        try:
            return self._once(method, given)
        except _Busy as busy:
            time.sleep(busy.seconds)
        try:
            return self._once(method, given)
        except _Busy:
            raise Refused("ratelimited") from None

    def _once(self, method: str, given: dict[str, Any]) -> Answer:
        before = datetime.now(UTC)
        try:
            said: Any = self._client.api_call(method, params=given)
        except SlackApiError as fault:
            raise _refusal(fault.response) from None
        except (OSError, HTTPException, SlackClientError, ValueError):
            raise NoAnswer from None  # its words may hold an address with a ticket
        answer = Answer(said.data)
        answer.headers = {name.lower(): value for name, value in said.headers.items()}
        answer.between = (before, datetime.now(UTC))
        return answer


class _Busy(Exception):
    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def _refusal(said: Any) -> Exception:
    wait = {name.lower(): value for name, value in said.headers.items()}.get("retry-after", "")
    if said.status_code == 429 and str(wait).isdecimal() and float(wait) <= PATIENCE_SECONDS:
        return _Busy(float(wait))
    code = said.data.get("error") if isinstance(said.data, dict) else None
    return Refused(code if isinstance(code, str) and re.fullmatch("[a-z0-9_.]{1,60}", code) else "no_sense")
