"""Mutated rows through the real loader: accepted + rejected = read, no exception, and the database stays sound.

600 rows in the normal run. Before a release: `BOT_FUZZ_ROWS=20000 ./deploy/dev test tests/attacks/test_fuzz_rows.py`,
some seconds. `BOT_FUZZ_SEED` begins with other dice than 0.
"""

from __future__ import annotations

import csv
import os
import random
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from bot import practice
from bot.app import App
from bot.cli import terminal
from bot.practice import TAKEN_AT
from bot.settings import read_settings

ROWS = int(os.environ.get("BOT_FUZZ_ROWS", "600"))
SEED = int(os.environ.get("BOT_FUZZ_SEED", "0"))
ODD = (
    *("", " ", "0", "-1", "x" * 300, "Zebediah Testchild", "1 Nowhere Lane", "=1+1", "<!channel>", '"', "a,b", "a;b"),
    *("31/02/2017", "2017-13-01", "26/03/2017 01:30", "30/10/2016 01:30", "2017-03-26T01:30:00+01:00", "99/99/9999"),
    *(
        "0001-01-01",
        "9999-12-31 23:59",
        "2017-05-01 24:00",
        "\u0661\u0662/\u0660\u0665/\u0662\u0660\u0661\u0667",
        "\u202e",
        "é" * 40,
        "NULL",
        "N/A",
        "\ttab",
    ),
)


def mutated(rows: list[list[str]], count: int, dice: random.Random) -> Iterator[list[str]]:
    """Real rows with one to three cells made odd, swapped, shortened or taken from another row."""
    for _ in range(count):
        row = list(dice.choice(rows))
        for _ in range(dice.randint(1, 3)):
            at = dice.randrange(len(row))
            other = dice.randrange(len(row))
            how = dice.randrange(5)
            if how == 0:
                row[at] = dice.choice(ODD)
            elif how == 1:
                row[at], row[other] = row[other], row[at]
            elif how == 2:
                row[at] = row[at][: dice.randrange(len(row[at]) + 1)]
            elif how == 3:
                row[at] = dice.choice(rows)[at]
            else:
                row[at] += chr(dice.choice((32, 48, 65, 233, 0x2019, 0x1F600)))
        yield row if dice.randrange(40) else row[: dice.randrange(1, len(row))]


def test_no_mutated_row_is_lost(tmp_path: Path) -> None:
    dice = random.Random(SEED)
    files = practice.write_exports(tmp_path / "exports")
    settings = replace(
        read_settings({"BOT_DATABASE_URL": f"sqlite:///{tmp_path / 'fuzz.sqlite'}"}), data_folder=tmp_path
    )
    read = accepted = rejected = 0
    with closing(App(settings)) as app:
        for source, file in files.items():
            with file.open(newline="", encoding="utf-8") as given:
                header, *rows = csv.reader(given)
            odd = tmp_path / f"{source}.csv"
            with odd.open("w", newline="", encoding="utf-8") as out:
                csv.writer(out).writerows([header, *mutated(rows, ROWS // 3, dice), rows[0]])
            summary = app.load(source, odd, TAKEN_AT[source])
            assert summary.accepted + summary.rejected == summary.read == ROWS // 3 + 1
            read, accepted, rejected = read + summary.read, accepted + summary.accepted, rejected + summary.rejected
        assert terminal.ask(app, "stats all 2017-H1", "lead", None, app.now(None)).status == "ok"
        assert terminal.digest(app, None, app.now(None)).status == "ok"
    assert accepted > 10 * rejected > 0  # only rows of another width, or without any reference, are left out
    assert accepted + rejected == read
    assert b"Zebediah" not in (tmp_path / "fuzz.sqlite").read_bytes()
