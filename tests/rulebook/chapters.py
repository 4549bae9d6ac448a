"""Every chapter of the book, in order: importing one enters its cases."""

from tests.rulebook import edge_cases  # noqa: I001 - the order of the book
from tests.rulebook import clock_vectors
from tests.rulebook import rules
from tests.rulebook import kpi
from tests.rulebook import ladder

__all__ = ["clock_vectors", "edge_cases", "kpi", "ladder", "rules"]
