"""Whatever an export holds: every row is accepted or rejected, and nothing but a refusal is raised."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.ingest.load import LoadSummary, SourceError
from tests.support.exports import DEFAULTS, Row, write
from tests.support.loader import Loader, loader

SOURCES = ("police", "children", "interviews")


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loader]:
    """One database for all examples: each finds what the earlier ones left."""
    folder = tmp_path_factory.mktemp("fuzz")
    with loader(f"sqlite:///{folder / 'bot.sqlite3'}", folder) as found:
        yield found


few = st.integers(1, 4).map(str)
moments = st.datetimes(datetime(2016, 10, 29), datetime(2017, 7, 8)).map(lambda d: f"{d:%d/%m/%Y %H:%M}")  # noqa: DTZ001
days = st.datetimes(datetime(1998, 1, 1), datetime(2017, 7, 8)).map(lambda d: f"{d:%Y-%m-%d}")  # noqa: DTZ001
codes = {"occurrence_ref": "OCC-", "police_ref": "NOM-", "child_id": "C-", "episode_id": "EP-"}


def cell(name: str, usual: str) -> st.SearchStrategy[str]:
    """Mostly what belongs there, so that rows meet; sometimes nothing, sometimes anything at all."""
    if name in codes:
        good = few.map(lambda n: codes[name] + n)
        return st.one_of(good, good, good, good, st.just(""), st.text(max_size=4))
    if name.endswith(("_at", "_date", "_from", "_to")) and name != "missing_from":
        good = moments if name.endswith("_at") else days
        return st.one_of(st.just(usual), st.just(usual), st.just(usual), good, st.just(""), st.text(max_size=12))
    return st.one_of(st.just(usual), st.just(usual), st.just(usual), st.just(""), st.text(max_size=8))


def rows_of(source: str) -> st.SearchStrategy[list[Row]]:
    row = st.fixed_dictionaries({name: cell(name, usual) for name, usual in DEFAULTS[source].items()})
    return st.lists(row, min_size=1, max_size=6)


files = st.sampled_from(SOURCES).flatmap(lambda source: st.tuples(st.just(source), rows_of(source)))


def check_sums(summary: LoadSummary, rows: int | None = None) -> None:
    assert summary.accepted + summary.rejected == summary.read
    assert summary.added + summary.changed + summary.unchanged == summary.accepted
    assert rows is None or summary.read == rows


def check_store(bot: Loader) -> None:
    """Every record is in exactly one episode, as its first report or a further one, under the child it belongs to."""
    episodes = bot.rows("episode")
    for table, key in (("occurrence", "occurrence_ref"), ("interview", "episode_ref")):
        records = bot.rows(table)
        firsts = {r[key]: r["child_id"] for r in records if r["one_with"] is None}
        assert {e[key]: e["child_id"] for e in episodes if e[key]} == firsts
        assert all(firsts[r["one_with"]] == r["child_id"] for r in records if r["one_with"] is not None)
    known = {c["id"] for c in bot.rows("child")}
    assert {a["child_id"] for a in bot.rows("child_alias")} <= known
    for e in episodes:
        assert e["start_at"] <= e["until_at"]
        assert e["end_at"] is None or e["start_at"] <= e["end_at"]


SLOW = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SLOW
@given(file=files)
def test_every_row_is_accepted_or_rejected(database: Loader, file: tuple[str, list[Row]]) -> None:
    source, rows = file
    try:
        summary = database.load(source, *rows)
    except SourceError:
        return
    broken = any("\r" in value for row in rows for value in row.values())  # the writer does not quote it
    check_sums(summary, None if broken else len(rows))
    check_store(database)
    database.load(source, *rows)  # a row without a reference may only now be known as one that was stored with it
    before = database.everything()
    again = database.load(source, *rows)
    assert (again.added, again.changed) == (0, 0)
    assert database.everything() == before


edits = st.lists(st.tuples(st.integers(0, 600), st.integers(0, 3), st.binary(max_size=3)), min_size=1, max_size=4)


@SLOW
@given(source=st.sampled_from(SOURCES), edits=edits)
def test_bytes_that_went_wrong_on_the_way(database: Loader, source: str, edits: list[tuple[int, int, bytes]]) -> None:
    path = write(
        database.folder / f"{source}.csv",
        [DEFAULTS[source], DEFAULTS[source] | {"sex": "x"}][: 1 + ("sex" in DEFAULTS[source])],
    )
    content = path.read_bytes()
    for at, length, new in edits:
        content = content[:at] + new + content[at + length :]
    path.write_bytes(content)
    before = database.everything()
    try:
        check_sums(database.load_path(source, path))
    except SourceError:
        assert database.everything() | {"refused_file": []} == before | {"refused_file": []}
    check_store(database)
