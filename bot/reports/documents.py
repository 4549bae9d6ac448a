"""Render documents from this package's templates, in a sandbox, with a limit of length and no missing values."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import BaseLoader, PackageLoader, StrictUndefined
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

#: Characters of one document: a child's whole history is a few hundred thousand.
LONGEST = 5_000_000


class TooLongError(Exception):
    """A document grew past LONGEST: a template or its values are wrong."""


class Sandbox(ImmutableSandboxedEnvironment):
    """A Jinja2 sandbox in which no multiplication fills the memory."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Multiply and divide numbers alone, not texts and lists; powers are refused."""
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if not numbers or operator == "**":
            raise SecurityError(f"{operator} is for numbers only, and ** for none")
        return super().call_binop(context, operator, left, right)


def html(loader: BaseLoader | None = None) -> Sandbox:
    """Return the environment of HTML documents, which escapes every value."""
    return Sandbox(loader=loader or _templates(), undefined=StrictUndefined, autoescape=True, auto_reload=False)


def chat(loader: BaseLoader | None = None) -> Sandbox:
    """Return the environment of chat, which escapes & < > alone: HTML's rules would turn O'Brien into O&#39;Brien."""
    return Sandbox(loader=loader or _templates(), undefined=StrictUndefined, autoescape=False, finalize=_escaped)


def render(template_name: str, **values: Any) -> str:
    """Render an HTML document from a template of `bot/reports/templates/`; UndefinedError where a value is missing."""
    return written(_documents(), template_name, values)


def written(environment: Sandbox, template_name: str, values: dict[str, Any]) -> str:
    """Render piece by piece, so that an endless document is stopped at LONGEST characters."""
    pieces, length = [], 0
    for piece in environment.get_template(template_name).generate(values):
        length += len(piece)
        if length > LONGEST:
            raise TooLongError(f"{template_name}: the document is longer than {LONGEST:,} characters.")
        pieces.append(piece)
    return "".join(pieces)


@cache
def _documents() -> Sandbox:
    return html()


def _templates() -> BaseLoader:
    return PackageLoader("bot.reports", "templates")


def _escaped(value: Any) -> Any:
    text = str(value)  # an undefined value complains here
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
