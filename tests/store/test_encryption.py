"""Dates of birth at rest: nowhere readable, opened only where they belong, carried over from older databases."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, inspect, text

from bot.store import bulk
from bot.store.database import is_migrated, migrate, open_database, reading, rebuilding, writing
from bot.store.encryption import OWNERS, Seal, SealError, check_key
from bot.store.loading.staging import payload
from bot.store.migrations import run
from bot.store.queries.facts import StoredFacts
from tests.support.exports import child, interview, police
from tests.support.loader import LOADED_AT, SEAL, Loader, loader

BORN = date(2001, 12, 29)  # neither day is in any other row of these tests
POLICE_BORN = date(2002, 11, 27)
OTHER = Seal(lambda: bytes([1]) * 32)
REF = st.text(string.ascii_uppercase + string.digits + "-", min_size=1, max_size=32)


def written(day: date) -> list[str]:
    """A date in the forms people and programs write it."""
    forms = ("%Y-%m-%d", "%d/%m/%Y", "%Y%m%d", "%d-%m-%Y", "%d.%m.%Y", "%y-%m-%d", "%m/%d/%Y")
    words = [f"{day.day} {name} {day.year}" for name in (f"{day:%B}", f"{day:%b}")]
    return [*(f"{day:{form}}" for form in forms), *words, str(day.toordinal())]


@pytest.fixture
def bot(database_url: str, tmp_path: Path) -> Iterator[Loader]:
    with loader(database_url, tmp_path) as found:
        yield found


@pytest.fixture
def sqlite_bot(sqlite_url: str, tmp_path: Path) -> Iterator[Loader]:
    with loader(sqlite_url, tmp_path) as found:
        yield found


def load_all(bot: Loader) -> None:
    bot.load("children", child(birth_date=f"{BORN}"), child(child_id="C-2", police_ref="", birth_date=f"{BORN}"))
    bot.load("police", police(birth_date=f"{POLICE_BORN:%d/%m/%Y}"))
    bot.load("interviews", interview())


def dump(engine: Engine) -> str:
    """Every value of every table, as a dump would hold it."""
    with reading(engine) as connection:
        rows = [
            f"{table}\t" + "\t".join(map(str, row))
            for table in inspect(connection).get_table_names()
            for row in connection.execute(text(f"SELECT * FROM {table}"))  # noqa: S608
        ]
    return "\n".join(sorted(rows))  # a database gives them in any order


def stored(engine: Engine) -> list[dict[str, Any]]:
    """The rows of `child` as they stand, sealed."""
    with reading(engine) as connection:
        rows = connection.execute(text("SELECT * FROM child ORDER BY id"))
        return [dict(row._mapping) for row in rows]


# -- the seal itself --


@given(st.dates(), REF, st.sampled_from(sorted(OWNERS)))
def test_what_is_sealed_opens_in_its_place(day: date, owner: str, column: str) -> None:
    sealed = SEAL.seal(column, owner, day)
    assert SEAL.open(column, owner, sealed) == day
    assert SEAL.seal(column, owner, day) != sealed
    assert len(sealed) == len(SEAL.seal(column, "x", date.min))  # its length says nothing


@given(st.dates(), st.dates())
def test_marks_are_equal_where_dates_are(one: date, other: date) -> None:
    assert (SEAL.mark(one) == SEAL.mark(other)) is (one == other)
    assert SEAL.mark(one) != OTHER.mark(one)
    assert len(SEAL.mark(one)) == 32


@settings(max_examples=200)
@given(st.dates(), REF, REF, st.data())
def test_moved_or_changed_it_does_not_open(day: date, owner: str, other: str, data: st.DataObject) -> None:
    sealed = SEAL.seal("birth_date", owner, day)
    with pytest.raises(SealError, match="changed or moved"):
        SEAL.open("police_birth_date", owner, sealed)
    if other != owner:
        with pytest.raises(SealError, match="changed or moved"):
            SEAL.open("birth_date", other, sealed)
    place = data.draw(st.integers(0, len(sealed) - 1))
    changed = sealed[:place] + data.draw(st.sampled_from(string.printable)) + sealed[place + 1 :]
    for wrong in {changed, sealed[:place], sealed + "A"} - {sealed}:
        with pytest.raises(SealError):
            SEAL.open("birth_date", owner, wrong)


def test_another_key_is_told_from_a_changed_record() -> None:
    with pytest.raises(SealError, match="does not fit this database"):
        OTHER.open("birth_date", "C-1", SEAL.seal("birth_date", "C-1", BORN))


def test_the_key_is_not_shown() -> None:
    seal = Seal(lambda: b"k" * 32)
    seal.mark(BORN)
    assert "kkkk" not in repr(seal)
    assert "6b6b" not in repr(seal)


# -- at rest --


def test_no_birth_date_in_any_table(bot: Loader) -> None:
    load_all(bot)
    row = bot.rows("child")[0]
    assert (row["birth_date"], row["police_birth_date"]) == (BORN, POLICE_BORN)
    found = dump(bot.engine)
    assert "NOM-1" in found
    assert [form for day in (BORN, POLICE_BORN) for form in written(day) if form in found] == []


def test_no_birth_date_in_the_files_of_sqlite(sqlite_bot: Loader, tmp_path: Path) -> None:
    load_all(sqlite_bot)
    files = list(tmp_path.glob("bot.sqlite3*"))
    assert len(files) > 1  # the log, too
    raw = b"".join(file.read_bytes() for file in files)
    assert b"NOM-1" in raw
    assert [form for day in (BORN, POLICE_BORN) for form in written(day) if form.encode() in raw] == []


def test_waiting_rows_are_sealed_too(bot: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Temporary tables are written to the disk where they are large."""
    seen: list[str] = []
    add = bulk.add_rows

    def add_seen(connection: Any, table: Any, names: Any, rows: Any) -> None:
        seen.extend(str(row) for row in rows)
        add(connection, table, names, rows)

    monkeypatch.setattr("bot.store.loading.staging.add_rows", add_seen)
    load_all(bot)
    assert any("NOM-1" in row for row in seen)
    forms = [*written(BORN), *written(POLICE_BORN), repr(BORN), repr(POLICE_BORN)]
    assert [form for form in forms if form in "\n".join(seen)] == []


