"""Statements compiled once a process: SQLAlchemy keeps them by engine, and nearly every test opens an engine."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Dialect, Engine, create_engine
from sqlalchemy.util import LRUCache

#: More than all statements of all tests, so that none is thrown out and compiled again.
STATEMENTS = 5000

_compiled: LRUCache[Any, Any] = LRUCache(STATEMENTS)


def create_engine_compiling_once(*arguments: Any, **options: Any) -> Engine:
    """Return a new engine that takes over what engines of the same dialect compiled before."""
    engine = create_engine(*arguments, **options)
    engine.dialect.__class__ = _alike(type(engine.dialect))  # type: ignore[arg-type]
    engine._compiled_cache = _compiled
    return engine


@cache
def _alike(dialect: type[Dialect]) -> type[Dialect]:
    """Return a subclass whose instances are equal: the dialect is part of the key of a compiled statement."""
    equal = {
        "__eq__": lambda one, other: type(one) is type(other),
        "__hash__": lambda one: hash(type(one)),
        "supports_statement_cache": dialect.supports_statement_cache,
    }
    return type(dialect.__name__, (dialect,), equal)
