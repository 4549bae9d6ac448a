"""Facts or figures of one view of the records, of which a long answer asks each question once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, cast

Asked = TypeVar("Asked")


def remembered(asked: Asked) -> Asked:
    """Return the same facts or figures, which remember every answer: as long as the view, the answers hold."""
    return cast(Asked, _Remembered(asked))


class _Remembered:
    def __init__(self, asked: object) -> None:
        self._asked = asked
        self._answers: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        if name not in self._answers:
            found = getattr(self._asked, name)
            self._answers[name] = cache(cast(Callable[..., Any], found)) if callable(found) else found
        return self._answers[name]
