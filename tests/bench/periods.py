"""Time the reading of periods in hostile texts of up to 500 characters, as long as chat takes them.

`python -m tests.bench.periods --texts 100000` prints the median and the worst time, and what the texts were read as.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable

from bot.conversation.dispatcher import MAX_TEXT
from bot.rules.time.period import PeriodError, SeveralReadings, find_periods, parse_period
from tests.support.factories import NOW

_WORDS = (
    "2017 1990 9999 0000 H1 q4 05 13 31 may june last this past 6 0 m days half year week today to .. - – / . , from "
    "since between and w/c w/e W26 fy 2016/17 16/17 11/12 2011-12 1st of the north k=5 v ending academic financial "
    "date onwards ² ٣ İ ß \u202e \x00 ' ytd monday 29 feb"
)
PIECES = _WORDS.split()


def hostile(dice: random.Random) -> str:
    """One text: pieces with or without spaces, one piece again and again, or any characters."""
    kind = dice.random()
    if kind < 0.1:
        return (dice.choice(PIECES) + " " * dice.randint(0, 1)) * MAX_TEXT
    if kind < 0.2:
        return "".join(chr(dice.choice((dice.randrange(0x20, 0x7F), dice.randrange(0xD800)))) for _ in range(MAX_TEXT))
    return dice.choice(("", " ")).join(dice.choices(PIECES, k=dice.choice((3, 6, 12, 300))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=100_000)
    count = parser.parse_args().texts
    readers: dict[str, Callable[[str], object]] = {
        "one period": lambda text: parse_period(text, NOW),
        "periods among words": lambda text: find_periods(text.split(), NOW, 4),
    }
    for name, read in readers.items():
        dice, taken, outcomes = random.Random(15), list[float](), Counter[str]()
        for _ in range(count):
            text = hostile(dice)[:MAX_TEXT]
            began = time.process_time()
            try:
                read(text)
                outcomes["read"] += 1
            except SeveralReadings:
                outcomes["asked"] += 1
            except PeriodError:
                outcomes["refused"] += 1
            taken.append(time.process_time() - began)
        middle, worst = (1000 * each for each in (statistics.median(taken), max(taken)))
        print(f"{name}: {count} texts, median {middle:.3f} ms, worst {worst:.1f} ms; {dict(outcomes)}")


if __name__ == "__main__":
    main()
