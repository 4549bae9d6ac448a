"""Time the parser of steps and moments on 100,000 hostile texts: `python -m tests.bench.moments`.

Half are the grammar's own words in any order, the rest noise and repetitions, each as long as a command may be. Printed
are the median and the slowest in milliseconds of processor time; an exception other than the two of a refusal ends it.
"""

from __future__ import annotations

import random
import string
import time
from contextlib import suppress

from bot.conversation.dispatcher import MAX_TEXT
from bot.rules.interviews.steps import NotUnderstood, listen
from bot.rules.text.spoken_time import NotATime, hear_days
from tests.rules.interviews.test_step_parser import STEP_WORDS
from tests.support.factories import NOW, partnership

#: The words of steps that the property test draws from, and further times.
WORDS = (
    *STEP_WORDS,
    *("until", "for", "at 3", "1530", "half past", "quarter to", "ten", "am", "pm", "bst", "mon", "next", "last"),
    *("31/12/99", "2017-10-29", "9999-12-31", "0001-01-01", "3rd july", "the 30th", "2 days ago", "in 3", "hours"),
)


def text(chance: random.Random) -> str:
    """Return one hostile text."""
    kind = chance.random()
    if kind < 0.5:
        return " ".join(chance.choice(WORDS) for _ in range(chance.randint(1, 40)))
    if kind < 0.75:
        return "".join(chance.choice(string.printable + "½ſﬁ١２ß’–") for _ in range(chance.randint(1, MAX_TEXT)))
    return (chance.choice(WORDS) + chance.choice(("", " ", ",", "/", "."))) * chance.randint(1, 200)


def main() -> None:
    """Parse each text once, and print."""
    chance, calendar, took = random.Random(15), partnership().calendar(), list[tuple[float, str]]()
    for _ in range(100_000):
        each = text(chance)[:MAX_TEXT]
        began = time.process_time()
        with suppress(NotUnderstood):
            listen(each, NOW, calendar)
        with suppress(NotATime):
            hear_days(each.split(), NOW, calendar)
        took.append((time.process_time() - began, each))
    took.sort()
    slowest = [f"{seconds * 1000:.1f}" for seconds, _ in took[-1:-4:-1]]
    print(f"median {took[len(took) // 2][0] * 1000:.2f} ms, slowest {', '.join(slowest)} ms")
    print(repr(took[-1][1]))


if __name__ == "__main__":
    main()
