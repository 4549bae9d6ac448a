"""Rows with cells made odd by dice, over every column and every kind of open episode and interview: none is hidden.

2,000 odd cells in the normal run. Before a release: `BOT_ODD=200000 ./deploy/dev test tests/ingest/test_odd_dice.py`,
a minute or five. `BOT_ODD_SEED` begins with other dice than 0. Half of the children are seen first in rows that are
right. No more than one of the cells that say who and when is odd in a row: a row without any of them is left out.
"""

import os
import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.attacks.test_fuzz_rows import ODD
from tests.support.exports import DEFAULTS
from tests.support.loader import loader
from tests.support.odd_cells import (
    KINDS,
    OF_A_FRESH_READER,
    OF_THE_WRITERS,
    SOURCES,
    TAKEN,
    Case,
    Odd,
    listed,
    load,
    may_be_over,
    say_in_chat,
)

CELLS = int(os.environ.get("BOT_ODD", "2000"))
SEED = int(os.environ.get("BOT_ODD_SEED", "0"))
#: Odd cells in one database, so that each stays small.
AT_ONCE = 4000
SEEDS = range(SEED, SEED - (-CELLS // AT_ONCE))

VALUES = sorted({*(o.value for o in OF_A_FRESH_READER + OF_THE_WRITERS), *ODD})
NAMING = {"occurrence_ref", "police_ref", "episode_id", "child_id", "last_seen_at", "reported_at", "started_at"}
LETTERS = "09aZ /:-.,;?\"'\u00a0\u200b\u202e\u2019\u00e9\U0001f600\n\t="
FILES = [name for name, kind in KINDS.items() if not kind.said]


def odd_cells(dice: random.Random, count: int, kinds: list[str]) -> Iterator[Case]:
    """Children with one to three odd cells in one of their rows, `count` odd cells in all."""
    number = 1000
    while count > 0:
        kind = dice.choice(kinds)
        source = dice.choice([s for s in SOURCES if getattr(KINDS[kind], s) is not None])
        good = Case(number, kind, ()).row(source, odd=False) or {}
        names = dice.sample(list(good), min(count, dice.choice((1, 1, 1, 2, 3))))
        naming = [name for name in names if name in NAMING]
        names = [name for name in names if name not in naming[1:]]
        cells = ((name, _odd(dice, source, name, good[name])) for name in names)
        odd = tuple(Odd(source, name, value, "by dice") for name, value in cells)
        yield Case(number, kind, odd)
        number, count = number + 1, count - len(odd)


def _odd(dice: random.Random, source: str, name: str, value: str) -> str:
    """Another value: of the lists, of another cell or child, or this one with a letter more, less or elsewhere."""
    how = dice.randrange(7)
    if how == 0:
        return dice.choice(VALUES)
    if how == 1:
        fresh, ours = (
            [o.value for o in values if (o.source, o.column) == (source, name)]
            for values in (OF_A_FRESH_READER, OF_THE_WRITERS)
        )
        return dice.choice(fresh or ours)  # the fresh reader knew no days of placements
    if how == 2:
        return dice.choice([cell for other in SOURCES for cell in DEFAULTS[other].values()])
    if how == 3:
        return _of_another(dice, source, name)
    text = value or dice.choice(VALUES) or " "
    at = dice.randrange(len(text))
    if how == 4:
        return text[:at]
    if how == 5:
        return text[:at] + dice.choice(LETTERS) + text[at:]
    return text[:at] + dice.choice(LETTERS) + text[at + 1 :]


def _of_another(dice: random.Random, source: str, name: str) -> str:
    kind = dice.choice([k for k in KINDS if getattr(KINDS[k], source) is not None])
    return (Case(dice.randrange(1000, 1000 + AT_ONCE), kind, ()).row(source, odd=False) or {})[name]


@pytest.mark.parametrize("seed", SEEDS)
def test_no_odd_cells_hide_a_child_or_an_interview(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    count = min(AT_ONCE, CELLS - (seed - SEED) * AT_ONCE)
    for first, kinds in ((True, FILES), (False, list(KINDS))):
        folder = tmp_path / str(first)
        folder.mkdir()
        with loader(f"sqlite:///{folder / 'bot.sqlite3'}", folder) as bot:
            found = list(odd_cells(dice, count - count // 2 if first else count // 2, kinds))
            if not first:
                load(bot, found, TAKEN - timedelta(hours=1), odd=False)
                say_in_chat(bot, found)
            load(bot, found)
            lists = listed(bot)
        hidden = [c for c in found if not (lists.has(c) or may_be_over(c))]
        assert not hidden, hidden[:3]
