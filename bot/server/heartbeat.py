"""The heartbeat (dead man's switch): ping an outside address twice a minute while all is well.

When it is not, or this process is gone, the silence raises the alarm there. The request carries no data.
"""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from http.client import HTTPException, HTTPMessage
from typing import IO
from urllib.parse import urlsplit

from bot.logs.setup import log, unexpected

TIMEOUT_SECONDS = 5.0
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class HeartbeatUnusable(ValueError):
    """An address that cannot be pinged; the text leaves the address out, for it is as good as a password."""


def checked(url: str) -> str:
    """Return the address if it is https or this machine, without a user or password; else HeartbeatUnusable."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise HeartbeatUnusable("BOT_HEARTBEAT_URL is not an address") from None
    fits = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
    if not host or not fits or parts.username or parts.password or not url.isascii() or not url.isprintable():
        raise HeartbeatUnusable("BOT_HEARTBEAT_URL must begin with https:// and hold no user or password")
    return url


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follow no redirect: only the configured address is asked for."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


def ping(url: str, seconds: float = TIMEOUT_SECONDS) -> bool:
    """Return True where the address answered with 2xx. Never raises, follows no redirect, reads at most 1 kB."""
    inside = [urllib.request.ProxyHandler({})] if urlsplit(url).hostname in LOOPBACK else []
    opener = urllib.request.build_opener(_NoRedirect, *inside)
    request = urllib.request.Request(url, headers={"User-Agent": "missing-children-bot"})  # noqa: S310 - see checked
    try:
        with opener.open(request, timeout=seconds) as answer:
            answer.read(1024)
            return 200 <= int(answer.status) < 300
    except (OSError, HTTPException, urllib.error.URLError, ValueError):  # its text may hold the address
        return False


class Heartbeat:
    """Ping from a thread of its own: neither waits for the other, ping or tick."""

    def __init__(
        self,
        url: str,
        all_well: Callable[[datetime], bool],
        pinged: Callable[[str], None] = lambda outcome: None,
        every: float = 30.0,
    ) -> None:
        self._url, self._all_well, self._pinged, self._every = checked(url), all_well, pinged, every
        self._over = threading.Event()
        self._got_through = True
        self._thread: threading.Thread | None = None

    @property
    def lives(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Start the thread, or another where it has died."""
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()

    def _run(self) -> None:
        while not self._over.wait(self._every):
            try:
                self.beat(datetime.now(UTC))
            except Exception as fault:  # unknown is not well: no ping
                unexpected(fault)

    def beat(self, now: datetime) -> None:
        """Ping if all is well. A failed ping is logged once, until one gets through."""
        if not self._all_well(now):
            return
        done = ping(self._url)
        self._pinged("ok" if done else "failed")
        if done != self._got_through:
            log("heartbeat got through again" if done else "heartbeat did not get through")
        self._got_through = done
