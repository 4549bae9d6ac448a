"""Whatever the three files say, and however they contradict each other: their order decides nothing."""

from collections.abc import Iterator
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rules.access.permissions import Scope
from bot.rules.time.period import parse_period
from bot.store.database import reading, writing
from bot.store.queries.facts import StoredFacts
from bot.store.schema.records import metadata
from tests.support.exports import Row, child, interview, police
from tests.support.loader import LOADED_AT, Loader, loader

LATER = dict.fromkeys(("reported_at", "found_at", "returned_at", "risk", "risk_at", "prevention_interview_at"), "")
few = st.integers(1, 3).map(str)
starts = st.sampled_from(["21:00", "22:00", "23:00"])
teams = st.sampled_from(["", "Northern", "Southern", "Elsewhere"])


def maybe(prefix: str) -> st.SearchStrategy[str]:
    return st.one_of(st.just(""), few.map(prefix.__add__))


police_rows = st.builds(
    lambda o, p, t, a, b: police(
        occurrence_ref=f"OCC-{o}", police_ref=f"NOM-{p}", last_seen_at=f"01/03/2017 {t}", area=a, birth_date=b
    ),
    few,
    few,
    starts,
    st.sampled_from(["Cherwell", "South Oxfordshire", ""]),
    st.sampled_from(["01/02/2003", "01/02/2004", ""]),
)
children_rows = st.builds(
    lambda c, p, t, h, f, d: child(
        child_id=f"C-{c}", police_ref=p, team=t, placing_authority=h, looked_after_from=f, placement_from=d
    ),
    few,
    maybe("NOM-"),
    teams,
    st.sampled_from(["", "LA-1"]),
    st.sampled_from(["", "2017-01-01", "2017-03-02"]),
    st.sampled_from(["", "2017-01-01", "2017-03-01"]),
)
interview_rows = st.builds(
    lambda e, o, c, k, s, t: interview(
        episode_id=f"EP-{e}", occurrence_ref=o, child_id=f"C-{c}", kind=k, started_at=f"2017-03-01 {s}", team=t
    ),
    few,
    maybe("OCC-"),
    few,
    st.sampled_from(["missing", "missing", "away"]),
    starts,
    teams,
)
three_files = st.fixed_dictionaries(
    {
        "police": st.lists(police_rows, min_size=1, max_size=4),
        "children": st.lists(children_rows, min_size=1, max_size=4),
        "interviews": st.lists(interview_rows, min_size=1, max_size=4),
    }
)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loader]:
    """One for all orders, emptied each time: that is quicker than a new one."""
    folder = tmp_path_factory.mktemp("order")
    with loader(f"sqlite:///{folder / 'bot.sqlite3'}", folder) as found:
        yield found


@settings(max_examples=15, deadline=None)
@given(files=three_files)
def test_the_order_of_three_files_does_not_matter(database: Loader, files: dict[str, list[Row]]) -> None:
    stories = {order: load(database, files, order) for order in permutations(files)}
    told = stories["police", "children", "interviews"]
    assert {order: story for order, story in stories.items() if story != told} == {}


def load(bot: Loader, files: dict[str, list[Row]], order: tuple[str, ...]) -> list[Any]:
    """The children and episodes by the agencies' own keys, and how many rows were rejected."""
    with writing(bot.engine) as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())
    rejected = {source: bot.load(source, *files[source]).rejected for source in order}
    keys = {c["id"]: (str(c["police_ref"]), str(c["council_ref"])) for c in bot.rows("child")}
    children = [c | {"id": None, "ref": None, "linked_by": None} for c in bot.rows("child")]
    placements = [p | {"child_id": keys[p["child_id"]]} for p in bot.rows("child_placement")]
    episodes = [e | {"id": None, "child_id": keys[e["child_id"]]} for e in bot.rows("episode")]
    return [
        sorted(rejected.items()),
        sorted(children, key=lambda c: (str(c["police_ref"]), str(c["council_ref"]))),
        sorted(placements, key=lambda p: (p["child_id"], p["from_date"])),
        sorted(episodes, key=lambda e: (str(e["occurrence_ref"]), str(e["episode_ref"]))),
    ]


def test_an_away_episode_is_not_missing_for_another_that_turns_out_to_be_another_childs(bot: Loader) -> None:
    """Two forms of one absence, until the police say whose the occurrence is that one of them names."""
    files = {
        "children": [child(police_ref="NOM-3")],
        "police": [police(police_ref="NOM-3", last_seen_at="01/03/2017 21:00")],
        "interviews": [
            interview(child_id="C-3", started_at="2017-03-01 23:00"),
            interview(episode_id="EP-2", occurrence_ref="", child_id="C-3", kind="away", started_at="2017-03-01 22:00"),
        ],
    }
    stories = {order: load(bot, files, order) for order in permutations(files)}
    told = stories["police", "children", "interviews"]
    assert {order: story for order, story in stories.items() if story != told} == {}


@pytest.mark.parametrize("last_seen", ["01/03/2017 22:00", "01/03/2017 21:30"])
def test_which_of_equal_children_comes_first_does_not_depend_on_the_order(bot: Loader, last_seen: str) -> None:
    """One is missing in March and in May, the other in March alone, from the same minute or later."""
    files = {
        "one": [
            police(last_seen_at=last_seen),
            police(occurrence_ref="OCC-3", last_seen_at="02/05/2017 22:00", **LATER),
        ],
        "other": [police(occurrence_ref="OCC-2", police_ref="NOM-2")],
    }
    march, may = (parse_period(label, LOADED_AT) for label in ("2017-03", "2017-05"))
    found = []
    for order in (("one", "other"), ("other", "one")):
        load(bot, {"police": []}, ())
        for name in order:
            bot.load("police", *files[name])
        with reading(bot.engine) as connection:
            found.append(StoredFacts(connection, bot.partnership).top_children(Scope(("north",)), march, 1, may))
    assert found == [[(1, 1)]] * 2
