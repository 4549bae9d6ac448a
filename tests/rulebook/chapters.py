"""Every chapter of the book, in order: importing one enters its cases."""

from tests.rulebook import edge_cases

__all__ = ["edge_cases"]
