"""Faults of a chain: each has the row at which an auditor looks, and its kind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.rules.audit.chain import BEGINNING, ChainRow, Cut, Entry, Head, after, signed_cut, signed_head
from bot.rules.audit.verification import LISTED, verify
from tests.support.factories import NOW

KEY, OTHER = b"k" * 32, b"o" * 32


def chain(count: int, last: tuple[int, str] | None = None) -> list[ChainRow]:
    rows: list[ChainRow] = []
    for n in range(count):
        rows.append(after(KEY, last, Entry(NOW + timedelta(minutes=n), f"p-{n}", "council", "", "child", "answered")))
        last = rows[-1].seq, rows[-1].mac
    return rows


ROWS = chain(20)


def changed(rows: Sequence[ChainRow], *at: int) -> list[ChainRow]:
    return [row._replace(who="nobody") if row.seq in at else row for row in rows]


def head(seq: int, key: bytes = KEY, installation: str = "", mac: str = "") -> Head:
    return signed_head(key, seq, mac or ROWS[seq - 1].mac, seq, NOW, installation)


def found(rows: Sequence[ChainRow], cuts: Sequence[Cut] = (), heads: Sequence[Head] = ()) -> list[tuple[str, int]]:
    return [(f.kind, f.seq) for f in verify(rows, KEY, cuts, heads).faults]


def test_a_trail_begins_with_64_noughts() -> None:
    """Trails that were begun with them must still verify."""
    assert chain(1)[0].prev == BEGINNING == "0" * 64


def test_a_changed_row_is_named_and_rows_in_a_row_by_the_first() -> None:
    assert found(changed(ROWS, 5)) == [("changed", 5)]
    assert found(changed(ROWS, 5, 6, 7)) == [("changed", 5)]
    assert found(changed(ROWS, 5, 7)) == [("changed", 5), ("changed", 7)]
    assert found(changed(ROWS, 1, 20)) == [("changed", 1), ("changed", 20)]


def test_missing_rows_are_named_by_the_row_before_and_at_the_beginning_by_the_first_that_is_there() -> None:
    assert found(ROWS[:4] + ROWS[5:]) == [("missing", 4)]
    assert found(ROWS[1:]) == [("beginning", 2)]
    assert found(ROWS[7:]) == [("beginning", 8)]


def test_a_row_out_of_its_place_is_named() -> None:
    assert found([*ROWS[:6], ROWS[2], *ROWS[6:]])[0] == ("order", 3)
    assert found([*ROWS, ROWS[-1]]) == [("order", 20)]


def test_a_row_that_follows_another_chain_is_named() -> None:
    assert found([*ROWS[:4], *chain(16, (4, "a" * 64))]) == [("link", 5)]
    assert found(chain(3, (0, "a" * 64))) == [("link", 1)]


def test_faults_come_in_the_order_of_their_rows() -> None:
    rows = changed(ROWS, 3, 12)
    assert found(rows[:6] + rows[8:]) == [("changed", 3), ("missing", 6), ("changed", 12)]


def test_a_forged_cut_is_named_by_its_row() -> None:
    forged = signed_cut(OTHER, 4, ROWS[3].mac, NOW)
    assert found(ROWS[4:], cuts=[forged]) == [("cut", 4), ("beginning", 5)]
    assert found(ROWS[4:], cuts=[signed_cut(KEY, 4, ROWS[3].mac, NOW)]) == []


def test_a_head_that_does_not_fit_is_named_by_its_row() -> None:
    assert found(ROWS, heads=[head(9)]) == []
    assert found(ROWS, heads=[head(9, OTHER)]) == [("head", 9)]
    assert found(ROWS, heads=[head(9, mac="a" * 64)]) == [("head", 9)]
    assert found(ROWS[:8], heads=[head(9)]) == [("end", 9)]
    assert found(ROWS[:9], heads=[head(9)]) == []
    assert found([], heads=[head(1)]) == [("end", 1)], "one row is lost, and it was all"


def test_a_head_finds_a_row_that_was_written_over_in_its_place() -> None:
    """The row no longer fits its seal, so that it is looked into; its head still says which one stood there."""
    over = [row._replace(who="nobody", mac="b" * 64) if row.seq == 9 else row for row in ROWS]
    assert ("changed", 9) in found(over, heads=[head(9)])
    assert ("head", 9) in found(over, heads=[head(9)])


def test_heads_of_another_installation_count_where_one_of_them_is_of_this_very_chain() -> None:
    """Then the database's number was changed here; otherwise they are of another bot, and say nothing."""
    ours, theirs = head(9, installation="A"), head(12, installation="A", mac="c" * 64)
    verdict = verify(ROWS, KEY, others=[ours, theirs])
    assert [(f.kind, f.seq) for f in verdict.faults] == [("head", 0), ("head", 12)]
    assert verdict.compared == (ours, theirs)
    foreign = verify(ROWS, KEY, others=[theirs, head(9, installation="B", mac="d" * 64)])
    assert (foreign.faults, foreign.compared) == ((), ())


def test_so_many_faults_are_listed_and_the_rest_counted() -> None:
    rows = chain(2 * LISTED + 1)
    every_second = changed(rows, *range(2, 2 * LISTED + 1, 2))
    assert len(found(every_second)) == LISTED
    one_more = changed(chain(2 * LISTED + 3), *range(2, 2 * LISTED + 3, 2))
    faults = verify(one_more, KEY).faults
    assert len(faults) == LISTED + 1
    assert (faults[-1].seq, faults[-1].text) == (0, "and 1 faults more")


def test_a_part_begins_with_any_row_and_is_whole_from_there() -> None:
    assert verify(ROWS[7:], KEY, part=True).faults == ()
    faults = verify(ROWS[7:9] + ROWS[10:], KEY, part=True).faults
    assert [(f.kind, f.seq) for f in faults] == [("missing", 9)]