def test_a_row_mark_cannot_be_guessed(bot: Loader) -> None:
    """The mark of a row without the key would give its date away to whoever tries all 6,600."""
    bot.load("children", child(birth_date=f"{BORN}"))
    row = bot.row("child")
    facts = [row[n] for n in ("council_ref", "police_ref", "birth_date", "sex", "team", "case_status", "placement")]
    facts += [row[n] for n in ("provider", "placing_authority", "lead_worker", "iro")]
    plain = payload([*facts, date(2016, 1, 1), *[None] * 5, ""])
    assert row["payload"] == SEAL.mark_of_row(plain)
    assert row["payload"] not in {plain, OTHER.mark_of_row(plain)}


def test_the_same_file_again_changes_nothing(bot: Loader) -> None:
    load_all(bot)
    before = stored(bot.engine)
    again = bot.load("police", police(birth_date=f"{POLICE_BORN:%d/%m/%Y}"))
    assert (again.added, again.changed, again.unchanged) == (0, 0, 1)
    assert stored(bot.engine) == before


def test_a_corrected_date_is_a_difference_no_more(bot: Loader) -> None:
    load_all(bot)
    one = bot.rows("child")[0]
    assert one["birth_date_mark"] != one["police_birth_date_mark"]
    assert bot.load("police", police(birth_date=f"{BORN}")).changed == 1
    one = bot.rows("child")[0]
    assert one["birth_date_mark"] == one["police_birth_date_mark"]


# -- the wrong key, and what was changed from outside --


def test_nothing_is_loaded_under_a_second_key(bot: Loader, database_url: str) -> None:
    load_all(bot)
    before = dump(bot.engine)
    engine = open_database(database_url, OTHER)
    second = Loader(engine, bot.folder)
    for source, row in (("police", police(police_ref="NOM-7", occurrence_ref="OCC-7")), ("interviews", interview())):
        with pytest.raises(SealError, match=r"The data key does not fit this database.*nothing was changed"):
            second.load(source, row)
    engine.dispose()
    assert dump(bot.engine) == before


def test_loading_needs_a_key_and_asking_does_not(bot: Loader, database_url: str) -> None:
    load_all(bot)
    ref = bot.rows("child")[0]["ref"]
    engine = open_database(database_url)
    with pytest.raises(SealError, match="without its data key"):
        Loader(engine, bot.folder).load("police", police())
    with reading(engine) as connection:
        found = StoredFacts(connection, bot.partnership).child(ref, LOADED_AT)
    engine.dispose()
    assert found is not None
    assert found.birth_known


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE child SET birth_date = (SELECT c.birth_date FROM child c WHERE c.council_ref = 'C-2')"
        " WHERE council_ref = 'C-1'",
        "UPDATE child SET birth_date = police_birth_date WHERE council_ref = 'C-1'",
        "UPDATE child SET birth_date = NULL, police_birth_date = birth_date WHERE council_ref = 'C-1'",
        "UPDATE child SET birth_date = substr(birth_date, 1, 20) WHERE council_ref = 'C-1'",
        "UPDATE child SET birth_date = '2001-01-01' WHERE council_ref = 'C-1'",
    ],
)
def test_a_date_moved_or_changed_from_outside_stops_the_load(bot: Loader, change: str) -> None:
    load_all(bot)
    with writing(bot.engine) as connection:
        assert connection.execute(text(change)).rowcount == 1
    before = dump(bot.engine)
    with pytest.raises(SealError) as raised:
        bot.load("interviews", interview(response="declined", held_at="", recorded_at=""))
    assert "nothing was changed" in str(raised.value)
    assert not any(form in str(raised.value) for form in written(BORN))
    assert dump(bot.engine) == before


def test_the_first_key_is_the_databases(bot: Loader, database_url: str) -> None:
    bot.load("interviews", interview())  # no date of birth at all yet
    other = open_database(database_url, OTHER)
    with pytest.raises(SealError, match="does not fit"), reading(other) as connection:
        check_key(connection)
    other.dispose()


