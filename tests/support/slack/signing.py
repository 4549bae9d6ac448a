"""Signatures of Slack, and forged ones."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping

SECRET = "not-a-signing-secret"
TIMESTAMP, SIGNATURE = "X-Slack-Request-Timestamp", "X-Slack-Signature"
Headers = dict[str, str]


def signature(body: str, at: int | str, secret: str = SECRET) -> str:
    """Return a v0 signature: the secret's HMAC of the time and the body."""
    return "v0=" + hmac.new(secret.encode(), f"v0:{at}:{body}".encode(), hashlib.sha256).hexdigest()


def signed(body: str, at: float, content_type: str, secret: str = SECRET) -> Headers:
    """Return the headers of an honest request."""
    return {"Content-Type": content_type, TIMESTAMP: str(int(at)), SIGNATURE: signature(body, int(at), secret)}


def _with(headers: Mapping[str, str], **changes: str | None) -> Headers:
    changed = {**headers, **{name: value for name, value in changes.items() if value is not None}}
    return {name: value for name, value in changed.items() if changes.get(name, "") is not None}


def _forged(body: str, at: float, content_type: str) -> Headers:
    return signed(body, at, content_type, secret="another-secret")


def _stale(body: str, at: float, content_type: str) -> Headers:
    return signed(body, at - 310, content_type)


def _from_the_future(body: str, at: float, content_type: str) -> Headers:
    return signed(body, at + 310, content_type)


def _of_another_body(body: str, at: float, content_type: str) -> Headers:
    return signed(body + " ", at, content_type)


def _of_another_time(body: str, at: float, content_type: str) -> Headers:
    return _with(signed(body, at, content_type), **{TIMESTAMP: str(int(at) - 1)})


def _truncated(body: str, at: float, content_type: str) -> Headers:
    honest = signed(body, at, content_type)
    return _with(honest, **{SIGNATURE: honest[SIGNATURE][:-1]})


def _altered(body: str, at: float, content_type: str) -> Headers:
    honest = signed(body, at, content_type)
    last = "0" if honest[SIGNATURE][-1] != "0" else "1"
    return _with(honest, **{SIGNATURE: honest[SIGNATURE][:-1] + last})


def _of_another_version(body: str, at: float, content_type: str) -> Headers:
    honest = signed(body, at, content_type)
    return _with(honest, **{SIGNATURE: "v1" + honest[SIGNATURE][2:]})


def _without_signature(body: str, at: float, content_type: str) -> Headers:
    return _with(signed(body, at, content_type), **{SIGNATURE: None})


def _without_time(body: str, at: float, content_type: str) -> Headers:
    return _with(signed(body, at, content_type), **{TIMESTAMP: None})


def _with_no_time(body: str, at: float, content_type: str) -> Headers:
    return _with(signed(body, at, content_type), **{TIMESTAMP: "abc", SIGNATURE: signature(body, "abc")})


def _not_ascii(body: str, at: float, content_type: str) -> Headers:
    return _with(signed(body, at, content_type), **{SIGNATURE: "v0=é" + "0" * 63})


def _empty(body: str, at: float, content_type: str) -> Headers:
    return _with(signed(body, at, content_type), **{SIGNATURE: ""})


#: Headers of requests to be refused, by their fault.
DISHONEST: Mapping[str, Callable[[str, float, str], Headers]] = {
    "forged": _forged,
    "stale": _stale,
    "from the future": _from_the_future,
    "of another body": _of_another_body,
    "of another time": _of_another_time,
    "truncated": _truncated,
    "altered": _altered,
    "of another version": _of_another_version,
    "without a signature": _without_signature,
    "without a time": _without_time,
    "with a time that is none": _with_no_time,
    "not ascii": _not_ascii,
    "empty": _empty,
}
