"""The remainder of an erased reference: a digest that only the holder of the audit key can recognise."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Literal

#: The kind of reference. "ref" is our own, and is never given to a second child.
Kind = Literal["police_ref", "council_ref", "occurrence_ref", "episode_ref", "ref"]


def erasure_key(audit_key: bytes) -> bytes:
    """Derive a key of its own, so that a digest can never pass for a seal of the audit trail."""
    return hmac.digest(audit_key, b"erased references", "sha256")


def digest(key: bytes, kind: Kind, reference: str) -> str:
    """HMAC-SHA256 as hex. References are short: without a key, all could be tried against a copy of the table."""
    return hmac.new(key, f"{kind}:{reference}".encode(), sha256).hexdigest()
