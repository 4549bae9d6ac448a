"""Somebody with the database and without the key: whatever is done to the trail, anywhere in it, is found.

BOT_TAMPERING=10000 tries more. `python -m tests.attacks.test_tampering` prints how many of each kind were found.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.rules.audit.chain import ChainRow, Cut, Entry, Head, after, seal, signed_cut
from bot.rules.audit.verification import verify
from bot.store import audit_chain
from bot.store.database import migrate, open_database, reading, writing
from tests.rules.audit.test_chain import KEY, OTHER, chain, head
from tests.support.factories import NOW

TRIES = int(os.environ.get("BOT_TAMPERING", "4000"))
ROWS, CUT = 120, 20
WHOLE = chain(ROWS)
CUTS = [signed_cut(KEY, CUT, WHOLE[CUT - 1].mac, NOW)]
KEPT = [head(WHOLE[:60]), head(WHOLE, cut=CUT)]
FORKED = WHOLE[:40] + chain(ROWS - 40, last=(40, "a" * 64))

#: What stands in the tables: rows, cuts.
State = tuple[list[ChainRow], list[Cut]]
Tamper = Callable[[random.Random, list[ChainRow], list[Cut]], State]


def forged(dice: random.Random, last: ChainRow) -> ChainRow:
    """A row as it should be, but for the key."""
    return after(OTHER, (last.seq, last.mac), Entry(NOW, f"person-{dice.randrange(9)}", "", "", "child", "answered"))


def renumbered(rows: list[ChainRow], first: int) -> list[ChainRow]:
    return [row._replace(seq=n) for n, row in enumerate(rows, first)]


def changed_field(dice: random.Random, rows: list[ChainRow], cuts: list[Cut]) -> State:
    n, name = dice.randrange(len(rows)), dice.choice(ChainRow._fields[1:])
    value = {"level": dice.choice([None, 0, 1])}.get(name, f"{dice.random()}")
    return [*rows[:n], rows[n]._replace(**{name: value}), *rows[n + 1 :]], cuts  # type: ignore[arg-type]


def changed_number(dice: random.Random, rows: list[ChainRow], cuts: list[Cut]) -> State:
    n = dice.randrange(len(rows))
    other = rows[n]._replace(seq=rows[-1].seq + dice.randrange(1, 50))
    return sorted([*rows[:n], *rows[n + 1 :], other]), cuts


def changed_and_sealed(dice: random.Random, rows: list[ChainRow], cuts: list[Cut]) -> State:
    """Sealed again, and every later row too, with a key of their own."""
    n = dice.randrange(len(rows))
    made, prev = list(rows[:n]), rows[n].prev
    for row in [rows[n]._replace(outcome="refused"), *rows[n + 1 :]]:
        linked = row._replace(prev=prev)
        made.append(linked._replace(mac=seal(OTHER, linked)))
        prev = made[-1].mac
    return made, cuts


def removed(dice: random.Random, rows: list[ChainRow], cuts: list[Cut]) -> State:
    n = dice.randrange(len(rows) - 1)
    return rows[:n] + rows[n + dice.randrange(1, len(rows) - n) :], cuts


def removed_and_renumbered(dice: random.Random, rows: list[ChainRow], cuts: list[Cut]) -> State:
    left, _ = removed(dice, rows, cuts)
    return renumbered(left, rows[0].seq), cuts


def removed_and_linked(dice: random.Random, rows: list[ChainRow], cuts: list[Cut]) -> State:
    """The gap closed as far as that goes without the key: numbers and links fit, seals do not."""
    n = dice.randrange(1, len(rows) - 1)
    later = renumbered(rows[n + 1 :], rows[n].seq)
    return [*rows[:n], later[0]._replace(prev=rows[n - 1].mac), *later[1:]], cuts


def put_in(dice: random.Random, rows: list[ChainRow], cuts: list[Cut]) -> State:
    n = dice.randrange(1, len(rows))
    return [*rows[:n], forged(dice, rows[n - 1]), *renumbered(rows[n:], rows[n].seq + 1)], cuts


def put_at_the_end(dice: random.Random, rows: list[ChainRow], cuts: list[Cut]) -> State:
    return [*rows, forged(dice, rows[-1])], cuts


def put_in_a_gap(dice: random.Random, rows: list[ChainRow], cuts: list[Cut]) -> State:
    """One row exchanged for another that stands in its place."""
    n = dice.randrange(1, len(rows))
    return [*rows[:n], forged(dice, rows[n - 1]), *rows[n + 1 :]], cuts


def copied(dice: random.Random, rows: list[ChainRow], cuts: list[Cut]) -> State:
    n, m = dice.sample(range(len(rows)), 2)
    return [*rows[:n], rows[m]._replace(seq=rows[n].seq), *rows[n + 1 :]], cuts


def swapped(dice: random.Random, rows: list[ChainRow], cuts: list[Cut]) -> State:
    n, m = dice.sample(range(len(rows)), 2)
    made = list(rows)
    made[n], made[m] = rows[m]._replace(seq=rows[n].seq), rows[n]._replace(seq=rows[m].seq)
    return made, cuts


def shuffled(dice: random.Random, rows: list[ChainRow], cuts: list[Cut]) -> State:
    n = dice.randrange(len(rows) - 3)
    part = rows[n : n + 4]
    return [*rows[:n], *renumbered([part[1], part[3], part[0], part[2]], part[0].seq), *rows[n + 4 :]], cuts


def beheaded(dice: random.Random, rows: list[ChainRow], cuts: list[Cut]) -> State:
    return rows[dice.randrange(1, len(rows)) :], cuts


def beheaded_with_a_forged_cut(dice: random.Random, rows: list[ChainRow], cuts: list[Cut]) -> State:
    n = dice.randrange(1, len(rows))
    return rows[n:], [*cuts, signed_cut(OTHER, rows[n - 1].seq, rows[n - 1].mac, NOW)]


def beheaded_with_a_moved_cut(dice: random.Random, rows: list[ChainRow], cuts: list[Cut]) -> State:
    n = dice.randrange(1, len(rows))
    return rows[n:], [cuts[0]._replace(seq=rows[n - 1].seq, mac=rows[n - 1].mac)]


def cut_taken_away(dice: random.Random, rows: list[ChainRow], cuts: list[Cut]) -> State:
    return rows, []


def cut_off_at_the_end(dice: random.Random, rows: list[ChainRow], cuts: list[Cut]) -> State:
    return rows[: dice.randrange(len(rows))], cuts


def emptied(dice: random.Random, rows: list[ChainRow], cuts: list[Cut]) -> State:
    return [], dice.choice([[], cuts])


def began_anew(dice: random.Random, rows: list[ChainRow], cuts: list[Cut]) -> State:
    """An empty trail that the program itself went on with, as long as the old one or longer."""
    return chain(ROWS + dice.randrange(50), last=(0, "a" * 64)), []


def restored_and_gone_on(dice: random.Random, rows: list[ChainRow], cuts: list[Cut]) -> State:
    """An older copy put back, and the program went on writing: every seal is right."""
    n = dice.randrange(1, len(rows))
    return rows[:n] + chain(ROWS, last=(rows[n - 1].seq, rows[n - 1].mac)), cuts


def mixed_with_a_copy(dice: random.Random, rows: list[ChainRow], cuts: list[Cut]) -> State:
    """Rows of the same numbers from a copy that went another way, sealed with the true key."""
    n = dice.randrange(40, ROWS - 1) - CUT
    return [*rows[:n], FORKED[n + CUT], *rows[n + 1 :]], cuts


KINDS: tuple[Tamper, ...] = (
    changed_field,
    changed_number,
    changed_and_sealed,
    removed,
    removed_and_renumbered,
    removed_and_linked,
    put_in,
    put_at_the_end,
    put_in_a_gap,
    copied,
    swapped,
    shuffled,
    beheaded,
    beheaded_with_a_forged_cut,
    beheaded_with_a_moved_cut,
    cut_taken_away,
    cut_off_at_the_end,
    emptied,
    began_anew,
    restored_and_gone_on,
    mixed_with_a_copy,
)


def missed(kind: Tamper, tries: int) -> list[int]:
    """The seeds with which nothing was found."""
    found = []
    for seed in range(tries):
        rows, cuts = kind(random.Random(seed), WHOLE[CUT:], CUTS)
        assert (rows, cuts) != (WHOLE[CUT:], CUTS), "nothing was done"
        if not verify(rows, KEY, cuts, KEPT).faults:
            found.append(seed)
    return found


def test_what_nobody_touched_has_no_fault() -> None:
    assert verify(WHOLE[CUT:], KEY, CUTS, KEPT).faults == ()


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: str(k.__name__))
def test_tampering_is_found(kind: Tamper) -> None:
    assert missed(kind, max(1, TRIES // len(KINDS))) == []


#: With the guards taken down first, as somebody would who has the file. {n} is a row's number, {m} another's.
BY_SQL = (
    "UPDATE audit SET at = '2017-01-01 00:00:00' WHERE seq = {n}",
    "UPDATE audit SET at = 'yesterday' WHERE seq = {n}",
    "UPDATE audit SET at = at || '.5' WHERE seq = {n}",
    "UPDATE audit SET level = 2.5 WHERE seq = {n}",
    "UPDATE audit SET level = 'none' WHERE seq = {n}",
    "UPDATE audit SET who = x'00' WHERE seq = {n}",
    "UPDATE audit SET who = CAST(x'ff41' AS TEXT) WHERE seq = {n}",
    "UPDATE audit SET who = who || char(0) WHERE seq = {n}",
    "UPDATE audit SET subject = '' WHERE seq = {n}",
    "UPDATE audit SET prev = mac, mac = prev WHERE seq = {n}",
    "UPDATE audit SET mac = upper(mac) WHERE seq = {n}",
    "DELETE FROM audit WHERE seq = {n}",
    "DELETE FROM audit WHERE seq >= {n}",
    "DELETE FROM audit WHERE seq <= {n}",
    "UPDATE audit SET seq = -seq WHERE seq = {n}",
    "UPDATE audit SET seq = seq + 1000 WHERE seq >= {n}",
    "DELETE FROM audit",
    "DELETE FROM audit_cut",
    "UPDATE audit_cut SET seq = seq + 1",
    "UPDATE audit_cut SET cut_at = 'never'",
    "UPDATE audit_cut SET signature = x'00'",
    "INSERT INTO audit_cut SELECT seq, mac, at, mac FROM audit WHERE seq = {n}",
)


def verdict(engine: Engine, kept: list[Head]) -> list[str]:
    with reading(engine) as connection:
        return [f.text for f in audit_chain.verdict(connection, KEY, kept).faults]


@pytest.mark.parametrize("n", [5, 17, 41])
def test_tampering_with_the_file_is_found(n: int, sqlite_url: str) -> None:
    """Rows 5 to 41 stand there; each statement on a copy of the same file."""
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    engine = open_database(sqlite_url)
    kept = forty_rows(engine)
    assert verdict(engine, [kept]) == []
    engine.dispose()
    unguard(file)
    unnoticed = [statement for statement in BY_SQL if not noticed(file, statement.format(n=n), kept)]
    assert unnoticed == []


def forty_rows(engine: Engine) -> Head:
    """The first four cut away, and a row that says so."""
    migrate(engine)
    with writing(engine) as connection:
        for n, row in enumerate(chain(40)):
            at = NOW.replace(year=2010) if n < 4 else NOW
            audit_chain.append(connection, KEY, Entry(at, row.who, "council", "", "child", "answered", row.subject, 2))
        assert audit_chain.cut(connection, KEY, NOW, NOW) == 4
        kept = audit_chain.head(connection, KEY, NOW)
    assert kept is not None
    return kept


def unguard(file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as bare:
        for (name,) in bare.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            bare.execute(f"DROP TRIGGER {name}")
        bare.execute("PRAGMA journal_mode = DELETE")


def noticed(file: Path, statement: str, kept: Head) -> bool:
    copy = file.with_name("copy.sqlite")
    for old in file.parent.glob("copy.sqlite*"):
        old.unlink()
    shutil.copyfile(file, copy)
    with closing(sqlite3.connect(copy, isolation_level=None)) as bare:
        assert bare.execute(statement).rowcount > 0, statement
    engine = open_database(f"sqlite:///{copy}")
    try:
        return bool(verdict(engine, [kept]))
    finally:
        engine.dispose()


def main() -> None:
    tries = max(1, TRIES // len(KINDS))
    tried: Counter[str] = Counter()
    for kind in KINDS:
        tried[kind.__name__] = tries - len(missed(kind, tries))
        print(f"{kind.__name__:28} {tried[kind.__name__]:6} of {tries} found")
    print(f"{len(KINDS)} kinds, {sum(tried.values())} of {tries * len(KINDS)} found")


if __name__ == "__main__":
    main()
