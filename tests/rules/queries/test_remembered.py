"""What was asked once is not asked again."""

from __future__ import annotations

from bot.rules.queries.remembered import remembered


class Facts:
    name = "facts"

    def __init__(self) -> None:
        self.asked: list[int] = []

    def double(self, n: int) -> int:
        self.asked.append(n)
        return 2 * n


def test_each_question_is_asked_once() -> None:
    facts = Facts()
    once = remembered(facts)
    assert [once.double(2), once.double(2), once.double(3), once.name] == [4, 4, 6, "facts"]
    assert facts.asked == [2, 3]
