"""The chain: each row is sealed to all before it, and every change of a row is reported with its number."""

from __future__ import annotations

import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.audit.chain import (
    BEGINNING,
    ChainRow,
    Entry,
    Head,
    after,
    as_sealed,
    head_line,
    head_of,
    is_signed,
    seal,
    signed_cut,
    signed_head,
)
from bot.rules.audit.verification import LISTED, verify
from tests.support.factories import NOW

KEY, OTHER = b"k" * 32, b"o" * 32

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
entries = st.builds(
    Entry,
    at=st.datetimes(datetime(2016, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    who=text,
    agency=text,
    role=text,
    action=text,
    outcome=text,
    subject=text,
    level=st.none() | st.integers(0, 2),
    place=text,
    reason=text,
)


def chain(count: int, key: bytes = KEY, last: tuple[int, str] | None = None) -> list[ChainRow]:
    """Make a chain of so many rows, a minute apart."""
    rows: list[ChainRow] = []
    for n in range(count):
        entry = Entry(NOW + timedelta(minutes=n), f"person-{n % 7}", "council", "team_manager", "child", "answered")
        row = after(key, last, replace(entry, subject=f"OX-{n:04}", level=2))
        rows.append(row)
        last = row.seq, row.mac
    return rows


def head(rows: list[ChainRow], cut: int = 0, at: datetime = NOW, key: bytes = KEY) -> Head:
    """Return the head that was kept when these rows were all."""
    return signed_head(key, rows[-1].seq, rows[-1].mac, rows[-1].seq - cut, at)


def faults(rows: list[ChainRow], **kept: object) -> list[str]:
    return [f.text for f in verify(rows, KEY, **kept).faults]  # type: ignore[arg-type]


def test_a_row_is_sealed_as_json_so_that_anybody_with_the_key_can_check_it() -> None:
    row = chain(2)[1]
    said = json.dumps(row[:-1], separators=(",", ":")).encode("ascii")
    assert row.mac == hmac.digest(KEY, said, "sha256").hex()


@given(entries, st.integers(1, 2**31))
def test_what_is_sealed_is_json_whatever_people_wrote(entry: Entry, seq: int) -> None:
    row = after(KEY, (seq, "a" * 64), entry)
    said = json.dumps(row[:-1], separators=(",", ":")).encode("ascii")
    assert row.mac == hmac.digest(KEY, said, "sha256").hex()
    assert verify([row], KEY, part=True).faults == ()


@given(entries, entries)
def test_rows_that_say_different_things_have_different_seals(one: Entry, other: Entry) -> None:
    first, second = after(KEY, None, one), after(KEY, None, other)
    assert (first.mac == second.mac) == (one == other)


def test_time_is_kept_to_the_second_and_in_utc() -> None:
    london = Entry(datetime.fromisoformat("2017-07-05T08:00:00.9+01:00"), "a", "", "", "help", "answered")
    assert after(KEY, None, london).at == "2017-07-05 07:00:00"


@pytest.mark.parametrize("count", [0, 1, 2, 50])
def test_an_untouched_chain_has_no_fault(count: int) -> None:
    rows = chain(count)
    verdict = verify(rows, KEY, heads=[head(rows[: n + 1]) for n in range(count)])
    assert (verdict.faults, verdict.rows) == ((), count)
    assert (verdict.first, verdict.last) == ((rows[0], rows[-1]) if rows else (None, None))


@pytest.mark.parametrize("field", ChainRow._fields)
def test_every_field_is_sealed(field: str) -> None:
    rows = chain(9)
    value = {"seq": 99, "level": 0}.get(field, "2017-01-01 00:00:00" if field == "at" else "f" * 64)
    rows[4] = rows[4]._replace(**{field: value})  # type: ignore[arg-type]
    assert any("row 5" in text or "row 99" in text for text in faults(rows))


@pytest.mark.parametrize("value", [None, 1.0, 2.5, "2", b"2", True, '2,"private"'])
def test_a_level_of_another_kind_is_a_change(value: object) -> None:
    rows = chain(3)
    rows[1] = rows[1]._replace(level=value)  # type: ignore[arg-type]
    assert faults(rows) == ["row 2 was changed, or put in without the key"]


@pytest.mark.parametrize("value", [None, 7, b"person-1"])
def test_what_is_no_text_is_a_change(value: object) -> None:
    rows = chain(3)
    rows[1] = rows[1]._replace(who=value)  # type: ignore[arg-type]
    assert faults(rows) == ["row 2 was changed, or put in without the key"]


def test_changed_rows_in_a_row_are_one_fault() -> None:
    rows = chain(113)
    rows[40:60] = [row._replace(reason="none") for row in rows[40:60]]
    rows[80] = rows[80]._replace(outcome="refused")
    assert faults(rows) == [
        "rows 41 to 60 were changed, or put in without the key",
        "row 81 was changed, or put in without the key",
    ]


def test_rows_removed_from_the_middle() -> None:
    rows = chain(50)
    assert faults(rows[:41] + rows[44:]) == ["3 rows are missing after row 41"]
    assert faults(rows[:41] + rows[42:]) == ["1 row is missing after row 41"]


def test_rows_removed_and_the_later_ones_renumbered() -> None:
    rows = chain(50)
    closed = rows[:41] + [row._replace(seq=row.seq - 3) for row in rows[44:]]
    assert faults(closed) == ["row 42 does not follow row 41: one of them was exchanged", *faults(closed)[1:]]
    assert "rows 42 to 47 were changed, or put in without the key" in faults(closed)


def test_a_row_put_in_without_the_key() -> None:
    rows = chain(20)
    forged = after(OTHER, (10, rows[9].mac), Entry(NOW, "nobody", "", "", "child", "answered"))
    later = [row._replace(seq=row.seq + 1) for row in rows[10:]]
    assert "rows 11 to 21 were changed, or put in without the key" in faults([*rows[:10], forged, *later])
    assert faults([*rows, forged._replace(seq=21, prev=rows[-1].mac)]) == [
        "row 21 was changed, or put in without the key"
    ]


def test_rows_that_changed_places() -> None:
    rows = chain(20)
    rows[4], rows[5] = rows[5]._replace(seq=5), rows[4]._replace(seq=6)
    assert "rows 5 to 6 were changed, or put in without the key" in faults(rows)
    unsorted = chain(20)
    unsorted[4], unsorted[5] = unsorted[5], unsorted[4]
    assert faults(unsorted) == ["1 row is missing after row 4", "row 5 stands twice or out of order"]
    assert faults([*chain(3), chain(3)[2]]) == ["row 3 stands twice or out of order"]


def test_a_row_of_another_chain_with_the_same_key() -> None:
    """A row from before a restored backup is sealed, but to another row."""
    rows, other = chain(9), chain(9, last=(0, "a" * 64))
    rows[4] = other[4]
    assert faults(rows) == [
        "row 5 does not follow row 4: one of them was exchanged",
        "row 6 does not follow row 5: one of them was exchanged",
    ]


def test_a_chain_without_its_beginning() -> None:
    rows = chain(50)
    assert faults(rows[40:]) == ["40 rows are missing before row 41, and no signed cut accounts for that"]
    other = chain(5, last=(0, "a" * 64))
    assert other[0].seq == 1
    assert faults(other) == ["row 1 does not follow the beginning of the trail, or where it was cut"]


def test_a_signed_cut_accounts_for_the_beginning() -> None:
    rows = chain(50)
    cuts = [signed_cut(KEY, 10, rows[9].mac, NOW), signed_cut(KEY, 40, rows[39].mac, NOW)]
    kept = [head(rows[:30]), head(rows[:40]), head(rows[:45], cut=10), head(rows, cut=40)]
    assert faults(rows[40:], cuts=cuts, heads=kept) == []
    assert faults(rows[41:], cuts=cuts) == ["1 row is missing before row 42, and no signed cut accounts for that"]
    assert faults(rows[38:], cuts=cuts) == [
        "row 39 stands before the beginning of the trail",
        "row 40 stands before the beginning of the trail",
    ]


def test_a_cut_that_was_forged_or_taken_away() -> None:
    rows = chain(50)
    true, forged = signed_cut(KEY, 40, rows[39].mac, NOW), signed_cut(OTHER, 40, rows[39].mac, NOW)
    unaccounted = "40 rows are missing before row 41, and no signed cut accounts for that"
    assert faults(rows[40:], cuts=[forged]) == ["the cut at row 40 was not signed with the key", unaccounted]
    assert faults(rows[45:], cuts=[true._replace(seq=45)])[0] == "the cut at row 45 was not signed with the key"
    assert not is_signed(KEY, true._replace(at="2017-07-05 09:00:00"))
    older = signed_cut(KEY, 10, rows[9].mac, NOW)
    assert faults(rows[40:], cuts=[older]) == ["30 rows are missing before row 41, and no signed cut accounts for that"]
    elsewhere = signed_cut(KEY, 40, "a" * 64, NOW)
    assert faults(rows[40:], cuts=[elsewhere]) == [
        "row 41 does not follow the beginning of the trail, or where it was cut"
    ]


def test_a_kept_head_finds_rows_cut_off_at_the_end() -> None:
    rows = chain(113)
    kept = head(rows)
    assert faults(rows[:90], heads=[kept]) == [
        "the trail ends at row 90, but on Wed 5 Jul 2017 08:00 BST it went to row 113"
    ]
    assert faults([], heads=[kept]) == ["the trail is empty, but on Wed 5 Jul 2017 08:00 BST it went to row 113"]
    assert faults(rows[:90]) == []  # which is why heads are kept outside


def test_a_kept_head_finds_a_tail_that_was_written_anew() -> None:
    """This holds even for a person who has the key."""
    rows = chain(40)
    anew = chain(60, last=(30, rows[29].mac))
    assert faults(rows[:30] + anew) == []
    assert faults(rows[:30] + anew, heads=[head(rows)]) == [
        "row 40 is not the one that stood there on Wed 5 Jul 2017 08:00 BST"
    ]


def test_a_head_that_says_less_or_was_forged() -> None:
    rows = chain(40)
    kept = head(rows)
    assert faults(rows, heads=[kept._replace(seq=30)]) == ["a head of row 30 was not signed with the key", ANY_CUT]
    assert faults(rows, heads=[head(rows, key=OTHER)]) == ["a head of row 40 was not signed with the key"]
    assert faults(rows, heads=[head(rows, cut=10)]) == [
        "on Wed 5 Jul 2017 08:00 BST 30 rows stood up to row 40, and no cut accounts for that"
    ]


ANY_CUT = "on Wed 5 Jul 2017 08:00 BST 40 rows stood up to row 30, and no cut accounts for that"


def test_a_head_is_one_line_and_read_back() -> None:
    kept = head(chain(3))
    line = head_line(kept)
    assert "\n" not in line
    assert head_of(line) == kept
    assert is_signed(KEY, head_of(line))
    assert not is_signed(OTHER, kept)


@pytest.mark.parametrize(
    "line", ["", "{", "[]", "7", "null", "{}", '{"seq": 1}', '{"seq":[],"mac":1,"rows":2,"at":"x","signature":3}']
)
def test_a_line_that_is_no_head(line: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any sentence will do, the caller says which line it was
        head_of(line)


def test_a_part_is_checked_from_where_it_begins() -> None:
    rows = chain(50)
    assert verify(rows[30:], KEY, heads=[head(rows)], part=True).faults == ()
    rows[44] = rows[44]._replace(who="nobody")
    found = verify(rows[30:], KEY, part=True)
    assert [f.seq for f in found.faults] == [45]
    assert found.rows == 20


def test_the_wrong_key_is_one_fault_and_many_faults_are_counted() -> None:
    rows = chain(400)
    assert [f.text for f in verify(rows, OTHER).faults] == ["rows 1 to 400 were changed, or put in without the key"]
    found = verify(chain(1000)[::2], KEY).faults
    assert len(found) == LISTED + 1
    assert found[-1].text == "and 299 faults more"


def test_seals_and_signatures_are_not_each_others() -> None:
    row = chain(1)[0]
    cut, kept = signed_cut(KEY, 1, row.mac, NOW), head([row])
    assert len({seal(KEY, row), cut.signature, kept.signature}) == 3
    assert row.prev == BEGINNING
    assert cut.at == as_sealed(NOW)
