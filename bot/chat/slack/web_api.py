"""Slack's Web API. No call is retried by itself: a retry of a post would double it."""

from __future__ import annotations

import http.client
import logging
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.chat.platform_time import PlatformTime
from bot.chat.slack.credentials import LOOPBACK

#: Slack's codes for a call of which Slack itself does not know whether it was carried out.
_UNKNOWN = frozenset({"fatal_error", "internal_error", "request_timeout", "service_unavailable"})
#: No answer of Slack's own: half of one, or one of a proxy. The call may have been carried out.
_NO_WORD = "no_answer"
#: The wait where Slack asks to come back later and does not say when.
LATER_SECONDS = 30.0
#: Most pages of one list: enough for any channel this bot may post to.
_MOST_PAGES = 20
TIMEOUT_SECONDS: Final = 10
#: The doctor keeps a wait of this length once.
PATIENCE_SECONDS: Final = 60.0
_WORD = re.compile("[a-z0-9_.]{1,60}", re.ASCII)
_SCOPES = re.compile("[a-z_.:,]{1,48}", re.ASCII)


class Failed(Exception):
    """A failed call. `code` is Slack's own word, or the name of the connection's fault.

    `later` is the seconds until the next try (429); `known` is False where the call may have been carried out. `needed`
    are the scopes of which the app lacks one, as Slack names them.
    """

    def __init__(self, code: str, *, later: float | None = None, known: bool = True, needed: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.needed = needed
        self.later = later
        self.known = known

    @property
    def passes(self) -> bool:
        """True if another try may succeed: Slack was busy, or did not answer."""
        return self.later is not None or not self.known

    @property
    def answered(self) -> bool:
        """True if Slack answered no; False where it could not be reached, or not in time."""
        return self.later is not None or self.known

    @property
    def word(self) -> str:
        """The code for a report; "no_sense" where it is not like a word of Slack's."""
        return self.code if _WORD.fullmatch(self.code) else "no_sense"

    @property
    def reason(self) -> str:
        """The code with the scopes that are needed, for administrators."""
        return f"{self.code}: {self.needed}" if self.needed else self.code


class ApiResponse(dict[str, Any]):
    """An answer of Slack, its headers in lower case, and our times before and after the call."""

    headers: Mapping[str, str]
    between: tuple[datetime, datetime]


@dataclass(frozen=True)
class Api:
    """One token's calls to Slack; the token is in no representation of it.

    `patience` is the longest wait in seconds that a rate-limited read keeps, once. Writes are never retried.
    """

    token: str = field(repr=False)
    url: str = "https://slack.com/api/"
    timeout: float = 10.0
    patience: float = 0.0
    own_time: PlatformTime = field(default_factory=PlatformTime, repr=False, compare=False)

    def call(self, method: str, given: Mapping[str, Any]) -> ApiResponse:
        """Return the answer of a write; raise Failed. Parameters that are None are left out."""
        return self._ask(method, json=_given(given))

    def read(self, method: str, given: Mapping[str, Any]) -> ApiResponse:
        """Return the answer of a read; raise Failed. Those methods take forms, and no JSON."""
        form = {n: int(value) if isinstance(value, bool) else value for n, value in _given(given).items()}
        try:
            return self._ask(method, data=form)
        except Failed as fault:
            if fault.later is None or fault.later > self.patience:
                raise
            time.sleep(fault.later)
        return self._ask(method, data=form)

    def _ask(self, method: str, **how: Any) -> ApiResponse:
        before = datetime.now(UTC)
        try:
            # A client of its own for each call: it keeps no connection, and is not made for several threads.
            timeout: Any = self.timeout  # the library says int, and hands it to a socket, which takes parts of a second
            client = WebClient(self.token, self.url, timeout, retry_handlers=[], logger=quiet())
            if urlsplit(self.url).hostname in LOOPBACK:
                client.proxy = None  # nothing stands between
            answer = client.api_call(method, **how)
        except SlackApiError as fault:
            raise _refused(fault.response) from None
        except (SlackClientError, OSError, http.client.HTTPException, ValueError) as fault:
            # Cut off, too late, or half an answer: it may have been done.
            raise Failed(type(fault).__name__, known=False) from None
        data: Any = answer.data
        found = ApiResponse(data if isinstance(data, dict) else {})
        found.headers = {name.lower(): str(value) for name, value in answer.headers.items()}
        found.between = (before, datetime.now(UTC))
        self.own_time.hear(self.url, found.headers.get("date"))
        return found

    def pages(self, method: str, given: Mapping[str, Any], most: int = _MOST_PAGES) -> Iterator[dict[str, Any]]:
        """Yield the pages of a list; raise Failed beyond `most`, so that no list is cut."""
        cursor = None
        for _ in range(most):
            page = self.read(method, {**given, "cursor": cursor})
            yield page
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or None
            if cursor is None:
                return
        raise Failed("too_many_pages")


@lru_cache
def quiet() -> logging.Logger:
    """Return a silent logger: Slack's library quotes what it sent and got, our own lines no more than a code."""
    logger = logging.getLogger("slack_sdk.missing")
    logger.setLevel(logging.CRITICAL)
    return logger


def _given(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}


def _refused(response: Any) -> Failed:
    """Return the failure that Slack's answer tells of, and no more of an answer that may quote what was sent."""
    data = getattr(response, "data", None)
    word = data.get("error") if isinstance(data, dict) else None
    code = word if isinstance(word, str) and word.replace("_", "").isalnum() else _NO_WORD
    status = int(getattr(response, "status_code", 0) or 0)
    if status != 429 and code not in ("ratelimited", "rate_limited"):
        needed = data.get("needed") if isinstance(data, dict) else None
        scopes = needed if isinstance(needed, str) and _SCOPES.fullmatch(needed) else ""
        return Failed(code, known=code != _NO_WORD and code not in _UNKNOWN, needed=scopes)
    headers: Mapping[str, Any] = getattr(response, "headers", {})
    found = next((v for name, v in headers.items() if name.lower() == "retry-after"), None)
    text = found[0] if isinstance(found, list) and found else found
    try:
        return Failed("ratelimited", later=max(1.0, float(str(text))))
    except ValueError:
        return Failed("ratelimited", later=LATER_SECONDS)
