"""The remainder of an erased reference: a digest that only the holder of the audit key can recognise."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Literal

#: Whose reference it is. "ref" is our own: it goes to no other child, whatever became of the first.
Kind = Literal["police_ref", "council_ref", "occurrence_ref", "episode_ref", "ref"]


def erasure_key(audit_key: bytes) -> bytes:
    """A key of its own, so that a digest can never pass for a seal of the audit trail."""
    return hmac.digest(audit_key, b"erased references", "sha256")


def digest(key: bytes, kind: Kind, reference: str) -> str:
    """HMAC-SHA256 as hex. References are short: without a key, whoever has the table could try them all."""
    return hmac.new(key, f"{kind}:{reference}".encode(), sha256).hexdigest()
