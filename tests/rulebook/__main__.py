"""Print the rule book's table: python -m tests.rulebook [CASE ...].

Each case is played through the product's own doors; the table says whole, in part (with the pieces that do not hold)
or wrong (its first piece, its heart, does not). Of the escalation ladder (L1 to L8) each call is printed.
"""

from __future__ import annotations

import argparse
import logging
import time
from collections import Counter

from bot.store.migrations import run
from tests.rulebook import chapters  # noqa: F401 - fills the book
from tests.rulebook.book import BOOK, chapter, play, verdict
from tests.support import migrated


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("case", nargs="*", help="such as E9 or R21; without one, all")
    asked = given.parse_args()
    run.upgrade = migrated.upgrade_once()
    logging.disable(logging.CRITICAL)
    began, sums = time.monotonic(), Counter[tuple[str, str]]()
    for number in asked.case or BOOK:
        held = play(number)
        found = verdict(held)
        sums[chapter(number), found] += 1
        print(f"{number:4} {found:8} {sum(held.values()):2}/{len(held):<2}  {BOOK[number].title}", flush=True)
        for name, holds in held.items():
            if not holds:
                print(f"{'':19}- {name}", flush=True)
            elif chapter(number) == "L":
                print(f"{'':19}  {name}", flush=True)
    print()
    for letter in dict.fromkeys(map(chapter, asked.case or BOOK)):
        print(f"{letter:4}", ", ".join(f"{v} {sums[letter, v]}" for v in ("whole", "in part", "wrong")))
    print(f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
