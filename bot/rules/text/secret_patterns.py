"""Patterns of secrets in a text: tokens, keys, passwords in addresses. Each takes linear time."""

from __future__ import annotations

import re

#: Tokens with a known prefix, and private keys.
TOKEN = re.compile(
    r"(?<![A-Za-z0-9])(?:xox[a-z]|xapp|xoxe)[-.][A-Za-z0-9._-]+"
    r"|(?<![A-Za-z0-9_-])(?-i:eyJ)[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*)*"
    r"|\bBearer\s{1,3}[A-Za-z0-9._~+/=-]+"
    r"|-----BEGIN [A-Z ]{1,40}-----",
    re.ASCII | re.IGNORECASE,
)
#: A password between the user and the host of an address.
PASSWORD = re.compile(r"(?<=://)[^/\s:@]{0,64}:[^\s@]{1,500}(?=@)")
_RUN = re.compile(r"[A-Za-z0-9+/=_.~-]{40,}", re.ASCII)
_HEX = re.compile(r"(?<![A-Za-z0-9])[A-Fa-f0-9]{32,}(?![A-Za-z0-9])", re.ASCII)  # Slack's signing secret has 32
_NAMED = re.compile(r"\b(?:gh[a-z]_[a-z0-9]{20,}|akia[a-z0-9]{16}|(?:password|pwd|accountkey)=\S+)", re.ASCII | re.I)
_PLATFORM_ID = re.compile(r"(?:19|28|29):", re.ASCII)  # Teams' long ids of channels, bots and people


def looks_like_a_secret(text: str) -> bool:
    """Return True for a value that must not be in a file that people pass around."""
    if TOKEN.search(text) or PASSWORD.search(text) or _NAMED.search(text):
        return True
    if _PLATFORM_ID.match(text):
        return False
    # A long run with both cases and three digits is random: no long name is like it.
    return _HEX.search(text) is not None or any(
        re.search("[a-z]", run) and re.search("[A-Z]", run) and len(re.findall("[0-9]", run)) >= 3
        for run in _RUN.findall(text)
    )