# -- databases from before --


def old_database(url: str, folder: Path) -> tuple[Loader, Engine]:
    """As version 0002 left it: everything loaded, dates and marks in the open."""
    engine = open_database(url, SEAL)
    migrate(engine)
    bot = Loader(engine, folder)
    load_all(bot)
    with rebuilding(engine) as connection:
        run.downgrade(connection, "0002")
    return bot, engine


def test_taking_it_back_gives_the_dates_back(database_url: str, tmp_path: Path) -> None:
    _, engine = old_database(database_url, tmp_path)
    rows = stored(engine)
    engine.dispose()
    assert [(str(row["birth_date"]), str(row["police_birth_date"])) for row in rows] == [
        (str(BORN), str(POLICE_BORN)),
        (str(BORN), "None"),
    ]


def make_plain_marks(engine: Engine) -> None:
    """The row mark as the older program made it."""
    facts = ["C-1", "NOM-1", BORN, "F", "Northern", "lac", "residential", "R-01", None, "W-N01", "IRO-03"]
    values = "\x1f".join(map(str, [*facts, "2016-01-01", *[None] * 5]))
    plain = hashlib.blake2b(values.encode(), digest_size=15).hexdigest()
    with writing(engine) as connection:
        connection.execute(text("UPDATE child SET payload = :p WHERE council_ref = 'C-1'"), {"p": plain})


def test_an_older_database_comes_out_sealed(database_url: str, tmp_path: Path) -> None:
    bot, engine = old_database(database_url, tmp_path)
    make_plain_marks(engine)
    assert str(BORN) in dump(engine)
    migrate(engine)
    assert is_migrated(engine)
    assert [form for day in (BORN, POLICE_BORN) for form in written(day) if form in dump(engine)] == []
    first, second = bot.rows("child")
    assert (first["birth_date"], first["police_birth_date"], second["birth_date"]) == (BORN, POLICE_BORN, BORN)
    assert first["birth_date_mark"] == second["birth_date_mark"] == SEAL.mark(BORN)
    again = bot.load("children", child(birth_date=f"{BORN}"))
    assert (again.changed, again.unchanged) == (1, 0)  # once: a mark now tells of cells that could not be read, too
    assert bot.load("children", child(birth_date=f"{BORN}")).unchanged == 1
    bot.load("police", police(birth_date=f"{POLICE_BORN}"))
    engine.dispose()


def test_an_older_database_leaves_no_date_on_the_disk(sqlite_url: str, tmp_path: Path) -> None:
    _, engine = old_database(sqlite_url, tmp_path)
    many = [child(child_id=f"C-{n}", police_ref="", birth_date=f"{BORN}") for n in range(10, 3000)]
    engine.dispose()
    engine = open_database(sqlite_url, SEAL)
    with rebuilding(engine) as connection:
        run.upgrade(connection)
    Loader(engine, tmp_path).load("children", *many)
    with rebuilding(engine) as connection:
        run.downgrade(connection, "0002")
    engine.dispose()  # what is plain now stands in the file itself
    file = tmp_path / "bot.sqlite3"
    assert file.read_bytes().count(str(BORN).encode()) > 2990
    engine = open_database(sqlite_url, SEAL)
    migrate(engine)
    raw = b"".join(f.read_bytes() for f in tmp_path.glob("bot.sqlite3*"))
    engine.dispose()
    assert raw.count(str(BORN).encode()) == 0


def test_an_older_database_needs_the_key(sqlite_url: str, tmp_path: Path) -> None:
    _, engine = old_database(sqlite_url, tmp_path)
    engine.dispose()
    keyless = open_database(sqlite_url)
    with pytest.raises(SealError, match="without its data key"):
        migrate(keyless)
    assert [row["birth_date"] for row in stored(keyless)] == [str(BORN), str(BORN)]
    keyless.dispose()


def test_the_18th_birthday_of_a_missing_child_is_readable(bot: Loader) -> None:
    """Said in the docstring of sealed.py: it is when the episode ends by itself, and every list asks for that."""
    bot.load("children", child(birth_date=f"{BORN}"))
    bot.load(
        "interviews", interview(ended_at="", returned_at="", offered_at="", response="", held_at="", recorded_at="")
    )
    (open_one,) = bot.rows("episode")
    assert open_one["until_at"] == datetime(2019, 12, 29, tzinfo=UTC)
    assert open_one["age"] == 15
    assert (open_one["until_at"] - timedelta(days=1)).date() < date(2019, 12, 29)


def test_a_chance_is_the_same_for_the_same_key_and_place_alone() -> None:
    one, other = Seal(lambda: b"1" * 32), Seal(lambda: b"2" * 32)
    place = ("2017-H1", "north", "children", 31)
    assert Seal(lambda: b"1" * 32).chance(*place) == one.chance(*place)
    assert len({one.chance(*place), other.chance(*place), one.chance(*place[:3], 32)}) == 3
    drawn = [one.chance("north", n) for n in range(2_000)]
    assert all(0 <= each < 1 for each in drawn)
    assert 900 < sum(each < 0.5 for each in drawn) < 1_100
