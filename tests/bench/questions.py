"""Count how questions in people's own words are answered: `python -m tests.bench.questions [--all] [--hostile 100000]`.

`--all` prints every question that was not understood; `--hostile` measures the time of hostile texts instead.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from pathlib import Path

from bot.conversation.dispatcher import MAX_TEXT
from bot.conversation.plain_questions import QuestionReader
from tests.attacks.test_fuzz_commands import text as spoilt
from tests.conversation.test_plain_questions import WORDS
from tests.support.asking import COMMANDS
from tests.support.factories import NOW, partnership
from tests.support.questions import CLASSES, Asked, ask_everything, counts, practice_county


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--all", action="store_true")
    options.add_argument("--hostile", type=int, default=0, metavar="TEXTS")
    given = options.parse_args()
    if given.hostile:
        print(hostile(given.hostile))
        return
    with tempfile.TemporaryDirectory() as folder, practice_county(Path(folder)) as app:
        asked = ask_everything(app)
    show(asked)
    for a in asked:
        if a.found == "WRONG" or (given.all and a.found != "understood"):
            print(f"{a.found:16} {a.kind[:1]} {a.by[:1]} | {a.text} | {a.intended} | {a.answer}")


def hostile(texts: int) -> str:
    """Return the time of reading hostile texts, from the words of the questions and from spoilt commands."""
    dice, reader = random.Random(0), QuestionReader(tuple(COMMANDS.values()), partnership())
    times: list[tuple[float, str]] = []
    for n in range(texts):
        typed = spoilt(dice) if n % 2 else " ".join(dice.choices(WORDS, k=dice.randrange(1, 60)))
        tokens = typed[:MAX_TEXT].split()
        began = time.perf_counter()
        found = reader.read(tokens, NOW, lambda command: True)
        if not found.ways:
            reader.mended(tokens, found.unknown, NOW, lambda command: True)
        times.append((time.perf_counter() - began, typed))
    seconds = sorted(t for t, _ in times)
    return (
        f"{texts} texts, none raised: median {seconds[texts // 2] * 1000:.2f} ms, "
        f"99 of 100 within {seconds[texts * 99 // 100] * 1000:.2f} ms, worst {seconds[-1] * 1000:.1f} ms"
    )


def show(asked: list[Asked]) -> None:
    print(f"{'':30}" + "".join(f"{c:>17}" for c in (*CLASSES, "as intended", "all")))
    for kind in ("questions", "steps"):
        for by in ("fresh reader", "maker", ""):
            n = counts(asked, kind, by)
            right = sum(a.as_intended for a in asked if a.kind == kind and by in ("", a.by))
            numbers = (*(n[c] for c in CLASSES), right, n.total())
            print(f"{kind}, {by or 'all'}".ljust(30) + "".join(f"{x:>17}" for x in numbers))


if __name__ == "__main__":
    main()
