"""What every section of the partnership file is."""

from __future__ import annotations

from typing import ClassVar


class Strict:
    """Base of every section: a key that is not listed here is an error, not silence."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
