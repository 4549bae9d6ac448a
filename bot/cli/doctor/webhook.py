"""Check that the running service refuses unsigned requests, where Slack calls it over HTTP."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException

from bot.chat.slack.manifest import PATH
from bot.rules.delivery.findings import Finding, fault, look, ok
from bot.server.http.listener import BIND

NAME = "unsigned request"
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104 - asked for here, not listened at


def unsigned(environ: Mapping[str, str], seconds: float) -> Finding:
    """Send a request without a signature: it must be answered with 401."""
    at = environ.get("BOT_BIND") or BIND
    host, _, port = at.rpartition(":")
    status = _status(f"http://{_EVERYWHERE.get(host, host)}:{port}{PATH}", seconds)
    if status is None:
        return look(NAME, f"not running at {at}, so it was not asked", "Start serve, and run doctor again")
    if status == 401:
        return ok(NAME, "was answered with 401")
    do = "Take the service off the network until it answers 401: see BOT_BIND, and what else may listen there"
    return fault(NAME, f"was answered with {status} at {at}{PATH}", do)


def _status(url: str, seconds: float) -> int | None:
    """Return the HTTP status, or None without an answer."""
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, b"{}", headers, method="POST")  # noqa: S310 - our own address
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=seconds) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as said:
        said.close()
        return said.code
    except (OSError, HTTPException, ValueError):
        return None
